"""Graphs in a query called as another engine calls them."""

from __future__ import annotations

import pytest

from service.sparql.graph_names import with_graphs_called

HERE, THERE = "http://data.example/graph/esco", "http://data.example/releases/7/graph/esco"
NAMES = {HERE: THERE}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"ASK FROM <{HERE}> {{ ?s ?p ?o }}", f"ASK FROM <{THERE}> {{ ?s ?p ?o }}"),
        (f"ASK FROM NAMED<{HERE}>{{ GRAPH ?g {{}} }}", f"ASK FROM NAMED<{THERE}>{{ GRAPH ?g {{}} }}"),
        (f"ASK {{ GRAPH <{HERE}> {{ ?s ?p ?o }} }}", f"ASK {{ GRAPH <{THERE}> {{ ?s ?p ?o }} }}"),
        (
            f"ASK {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g = <{HERE}>) }}",
            f"ASK {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g = <{THERE}>) }}",
        ),
        (
            "PREFIX g: <http://data.example/graph/> ASK { GRAPH g:esco { ?s ?p g:other } }",
            f"PREFIX g: <http://data.example/graph/> ASK {{ GRAPH <{THERE}> {{ ?s ?p g:other }} }}",
        ),
        (f"PREFIX g: <{HERE}> ASK {{ GRAPH g: {{}} }}", f"PREFIX g: <{HERE}> ASK {{ GRAPH <{THERE}> {{}} }}"),
        ("ASK { GRAPH <graph/esco> {} }", f"ASK {{ GRAPH <{THERE}> {{}} }}"),
        ("BASE <http://e/> ASK { GRAPH <graph/esco> {} }", None),
        (f"ASK {{ ?s ?p '<{HERE}>' }} # <{HERE}>", None),
        (f"ASK {{ GRAPH <{HERE}/other> {{}} }}", None),
    ],
)  # fmt: skip
def test_graphs_are_called_as_the_engine_calls_them(query: str, expected: str | None) -> None:
    assert with_graphs_called(query, NAMES, "http://data.example/sparql") == (expected or query)

"""Relative IRIs: seen in a text, and given a base for engines that know only their own address."""

from __future__ import annotations

import pytest

from service.sparql.relative_iris import has_relative_iris, with_base
from service.sparql.update_text import graphs_it_may_write, with_graphs_cleared_by_name

BASE = "http://data.example/sparql"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK { <s> ?p ?o }", True),
        ("ASK { <> ?p ?o }", True),
        ("ASK { </a:b> ?p ?o }", True),
        ("ASK { <#x> ?p ?o }", True),
        ("ASK { <http://e/s> <urn:x> <a+b-c.d:e> }", False),
        ("ASK { ?s ?p '<s>' } # <s>", False),
        ("ASK { FILTER(?a < ?b && ?c > ?d) }", False),
    ],
)
def test_relative_iris_are_seen(text: str, expected: bool) -> None:
    assert has_relative_iris(text) is expected


def test_another_engine_is_told_our_base() -> None:
    assert with_base("ASK { <s> ?p ?o }", BASE) == f"BASE <{BASE}> ASK {{ <s> ?p ?o }}"
    assert with_base("BASE <http://e/> ASK { <s> ?p ?o }", BASE).endswith("BASE <http://e/> ASK { <s> ?p ?o }")
    assert with_base("ASK {}", BASE) == "ASK {}"


def test_a_relative_iri_may_name_any_graph() -> None:
    graphs = ("http://data.example/graph/a", "http://data.example/graph/b")
    assert graphs_it_may_write("DROP GRAPH </graph/a>", graphs) == graphs
    assert graphs_it_may_write("DROP GRAPH <http://data.example/graph/a>", graphs) == graphs[:1]


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ("CLEAR ALL", "CLEAR SILENT GRAPH <g:1> ; CLEAR SILENT GRAPH <g:2>"),
        ("clear silent named ;", "CLEAR SILENT GRAPH <g:1> ; CLEAR SILENT GRAPH <g:2> ;"),
        ("DROP ALL", "DROP SILENT GRAPH <g:1> ; DROP SILENT GRAPH <g:2>"),
        ("CLEAR GRAPH <g:3> ; DROP DEFAULT", "CLEAR GRAPH <g:3> ; DROP DEFAULT"),
        ("INSERT DATA { <a:s> <a:p> 'CLEAR ALL' } # CLEAR ALL", "INSERT DATA { <a:s> <a:p> 'CLEAR ALL' } # CLEAR ALL"),
    ],
)
def test_all_graphs_are_those_that_can_be_written(update: str, expected: str) -> None:
    assert with_graphs_cleared_by_name(update, ["g:1", "g:2"]) == expected


def test_clearing_when_nothing_can_be_written_clears_nothing() -> None:
    assert with_graphs_cleared_by_name("CLEAR ALL", []) == "CLEAR SILENT DEFAULT"

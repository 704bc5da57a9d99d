"""Where the embedded engine differs from the standard (docs/known-differences.md): each line, and its way around.

A test that fails here is good news: the engine has mended a difference, and its line can go.
"""

from __future__ import annotations

import re

import pytest

from service.rdf.statements import RowStream
from service.rdf.syntax import normal_statements
from service.store.oxigraph import OxigraphStore
from tests.conformance.test_w3c_sparql import DIFFERENCES
from tests.conftest import ROOT

PREFIX = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = b"<a:s> <a:p> <a:o> <g:1> .\n<b:s> <a:p> <a:o> <g:2> .\n"
DOCUMENT = (ROOT / "docs" / "known-differences.md").read_text("utf-8")
Rows = list[tuple[str, ...]]


def rows(query: str) -> Rows:
    found = OxigraphStore.in_memory(DATA).evaluate(PREFIX + query, default_graphs=None, named_graphs=None)
    assert isinstance(found, RowStream)
    return sorted(tuple(row[name].value if name in row else "" for name in found.variables) for row in found.rows)


@pytest.mark.parametrize(
    ("query", "standard", "here"),
    [
        ("SELECT ?x { <a:none> <a:p>* ?x }", [("a:none",)], []),
        ("SELECT ?x { ?x <a:p>? <a:none> }", [("a:none",)], []),
        ("SELECT ?g ?x { GRAPH ?g { VALUES ?x { 1 } } }", [("g:1", "1"), ("g:2", "1")], [("", "1")]),
        ("SELECT ?g { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }", [("g:1",), ("g:2",)], [("",)]),
        ("SELECT (0.0 / 7.5 AS ?x) {}", [("0.0",)], [("",)]),
        ('SELECT ("2024-01-31"^^xsd:date + "P1M"^^xsd:yearMonthDuration AS ?x) {}', [("2024-02-29",)], [("",)]),
        ('SELECT ("2024-01-01"^^xsd:date + "P10D"^^xsd:dayTimeDuration AS ?x) {}', [("2024-01-11",)], [("",)]),
        ('SELECT (LANG("x"@en-GB) AS ?x) {}', [("en-GB",)], [("en-gb",)]),
        ('SELECT (COUNT(DISTINCT ?b) AS ?n) { VALUES ?x { 1 2 } BIND(BNODE("a") AS ?b) }', [("2",)], [("1",)]),
    ],
)
def test_difference_is_still_one(query: str, standard: Rows, here: Rows) -> None:
    assert standard != here
    assert rows(query) == here


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT DISTINCT ?x { { <a:none> <a:p>* ?x } UNION { BIND(<a:none> AS ?x) } }", [("a:none",)]),
        ("SELECT ?g ?x { GRAPH ?g {} VALUES ?x { 1 } }", [("g:1", "1"), ("g:2", "1")]),
        ("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", [("g:1", "1"), ("g:2", "1")]),
        ("SELECT (xsd:double(0.0) / 7.5 AS ?x) {}", [("0",)]),
        ('SELECT ("2024-01-31"^^xsd:date < "2024-02-29"^^xsd:date AS ?x) {}', [("true",)]),
        ('SELECT (LANGMATCHES(LANG("x"@en-GB), "en-GB") AS ?x) {}', [("true",)]),
        ("SELECT (COUNT(DISTINCT ?b) AS ?n) { VALUES ?x { 1 2 } BIND(BNODE() AS ?b) }", [("2",)]),
    ],
)
def test_what_the_document_offers_instead_works(query: str, expected: Rows) -> None:
    assert rows(query) == expected


REWRITTEN = [
    ("decimal", "7.50", "7.5", "decimal"),
    ("integer", "007", "7", "integer"),
    ("nonNegativeInteger", "3", "3", "integer"),
    ("double", "1.0E6", "1000000", "double"),
    ("dateTime", "2024-01-01T00:00:00.000+00:00", "2024-01-01T00:00:00Z", "dateTime"),
    ("duration", "PT135H", "P5DT15H", "duration"),
    ("boolean", "1", "true", "boolean"),
]


@pytest.mark.parametrize(("datatype", "loaded", "comes_back", "as_datatype"), REWRITTEN)
def test_literal_comes_back_as_documented(datatype: str, loaded: str, comes_back: str, as_datatype: str) -> None:
    [statement] = normal_statements(f'<a:s> <a:p> "{loaded}"^^<{XSD}{datatype}> <a:g> .'.encode())
    assert (statement.object.value, statement.object.datatype) == (comes_back, XSD + as_datatype)
    assert re.search(rf"\| `xsd:{datatype}`[^|]*\| `{re.escape(loaded)}` \| `{re.escape(comes_back)}`", DOCUMENT)


@pytest.mark.parametrize(
    "literal",
    ['"abc"^^<http://www.w3.org/2001/XMLSchema#integer>', '"5,5"^^<http://e/own>', '"a\u0308"', '"x"@en', '"2024"^^<http://www.w3.org/2001/XMLSchema#gYear>'],
)  # fmt: skip
def test_other_literals_come_back_as_they_were(literal: str) -> None:
    line = f"<a:s> <a:p> {literal} <a:g> ."
    [statement] = normal_statements(line.encode())
    text = OxigraphStore.in_memory(line.encode())._store
    assert literal in {str(quad.object) for quad in text}
    assert statement.object.value == literal.split('"')[1]


def test_language_tags_come_back_in_lower_case() -> None:
    [statement] = normal_statements(b'<a:s> <a:p> "x"@zh-Hant-TW <a:g> .')
    assert statement.object.language == "zh-hant-tw"


def test_every_w3c_test_that_fails_is_named() -> None:
    assert {
        name for name in DIFFERENCES if f"`{name}`" not in DOCUMENT and f"`{name.partition('/')[2]}`" not in DOCUMENT
    } == set()
    passing = 338 - len(DIFFERENCES)
    assert f"Of the 338 W3C tests of queries, syntax and result formats {passing} pass" in DOCUMENT

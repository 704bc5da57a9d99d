"""Which graphs a query names by FROM, read from its text: rdflib's parser, written by others, reads the same."""

from __future__ import annotations

import pytest
from rdflib.plugins.sparql import prepareQuery

from service.sparql.dataset import Dataset, dataset_of

QUERIES = [
    "SELECT * FROM <http://x/a> WHERE { ?s ?p ?o }",
    "SELECT * FROM <http://x/a> FROM <http://x/b> FROM <http://x/a> { ?s ?p ?o }",
    "ASK FROM NAMED <http://x/a> FROM <http://x/b> { ?s ?p ?o }",
    "PREFIX g: <http://x/> PREFIX : <http://y/> CONSTRUCT { ?s ?p ?o } FROM g:a FROM NAMED :b WHERE { ?s ?p ?o }",
    "BASE <http://x/y/> SELECT * FROM <a> FROM <../b> FROM <#c> { ?s ?p ?o }",
    "BASE <http://x/> PREFIX g: <y/> SELECT * FROM g:a FROM g: { ?s ?p ?o }",
    "select * from<http://x/a>from named<http://x/b>{ ?s ?p ?o }",
    "SELECT * # FROM <http://x/no>\nFROM <http://x/a> # FROM <http://x/no>\n{ ?s ?p 'FROM <http://x/no>' }",
    "SELECT ?from FROM <http://x/a> { ?from ?p '''x' FROM <http://x/no> ''' }",
    "PREFIX from: <http://x/> SELECT * FROM from:from { ?s from:named ?o }",
    "PREFIX g: <http://x/> SELECT * FROM g:%41.b { ?s ?p ?o }",
    "DESCRIBE <http://x/s> FROM <http://x/a>",
]


@pytest.mark.parametrize("query", QUERIES)
def test_clauses_are_read_as_rdflib_reads_them(query: str) -> None:
    clauses = prepareQuery(query).algebra.datasetClause
    default = dict.fromkeys(str(clause.default) for clause in clauses if clause.default)
    named = dict.fromkeys(str(clause.named) for clause in clauses if clause.named)
    assert dataset_of(query) == Dataset(tuple(default), tuple(named))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT * { GRAPH <http://x/a> { ?s ?p 'FROM <http://x/b>' } } # FROM <http://x/c>",
        "SELECT * FROM g:a { ?s ?p ?o }",
        "SELECT * FROM <a> { ?s ?p ?o }",
        "SELECT * FROM",
    ],
)
def test_no_clause_or_one_that_names_nothing_is_no_dataset(query: str) -> None:
    assert dataset_of(query) is None


def test_escapes_hide_no_clause() -> None:
    # rdflib 7.6 leaves the escapes of local names in (SPARQL 1.1 §4.1.1.1 has them out).
    assert dataset_of("PREFIX g: <http://x/> SELECT * FROM g:a\\,b { ?s ?p ?o }") == Dataset(("http://x/a,b",), ())
    assert dataset_of("SELECT * \\u0046ROM <http://x/\\u0061> { ?s ?p ?o }") == Dataset(("http://x/a",), ())

"""Syntax errors as people read them: what is wrong, where, and what to write instead."""

from __future__ import annotations

import pytest

from service.errors import QuerySyntaxError, ServiceError, UnknownFunction
from service.rdf.statements import RowStream
from service.rdf.terms import Term
from service.store.oxigraph import OxigraphStore
from service.store.statement_store import StatementStore

FN = "PREFIX fn: <http://www.w3.org/2005/xpath-functions#> "


def refusal(query: str) -> ServiceError:
    store = OxigraphStore.in_memory()
    with pytest.raises(ServiceError) as refused:
        store.evaluate(query, default_graphs=None, named_graphs=None)
    return refused.value


@pytest.mark.parametrize(
    ("query", "place", "declaration"),
    [
        ("SELECT * {?s rdfs:label ?l}", (1, 14), "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"),
        (
            "PREFIX a: <http://e/>\nASK {\n a:b skos:c 1 }",
            (3, 6),
            "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>",
        ),
        ("ASK { _:b ?p mine:thing }", (1, 14), "PREFIX mine: <…>"),
        ("ASK { ?s ?p :thing }", (1, 13), "PREFIX : <…>"),
    ],
)
def test_an_undeclared_prefix_is_named_with_its_declaration(
    query: str, place: tuple[int, int], declaration: str
) -> None:
    error = refusal(query)
    assert isinstance(error, QuerySyntaxError)
    assert declaration in str(error)
    assert (error.line, error.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:a> <a:b> 1 }",
        "PREFIX a: <a:> DELETE WHERE { a:a ?p ?o }",
        "clear all",
        "WITH <a:g> DELETE {} INSERT {} WHERE {}",
    ],
)
def test_an_update_sent_as_a_query_is_told_where_updates_go(text: str) -> None:
    assert "/sparql/update" in str(refusal(text))


def test_a_query_sent_as_an_update_is_told_where_queries_go() -> None:
    store = StatementStore.in_memory()
    with pytest.raises(QuerySyntaxError, match=r"send it to /sparql\Z"):
        store.update("SELECT * { ?s ?p ?o }")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {", "SELECT ?x WHERE {?x a}", "SELECT * { ?s ?p ?o  ?x }", "SELECT * WHERE { FILTER(1=) }",
        "SELECT ?x {\n ?x ?p ?y \n} LIMIT x", 'SELECT * {?s ?p "abc}', "SELECT (COUNT(?x ?y) AS ?z) {}", "SELEC * {}",
        "", "SELECT * {?s ?p ?o}}", "SELECT ?s {} GROUP BY ?p", "PREFIX a <http://x> ASK {}", "ASK { ?s ?p 1, }",
    ],
)  # fmt: skip
def test_what_was_expected_takes_at_most_eight_words_and_the_place_is_kept(query: str) -> None:
    error = refusal(query)
    assert isinstance(error, QuerySyntaxError)
    assert error.line is not None
    expected = str(error).partition(" expected ")[2]
    assert len(expected.split()) <= 8
    assert "..=" not in str(error)
    assert "\\u" not in str(error)
    assert len(str(error)) < 160


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?x {\n ?x ?p ?y \n} LIMIT x", 'line 3, column 9: this cannot be read: x; expected a number'),
        ("SELECT (1 AS ?x ?y) {}", 'line 1, column 17: this cannot be read: ?y) {}; expected ")"'),
        ("SELECT (SUM(?x) AS ?s) ?y {}", "line 1, column 29: the SELECT contains a variable that is unbound"),
    ],
)  # fmt: skip
def test_a_fault_is_shown(query: str, expected: str) -> None:
    assert str(refusal(query)) == expected


@pytest.mark.parametrize(
    ("query", "function", "instead"),
    [
        (FN + 'SELECT (fn:lower-case("A") AS ?x) {}', "http://www.w3.org/2005/xpath-functions#lower-case", "LCASE"),
        (
            'SELECT (<http://www.w3.org/2001/XMLSchema#int>("1") AS ?x) {}',
            "http://www.w3.org/2001/XMLSchema#int",
            "xsd:integer",
        ),
        ("SELECT (<http://e/f>(?x) AS ?y) { VALUES ?x {1} }", "http://e/f", "17.4"),
        ("SELECT (COALESCE(<http://e/f>(?x), 2) AS ?y) { VALUES ?x {1} }", "http://e/f", "17.4"),
        ("SELECT * { ?s ?p ?o FILTER(<http://e/f>(?o)) }", "http://e/f", "17.4"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY <http://e/f>(?o)", "http://e/f", "17.4"),
    ],
)
def test_an_unknown_function_is_named(query: str, function: str, instead: str) -> None:
    """SPARQL 1.1, 17.6 has no such function; who wrote it should learn that rather than find an empty column."""
    error = refusal(query)
    assert isinstance(error, UnknownFunction)
    assert error.function == function
    assert function in str(error)
    assert instead in str(error)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('SELECT (fn:lower-case("A") AS ?x) {}', None),
        ("SELECT (xsd:int('1') AS ?x) {}", None),
        ("SELECT (COALESCE(fn:nothing(1), xsd:int(1), 'else') AS ?x) {}", "else"),
        ("SELECT ?x { VALUES ?x { 'a' } FILTER(?x = 'a' || fn:nothing(?x)) }", "a"),
    ],
)
def test_an_unknown_function_is_an_error_of_its_expression(query: str, expected: str | None) -> None:
    """SPARQL 1.1, 17.6 and 17.2: the variable stays unbound, COALESCE goes on, `true || error` is true."""
    unknown: dict[str, str] = {}
    store, prefixes = OxigraphStore.in_memory(), f"{FN} PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
    found = store.evaluate(prefixes + query, default_graphs=None, named_graphs=None, unknown=unknown)
    assert isinstance(found, RowStream)
    [row] = found.rows
    assert row.get("x", Term("literal", "")).value == (expected or "")
    assert all(f"<{function}>" in note for function, note in unknown.items())
    assert unknown


def test_an_unknown_function_of_an_update_is_named() -> None:
    store = StatementStore.in_memory(b"<a:s> <a:p> <a:o> <a:g> .")
    with pytest.raises(UnknownFunction, match="<http://e/f>"):
        store.update("DELETE { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o FILTER(<http://e/f>(?o)) } }")

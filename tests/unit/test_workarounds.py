"""What is put into the text of a query for the engine's sake, and where nothing is."""

from __future__ import annotations

import pytest

from service.errors import QuerySyntaxError
from service.rdf.terms import Term
from service.sparql.workarounds import with_plain_group_concats
from service.store.oxigraph import OxigraphStore


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            'SELECT (GROUP_CONCAT(DISTINCT ?x; separator=")") AS ?y) {}',
            'SELECT (STR(GROUP_CONCAT(DISTINCT ?x; separator=")")) AS ?y) {}',
        ),
        ("ASK {} HAVING(group_concat ( (?z) )='a')", "ASK {} HAVING(STR(group_concat ( (?z) ))='a')"),
        ("SELECT ?GROUP_CONCAT { ?s <a:GROUP_CONCAT(> 'GROUP_CONCAT(' }", None),
        ("SELECT (GROUP_CONCAT(?x", None),
        ("SELECT (GROUP_CONCAT AS ?x) (SUM(?x) AS ?y) {}", None),
    ],
)
def test_calls_of_group_concat_are_wrapped(query: str, expected: str | None) -> None:
    assert with_plain_group_concats(query) == (expected or query)


def test_group_concat_of_texts_in_one_language_has_none() -> None:
    """SPARQL 1.1, 18.5.1.7: it returns a simple literal."""
    query = 'SELECT (GROUP_CONCAT(?o) AS ?g) { VALUES ?o { "1"@en "1"@en } }'
    [row] = OxigraphStore.in_memory().evaluate(query, default_graphs=None, named_graphs=None).rows  # type: ignore[union-attr]
    assert row["g"] == Term("literal", "1 1")


def test_the_place_of_an_error_is_that_in_the_text_as_it_was_written() -> None:
    query = "SELECT (GROUP_CONCAT(?o) AS ?g ?h) {}"
    with pytest.raises(QuerySyntaxError) as refused:
        OxigraphStore.in_memory().evaluate(query, default_graphs=None, named_graphs=None)
    assert query[(refused.value.column or 0) - 1 :].startswith("?h")

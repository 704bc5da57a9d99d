"""What is read of a table equals the terms of the same rows: TSV escapes, numbers without quotes, unbound variables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.rdf.namespaces import XSD
from service.rdf.terms import Term, sparql_from_term, text_literal
from service.store.oxigraph import OxigraphStore

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TERMS = st.one_of(
    TEXTS.map(lambda text: text_literal(text, None)),
    TEXTS.map(lambda text: text_literal(text, "fi")),
    st.integers().map(lambda n: Term("literal", str(n), None, XSD + "integer")),
    st.just(Term("literal", "2.50", None, XSD + "decimal")),
    st.just(Term("iri", "http://example.org/a,b?c='d'")),
)
EMPTY = OxigraphStore.in_memory()


@given(TERMS, TERMS)
def test_table_holds_the_text_of_every_term(one: Term, two: Term) -> None:
    query = f"SELECT ?a ?unbound ?b WHERE {{ BIND({sparql_from_term(one)} AS ?a) BIND({sparql_from_term(two)} AS ?b) }}"
    (row,) = EMPTY.select(query).rows
    assert list(EMPTY.table(query)) == [[row["a"].value, "", row["b"].value]]


def test_empty_answer_has_no_rows() -> None:
    assert list(EMPTY.table("SELECT ?a WHERE { ?a ?b ?c }")) == []

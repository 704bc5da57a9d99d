"""Values go into slots as terms: nothing a caller sends can become query text."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidArgument
from service.sparql.binding import MAX_VALUES, bind, bind_count
from service.sparql.named_queries import parse_query

QUERY = parse_query(
    "echo",
    """\
#+ summary: What it was given
#+ form: SELECT
#+ params:
#+   text string many required — texts
#+   thing iri many optional — things
#+   language language optional — a language
#+   size decimal optional — a size
#+   count integer optional — a count
#+ returns:
#+   text string — a text
#+   thing iri — a thing
#+   language string — the language
#+   size decimal — the size
#+   count integer — the count
#+ paging: text
SELECT ?text ?thing ?language ?size ?count WHERE {
  VALUES ?text { UNDEF }
  VALUES ?thing { UNDEF }
  VALUES ?language { UNDEF }
  VALUES ?size { UNDEF }
  VALUES ?count { UNDEF }
}
""",
)
UNPAGED = parse_query("ask", "#+ summary: True\n#+ form: ASK\nASK {}\n")


def answer(query: str) -> list[tuple[str | None, ...]]:
    return [
        tuple(None if node is None else node.value for node in solution)
        for solution in ox.Store().query(query)  # type: ignore[union-attr]  # a SELECT query
    ]


@given(st.lists(st.text(), min_size=1, max_size=3, unique=True))
def test_any_text_comes_back_as_it_went_in(texts: list[str]) -> None:
    rows = answer(bind(QUERY, {"text": texts}))
    assert rows == [(text, None, None, None, None) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        '" } ?s ?p ?o { "',
        "\\",
        '\\" }',
        "\\u0022 } #",
        "'''",
        '"""',
        "a\nb\rc\td\x00e\x0b",
        "} # ",
        "{ UNDEF }",
        "\u2028",
    ],
)
def test_text_that_tries_to_break_out_stays_text(text: str) -> None:
    assert answer(bind(QUERY, {"text": [text]})) == [(text, None, None, None, None)]


def test_text_that_looks_like_a_slot_is_not_filled() -> None:
    slot = "x\n  VALUES ?thing { UNDEF }\ny"
    rows = answer(bind(QUERY, {"text": [slot], "thing": ["http://example.org/a"]}))
    assert rows == [(slot, "http://example.org/a", None, None, None)]


@given(st.text(alphabet='abc%25:/#?<>"{}|^`\\ \n\u0007é', max_size=20))
def test_iri_is_refused_or_comes_back_as_it_went_in(tail: str) -> None:
    iri = "http://example.org/" + tail
    try:
        query = bind(QUERY, {"text": ["x"], "thing": [iri]})
    except InvalidArgument:
        return
    assert answer(query) == [("x", iri, None, None, None)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thing", "relative"),
        ("thing", "http://example.org/a> ?x <b"),
        ("thing", "http://example.org/a b"),
        ("language", 'en" }'),
        ("language", "english language"),
        ("size", "7,5"),
        ("size", "1e3"),
        ("size", "NaN"),
        ("count", "1.5"),
        ("count", ""),
        ("text", "half of a pair \ud800"),
    ],
)
def test_value_of_the_wrong_kind_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidArgument, match=f"^{name}: "):
        bind(QUERY, {"text": ["x"], name: [value]})


def test_each_type_becomes_its_term() -> None:
    given = {"text": ["x"], "thing": ["urn:a"], "language": ["sv-FI"], "size": ["7.50"], "count": ["-3"]}
    ((text, thing, language, size, count),) = ox.Store().query(bind(QUERY, given))  # type: ignore[union-attr]
    assert (text, thing, language) == (ox.Literal("x"), ox.NamedNode("urn:a"), ox.Literal("sv-fi"))
    assert size.datatype.value.endswith("#decimal")
    assert float(size.value) == 7.5
    assert count == ox.Literal(-3)


def test_required_slot_unbound_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="needs text"):
        bind(QUERY, {"text": []})


def test_unknown_argument_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidArgument, match=r"'tekst'.*text, thing, language, size, count"):
        bind(QUERY, {"tekst": ["x"]})


def test_second_value_of_a_single_parameter_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="language may have 1 value, got 2"):
        bind(QUERY, {"text": ["x"], "language": ["fi", "sv"]})


def test_more_values_than_the_cap_are_refused() -> None:
    assert bind(QUERY, {"text": ["x"] * MAX_VALUES})
    with pytest.raises(InvalidArgument, match="got 501"):
        bind(QUERY, {"text": ["x"] * (MAX_VALUES + 1)})


def test_page_is_cut_from_the_answer() -> None:
    given = {"text": ["a", "b", "c", "d"]}
    assert [row[0] for row in answer(bind(QUERY, given, limit=2, offset=1))] == ["b", "c"]
    assert answer(bind(QUERY, given, limit=0)) == []
    assert [row[0] for row in answer(bind(QUERY, given, offset=3))] == ["d"]


@pytest.mark.parametrize(("limit", "offset"), [(-1, 0), (1, -1)])
def test_negative_page_is_refused(limit: int, offset: int) -> None:
    with pytest.raises(InvalidArgument, match="negative"):
        bind(QUERY, {"text": ["x"]}, limit=limit, offset=offset)


def test_query_without_pages_has_no_limit() -> None:
    assert bind(UNPAGED, {})
    with pytest.raises(InvalidArgument, match="ask has no pages"):
        bind(UNPAGED, {}, limit=1)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_count_counts_the_rows_whatever_the_text(texts: list[str]) -> None:
    assert answer(bind_count(QUERY, {"text": texts})) == [(str(len(texts)),)]

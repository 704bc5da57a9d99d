"""Named queries: their headers, and their answers over a catalogue small enough to answer by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from rdflib.plugins.sparql import prepareQuery

from service.errors import InvalidArgument
from service.resources import QUERIES
from service.sparql.binding import bind, bind_count
from service.sparql.named_queries import NamedQuery, load_queries, parse_query
from service.store.protocol import Store
from tests.support.small_catalogue import FOLDER, RdflibStore, iri, small_store

NAMED = load_queries()
FOLDERS = [QUERIES, QUERIES / "derived"]
EVERY = [query for folder in FOLDERS for query in load_queries(folder).values()]
ANSWERS = yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))
CASES = [(answer, case) for answer in ANSWERS for case in answer["cases"]]
HEADER = """\
#+ summary: Skills of a credential
#+ tags: skills, credentials
#+ form: SELECT
#+ params:
#+   credential iri many required — the credentials
#+   language language optional — language of labels
#+ returns:
#+   skill iri — a skill
#+ paging: skill
#+ example: credential=http://example.org/a credential=http://example.org/b
"""
BODY = """\
SELECT ?skill WHERE {
  VALUES ?credential { UNDEF }
  VALUES ?language { UNDEF }
  ?credential <http://example.org/teaches> ?skill .
}
"""


@pytest.fixture(scope="module")
def stores() -> dict[str, Store]:
    store = small_store()
    return {"oxigraph": store, "rdflib": RdflibStore(store)}


def arguments_of(case: dict[str, Any]) -> dict[str, list[str]]:
    # IRIs are written short; texts have no colon.
    return {name: [iri(value) for value in values] for name, values in case["arguments"].items()}


def label_of(value: object) -> str:
    return f"{value[0]['query']}-{value[1]['arguments']}" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize("engine", ["oxigraph", "rdflib"])
@pytest.mark.parametrize("given", CASES, ids=label_of)
def test_answer_is_the_one_worked_out_by_hand(engine: str, given: Any, stores: dict[str, Store]) -> None:
    answer, case = given
    rows = stores[engine].select(bind(NAMED[answer["query"]], arguments_of(case))).rows
    found = [tuple(row[name].value if name in row else None for name in answer["columns"]) for row in rows]
    expected = [tuple(None if value is None else iri(str(value)) for value in row) for row in case["rows"]]
    if answer.get("unordered"):
        assert Counter(found) == Counter(expected)
    else:
        assert found == expected


@pytest.mark.parametrize("given", CASES, ids=label_of)
def test_count_is_the_number_of_rows(given: Any, stores: dict[str, Store]) -> None:
    answer, case = given
    (row,) = stores["oxigraph"].select(bind_count(NAMED[answer["query"]], arguments_of(case))).rows
    assert int(row["total"].value) == len(case["rows"])


def test_every_select_query_has_an_answer_under_test() -> None:
    assert {answer["query"] for answer in ANSWERS} == {name for name, q in NAMED.items() if q.form == "SELECT"}


@pytest.mark.parametrize("engine", ["oxigraph", "rdflib"])
def test_credential_brings_its_parts_organisations_and_labels(engine: str, stores: dict[str, Store]) -> None:
    a = iri("c:a")
    found = stores[engine].construct(bind(NAMED["credential"], {"credential": [a]}))
    texts = {(t.subject.value, t.object.value) for t in found if t.object.kind == "literal"}
    assert {
        (a, "Survey data"),
        (a, "Kyselyaineistot"),
        (a + "#credit", "5"),
        (a + "#outcome-1", "Analyses surveys"),
        (a + "#offer-time", "2027-01-11T09:00:00Z"),
        (iri("org:north"), "Pohjoinen yliopisto"),
        (iri("country:FIN"), "Suomi"),
        (iri("eqf:6"), "Level 6"),
        (iri("s:narrow"), "analyse survey data"),
        (iri("p:degree"), "Geography"),
    } <= texts


@pytest.mark.parametrize("engine", ["oxigraph", "rdflib"])
def test_credential_brings_the_whole_tree_of_prerequisites(engine: str, stores: dict[str, Store]) -> None:
    c = iri("c:c")
    triples = stores[engine].construct(bind(NAMED["credential"], {"credential": [c]}))
    found = {(t.subject.value, t.object.value) for t in triples}
    assert (c + "#prerequisite", c + "#prerequisite-1") in found
    assert (c + "#prerequisite-1-filter", iri("c:b")) in found
    assert (iri("c:b"), "Data for everyone") in found


def test_credential_says_nothing_of_others(stores: dict[str, Store]) -> None:
    found = stores["oxigraph"].construct(bind(NAMED["credential"], {"credential": [iri("c:a")]}))
    subjects = {t.subject.value for t in found}
    assert not {s for s in subjects if s.startswith((iri("c:b"), iri("org:south"), iri("s:other")))}


@pytest.mark.parametrize("short", ["s:broad", "p:degree", "c:unknown"])
def test_credential_answers_nothing_for_what_is_none(short: str, stores: dict[str, Store]) -> None:
    assert not stores["oxigraph"].construct(bind(NAMED["credential"], {"credential": [iri(short)]}))


@pytest.mark.parametrize("engine", ["oxigraph", "rdflib"])
def test_resource_brings_statements_labels_narrower_and_links_back(engine: str, stores: dict[str, Store]) -> None:
    found = {
        (t.subject.value, t.predicate, t.object.value)
        for t in stores[engine].construct(bind(NAMED["resource"], {"resource": [iri("s:broad")]}))
    }
    broader, label = iri("skos:broader"), iri("skos:prefLabel")
    assert (iri("s:broad"), iri("skos:altLabel"), "data analysis") in found
    assert (iri("s:broad"), broader, iri("s:group")) in found
    assert (iri("s:group"), label, "working with data") in found
    assert (iri("s:narrow"), broader, iri("s:broad")) in found
    assert (iri("s:narrow"), label, "analysoida kyselyaineistoa") in found
    assert (iri("o:analyst"), "http://data.europa.eu/esco/model#relatedEssentialSkill", iri("s:broad")) in found


@pytest.mark.parametrize("query", EVERY, ids=lambda q: q.name)
def test_file_runs_as_it_stands_and_with_its_example(query: NamedQuery, stores: dict[str, Store]) -> None:
    bound = bind(query, query.example)
    for text in (query.text, bound):
        prepareQuery(text)
        match query.form:
            case "SELECT":
                assert stores["oxigraph"].select(text).variables == tuple(column.name for column in query.returns)
            case "CONSTRUCT":
                stores["oxigraph"].construct(text)


@pytest.mark.parametrize("query", list(NAMED.values()), ids=lambda q: q.name)
def test_file_has_an_example_of_what_it_requires(query: NamedQuery) -> None:
    assert {parameter.name for parameter in query.parameters if parameter.required} <= set(query.example)
    assert not query.parameters or query.example


@pytest.mark.parametrize("query", EVERY, ids=lambda q: q.name)
def test_file_uses_no_service_and_no_star(query: NamedQuery) -> None:
    words = query.text.upper().split()
    assert "SERVICE" not in words
    assert "*" not in words
    # What publishing reads whole is put in order by no engine: sorting a column of IRIs takes longer than reading it.
    assert query.form != "SELECT" or "ORDER" in words or query.tags == ("derived",)


def test_header_becomes_a_named_query() -> None:
    query = parse_query("x", HEADER + BODY)
    assert query.tags == ("skills", "credentials")
    assert [(p.name, p.type, p.many, p.required) for p in query.parameters] == [
        ("credential", "iri", True, True),
        ("language", "language", False, False),
    ]
    assert query.example == {"credential": ("http://example.org/a", "http://example.org/b")}
    assert query.paging == "skill"
    assert query.text == BODY


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("#+ summary: Skills of a credential\n", "", "summary"),
        ("#+ form: SELECT", "#+ form: ASK", "form"),
        ("#+ form: SELECT", "#+ forms: SELECT", "line 3"),
        ("#+ form: SELECT", "#+ form: SELECT\n#+ form: SELECT", "line 4"),
        ("many required", "many needed", "line 5"),
        ("credential iri many", "credential uri many", "'uri'"),
        ("skill iri — a", "skill url — a", "'url'"),
        ("#+ returns:\n#+   skill iri — a skill\n#+ paging: skill\n", "", "returns"),
        ("#+ paging: skill", "#+ paging: occupation", "'occupation'"),
        ("#+ example: credential=", "#+ example: occupation=", "occupation"),
        ("#+ example: credential=http://example.org/a", "#+ example: http://example.org/a", "name=value"),
        ("#+   language language optional — language of labels\n", "", "slots"),
        ("  VALUES ?language { UNDEF }\n", "", "slots"),
    ],
)  # fmt: skip
def test_malformed_header_is_refused_with_its_reason(old: str, new: str, told: str) -> None:
    source = (HEADER + BODY).replace(old, new)
    assert source != HEADER + BODY
    with pytest.raises(InvalidArgument, match=r"^x\.rq.*" + told):
        parse_query("x", source)


def test_only_the_folder_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "one.rq").write_text(HEADER + BODY, encoding="utf-8")
    (tmp_path / "below" / "two.rq").write_text("no header", encoding="utf-8")
    assert list(load_queries(tmp_path)) == ["one"]

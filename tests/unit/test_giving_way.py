"""First come does not own: what the operator loads wins over what a key wrote of the same thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.loading.giving_way import give_way
from service.rdf.namespaces import DCTERMS, ELM, MC, ROV
from service.rdf.statements import Triple
from service.rdf.terms import RDF_TYPE, Term, text_literal
from service.work_store.work_store import ORIGIN, Change, Source, WorkStore, open_work

KEY, OTHER, LOADED = "http://b/graph/key", "http://b/graph/other", "http://b/graph/loaded"
COURSE, ORGANISATION = "http://b/id/credential/c", "http://uni.example/"


def iri(subject: str, predicate: str, value: str) -> Triple:
    return Triple(Term("iri", subject), predicate, Term("iri", value))


def text(subject: str, predicate: str, value: str) -> Triple:
    return Triple(Term("iri", subject), predicate, text_literal(value))


def record(title: str) -> list[Triple]:
    return [
        iri(COURSE, RDF_TYPE, MC + "MicroCredential"), text(COURSE, DCTERMS + "title", title),
        iri(COURSE, ELM + "creditPoint", f"{COURSE}#credit"), text(f"{COURSE}#credit", ELM + "point", "5"),
    ]  # fmt: skip


def put(work: WorkStore, graph: str, triples: list[Triple], origin: str) -> None:
    row = Source(graph, "x", (), "2026-01-01T00:00:00+00:00", "eu", len(triples), {"accepted": 1}, (origin,))
    work.change([Change(graph, (), tuple(triples))], [row])


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkStore]:
    with open_work(tmp_path / "var") as work:
        named = [iri(ORGANISATION, RDF_TYPE, ELM + "Organisation"), text(ORGANISATION, ROV + "legalName", "By the key")]
        put(work, KEY, [*record("By the key"), *named, text("http://b/id/x", DCTERMS + "title", "kept")], ORIGIN)
        put(work, OTHER, record("By the operator's own key"), ORIGIN)
        yield work


def titles(work: WorkStore, graph: str) -> set[str]:
    return {t.object.value for t in work.store.statements(graph) if t.object.kind == "literal"}


def test_a_record_that_the_operator_loads_leaves_the_source_of_the_key_whole(work: WorkStore, tmp_path: Path) -> None:
    put(work, LOADED, [iri(COURSE, RDF_TYPE, "http://data.europa.eu/esco/model#Occupation")], "/files/esco.ttl")
    gone = give_way(work, [KEY], tmp_path / "q.jsonl")
    assert titles(work, KEY) == {"By the key", "kept"}  # the name of the organisation, which nobody else describes
    assert "5" in titles(work, OTHER)  # a graph that no key is bound to
    assert [entry["record"] for entry in gone] == [COURSE]
    (finding,) = gone[0]["findings"]
    assert (finding["severity"], finding["value"]) == ("violation", LOADED)
    (line,) = (tmp_path / "q.jsonl").read_text().splitlines()
    assert f"<{COURSE}#credit>" in json.loads(line)["nquads"]
    row = work.source(KEY)
    assert row is not None
    assert (row.quads, row.records) == (3, {"accepted": 0})
    assert give_way(work, [KEY], tmp_path / "q.jsonl") == ()


def test_the_name_that_the_operator_gives_an_organisation_wins(work: WorkStore, tmp_path: Path) -> None:
    put(work, LOADED, [text(ORGANISATION, ROV + "legalName", "By the operator")], "/files/courses.csv")
    gone = give_way(work, [KEY], tmp_path / "q.jsonl")
    assert [entry["record"] for entry in gone] == [ORGANISATION]
    assert titles(work, KEY) == {"By the key", "5", "kept"}  # the title of the record stays
    assert not list(work.store.statements(KEY, ORGANISATION))


def test_a_requirement_that_the_operator_adds_takes_no_record_away(work: WorkStore, tmp_path: Path) -> None:
    put(work, LOADED, [iri(COURSE, MC + "prerequisite", f"{COURSE}#rule")], "/files/rules.yaml")
    assert give_way(work, [KEY], tmp_path / "q.jsonl") == ()

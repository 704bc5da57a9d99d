"""The feeds of the demo conform to the official shapes of the Commission's catalogue profile, and say the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, SH, Graph, Namespace, URIRef

from service.rdf.media_types import RDF_XML, TURTLE
from service.rdf.syntax import triples_from_text
from service.releases.feeds.feeds import FEEDS, Feed, FeedEntry, FeedName
from service.releases.readers import Readers
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.store.protocol import Store
from service.validation.brought_shapes.official import load_shapes
from service.validation.brought_shapes.others import results_of_others

pytestmark = pytest.mark.system

ELM = Namespace("http://data.europa.eu/snb/model/elm/")
PAGE = "https://example.org/page"
# 94 records and 4 programmes of the demo; two records state no level. The programmes state no outcomes.
WITHOUT_LEVEL = 2
RECORDS = 94


@pytest.fixture(scope="module")
def store(demo_settings: Settings) -> Iterator[Store]:
    readers = Readers(demo_settings, load_queries())
    yield readers.current().store
    readers.close()


@cache
def feed_text(store: Store, name: FeedName, media_type: str = TURTLE) -> bytes:
    output = BytesIO()
    Feed(store, name, lambda record: PAGE).write(output, media_type)
    return output.getvalue()


@cache
def entries(store: Store, name: FeedName) -> Mapping[str, FeedEntry]:
    return {entry.thing: entry for entry in Feed(store, name, lambda record: PAGE).entries()}


@pytest.fixture(scope="module")
def loq(shared: Path) -> Path:
    return shared / "elm" / "3.2.0" / "loq"


@pytest.mark.parametrize("name", FEEDS)
def test_feed_conforms_by_plain_pyshacl(store: Store, loq: Path, name: FeedName) -> None:
    shapes = Graph().parse(loq / "LOQ-constraints.ttl")
    shapes.remove((None, SH.pattern, None))  # Python compiles none of those for addresses
    conforms, _, text = pyshacl.validate(Graph().parse(data=feed_text(store, name)), shacl_graph=shapes)
    assert conforms, text[:2000]


@pytest.mark.parametrize("name", FEEDS)
def test_feed_conforms_by_our_engine_code_lists_included(store: Store, loq: Path, name: FeedName) -> None:
    official = load_shapes([loq / "LOQ-constraints.ttl", loq / "LOQ-constraints-mdr.ttl"])
    triples = tuple(triples_from_text(feed_text(store, name), TURTLE))
    results = results_of_others(triples, official.profile, None)
    assert {(r.focus.value, r.path, r.component, r.value and r.value.value) for r in results} == set()


def test_qualifications_are_the_records_with_both_levels(store: Store) -> None:
    graph = Graph().parse(data=feed_text(store, "loq-qualifications"))
    assert len(set(graph.subjects(RDF.type, ELM.Qualification))) == RECORDS - WITHOUT_LEVEL
    for record in graph.subjects(RDF.type, ELM.Qualification):
        assert (record, ELM.EQFLevel, None) in graph
        assert (record, ELM.NQFLevel, None) in graph


def test_a_record_without_a_level_leads_nowhere_but_to_an_achievement(store: Store) -> None:
    graph = Graph().parse(data=feed_text(store, "loq-opportunities"))
    achievements = set(graph.subjects(RDF.type, ELM.LearningAchievementSpecification))
    assert len(achievements) == WITHOUT_LEVEL
    # It has no place for accreditation: its body carries that.
    assert all((one, ELM.accreditation, None) not in graph for one in achievements)
    bodies = {
        b
        for one in achievements
        for a in graph.objects(one, ELM.awardingOpportunity)
        for b in graph.objects(a, ELM.awardingBody)
    }
    assert all((body, ELM.accreditation, None) in graph for body in bodies)


def test_the_preflight_names_what_the_register_would_reject(store: Store) -> None:
    rejected = {one.record: one.reasons for one in entries(store, "loq-qualifications").values() if not one.in_feed}
    records = {name: reasons for name, reasons in rejected.items() if "/id/credential/" in name}
    assert len(records) == WITHOUT_LEVEL
    assert set(records.values()) == {("EQFLevel is not stated", "NQFLevel is not stated")}


def test_the_preflight_and_the_feed_agree(store: Store) -> None:
    graph = Graph().parse(data=feed_text(store, "loq-opportunities"))
    said = {URIRef(thing) for thing, one in entries(store, "loq-opportunities").items() if one.in_feed}
    assert set(graph.subjects(RDF.type, ELM.LearningOpportunity)) == said


def test_workload_is_in_hours(store: Store) -> None:
    # 5 ECTS credits of 27 hours: stores write the same as P5DT15H.
    assert b'"PT135H"' in feed_text(store, "loq-opportunities")
    assert b'"P5D' not in feed_text(store, "loq-opportunities")


def test_both_formats_state_the_same(store: Store) -> None:
    name: FeedName = "loq-qualifications"
    text = {frozenset(triples_from_text(feed_text(store, name, kind), kind)) for kind in (TURTLE, RDF_XML)}
    assert len(text) == 1


def test_names_of_3_3_are_those_of_3_2_in_the_new_namespace(store: Store) -> None:
    output = BytesIO()
    Feed(store, "loq-qualifications", lambda record: PAGE).write(output, TURTLE, "3.3")
    new = output.getvalue()
    assert b"http://data.europa.eu/snb/model/elm/" not in new.replace(
        b"@prefix elm: <http://data.europa.eu/snb/model/elm/>", b""
    )
    renamed = new.replace(b"http://data.europa.eu/snb/model/ontology/", b"http://data.europa.eu/snb/model/elm/")
    assert set(triples_from_text(renamed, TURTLE)) == set(
        triples_from_text(feed_text(store, "loq-qualifications"), TURTLE)
    )

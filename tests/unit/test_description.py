"""The description of a release says what can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from service.rdf.statements import Triple
from service.releases.description import describe_release
from service.store.graph_table import properties_of
from service.store.oxigraph import OxigraphStore

VOID = "http://rdfs.org/ns/void#"
SKILL = "http://data.europa.eu/esco/model#Skill"
RELATED = "http://data.europa.eu/snb/model/elm/relatedESCOSkill"
B = "http://example.org"

# Two graphs: five statements, of which two link to skills, and three statements about two skills.
DATA = """
<http://example.org/c> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential> <http://example.org/graph/data> .
<http://example.org/c> <http://purl.org/dc/terms/title> "A"@en <http://example.org/graph/data> .
<http://example.org/c> <http://purl.org/dc/terms/title> "B"@fi <http://example.org/graph/data> .
<http://example.org/o> <http://data.europa.eu/snb/model/elm/relatedESCOSkill> <http://example.org/s1> <http://example.org/graph/data> .
<http://example.org/o> <http://data.europa.eu/snb/model/elm/relatedESCOSkill> <http://example.org/s2> <http://example.org/graph/data> .
<http://example.org/s1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://data.europa.eu/esco/model#Skill> <http://example.org/graph/esco> .
<http://example.org/s2> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://data.europa.eu/esco/model#Skill> <http://example.org/graph/esco> .
<http://example.org/s2> <http://www.w3.org/2004/02/skos/core#broader> <http://example.org/s1> <http://example.org/graph/esco> .
"""  # noqa: E501
SOURCES = [{"graph": f"{B}/graph/data", "loaded": "2026-01-31T10:00:00+00:00", "files": [["courses.csv", "ab" * 32]]}]


@pytest.fixture(scope="module")
def triples() -> Sequence[Triple]:
    store = OxigraphStore.in_memory(DATA.encode())
    return describe_release(store, 7, B, datetime(2026, 2, 1, 12, tzinfo=UTC), SOURCES, properties_of(store))


def values(triples: Sequence[Triple], subject: str, predicate: str) -> list[str]:
    return sorted(t.object.value for t in triples if (t.subject.value, t.predicate) == (subject, predicate))


def partition(triples: Sequence[Triple], graph: str, by: str, name: str, count: str) -> list[str]:
    parts = values(triples, f"{B}/graph/{graph}", f"{VOID}{by}Partition")
    (part,) = [part for part in parts if values(triples, part, VOID + by) == [name]]
    return values(triples, part, VOID + count)


def test_every_graph_states_its_size(triples: Sequence[Triple]) -> None:
    assert values(triples, f"{B}/graph/data", VOID + "triples") == ["5"]
    assert values(triples, f"{B}/graph/esco", VOID + "triples") == ["3"]
    sized = [t for t in triples if t.predicate == VOID + "triples" and t.subject.value.startswith(f"{B}/graph/")]
    assert len(sized) == 2


def test_partitions_count_things_and_statements(triples: Sequence[Triple]) -> None:
    assert partition(triples, "esco", "class", SKILL, "entities") == ["2"]
    assert partition(triples, "data", "property", "http://purl.org/dc/terms/title", "triples") == ["2"]


def test_links_to_esco_are_a_linkset(triples: Sequence[Triple]) -> None:
    (links,) = [t.subject.value for t in triples if t.object.value == VOID + "Linkset"]
    assert values(triples, links, VOID + "linkPredicate") == [RELATED]
    assert values(triples, links, VOID + "triples") == ["2"]
    assert values(triples, links, VOID + "subjectsTarget") == [f"{B}/graph/data"]
    assert values(triples, links, VOID + "objectsTarget") == [f"{B}/graph/esco"]


def test_examples_are_things_of_the_graph(triples: Sequence[Triple]) -> None:
    assert values(triples, f"{B}/graph/data", VOID + "exampleResource") == [f"{B}/c"]


def test_the_release_is_dated_and_numbered(triples: Sequence[Triple]) -> None:
    release = f"{B}/void#release"
    assert values(triples, release, "http://www.w3.org/2002/07/owl#versionInfo") == ["7"]
    assert values(triples, release, "http://purl.org/dc/terms/issued") == ["2026-02-01T12:00:00+00:00"]
    assert values(triples, release, VOID + "subset") == [f"{B}/graph/data", f"{B}/graph/esco"]


def test_a_source_file_is_named_with_its_checksum(triples: Sequence[Triple]) -> None:
    (file,) = values(triples, f"{B}/graph/data", "http://www.w3.org/ns/prov#wasDerivedFrom")
    (checksum,) = values(triples, file, "http://spdx.org/rdf/terms#checksum")
    assert values(triples, file, "http://purl.org/dc/terms/title") == ["courses.csv"]
    assert values(triples, checksum, "http://spdx.org/rdf/terms#checksumValue") == ["ab" * 32]


def test_no_statement_comes_twice(triples: Sequence[Triple]) -> None:
    assert len(set(triples)) == len(triples)


def test_names_without_a_namespace_and_things_without_a_name_are_described_as_far_as_they_go() -> None:
    data = f"""
<urn:a> <urn:isbn:p> "1" <{B}/graph/data> .
_:skill <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKILL}> <{B}/graph/data> .
<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> _:class <{B}/graph/data> .
<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "class" <{B}/graph/data> .
"""
    store = OxigraphStore.in_memory(data.encode())
    found = describe_release(store, 7, B, datetime(2026, 2, 1, tzinfo=UTC), [], properties_of(store))
    vocabularies = ["http://data.europa.eu/esco/model#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "urn:isbn:"]
    assert values(found, f"{B}/graph/data", f"{VOID}vocabulary") == vocabularies
    assert values(found, f"{B}/graph/data", f"{VOID}exampleResource") == []
    assert partition(found, "data", "class", SKILL, "entities") == ["1"]


def test_the_parts_of_a_class_tell_properties_and_what_their_values_are() -> None:
    """Worked by hand: c has a title in a language and a skill that another graph types, and a number; d has none."""
    data = f"""
<{B}/c> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{B}/Course> <{B}/graph/data> .
<{B}/d> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{B}/Course> <{B}/graph/data> .
<{B}/c> <http://purl.org/dc/terms/title> "A"@en <{B}/graph/data> .
<{B}/c> <{B}/credits> "5"^^<http://www.w3.org/2001/XMLSchema#integer> <{B}/graph/data> .
<{B}/c> <{B}/teaches> <{B}/s> <{B}/graph/data> .
<{B}/s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKILL}> <{B}/graph/esco> .
"""
    store = OxigraphStore.in_memory(data.encode())
    found = describe_release(store, 7, B, datetime(2026, 2, 1, tzinfo=UTC), [], properties_of(store))
    [part] = values(found, f"{B}/graph/data", f"{VOID}classPartition")
    assert part == f"{B}/void#data-class-http%3A%2F%2Fexample.org%2FCourse"
    told = {}
    for of_property in values(found, part, f"{VOID}propertyPartition"):
        [name] = values(found, of_property, f"{VOID}property")
        told[name] = [
            value
            for by in (f"{VOID}class", "http://ldf.fi/void-ext#datatype")
            for each in values(found, of_property, f"{by}Partition")
            for value in values(found, each, by)
        ]
    assert told == {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": [],
        "http://purl.org/dc/terms/title": ["http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"],
        f"{B}/credits": ["http://www.w3.org/2001/XMLSchema#integer"],
        f"{B}/teaches": [SKILL],
    }

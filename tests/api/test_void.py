"""Editors that know only the endpoint complete classes, properties, and the classes and datatypes of values."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from rdflib import RDF, SKOS, XSD, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, VOID

ELM = Namespace("http://data.europa.eu/snb/model/elm/")
ESCO = Namespace("http://data.europa.eu/esco/model#")
MC = Namespace("https://w3id.org/pinoamo/ns#")
# What sib-swiss/sparql-editor asks of an endpoint's service description, where the endpoint's data hold no such thing
# (the vocabularies: https://www.w3.org/TR/void/ and http://ldf.fi/void-ext): a class with the properties of its things,
# and what the values are.
ASKED = """
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?class ?property ?of WHERE {
  ?named sd:graph/void:classPartition ?part .
  ?part void:class ?class ; void:propertyPartition ?of_property .
  ?of_property void:property ?property .
  OPTIONAL {
    { ?of_property void:classPartition/void:class ?of }
    UNION
    { ?of_property void-ext:datatypePartition/void-ext:datatype ?of }
  }
}
"""


@pytest.fixture(scope="module")
def described(demo: TestClient) -> Graph:
    answer = demo.get("/sparql", headers={"Accept": "text/turtle"})
    return Graph().parse(data=answer.text, format="turtle")


@pytest.fixture(scope="module")
def known(described: Graph) -> set[tuple[object, ...]]:
    return {tuple(row) for row in described.query(ASKED)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "prop", "value"),
    [
        (MC.MicroCredential, DCTERMS.title, RDF.langString),
        (MC.MicroCredential, ELM.volumeOfLearning, XSD.duration),
        (MC.MicroCredential, ELM.learningOutcome, ELM.LearningOutcome),
        (ELM.LearningOutcome, ELM.relatedESCOSkill, ESCO.Skill),  # which another graph describes
        (ESCO.Skill, SKOS.prefLabel, RDF.langString),
        (ESCO.Occupation, ESCO.relatedEssentialSkill, ESCO.Skill),
        (ELM.Amount, RDF.value, XSD.decimal),
        (MC.DegreeProgramme, MC.requirement, MC.AllOf),
    ],
)
def test_an_editor_learns_what_a_class_says_and_what_the_values_are(
    known: set[tuple[object, ...]], of: URIRef, prop: URIRef, value: URIRef
) -> None:
    assert (of, prop, value) in known


def test_prefixes_are_declared(described: Graph) -> None:
    asked = "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?p ?n { [] sh:prefix ?p ; sh:namespace ?n }"
    found = {str(row[0]): str(row[1]) for row in described.query(asked)}  # type: ignore[index]
    assert found["elm"] == str(ELM)
    assert found["mc"] == str(MC)


def test_parts_are_named_by_what_they_are(demo: TestClient) -> None:
    graph = Graph().parse(data=demo.get("/void", headers={"Accept": "text/turtle"}).text, format="turtle")
    base = "http://localhost:8000"
    part = URIRef(f"{base}/void#credentials-class-mc-MicroCredential")
    assert (URIRef(f"{base}/graph/credentials"), VOID.classPartition, part) in graph
    assert graph.value(part, VOID["class"]) == MC.MicroCredential
    of_title = URIRef(f"{part}-dcterms-title")
    assert (part, VOID.propertyPartition, of_title) in graph
    assert graph.value(of_title, VOID.property) == DCTERMS.title
    # No two parts share a name: each tells of one class, property or datatype.
    for kind in (VOID["class"], VOID.property):
        told = list(graph.subjects(kind, None))
        assert len(told) == len(set(told))

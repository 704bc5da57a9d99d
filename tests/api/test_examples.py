"""The example queries as data: a stranger's editor can read them and run each."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from rdflib import RDF, RDFS, Graph, Namespace, URIRef

from service.settings import Settings
from service.sparql.named_queries import load_queries

SH = Namespace("http://www.w3.org/ns/shacl#")
SCHEMA = Namespace("https://schema.org/")
TEXTS = {
    SH.select: SH.SPARQLSelectExecutable,
    SH.ask: SH.SPARQLAskExecutable,
    SH.construct: SH.SPARQLConstructExecutable,
}


@pytest.fixture(scope="module")
def graph(demo: TestClient) -> Graph:
    return Graph().parse(data=demo.get("/queries", headers={"Accept": "text/turtle"}).text, format="turtle")


def test_every_named_query_is_an_example_of_its_kind(graph: Graph, demo_settings: Settings) -> None:
    found = set(graph.subjects(RDF.type, SH.SPARQLExecutable))
    assert found == {URIRef(f"{demo_settings.base_url}/queries/{name}") for name in load_queries()}
    for example in found:
        texts = [(kind, text) for predicate, kind in TEXTS.items() for text in graph.objects(example, predicate)]
        assert len(texts) == 1
        assert (example, RDF.type, texts[0][0]) in graph
        assert [comment.language for comment in graph.objects(example, RDFS.comment)] == ["en"]
        assert set(graph.objects(example, SCHEMA.target)) == {URIRef(f"{demo_settings.base_url}/sparql")}


@pytest.mark.parametrize("name", sorted(load_queries()))
def test_every_example_runs_with_its_prefixes_and_finds_something(
    demo: TestClient, demo_settings: Settings, graph: Graph, name: str
) -> None:
    example = URIRef(f"{demo_settings.base_url}/queries/{name}")
    text = next(str(text) for predicate in TEXTS for text in graph.objects(example, predicate))
    declared = graph.objects(graph.value(example, SH.prefixes), SH.declare)
    prefixes = "".join(f"PREFIX {graph.value(d, SH.prefix)}: <{graph.value(d, SH.namespace)}>\n" for d in declared)
    answer = demo.post(
        "/sparql", data={"query": prefixes + text}, headers={"Accept": "text/csv, application/n-triples"}
    )
    assert answer.status_code == 200, answer.text
    assert len(answer.text.splitlines()) > 1


@pytest.mark.parametrize("accept", ["application/ld+json", "application/rdf+xml", "application/n-triples"])
def test_examples_come_in_every_graph_format(demo: TestClient, graph: Graph, accept: str) -> None:
    answer = demo.get("/queries", headers={"Accept": accept})
    form = "json-ld" if "json" in accept else accept
    context = demo.get("/context.jsonld").text
    data = (
        answer.text.replace('"http://localhost:8000/context/1.1.jsonld"', context) if form == "json-ld" else answer.text
    )
    assert set(Graph().parse(data=data, format=form)) == set(graph)


def test_one_example_is_the_query_itself_or_opens_in_the_editor(demo: TestClient) -> None:
    query = demo.get("/queries/statistics", headers={"Accept": "application/sparql-query"})
    assert query.headers["content-type"] == "application/sparql-query"
    assert query.text.startswith("PREFIX")
    people = demo.get("/queries/statistics", headers={"Accept": "text/html"})
    assert (people.status_code, people.headers["location"]) == (303, "http://localhost:8000/sparql?example=statistics")
    assert demo.get("/queries", headers={"Accept": "text/html"}).headers["location"] == "http://localhost:8000/sparql"
    assert demo.get(people.headers["location"], headers={"Accept": "text/html"}).status_code == 200


def test_example_that_is_not_there_or_has_no_such_format_is_said(demo: TestClient) -> None:
    assert demo.get("/queries/nope").status_code == 404
    assert demo.get("/queries", headers={"Accept": "application/sparql-query"}).status_code == 406


def test_examples_known_to_the_client_are_not_sent_again(demo: TestClient) -> None:
    first = demo.get("/queries", headers={"Accept": "text/turtle"})
    again = demo.get("/queries", headers={"Accept": "text/turtle", "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_service_description_names_the_examples(demo: TestClient, demo_settings: Settings) -> None:
    described = Graph().parse(data=demo.get("/sparql", headers={"Accept": "text/turtle"}).text, format="turtle")
    base = demo_settings.base_url
    assert (URIRef(f"{base}/sparql"), RDFS.seeAlso, URIRef(f"{base}/queries")) in described

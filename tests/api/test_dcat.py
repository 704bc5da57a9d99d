"""What the operator says of the data stands in the catalogue as DCAT-AP asks for it, and nothing is made up."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from rdflib import DCAT, DCTERMS, FOAF, RDF, VOID, Graph, Literal, Namespace, URIRef

from service.app import create_app
from service.settings import Settings

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SAID = {"publisher": "Koivula University", "contact": "mailto:data@koivula.example", "licence": LICENCE}


def read(client: TestClient, path: str) -> Graph:
    return Graph().parse(data=client.get(path, headers={"Accept": "text/turtle"}).text, format="turtle")


def test_catalogue_names_publisher_contact_licence_theme_and_languages(demo_settings: Settings) -> None:
    base = demo_settings.base_url
    with TestClient(create_app(demo_settings.model_copy(update=SAID)), base_url=base) as client:
        graph, void = read(client, "/catalog"), read(client, "/void")
    catalogue, dataset = URIRef(f"{base}/catalog"), URIRef(f"{base}/releases/1")
    for node in (catalogue, dataset):
        [publisher] = graph.objects(node, DCTERMS.publisher)
        assert (publisher, RDF.type, FOAF.Agent) in graph
        assert set(graph.objects(publisher, FOAF.name)) == {Literal("Koivula University")}
        [contact] = graph.objects(node, DCAT.contactPoint)
        assert set(graph.objects(contact, VCARD.hasEmail)) == {URIRef("mailto:data@koivula.example")}
        assert set(graph.objects(node, DCTERMS.license)) == {URIRef(LICENCE)}
    assert str(graph.value(dataset, DCAT.theme)).endswith("/data-theme/EDUC")
    assert len(set(graph.objects(dataset, DCTERMS.language))) == 3
    release = URIRef(f"{base}/void#release")
    assert (release, DCTERMS.license, URIRef(LICENCE)) in void
    dumps = {URIRef(f"{base}/dumps/1/{name}") for name in ("pinoamo.nq.gz", "pinoamo.ttl.gz")}
    assert set(void.objects(release, VOID.dataDump)) == dumps


def test_what_the_operator_does_not_say_is_not_stated(demo: TestClient) -> None:
    graph = read(demo, "/catalog")
    for predicate in (DCTERMS.publisher, DCAT.contactPoint, DCTERMS.license):
        assert not set(graph.subjects(predicate, None))


@pytest.mark.parametrize("name", ["contact", "licence"])
def test_contact_and_licence_must_be_iris(name: str) -> None:
    with pytest.raises(ValueError, match="IRI"):
        Settings(**{name: "CC BY 4.0"})

"""What the operator says of the data stands in the catalogue as DCAT-AP asks for it, and nothing is made up."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyshacl
import pytest
from fastapi.testclient import TestClient
from rdflib import DCAT, DCTERMS, FOAF, RDF, VOID, Graph, Literal, Namespace, URIRef

from service.app import create_app
from service.settings import Settings
from tests.support.serving import publish

DCAT3 = Namespace(str(DCAT))  # rdflib warns of what DCAT 2 did not have
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SAID = {"publisher": "Koivula University", "contact": "mailto:data@koivula.example", "licence": LICENCE}


def read(client: TestClient, path: str) -> Graph:
    return Graph().parse(data=client.get(path, headers={"Accept": "text/turtle"}).text, format="turtle")


def test_catalogue_names_publisher_contact_licence_theme_and_languages(demo_settings: Settings) -> None:
    base = demo_settings.base_url
    with TestClient(create_app(demo_settings.model_copy(update=SAID)), base_url=base) as client:
        graph, void = read(client, "/catalog"), read(client, "/void")
    catalogue, dataset = URIRef(f"{base}/catalog"), URIRef(f"{base}/catalog#dataset")
    for node in (catalogue, dataset, URIRef(f"{base}/releases/1")):
        [publisher] = graph.objects(node, DCTERMS.publisher)
        assert (publisher, RDF.type, FOAF.Agent) in graph
        assert set(graph.objects(publisher, FOAF.name)) == {Literal("Koivula University")}
        [contact] = graph.objects(node, DCAT.contactPoint)
        assert (contact, RDF.type, VCARD.Kind) in graph
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
    for predicate in (DCAT.contactPoint, DCTERMS.license):
        assert not set(graph.subjects(predicate, None))


def test_who_publishes_is_always_named_at_least_by_the_host(demo: TestClient) -> None:
    graph = read(demo, "/catalog")
    for name in ("catalog", "catalog#dataset", "releases/1", "sparql"):
        [publisher] = graph.objects(URIRef(f"http://localhost:8000/{name}"), DCTERMS.publisher)
        assert set(graph.objects(publisher, FOAF.name)) == {Literal("localhost:8000")}


def test_every_distribution_has_licence_format_size_and_checksum(demo_settings: Settings) -> None:
    with TestClient(create_app(demo_settings.model_copy(update=SAID)), base_url=demo_settings.base_url) as client:
        graph = read(client, "/catalog")
        found = set(graph.subjects(RDF.type, DCAT.Distribution))
        assert len(found) == 2
        assert set(graph.objects(URIRef(f"{demo_settings.base_url}/catalog#dataset"), DCAT.distribution)) == found
        for distribution in found:
            assert graph.value(distribution, DCTERMS.license) == URIRef(LICENCE)
            assert "/file-type/RDF_" in str(graph.value(distribution, DCTERMS["format"]))
            data = client.get(str(graph.value(distribution, DCAT.downloadURL))).content
            assert int(str(graph.value(distribution, DCAT.byteSize))) == len(data)
            [checksum] = graph.objects(distribution, SPDX.checksum)
            assert str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(data).hexdigest()


def test_the_data_set_stays_and_releases_are_its_versions(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, workers=1)
    found = []
    with TestClient(create_app(settings), base_url=settings.base_url) as client:
        for title in ("One", "Two"):
            publish(
                settings, {f"{settings.base_url}/graph/own": f'<urn:x> <http://purl.org/dc/terms/title> "{title}" .'}
            )
            found.append(read(client, "/catalog"))
    dataset = URIRef(f"{settings.base_url}/catalog#dataset")
    releases = [URIRef(f"{settings.base_url}/releases/{number}") for number in (1, 2)]
    for graph, number in zip(found, (1, 2), strict=True):
        assert set(graph.objects(URIRef(f"{settings.base_url}/catalog"), DCAT.dataset)) == {dataset}
        assert set(graph.objects(dataset, DCAT3.hasVersion)) == set(releases[:number])
        assert set(graph.objects(dataset, DCAT3.hasCurrentVersion)) == {releases[number - 1]}


@pytest.mark.parametrize("path", ["/catalog", "/void", "/releases/1"])
def test_no_statement_stands_twice(demo: TestClient, path: str) -> None:
    lines = demo.get(path, params={"format": "nt"}).text.splitlines()
    assert len(lines) == len(set(lines)) > 20


@pytest.mark.parametrize("said", [{}, SAID], ids=["nothing said", "all said"])
def test_catalogue_conforms_to_dcat_ap_3(demo_settings: Settings, shared: Path, said: dict[str, str]) -> None:
    shapes = shared / "profiles" / "shapes" / "dcatap3.ttl"
    if not shapes.is_file():
        pytest.skip(reason="needs the shapes of DCAT-AP 3.0.1, which are not part of the project")
    with TestClient(create_app(demo_settings.model_copy(update=said)), base_url=demo_settings.base_url) as client:
        graph = read(client, "/catalog")
        graph += read(client, "/void") + read(client, "/releases/1")  # as a harvester that follows links has it
    conforms, _, text = pyshacl.validate(graph, shacl_graph=Graph().parse(shapes), advanced=False)
    assert conforms, text


def test_whatever_is_read_beside_the_catalogue_it_has_one_data_set(demo: TestClient) -> None:
    base = "http://localhost:8000/"
    graph = read(demo, "/catalog") + read(demo, "/void") + read(demo, "/releases/1")
    catalogue, dataset = URIRef(f"{base}catalog"), URIRef(f"{base}catalog#dataset")
    assert set(graph.subjects(RDF.type, DCAT.Catalog)) == {catalogue}
    assert set(graph.objects(catalogue, DCAT.dataset)) == {dataset}
    assert set(graph.objects(None, DCAT3.isVersionOf)) == {dataset}
    assert set(graph.objects(URIRef(f"{base}sparql"), DCAT.servesDataset)) == {dataset}


@pytest.mark.parametrize("path", ["/catalog", "/void"])
def test_people_read_the_description_as_a_page(demo: TestClient, path: str) -> None:
    answer = demo.get(path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "fi"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fi">' in answer.text
    assert "Micro-credentials and the skills they lead to" in answer.text
    assert f'href="{path}?format=ttl"' in answer.text
    assert demo.get(path, headers={"Accept": "*/*"}).headers["content-type"].startswith("text/turtle")


@pytest.mark.parametrize("name", ["contact", "licence"])
def test_contact_and_licence_must_be_iris(name: str) -> None:
    with pytest.raises(ValueError, match="IRI"):
        Settings(**{name: "CC BY 4.0"})

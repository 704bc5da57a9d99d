"""What we answer about a thing, saved to a file, can be read by every way in, and by readers that are not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from fastapi.testclient import TestClient
from rdflib.compare import isomorphic

from loaders.jsonld import contexts as read_by_loaders
from service.app import create_app
from service.rdf import jsonld_context as named_by_service
from service.settings import Settings
from service.validation.documents import read_document
from service.web.linked_data import definitions
from service.writing.keys import KeyRing
from tests.conftest import ROOT
from tests.support.loader_runs import run
from tests.support.one_of_each import catalogue
from tests.support.serving import publish
from tests.support.writing import bearer

OURS = json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))
BASES = ["http://localhost:8000", "https://data.example/kurssit/haku"]
SUFFIXES = {"ttl": "text/turtle", "jsonld": "application/ld+json", "json": "application/json",
            "nt": "application/n-triples", "rdf": "application/rdf+xml", "trig": "application/trig",
            "nq": "application/n-quads"}  # fmt: skip
ESCO = "http://data.europa.eu/esco"
MC = "https://w3id.org/pinoamo/ns#"
THINGS = {
    "credential": "/api/v1/credentials/course",
    "programme": "/api/v1/programmes/degree",
    "provider": "/api/v1/providers/uni",
    "skill": "/api/v1/skills/s1",
    "occupation": "/api/v1/occupations/o1",
}


class Service:
    """A service in this process, with a key, and the base that its documents name."""

    def __init__(self, settings: Settings, client: TestClient, token: str) -> None:
        self.settings, self.client, self.token = settings, client, token

    def path(self, rest: str) -> str:
        return self.settings.base_url + rest

    def document(self, kind: str, suffix: str) -> bytes:
        found = self.client.get(THINGS[kind], params={"format": suffix})
        assert found.status_code == 200, found.text
        return found.content


@pytest.fixture(scope="module", params=BASES, ids=["host", "path"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    base = request.param
    settings = Settings(data=tmp_path_factory.mktemp("data"), base_url=base, workers=1)
    publish(settings, {f"{base}/graph/own": catalogue(base)})
    token = KeyRing(settings).create("own", ["credentials:write"], "fresh")
    origin = f"{urlsplit(base).scheme}://{urlsplit(base).netloc}"
    with TestClient(create_app(settings), base_url=origin, follow_redirects=False) as client:
        yield Service(settings, client, token)


def statements(data: bytes, suffix: str) -> rdflib.Graph:
    """Read by rdflib, without any of our code; the context, which it would fetch, stands in place of its address."""
    form = {"ttl": "turtle", "rdf": "xml", "nq": "nquads", "json": "json-ld", "jsonld": "json-ld"}.get(suffix, suffix)
    if form == "json-ld":
        data = json.dumps({**json.loads(data), **OURS}).encode()
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=data, format=form)
    graph = rdflib.Graph()
    for triple in dataset.triples((None, None, None)):
        graph.add(triple)
    return graph


@pytest.mark.parametrize("kind", THINGS)
def test_json_names_its_context_by_an_absolute_address_that_answers(service: Service, kind: str) -> None:
    for suffix, path in (("json", "/context/1.1-numbers.jsonld"), ("jsonld", "/context/1.1.jsonld")):
        address = json.loads(service.document(kind, suffix))["@context"]
        assert address == service.path(path)
        # Whoever forwards to the service takes the path of the base away.
        served = service.client.get(address.removeprefix(service.settings.base_url))
        assert served.status_code == 200
        assert served.json() == (OURS if suffix == "jsonld" else named_by_service.with_numbers(OURS))


def test_number_of_plain_json_is_a_valid_double_to_others_and_the_same_decimal_to_us(
    service: Service, tmp_path: Path
) -> None:
    address = service.path("/context/1.1-numbers.jsonld")
    (tmp_path / "x.json").write_text(json.dumps({"@context": address, "id": "urn:x", "ects": 2.5, "position": 3}))
    found = run(tmp_path, "document", tmp_path / "x.json")
    xsd = "http://www.w3.org/2001/XMLSchema#"
    exact = {("urn:x", f"{MC}ects", f'"2.5"^^<{xsd}decimal>'), ("urn:x", f"{MC}position", f'"3"^^<{xsd}integer>')}
    assert (found.code, found.triples) == (0, exact)
    served = service.client.get("/context/1.1-numbers.jsonld").json()
    others = {q.object for q in ox.parse(json.dumps({**served, "id": "urn:x", "ects": 2.5}), ox.RdfFormat.JSON_LD)}
    assert others == {ox.Literal("2.5E0", datatype=ox.NamedNode(f"{xsd}double"))}


def test_decimal_that_somebody_writes_as_a_number_is_read_as_it_stands(tmp_path: Path) -> None:
    elm = {"@context": "http://data.europa.eu/snb/model/context/edc-ap", "id": "urn:x", "volumeOfLearning": "PT1H"}
    for name, document in (("ours", {"@context": "/context/1.0.jsonld", "id": "urn:x", "ects": 0.1}), ("elm", elm)):
        (tmp_path / f"{name}.jsonld").write_text(json.dumps(document))
        found = run(tmp_path, "document", tmp_path / f"{name}.jsonld")
        assert found.code == 0, found.messages()
        assert ("E-1" in found.text, found.messages("warning")) == (False, "")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", THINGS)
def test_a_saved_document_is_read_back_whole_by_the_loaders(
    service: Service, tmp_path: Path, kind: str, suffix: str
) -> None:
    data = service.document(kind, suffix)
    (tmp_path / f"saved.{suffix}").write_bytes(data)
    expected = statements(data, suffix)
    assert len(expected) >= 3
    # The base of whoever reads need not be that of whoever answered.
    for base in (service.settings.base_url, "http://elsewhere.example:8080/x"):
        for form in ("document", "elm"):
            found = run(tmp_path, form, tmp_path / f"saved.{suffix}", "--base", base, "--graph", "saved")
            assert found.code == 0, found.messages()
            assert found.messages("warning") == ""
            graph = rdflib.Graph()
            for line in ox.parse(found.text, ox.RdfFormat.N_QUADS):
                graph.parse(data=f"{line.triple} .", format="nt")
            if form == "document":
                assert isomorphic(graph, expected)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_saved_document_can_be_checked(service: Service, suffix: str) -> None:
    data = service.document("credential", suffix)
    read = read_document(data, SUFFIXES[suffix], service.settings)
    assert (read.error, len(read.triples)) == (None, len(statements(data, suffix)))
    answer = service.client.post("/api/v1/validations", content=data, headers={"Content-Type": SUFFIXES[suffix]})
    assert answer.status_code == 200, answer.text
    (document,) = answer.json()["documents"]
    assert document["error"] is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_document_that_was_read_can_be_put(service: Service, suffix: str) -> None:
    key = f"sent-{suffix}"
    data = service.document("credential", suffix).replace(b"/id/credential/course", f"/id/credential/{key}".encode())
    headers = {"Content-Type": SUFFIXES[suffix], **bearer(service.token)}
    answer = service.client.put(f"/api/v1/credentials/{key}", content=data, headers=headers)
    assert answer.status_code == 201, answer.text
    again = service.client.get(f"/api/v1/credentials/{key}", params={"format": suffix}).content
    answer = service.client.put(f"/api/v1/credentials/{key}", content=again, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "unchanged")


def test_a_document_that_was_read_can_be_held(service: Service) -> None:
    held = json.loads(service.document("credential", "jsonld"))
    body = {"target": f"{ESCO}/skill/s1", "held": [{"document": held}]}
    answer = service.client.post("/api/v1/audits", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["gaps"] == []  # its outcome leads to the skill


OURS_ELSEWHERE: Mapping[str, str] = {
    "as it was named before": "/context.jsonld",
    "below a path": "/kurssit/haku/context.jsonld",
    "without a host": "/context/1.0.jsonld",
    "our base": "http://localhost:8000/context.jsonld",
    "our base, version": "http://localhost:8000/context/1.0.jsonld",
    "another base": "https://other.example/context/1.0.jsonld",
    "another base with a path": "https://other.example/a/b/context/1.0.jsonld",
    "w3id": "https://w3id.org/pinoamo/context.jsonld",
    "w3id, version": "https://w3id.org/pinoamo/context/1.0.jsonld",
    "newest": "https://other.example/context/1.1.jsonld",
    "newest, plain JSON": "https://other.example/a/context/1.1-numbers.jsonld",
}


@pytest.mark.parametrize("name", OURS_ELSEWHERE)
def test_our_context_is_known_under_every_name(tmp_path: Path, name: str) -> None:
    document = {"@context": OURS_ELSEWHERE[name], "id": "urn:x", "type": "MicroCredential", "title": {"fi": "Nimi"}}
    (tmp_path / "x.jsonld").write_text(json.dumps(document), "utf-8")
    found = run(tmp_path, "document", tmp_path / "x.jsonld")
    assert found.code == 0, found.messages()
    assert found.triples == {
        ("urn:x", str(rdflib.RDF.type), "https://w3id.org/pinoamo/ns#MicroCredential"),
        ("urn:x", "http://purl.org/dc/terms/title", '"Nimi"@fi'),
    }


@pytest.mark.parametrize(
    "address", ["https://other.example/context.jsonld", "context.jsonld", "ftp://x/context/1.0.jsonld",
                "https://other.example/context/1.0.jsonld?x", "https://other.example/context/9.0.jsonld"]
)  # fmt: skip
def test_what_never_was_a_name_of_our_context_is_none(tmp_path: Path, address: str) -> None:
    (tmp_path / "x.jsonld").write_text(json.dumps({"@context": address, "id": "urn:x"}), "utf-8")
    found = run(tmp_path, "document", tmp_path / "x.jsonld")
    assert (found.code, address in found.messages()) == (1, True)


def test_both_sides_know_the_same_names() -> None:
    assert read_by_loaders.CONTEXT_PATHS == named_by_service.CONTEXT_PATHS
    app = {getattr(route, "path", "") for route in definitions.router.routes}
    assert {quote(path) for path in named_by_service.CONTEXT_PATHS} <= {
        path.replace("{version}", version) for path in app for version in named_by_service.CONTEXT_VERSIONS
    }

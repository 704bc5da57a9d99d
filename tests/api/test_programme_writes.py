"""Programmes and organisations are written over HTTP as micro-credentials are."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from service.settings import Settings
from service.writing.keys import KeyRing
from tests.support.serving import publish, running
from tests.support.writing import PREFIXES, TURTLE, bearer, turtle

BASE = "http://localhost:8000"
UNI = f"{BASE}/id/organisation/uni"
MC = "https://w3id.org/pinoamo/ns#"


def programme(title: str, minimum: str = "60") -> str:
    """Return a degree of so many credits in any of its skills, with a body that offers it."""
    return f"""{PREFIXES}@prefix mc: <{MC}> .
<> a elm:Qualification, mc:DegreeProgramme ; dcterms:title "{title}"@en ; mc:requirement <#all> .
<#all> a mc:CreditRequirement ; mc:minimum {minimum} ; mc:filter <#any> .
<#any> a mc:Filter ; mc:skill <http://data.europa.eu/esco/skill/x> ."""


def body(name: str, more: str = "") -> str:
    place = "elm:location <#place> . <#place> a dcterms:Location ."
    return f'{PREFIXES}<> a elm:Organisation ; rov:legalName "{name}"@en ; {place}{more}'


@pytest.fixture(scope="module")
def tokens(settings: Settings) -> dict[str, str]:
    ring = KeyRing(settings)
    every = ["credentials:write", "programmes:write", "providers:write"]
    return {
        "all": ring.create("all", every),
        "credentials": ring.create("credentials", ["credentials:write"]),
        "other": ring.create("other", every, "other"),
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(data=tmp_path_factory.mktemp("data") / "var", base_url=BASE, workers=1, keep_releases=100)
    organisation = "<http://data.europa.eu/snb/model/elm/Organisation>"
    loaded = f"<{BASE}/id/organisation/loaded> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> {organisation} ."
    publish(found, {f"{BASE}/graph/loaded": loaded})
    return found


@pytest.fixture(scope="module")
def client(settings: Settings, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as found:
        found.headers.update({**bearer(tokens["all"]), "Prefer": "wait=120"})
        yield found


def put(client: httpx.Client, path: str, text: str, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put(f"/api/v1/{path}", content=text, headers={**TURTLE, **names})


def test_programme_is_written_read_changed_and_removed(client: httpx.Client) -> None:
    answer = put(client, "programmes/degree", programme("A degree"))
    assert (answer.status_code, answer.json()["status"]) == (201, "created"), answer.text
    assert answer.headers["location"] == f"{BASE}/api/v1/programmes/degree"
    read = client.get("/api/v1/programmes/degree", headers={"Accept": "text/turtle"})
    assert "A degree" in read.text
    assert put(client, "programmes/degree", programme("A degree")).json()["status"] == "unchanged"
    assert put(client, "programmes/degree", programme("Better"), If_Match=read.headers["etag"]).status_code == 200
    assert put(client, "programmes/degree", programme("Late"), If_Match=read.headers["etag"]).status_code == 412
    assert [item["label"] for item in client.get("/api/v1/programmes").json()["items"]] == [{"en": "Better"}]
    assert client.delete("/api/v1/programmes/degree").status_code == 204
    assert client.get("/api/v1/programmes/degree").status_code == 410
    assert client.delete("/api/v1/programmes/degree").status_code == 410


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("programmes/bad", programme("Bad", '"many"')),  # no number of credits
        ("programmes/bad", turtle("A micro-credential")),
        ("programmes/bad", body("An organisation")),
        ("providers/bad", body("Uni").replace("rov:legalName", "dcterms:title")),
        ("providers/bad", turtle("A micro-credential")),
        ("providers/bad", body("Uni", f"<{UNI}> a elm:Organisation .")),
    ],
)
def test_body_of_another_kind_or_with_a_fault_is_refused(client: httpx.Client, path: str, text: str) -> None:
    answer = put(client, path, text)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "record-refused"), answer.text
    assert client.get(f"/api/v1/{path}").status_code == 404


@pytest.mark.parametrize("collection", ["programmes", "providers"])
def test_example_of_the_description_is_accepted(client: httpx.Client, collection: str) -> None:
    operation = client.get("/openapi.json").json()["paths"][f"/api/v1/{collection}/{{key}}"]["put"]
    example = operation["requestBody"]["content"]["text/turtle"]["example"]
    assert put(client, f"{collection}/example", example).status_code == 201
    assert client.get(f"/api/v1/{collection}/example").status_code == 200
    assert client.delete(f"/api/v1/{collection}/example").status_code == 204


def test_provider_is_written_and_its_removal_tells_who_names_it(client: httpx.Client) -> None:
    assert put(client, "providers/uni", body("Uni")).status_code == 201
    assert put(client, "credentials/course", turtle(provider=UNI)).status_code == 201  # it names the body once more
    assert put(client, "providers/uni", body("University")).json()["status"] == "replaced"
    assert "University" in client.get("/api/v1/providers/uni", headers={"Accept": "text/turtle"}).text
    answer = client.delete("/api/v1/providers/uni")
    assert answer.status_code == 200
    [left] = answer.json()["dangling"]
    assert (left["removed"], left["kind"]) == (UNI, "organisation")
    assert {pointer["thing"].partition("#")[0] for pointer in left["pointed_at_by"]} == {f"{BASE}/id/credential/course"}
    assert client.get("/api/v1/providers/uni").status_code == 410


def test_key_needs_the_scope_and_its_own_things(client: httpx.Client, tokens: dict[str, str]) -> None:
    for path, text in (("programmes/p", programme("P")), ("providers/p", body("P"))):
        assert put(client, path, text, **bearer(tokens["credentials"])).status_code == 403
        assert put(client, path, text).status_code == 201
        assert put(client, path, text, **bearer(tokens["other"])).status_code == 403
        assert client.delete(f"/api/v1/{path}", headers=bearer(tokens["other"])).status_code == 403
    assert put(client, "providers/loaded", body("Loaded")).status_code == 403
    name = f"{BASE}/id/programme/p".replace(":", "%3A").replace("/", "%2F")
    assert put(client, f"providers/{name}", body("P")).status_code == 422

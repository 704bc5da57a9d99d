"""Every refusal and fault is an RFC 9457 problem document, whoever finds it; and what every answer carries."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.errors import ServiceError
from service.settings import Settings
from tests.support.error_kinds import KINDS
from tests.support.serving import publish

BASE = "http://data.example/kg"
SECRET = "the password is swordfish"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client of a service where nothing is published and one address has a fault."""
    app = create_app(Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1))

    @app.get("/faulty")
    def faulty() -> None:
        raise RuntimeError(SECRET)

    with TestClient(app) as found:
        yield found


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Check what RFC 9457 §3 and our conventions ask of every problem document, and return it."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == f"{BASE}/problems/{slug}"
    assert body["title"]
    assert body["detail"]
    assert uuid.UUID(body["instance"].removeprefix("urn:uuid:"))
    return body


def test_unknown_address(client: TestClient) -> None:
    problem(client.get("/nowhere"), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "address", "allow"),
    [
        ("POST", "/health/live", "GET, HEAD, OPTIONS"),
        ("DELETE", "/sparql", "GET, HEAD, OPTIONS, POST"),
        ("PATCH", "/api/v1/skills", "GET, HEAD, OPTIONS"),
        ("POST", "/problems/timeout", "GET, HEAD, OPTIONS"),
    ],
)
def test_method_that_does_not_exist(client: TestClient, method: str, address: str, allow: str) -> None:
    answer = client.request(method, address)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    ("address", "allow"),
    [("/health/live", "GET, HEAD, OPTIONS"), ("/sparql", "GET, HEAD, OPTIONS, POST")],
)
def test_options_says_what_an_address_allows(client: TestClient, address: str, allow: str) -> None:
    answer = client.options(address)
    assert (answer.status_code, answer.headers["allow"]) == (204, allow)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("address", ["/nowhere", "/api/v1/nothing", "/en/nothing/at/all"])
def test_options_of_nothing_is_not_found(client: TestClient, address: str) -> None:
    problem(client.options(address), 404, "not-found")


def test_preflight_lets_a_browser_write(client: TestClient) -> None:
    asked = {"Origin": "https://editor.example", "Access-Control-Request-Method": "PUT"}
    answer = client.options("/api/v1/credentials/x", headers=asked)
    methods = set(answer.headers["access-control-allow-methods"].split(", "))
    assert {"GET", "PUT", "DELETE"} <= methods
    headers = set(answer.headers["access-control-allow-headers"].lower().split(", "))
    assert {"authorization", "content-type", "if-match", "if-none-match", "prefer"} <= headers
    exposed = set(client.get("/health/live").headers["access-control-expose-headers"].lower().split(", "))
    assert {"etag", "location", "link", "retry-after", "preference-applied"} <= exposed


WRITING = {"authorization", "if-match", "prefer"}
PREFLIGHTS = {
    "/api/v1/skills": ("GET, HEAD, OPTIONS", False),
    "/api/v1/credentials/x": ("DELETE, GET, HEAD, OPTIONS, PUT", True),
    "/api/v1/imports": ("GET, HEAD, OPTIONS, POST", True),
    "/sparql/update": ("OPTIONS, POST", True),
    "/graph/x": ("DELETE, GET, HEAD, OPTIONS, POST, PUT", True),
    "/ontology": ("GET, HEAD, OPTIONS", False),
}


@pytest.mark.parametrize("path", PREFLIGHTS)
def test_preflight_tells_what_the_address_allows(client: TestClient, path: str) -> None:
    methods, writes = PREFLIGHTS[path]
    answer = client.options(path, headers={"Origin": "https://editor.example"})
    assert answer.headers["access-control-allow-methods"] == answer.headers["allow"] == methods
    headers = set(answer.headers["access-control-allow-headers"].lower().split(", "))
    assert {"accept", "accept-language", "content-type", "if-none-match", "if-modified-since"} <= headers
    assert (headers >= WRITING) == writes == bool(headers & WRITING)


def test_invalid_parameter_is_named(client: TestClient) -> None:
    body = problem(client.get("/api/v1/skills", params={"limit": "many"}), 422, "invalid-request")
    assert [found["pointer"] for found in body["errors"]] == ["#/query/limit"]
    assert "integer" in body["errors"][0]["detail"]


def test_nothing_published_is_503(client: TestClient) -> None:
    answer = client.get("/health/ready")
    problem(answer, 503, "store-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/health/live").json() == {"status": "alive"}


def test_ready_names_the_release(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, base_url=BASE, workers=1)
    publish(settings, {f"{BASE}/graph/g": "<http://e/a> <http://e/b> <http://e/c> ."})
    with TestClient(create_app(settings)) as client:
        assert client.get("/health/ready").json() == {"status": "ready", "release": 1}
        assert "pinoamo_release 1.0" in client.get("/metrics").text


def test_fault_tells_its_incident_and_nothing_else(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/faulty")
    body = problem(answer, 500, "internal")
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert body["instance"] in caplog.text
    assert SECRET in caplog.text
    assert client.get("/health/live").status_code == 200


def test_fault_is_a_page_for_people(client: TestClient) -> None:
    answer = client.get("/faulty", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "fi"})
    assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fi">' in answer.text
    assert "urn:uuid:" in answer.text
    assert SECRET not in answer.text


def test_fault_of_the_pages_themselves_is_a_document(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("service.web.pages.routes.html", broken)
    answer = client.get("/faulty", headers={"Accept": "text/html"})
    assert problem(answer, 500, "internal")["instance"].startswith("urn:uuid:")
    assert SECRET not in answer.text


def test_head_of_a_problem_has_no_body(client: TestClient) -> None:
    answer = client.head("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.content == b""


def test_people_get_a_page(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "sv"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="sv">' in answer.text
    assert client.get("/nowhere", headers={"Accept": "text/html;q=0.1, */*"}).json()["status"] == 404


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_type_leads_to_an_explanation(client: TestClient, kind: type[ServiceError]) -> None:
    body = client.get(f"/problems/{kind.slug}").json()
    assert body["title"] == kind.title
    assert body["status"] == kind.status
    assert body["description"]


def test_unknown_type_is_itself_a_problem(client: TestClient) -> None:
    problem(client.get("/problems/no-such-thing"), 404, "not-found")


# --- what every answer carries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/health/live", "/nowhere", "/faulty", "/docs"])
def test_every_answer_is_readable_from_other_sites_and_runs_nothing_foreign(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"]


def test_request_id_of_the_client_is_kept_when_harmless(client: TestClient) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/health/live", headers={"X-Request-ID": "a b<c>"}).headers["x-request-id"] != "a b<c>"
    assert client.get("/health/live").headers["x-request-id"] != client.get("/health/live").headers["x-request-id"]


def test_figures_count_requests_by_status(client: TestClient) -> None:
    def count() -> float:
        answer = client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = re.search(
            r'^pinoamo_http_requests_total{method="DELETE",status="404"} (.+)$', answer.text, re.MULTILINE
        )
        return float(found[1]) if found else 0

    before = count()
    client.delete("/nowhere")
    assert count() == before + 1


# --- OpenAPI ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_openapi_is_31_and_names_this_server(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/kg"}]  # the path of BASE: no host that may be another one


def test_every_operation_is_summarised_and_its_errors_are_problems(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation.get("summary"), name
        errors = {code: answer for code, answer in operation["responses"].items() if code == "default" or code >= "400"}
        assert "default" in errors, name
        for code, answer in errors.items():
            assert list(answer["content"]) == ["application/problem+json"], (name, code)
            assert answer["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_reference_inside_openapi_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_whatever_must_be_given_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter.get("required"):
                assert parameter["schema"].get("examples"), (name, parameter["name"])


def test_operation_names_are_unique(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_reference_page_shows_every_operation_and_fetches_nothing(client: TestClient, document: dict[str, Any]) -> None:
    page = client.get("/docs", headers={"Accept": "text/html"})
    assert page.status_code == 200
    for name, _ in operations(document):
        method, _, path = name.partition(" ")
        assert f"<code>{method.upper()} {path}</code>" in page.text
    assert "`" not in page.text
    assert "<script" not in page.text
    assert 'id="limits"' in page.text
    assert 'src="http' not in page.text
    assert 'rel="stylesheet" href="http' not in page.text


def test_pages_of_the_framework_are_off(client: TestClient) -> None:
    assert client.get("/redoc").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/paths", "/api/v1/audits", "/api/v1/links"])
@pytest.mark.parametrize(
    ("body", "said"),
    [("[" * 100_000, "nested too deeply"), ('{"x": ' + "9" * 5_000 + "}", "too many digits")],
    ids=["deep", "long"],
)
def test_what_is_wrong_with_json_is_not_said_in_words_of_the_interpreter(
    demo: TestClient, path: str, body: str, said: str
) -> None:
    answer = demo.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert not {"recursion", "sys.", "Python"} & set(answer.json()["detail"].split())


def test_a_batch_that_is_nested_too_deeply_is_told_so(demo: TestClient) -> None:
    answer = demo.post("/reconcile", data={"queries": "[" * 100_000})
    assert (answer.status_code, "nested too deeply" in answer.json()["detail"]) == (400, True)

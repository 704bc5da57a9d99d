"""What the OpenAPI document says is so: its examples are accepted, its headers sent, its answers as described."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi.testclient import TestClient

from service.settings import Settings
from service.writing.keys import SCOPES, KeyRing
from tests.support.documented_requests import document, optional_parameters, requests_of
from tests.support.one_of_each import catalogue
from tests.support.serving import publish, running
from tests.support.writing import bearer

DESCRIBED = document()
REQUESTS = requests_of(DESCRIBED)
OPTIONAL = optional_parameters(DESCRIBED)
READ = {name: found for name, found in REQUESTS.items() if found.method == "GET" and "security" not in found.operation}
ASKED = {
    name: found for name, found in REQUESTS.items() if found.method == "POST" and "security" not in found.operation
}
WRITES = {name: found for name, found in REQUESTS.items() if "security" in found.operation}
# Their examples are of jobs that somebody must have begun.
JOBS = ("read_import", "read_import_report", "cancel_import")
LANGUAGE_MAPS = ({"type": "string"}, {"type": "array", "items": {"type": "string"}})
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, operations in DESCRIBED["paths"].items()
    for method, operation in operations.items()
}


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "components": DESCRIBED["components"]}


def schemas_in(schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all that it is made of, each named one once."""
    if isinstance(schema, list):
        for one in schema:
            yield from schemas_in(one, seen)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            yield from schemas_in(DESCRIBED["components"]["schemas"][name], seen | {name})
        yield schema
        for key, one in schema.items():
            if key not in ("example", "examples"):
                yield from schemas_in(one, seen | {name})


def json_of(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    return None if found is None else found["schema"]


def test_every_operation_has_a_name_of_its_own_that_is_no_address() -> None:
    count = sum(len(operations) for operations in DESCRIBED["paths"].values())
    assert len(OPERATIONS) == count
    for name in OPERATIONS:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+|search|suggest", name), name
        assert "api_v1" not in name


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_json_answer_has_a_schema_that_says_something(name: str) -> None:
    for code, answer in OPERATIONS[name][2]["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            assert schema.get("type") != "string", code
            assert "$ref" in schema or schema.get("properties") or schema.get("additionalProperties"), code


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_says_which_headers_it_heeds_and_sends(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    taken = {parameter["name"].lower() for parameter in operation.get("parameters", ()) if parameter["in"] == "header"}
    sent = {code: set(answer.get("headers", ())) for code, answer in operation["responses"].items()}
    for code in ("201", "303"):
        assert "Location" in sent.get(code, {"Location"}) or method == "delete"
    for code in ("429", "503"):
        assert "Retry-After" in sent.get(code, {"Retry-After"})
    assert "WWW-Authenticate" in sent.get("401", {"WWW-Authenticate"})
    if "security" in operation and (path.startswith("/graph") or "/credentials/" in path):
        assert {"if-match", "if-none-match", "prefer"} <= taken
        assert "Preference-Applied" in sent["202"]
    if method == "get" and "304" in operation["responses"]:
        assert {"if-none-match", "if-modified-since"} <= taken
        assert {"ETag", "Last-Modified"} <= sent.get("200", {"ETag", "Last-Modified"})
    if any(parameter["name"] == "offset" for parameter in operation.get("parameters", ())):
        assert "Link" in sent["200"]


def test_the_writes_of_a_record_tell_its_state_and_an_import_where_it_is() -> None:
    put = DESCRIBED["paths"]["/api/v1/credentials/{key}"]["put"]["responses"]
    assert all("ETag" in put[code]["headers"] for code in ("200", "201", "202"))
    assert "Location" in DESCRIBED["paths"]["/api/v1/imports"]["post"]["responses"]["202"]["headers"]


# What becomes of a write is told in every language.
@pytest.mark.parametrize("name", [name for name, found in OPERATIONS.items() if "security" not in found[2]])
def test_operation_that_answers_labels_takes_a_language(name: str) -> None:
    operation = OPERATIONS[name][2]
    has_labels = any(
        "label by language" in str(schema.get("description", "")).lower()
        or str(schema.get("description", "")).startswith("Text by language tag")
        or schema.get("title") in ("Record", "Message", "Says")
        for schema in schemas_in(json_of(operation))
    )
    assert not has_labels or "lang" in {parameter["name"] for parameter in operation.get("parameters", ())}


def test_every_list_of_a_kind_takes_words() -> None:
    for collection in ("credentials", "skills", "occupations", "programmes", "providers"):
        operation = DESCRIBED["paths"][f"/api/v1/{collection}"]["get"]
        assert "q" in {parameter["name"] for parameter in operation["parameters"]}


@pytest.mark.parametrize("name", READ)
def test_reading_as_the_document_shows_is_answered_as_it_says(demo: TestClient, name: str) -> None:
    asked = READ[name]
    answer = demo.get(asked.path, params=asked.params)
    assert answer.status_code in (200, 303), answer.text
    assert str(answer.status_code) in asked.operation["responses"]
    if answer.headers.get("content-type") == "application/json" and (schema := json_of(asked.operation)):
        jsonschema.Draft202012Validator(resolved(schema)).validate(answer.json())


@pytest.mark.parametrize("name", OPTIONAL)
def test_every_parameter_takes_the_example_that_the_document_gives(demo: TestClient, name: str) -> None:
    path, params = OPTIONAL[name]
    answer = demo.get(path, params=params)
    assert answer.status_code in (200, 303), answer.text


@pytest.mark.parametrize("name", READ)
def test_an_answer_tells_when_it_changed_and_heeds_a_date(demo: TestClient, name: str) -> None:
    asked = READ[name]
    answer = demo.get(asked.path, params=asked.params)
    if answer.status_code == 303 or "no-store" in answer.headers.get("cache-control", ""):
        return
    told = answer.headers["last-modified"]
    again = demo.get(asked.path, params=asked.params, headers={"If-Modified-Since": told})
    assert (again.status_code, again.content) == (304, b"")
    earlier = {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert demo.get(asked.path, params=asked.params, headers=earlier).status_code == 200


def links_in(value: Any) -> Iterator[str]:
    """Yield the addresses that an answer tells: members of `links`, and those named after an address."""
    if isinstance(value, list):
        for one in value:
            yield from links_in(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "links":
                yield from one.values()
            elif key in ("href", "checksums", "next", "@context") and isinstance(one, str):
                yield one
            else:
                yield from links_in(one)


@pytest.mark.parametrize("name", READ)
def test_every_address_that_an_answer_tells_is_absolute(demo: TestClient, name: str) -> None:
    asked = READ[name]
    for accept in ("*/*", "application/json, */*;q=0.1"):
        answer = demo.get(asked.path, params=asked.params, headers={"Accept": accept})
        told = [answer.headers[name] for name in ("location", "content-location") if name in answer.headers]
        told += re.findall(r"<([^>]*)>", answer.headers.get("link", ""))
        if answer.headers.get("content-type") == "application/json" and "/health" not in asked.path:
            told += links_in(answer.json())
        assert all(address.startswith(("http://localhost:8000/", "http://data.europa.eu/")) for address in told), told


@pytest.mark.parametrize("name", READ)
def test_an_answer_is_packed_for_whoever_asks_and_the_same_inside(demo: TestClient, name: str) -> None:
    asked = READ[name]
    plain = demo.get(asked.path, params=asked.params, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    if plain.status_code != 200 or "no-store" in plain.headers.get("cache-control", ""):
        return
    if plain.headers["content-type"] == "application/gzip":
        return
    assert "Accept-Encoding" in plain.headers["vary"]
    with demo.stream("GET", asked.path, params=asked.params, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    if "content-encoding" not in answer.headers:
        assert len(plain.content) < 860
        assert (raw, answer.headers.get("etag")) == (plain.content, plain.headers.get("etag"))
        return
    assert answer.headers["content-encoding"] == "gzip"
    assert len(plain.content) < 860 or len(raw) < len(plain.content)
    if "json" in answer.headers["content-type"]:
        assert json.loads(gzip.decompress(raw)) == plain.json()
    else:
        assert len(gzip.decompress(raw)) == len(plain.content)
    if "etag" in plain.headers:  # other bytes have another strong tag (RFC 9110, 8.8.3)
        assert answer.headers["etag"] != plain.headers["etag"]
        again = demo.get(asked.path, params=asked.params, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("name", ASKED)
def test_question_that_the_document_shows_is_answered_as_it_says(demo: TestClient, name: str) -> None:
    asked = ASKED[name]
    headers = {"Content-Type": asked.media_type or ""}
    answer = demo.request(asked.method, asked.path, params=asked.params, content=asked.content, headers=headers)
    assert answer.status_code == 200, answer.text
    if answer.headers.get("content-type") == "application/json" and (schema := json_of(asked.operation)):
        jsonschema.Draft202012Validator(resolved(schema)).validate(answer.json())


@pytest.fixture(scope="module")
def writable(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    settings = Settings(data=tmp_path_factory.mktemp("writable"), workers=1)
    publish(settings, {f"{settings.base_url}/graph/own": catalogue(settings.base_url)})
    token = KeyRing(settings).create("documents", SCOPES)
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as client:
        yield client, bearer(token)


@pytest.mark.parametrize("name", [name for name in WRITES if name not in JOBS])
def test_write_that_the_document_shows_is_accepted(writable: tuple[httpx.Client, dict[str, str]], name: str) -> None:
    client, key = writable
    asked = WRITES[name]
    if asked.method == "DELETE":  # of what an example has written; the order of the document is that of its methods
        put = next(found for other, found in WRITES.items() if found.path == asked.path and found.method == "PUT")
        written = client.put(
            put.path,
            params=put.params,
            content=put.content,
            headers={**key, "Content-Type": "text/turtle", "Prefer": "respond-async"},
        )
        assert written.status_code in (200, 201, 202), written.text
    headers = {**key, "Prefer": "respond-async", **({"Content-Type": asked.media_type} if asked.media_type else {})}
    answer = client.request(asked.method, asked.path, params=asked.params, content=asked.content, headers=headers)
    assert answer.status_code in (200, 201, 202, 204), answer.text
    told = answer.json() if answer.content else {}
    assert told.get("decision") in (None, "accepted", "unchecked")  # the definition speaks of no organisations
    assert [
        element for found in told.get("documents", ()) for v in found["verdicts"] for element in v["elements"]
    ] == []
    if name.startswith("start_import"):
        while told["state"] not in ("finished", "failed"):
            told = client.get(told["links"]["self"].partition("8000")[2], headers=key).json()
        assert (told["state"], told["records"], told["stored"]) == ("finished", {"accepted": 1}, True)

"""A value that a client sends is bounded before it is used: too large, repeated or half a character, it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.errors import InvalidArgument
from service.rdf.terms import parse_iri
from service.settings import Settings

PROBLEM = "application/problem+json"
PROGRAMME = "http://localhost:8000/id/programme/koivula-bsc-computing"
PAGED = [
    "credentials", "skills", "occupations", "programmes", "providers",
    "skills/ccd0a1d9-afda-43d9-b901-96344886e14d/credentials",
    "skills/ccd0a1d9-afda-43d9-b901-96344886e14d/occupations",
    "programmes/koivula-bsc-computing/credentials",
]  # fmt: skip


def integers() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every parameter of the description that takes a whole number: method, path and the parameter."""
    for path, operations in create_app(Settings()).openapi()["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                if "integer" in [schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))]:
                    yield method, path, {**operation, "asked": parameter}


def example(parameter: dict[str, Any]) -> Any:
    schema = parameter["schema"]
    found = parameter.get("examples") or parameter.get("example") or schema.get("examples") or schema.get("default")
    if isinstance(found, dict):
        return next(iter(found.values()))["value"]
    return found[0] if isinstance(found, list) else found


# Too large for any of them, or no whole number by JSON Schema: `1_0` is one in Python only.
NO_NUMBERS = (2**63, "x", "9" * 5000, "\u0663", "1_0", "+5", " 5")
CASES = {f"{method} {path} {found['asked']['name']}": (method, path, found) for method, path, found in integers()}


def test_there_are_whole_numbers_to_ask_for() -> None:
    assert len(CASES) > 30


@pytest.mark.parametrize("case", CASES)
def test_no_whole_number_is_a_fault_of_the_service(demo: TestClient, case: str) -> None:
    method, path, operation = CASES[case]
    asked = operation["asked"]
    most = asked["schema"].get("maximum", 1)
    for value in (0, -1, most, most + 1, 2**31, 2**31 - 2, 2**30, 2**64, "", *NO_NUMBERS):
        address, query = path, {}
        for parameter in operation["parameters"]:
            given = value if parameter is asked else example(parameter)
            if parameter["in"] == "path":
                address = address.replace("{" + parameter["name"] + "}", str(given))
            elif parameter["in"] == "query" and (parameter is asked or parameter.get("required")):
                query[parameter["name"]] = given
        answer = demo.request(method, address, params=query)
        assert answer.status_code < 500, (value, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == PROBLEM
        if value in NO_NUMBERS and asked["in"] == "query" and method == "get":
            assert answer.status_code in (400, 401, 403, 422), (value, answer.status_code)


@pytest.mark.parametrize("path", PAGED)
@pytest.mark.parametrize("offset", [1_000_000, 2**29, 2**30, 2**30 + 1, 2**31 - 2, 2**31 - 1])
def test_a_page_far_beyond_the_end_is_empty(demo: TestClient, path: str, offset: int) -> None:
    answer = demo.get(f"/api/v1/{path}", params={"offset": offset})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["items"], found["offset"]) == ([], offset)
    assert found["total"] == demo.get(f"/api/v1/{path}").json()["total"] > 0


@pytest.mark.parametrize(
    "query",
    [
        "credentials?limit=5&limit=6", "skills?offset=1&offset=1", "credentials?lang=fi&lang=sv",
        "credentials?min_ects=1&min_ects=9", "queries/credentials?limit=1&limit=2",
        "credentials/python-for-data?format=ttl&format=nt",
    ],
)  # fmt: skip
def test_what_has_one_value_may_not_stand_twice(demo: TestClient, query: str) -> None:
    answer = demo.get(f"/api/v1/{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert "once" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/resource?uri=urn:a&uri=urn:b", "/catalog?format=ttl&format=nt", "/queries?format=ttl&format=nt",
        "/ontology?format=ttl&format=nt", "/releases?format=json&format=json",
    ],
)  # fmt: skip
def test_neither_may_it_where_data_are_linked(demo: TestClient, path: str) -> None:
    assert demo.get(path).status_code == 422


def test_what_has_many_values_may_stand_twice(demo: TestClient) -> None:
    both = demo.get("/api/v1/credentials?country=FI&country=SE").json()["total"]
    one = [demo.get(f"/api/v1/credentials?country={code}").json()["total"] for code in ("FI", "SE")]
    assert max(one) <= both <= sum(one)


@pytest.mark.parametrize(
    "body",
    [
        '{"target": "%s", "held": ["http://x/\\ud800"]}',
        '{"target": "http://x/\\udfff"}',
        '{"target": "%s", "held": [{"title": "\\ud800"}]}',
        '{"target": "%s", "limits": {"languages": ["\\ud83d"]}}',
        '{"target": "%s", "\\ud800": 1}',
        '{"target": "%s", "limits": false}',
        '{"target": "%s", "limits": 0}',
        '{"target": "%s", "limits": ""}',
        '{"target": "%s", "limits": []}',
        '{"target": "%s", "held": false}',
        '{"target": "%s", "held": {}}',
        '{"target": "%s", "held": ""}',
    ],
)
@pytest.mark.parametrize("door", ["paths", "audits"])
def test_a_question_that_cannot_be_meant_is_refused(demo: TestClient, door: str, body: str) -> None:
    text = body % PROGRAMME if "%s" in body else body
    answer = demo.post(f"/api/v1/{door}", content=text, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), answer.text


def test_half_a_character_as_bytes_is_refused(demo: TestClient) -> None:
    body = b'{"target": "http://x/\xed\xa0\x80"}'  # what UTF-8 would write for U+D800 if it could
    answer = demo.post("/api/v1/audits", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_a_whole_character_beside_the_first_plane_is_text(demo: TestClient) -> None:
    body = '{"held": [{"title": "\\ud83d\\ude00"}], "target": "' + PROGRAMME + '"}'
    answer = demo.post("/api/v1/audits", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("iri", ["http://x/\ud800", "urn:\udfff"])
def test_half_a_character_is_in_no_iri(iri: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_iri(iri)

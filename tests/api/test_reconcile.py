"""The Reconciliation API 0.2 over the demo: a session as OpenRefine holds it, and what clients get wrong.

What is answered is held to the schemas of the W3C community group where they lie beside the checkout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft7Validator
from jsonschema.validators import validator_for

PYTHON = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
PROGRAMMING = "http://data.europa.eu/esco/skill/21d2f96d-35f7-4e3f-9745-c533d2dd6e97"
COURSE = "http://localhost:8000/id/credential/python-for-data"


def match(client: TestClient, batch: Mapping[str, Any], path: str = "/reconcile") -> dict[str, Any]:
    found = client.post(path, data={"queries": json.dumps(batch)})
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def results(client: TestClient, query: Mapping[str, Any], path: str = "/reconcile") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = match(client, {"q": query}, path)["q"]["result"]
    return found


def extend(client: TestClient, ids: list[str], *properties: dict[str, Any], path: str = "/reconcile") -> Any:
    found = client.post(path, data={"extend": json.dumps({"ids": ids, "properties": properties})})
    assert found.status_code == 200, found.text
    return found.json()


def test_a_session_as_openrefine_holds_it(demo: TestClient) -> None:
    """Manifest, a sample to guess types, the column, a cell chosen by hand, its preview, a new column."""
    manifest = demo.get("/reconcile/en").json()
    guessed = match(
        demo, {f"q{n}": {"query": name, "limit": 3} for n, name in enumerate(("Haskell", "SPARQL"))}, "/reconcile/en"
    )
    [kind] = {one["type"][0]["id"] for answer in guessed.values() for one in answer["result"][:1]}
    assert kind in {each["id"] for each in manifest["defaultTypes"]}
    column = match(
        demo, {"q0": {"query": "haskell", "type": kind, "type_strict": "should", "limit": 5}}, "/reconcile/en"
    )
    assert column["q0"]["result"][0]["match"]
    suggest = manifest["suggest"]["entity"]
    chosen = demo.get(suggest["service_url"] + suggest["service_path"], params={"prefix": "Pyth"}).json()["result"]
    assert PYTHON in {one["id"] for one in chosen}
    preview = demo.get(manifest["preview"]["url"].replace("{{id}}", quote(PYTHON, safe="")))
    assert "Python (computer programming)" in preview.text
    proposing = manifest["extend"]["propose_properties"]
    offered = demo.get(proposing["service_url"] + proposing["service_path"], params={"type": kind}).json()
    assert "broader" in {one["id"] for one in offered["properties"]}
    filled = extend(demo, [PYTHON], {"id": "broader"}, path="/reconcile/en")
    assert filled["rows"][PYTHON]["broader"] == [{"id": PROGRAMMING, "name": "computer programming"}]
    view = demo.get(
        manifest["view"]["url"].replace("{{id}}", quote(PYTHON, safe="")), headers={"Accept": "text/turtle"}
    )
    assert view.status_code in (200, 303)


@pytest.mark.parametrize(
    ("query", "kind", "iri"),
    [
        ("Haskell", "esco:Skill", "http://data.europa.eu/esco/skill/000f1d3d-220f-4789-9c0a-cc742521fb02"),
        ("database administrator", "esco:Occupation", "http://data.europa.eu/esco/occupation/8c57af09-719c-42b3-be40-6ed4946236cc"),
        ("Python datan käsittelyssä", "mc:MicroCredential", COURSE),
        ("Accounting and Law", "mc:DegreeProgramme", "http://localhost:8000/id/programme/saaristo-bba-accounting-and-law"),
    ],
)  # fmt: skip
def test_the_exact_name_of_each_type_is_that_thing(demo: TestClient, query: str, kind: str, iri: str) -> None:
    best = results(demo, {"query": query, "type": kind})[0]
    assert (best["id"], best["score"], best["match"], best["type"][0]["id"]) == (iri, 100, True, kind)


def test_an_identifier_is_that_thing(demo: TestClient) -> None:
    [only] = results(demo, {"query": PYTHON})
    assert (only["id"], only["score"], only["match"]) == (PYTHON, 100, True)


def test_a_name_with_an_error_is_found_and_left_to_a_person(demo: TestClient) -> None:
    best = results(demo, {"query": "databse administrator", "type": "esco:Occupation"})[0]
    assert best["name"] == "database administrator"
    assert not best["match"]
    assert 50 < best["score"] < 100


def test_names_are_in_the_language_of_the_address(demo: TestClient) -> None:
    names = [results(demo, {"query": PYTHON}, f"/reconcile/{lang}")[0]["name"] for lang in ("en", "fi", "sv")]
    assert names == ["Python (computer programming)", "Python (tietokoneohjelmointi)", "Python (datorprogrammering)"]
    answer = demo.post(
        "/reconcile", data={"queries": json.dumps({"q": {"query": PYTHON}})}, headers={"Accept-Language": "fi"}
    )
    assert answer.json()["q"]["result"][0]["name"] == "Python (tietokoneohjelmointi)"


def test_scores_fall_and_the_limit_holds(demo: TestClient) -> None:
    found = results(demo, {"query": "data", "limit": 4})
    assert len(found) == 4
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_a_property_tells_namesakes_apart(demo: TestClient) -> None:
    plain = results(demo, {"query": "Python", "type": "esco:Skill"})[0]
    with_it = results(
        demo, {"query": "Python", "type": "esco:Skill", "properties": [{"pid": "broader", "v": {"id": PROGRAMMING}}]}
    )
    assert with_it[0]["score"] > plain["score"]
    assert {"id": "property:broader", "value": True} in with_it[0]["features"]


def test_properties_alone_find_what_has_them(demo: TestClient) -> None:
    found = results(
        demo, {"properties": [{"pid": "broader", "v": [{"id": PROGRAMMING}]}], "type": "esco:Skill", "limit": 50}
    )
    best = {one["id"] for one in found if one["score"] == 100}
    assert PYTHON in best
    assert not any(one["match"] for one in found)


def test_type_strict_says_what_may_be_of_another_type(demo: TestClient) -> None:
    query = {"query": "Haskell", "type": ["esco:Skill", "esco:Occupation"]}
    assert results(demo, {**query, "type_strict": "any"})
    assert results(demo, {**query, "type_strict": "all"}) == []
    other = results(demo, {"query": "Haskell", "type": "esco:Occupation", "type_strict": "should"})
    assert other[0]["name"] == "Haskell"
    assert not other[0]["match"]


@pytest.mark.parametrize(
    "bad",
    [
        None, 5, "text", [], {}, {"limit": 1}, {"query": 5}, {"query": "x", "props": []}, {"properties": []},
        {"query": "x", "limit": 0}, {"query": "x", "limit": "many"}, {"query": "x", "limit": True},
        {"query": "x", "type": "nonsense"}, {"query": "x", "type": 4}, {"query": "x", "type_strict": "maybe"},
        {"query": "x", "properties": [{"pid": "nonsense", "v": "x"}]}, {"query": "x", "properties": [{"pid": "isco"}]},
        {"query": "x", "properties": 5}, {"query": "x" * 1001},
    ],
    ids=lambda bad: json.dumps(bad)[:40],
)  # fmt: skip
def test_one_bad_query_does_not_fail_its_batch(demo: TestClient, bad: object) -> None:
    found = match(demo, {"bad": bad, "good": {"query": "Haskell"}})
    assert found["bad"]["result"] == []
    assert found["bad"]["error"]
    assert found["good"]["result"][0]["name"] == "Haskell"


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "…", "بيانات", "\u202edata", "a" * 1000, "http://", "urn:x y"])
def test_odd_names_have_an_answer(demo: TestClient, text: str) -> None:
    assert isinstance(match(demo, {"q": {"query": text}})["q"]["result"], list)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"queries": "{"}, 400),
        ({"queries": "[]"}, 400),
        ({"queries": "[" * 100_000}, 400),
        ({"queries": "5"}, 400),
        ({"other": "{}"}, 400),
        ({"extend": "{}"}, 422),
        ({"extend": '{"ids": [5], "properties": []}'}, 422),
        ({"extend": '{"ids": [], "properties": [{"id": "nonsense"}]}'}, 422),
        ({"extend": '{"ids": [], "properties": [{"id": "isco", "settings": {"limit": "x"}}]}'}, 422),
        ({"queries": json.dumps({f"q{n}": {"query": "x"} for n in range(51)})}, 413),
        ({"queries": "x" * 1_100_000}, 413),
    ],
    ids=range(11),
)
def test_a_batch_that_is_none_is_refused_with_a_reason(demo: TestClient, form: dict[str, str], status: int) -> None:
    found = demo.post("/reconcile", data=form)
    assert found.status_code == status
    assert found.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_no_form_is_refused(demo: TestClient) -> None:
    assert demo.post("/reconcile", json={"queries": {}}).status_code == 415


def test_a_batch_ends_when_its_time_is_over(demo: TestClient) -> None:
    from service.web.protocols.reconcile import _matched

    found = _matched(None, {"q0": {"query": "Haskell"}}, "en", lambda: True)  # type: ignore[arg-type]  # none is asked
    assert found["q0"]["result"] == []
    assert "time" in found["q0"]["error"]


def test_columns_are_filled_and_what_is_unknown_stays_empty(demo: TestClient) -> None:
    columns = [
        {"id": "prefLabel", "settings": {"lang": "sv"}},
        {"id": "credentials", "settings": {"limit": "1"}},
        {"id": "ects"},
    ]
    found = extend(demo, [PYTHON, COURSE, "urn:unknown", "no IRI"], *columns)
    assert [one["id"] for one in found["meta"]] == ["prefLabel", "credentials", "ects"]
    assert found["rows"][PYTHON]["prefLabel"] == [{"str": "Python (datorprogrammering)"}]
    assert len(found["rows"][PYTHON]["credentials"]) == 1
    assert found["rows"][COURSE]["ects"] == [{"int": 5}]
    empty = {"prefLabel": [], "credentials": [], "ects": []}
    assert found["rows"]["urn:unknown"] == found["rows"]["no IRI"] == empty


def test_a_preview_may_be_framed_and_runs_nothing(demo: TestClient) -> None:
    found = demo.get("/reconcile/preview", params={"id": PYTHON})
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors" not in policy
    assert "x-frame-options" not in found.headers
    assert "<script" not in found.text
    assert demo.get("/reconcile/preview", params={"id": "urn:unknown"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/reconcile", "/reconcile/fi", "/reconcile/suggest/type?prefix=s", "/reconcile/properties"]
)
def test_every_address_may_be_asked_from_elsewhere(demo: TestClient, path: str) -> None:
    assert demo.get(path, headers={"Origin": "http://127.0.0.1:3333"}).headers["access-control-allow-origin"] == "*"
    assert demo.options(path, headers={"Origin": "http://127.0.0.1:3333"}).status_code == 204


def test_an_identifier_is_suggested_for_itself(demo: TestClient) -> None:
    assert [one["id"] for one in demo.get("/reconcile/suggest/entity", params={"prefix": PYTHON}).json()["result"]] == [
        PYTHON
    ]


def test_suggestions_go_on_where_the_cursor_stands(demo: TestClient) -> None:
    whole = demo.get("/reconcile/suggest/entity", params={"prefix": "da"}).json()["result"]
    rest = demo.get("/reconcile/suggest/entity", params={"prefix": "da", "cursor": 3}).json()["result"]
    assert [one["id"] for one in rest[:5]] == [one["id"] for one in whole[3:8]]


def test_answers_fit_the_official_schemas(demo: TestClient, shared: Path) -> None:
    folder = shared / "reconciliation-0.2" / "schemas"

    def check(name: str, found: object) -> None:
        schema = json.loads((folder / f"{name}.json").read_text("utf-8"))
        text = json.dumps(schema).replace('{"$ref": "type.json"}', (folder / "type.json").read_text("utf-8"))
        schema = json.loads(text)
        validator = validator_for(schema, default=Draft7Validator)
        # Its `authentication` refers to a schema on the network; we answer none.
        schema.get("properties", {}).pop("authentication", None)
        assert [error.message for error in validator(schema).iter_errors(found)] == []

    batch = {
        "a": {"query": "data"},
        "b": {"query": "tietoturva", "properties": [{"pid": "isco", "v": 2512}]},
        "c": {"x": 1},
    }
    for path in ("/reconcile", "/reconcile/fi"):
        check("manifest", demo.get(path).json())
        check("reconciliation-result-batch", match(demo, batch, path))
        check("suggest-entities-response", demo.get(f"{path}/suggest/entity?prefix=da").json())
        check("suggest-types-response", demo.get(f"{path}/suggest/type?prefix=").json())
        check("suggest-properties-response", demo.get(f"{path}/suggest/property?prefix=").json())
        proposed = demo.get(f"{path}/properties?type=esco:Skill&limit=50").json()
        check("data-extension-property-proposal", proposed)
        columns = [{"id": one["id"]} for one in proposed["properties"]]
        check("data-extension-response", extend(demo, [PYTHON, "urn:unknown"], *columns, path=path))
        offered = demo.get(f"{path}/properties?type=mc:MicroCredential").json()["properties"]
        check("data-extension-response", extend(demo, [COURSE], *({"id": one["id"]} for one in offered), path=path))

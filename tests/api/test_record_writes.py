"""Writing micro-credentials over HTTP, against a running server: keys, conditions, the gate, durability, releases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings
from service.writing.keys import KeyRing
from tests.support.serving import publish, running
from tests.support.writing import TURTLE, bearer, needing, turtle

BASE = "http://data.example"
ESCO = "http://data.europa.eu/esco/skill/"
LOADED = f"{BASE}/id/credential/loaded"
SKILL = f"{ESCO}s1"
GRAPHS = {
    f"{BASE}/graph/loaded": f"""
<{LOADED}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential> .
<{SKILL}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2004/02/skos/core#Concept> .
<{SKILL}> <http://www.w3.org/2004/02/skos/core#prefLabel> "guarding"@en .
"""
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(
        data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1, upload_mb=1, keep_releases=100,
    )  # fmt: skip
    publish(found, GRAPHS)
    return found


@pytest.fixture(scope="module")
def tokens(settings: Settings) -> dict[str, str]:
    ring = KeyRing(settings)
    return {
        "a": ring.create("a", ["credentials:write"], "platform-a"),
        "b": ring.create("b", ["credentials:write"], "platform-b"),
        "bound": ring.create("bound", ["credentials:write"], "bound", ["http://uni.example/"]),
        "other": ring.create("other", ["update"]),
    }


@pytest.fixture(scope="module")
def client(settings: Settings, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as found:
        found.headers.update(bearer(tokens["a"]))
        yield found


def path(key: str) -> str:
    return f"/api/v1/credentials/{key}"


def put(client: httpx.Client, key: str, body: str | bytes | None = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put(path(key), content=turtle() if body is None else body, headers={**TURTLE, **named})


def is_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"{BASE}/problems/{slug}"
    return found


def titles(client: httpx.Client, key: str) -> list[str]:
    answer = client.get(path(key), headers={"Accept": "application/n-triples"})
    assert answer.status_code == 200, answer.text
    name = f"<{BASE}/id/credential/{key}> <http://purl.org/dc/terms/title> "
    return [line[len(name) :] for line in answer.text.splitlines() if line.startswith(name)]


# --- keys -------------------------------------------------------------------------------------------------------------


def test_without_any_key_writing_is_off(tmp_path: Path) -> None:
    data = Settings(data=tmp_path, base_url=BASE, workers=1)
    publish(data, GRAPHS)
    with running(data) as address:
        answer = httpx.put(address + path("x"), content=turtle(), headers={**TURTLE, **bearer("x")}, timeout=600)
    assert "there is no key" in is_problem(answer, 403, "forbidden")["detail"]


@pytest.mark.parametrize("sent", ["", "Basic YTpi", "Bearer", "Bearer nonsense"])
def test_a_missing_or_unknown_key_is_asked_for(client: httpx.Client, sent: str) -> None:
    answer = client.put(path("x"), content=turtle(), headers={**TURTLE, "Authorization": sent})
    is_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_without_the_scope_is_refused_and_that_is_written_down(
    client: httpx.Client, tokens: dict[str, str], settings: Settings
) -> None:
    answer = client.put(path("x"), content=turtle(), headers={**TURTLE, **bearer(tokens["other"])})
    is_problem(answer, 403, "not-permitted")
    lines = (settings.data / "audit" / "audit.jsonl").read_text().splitlines()
    assert any(json.loads(line)["key"] == "other" and json.loads(line)["status"] == 403 for line in lines)


def test_a_revoked_key_opens_nothing_from_the_next_request_on(client: httpx.Client, settings: Settings) -> None:
    token = KeyRing(settings).create("short", ["credentials:write"], "short")
    assert put(client, "short", **bearer(token)).status_code == 201
    KeyRing(settings).revoke("short")
    is_problem(put(client, "short", **bearer(token)), 401, "unauthorized")


# --- put --------------------------------------------------------------------------------------------------------------


def test_a_new_record_is_served_when_the_answer_comes(client: httpx.Client) -> None:
    answer = put(client, "new")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["id"] == f"{BASE}/id/credential/new"
    assert found["release"] == {"number": int(answer.headers["x-pinoamo-release"]), "published": True}
    read = client.get(answer.headers["location"].removeprefix(BASE))
    assert read.status_code == 200
    assert read.headers["x-pinoamo-release"] == answer.headers["x-pinoamo-release"]
    assert read.headers["etag"].startswith(answer.headers["etag"].rstrip('"') + ".")


def test_the_same_body_twice_changes_nothing_and_makes_no_release(client: httpx.Client) -> None:
    first, second = put(client, "same"), put(client, "same")
    assert (first.json()["status"], second.json()["status"]) == ("created", "unchanged")
    assert second.status_code == 200
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["x-pinoamo-release"] == first.headers["x-pinoamo-release"]


def test_another_body_takes_the_place_of_the_first_whole(client: httpx.Client) -> None:
    put(client, "replaced", turtle("First", more="<> <http://purl.org/dc/terms/description> 'gone'@en ."))
    answer = put(client, "replaced", turtle("Second"))
    assert (answer.status_code, answer.json()["status"]) == (200, "replaced")
    assert titles(client, "replaced") == ['"Second"@en .']
    assert "gone" not in client.get(path("replaced")).text


def test_json_ld_with_our_context_is_the_same_record_as_turtle(client: httpx.Client) -> None:
    put(client, "json")
    document = client.get(path("json"), headers={"Accept": "application/ld+json"}).json()
    answer = client.put(path("json"), json=document, headers={"Content-Type": "application/ld+json"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "unchanged"
    document["title"] = {"en": "Edited"}
    answer = client.put(path("json"), json=document, headers={"Content-Type": "application/json"})
    assert answer.json()["status"] == "replaced", answer.text
    assert titles(client, "json") == ['"Edited"@en .']


def test_what_the_catalogue_says_already_may_be_repeated(client: httpx.Client) -> None:
    more = (
        f"<#outcome-1> elm:relatedESCOSkill <{SKILL}> . <{SKILL}> a skos:Concept ; skos:prefLabel 'guarding'@en ."
        " <> <https://w3id.org/pinoamo/ns#ects> 5.0 ."
    )
    assert put(client, "repeats", turtle(more=more)).status_code == 201


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("another record", f"<{LOADED}> dcterms:title 'Taken over'@en ."),
        ("a new record", "<http://e/other> a elm:Qualification ; dcterms:title 'Other'@en ."),
        ("a skill", f"<#outcome-1> elm:relatedESCOSkill <{SKILL}> . <{SKILL}> skos:prefLabel 'evil'@en ."),
        ("a named part", "<> elm:learningOutcome <http://e/o> . <http://e/o> a elm:LearningOutcome ; "
         "dcterms:title 'o'@en ."),
        ("a part of another", f"<> elm:learningOutcome <{LOADED}#o> . <{LOADED}#o> dcterms:title 'o'@en ."),
        ("a concept as a body", f"<#quality> elm:accreditingAgent <{SKILL}> . <{SKILL}> a elm:Organisation ."),
        ("a person", "<> elm:contactPoint <#p> . <#p> a elm:Person ; dcterms:title 'Mx X'@en ."),
        ("a programme", "<> a <https://w3id.org/pinoamo/ns#DegreeProgramme> ."),
    ],
    ids=lambda value: value if " " not in value else None,
)  # fmt: skip
def test_a_body_says_nothing_of_others(client: httpx.Client, name: str, more: str) -> None:
    answer = put(client, "greedy", turtle(more=more))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(path("greedy")).status_code == 404


def test_what_the_gate_refuses_is_told_as_a_check_would_and_kept_in_quarantine(
    client: httpx.Client, settings: Settings
) -> None:
    body = turtle().replace('elm:volumeOfLearning "PT135H"^^xsd:duration ;', "").replace('elm:point "5"', "a elm:X")
    found = is_problem(put(client, "refused", body), 422, "record-refused")
    (verdict,) = found["documents"][0]["verdicts"]
    assert (verdict["profile"], verdict["outcome"]) == ("eu", "fails")
    assert "M7" in {element["id"] for element in verdict["elements"]}
    kept = "".join(file.read_text() for file in (settings.data / "quarantine").glob("api-a-*.jsonl"))
    assert f'"record": "{BASE}/id/credential/refused"' in kept


def test_a_record_that_closes_a_circle_of_prerequisites_is_refused_with_the_circle(client: httpx.Client) -> None:
    first, second, third = (f"{BASE}/id/credential/ring-{number}" for number in (1, 2, 3))
    assert put(client, "ring-1").status_code == 201
    assert put(client, "ring-2", turtle(more=needing(second, first))).status_code == 201
    assert put(client, "ring-3", turtle(more=needing(third, second))).status_code == 201
    found = is_problem(put(client, "ring-1", turtle(more=needing(first, third))), 422, "record-refused")
    (element,) = found["documents"][0]["verdicts"][0]["elements"]
    assert element["value"] == f"{first} → {third} → {second} → {first}"
    assert put(client, "ring-2", turtle(more=needing(second, first))).json()["status"] == "unchanged"
    assert put(client, "ring-2").status_code == 200
    assert put(client, "ring-1", turtle(more=needing(first, third))).status_code == 200


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("text/plain", b"x", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"x", 415),
        ("text/turtle", b"", 422),
        ("text/turtle", b"<> a ", 422),
        ("text/turtle", b"<> a <http://e/\xff\xfe> .", 422),
        ("text/turtle", b"# " + b"x" * (1 << 20), 413),
        ("application/ld+json", b"[" * 100_000, 422),
        ("application/ld+json", b'{"@context": "http://127.0.0.1:9/c.jsonld", "@id": "http://e/x"}', 422),
        ("application/ld+json", b'{"@context": {"@import": "http://127.0.0.1:9/c"}, "@id": "http://e/x"}', 422),
        ("application/ld+json", b'"text"', 422),
        ("application/rdf+xml", b'<!DOCTYPE r [<!ENTITY a "b">]><r/>', 422),
    ],
    ids=["type", "form", "none", "empty", "cut", "utf-8", "huge", "deep", "remote", "import", "text", "entities"],
)
def test_a_body_that_cannot_be_read_is_refused_with_a_reason(
    client: httpx.Client, media_type: str, body: bytes, status: int
) -> None:
    answer = client.put(path("bad"), content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_packed_body_is_not_read(client: httpx.Client) -> None:
    answer = client.put(path("bad"), content=b"x", headers={**TURTLE, "Content-Encoding": "gzip"})
    is_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("key", ["http%3A%2F%2Fe%2Fx%23part", f"{BASE}/graph/x".replace("/", "%2F"), "a/b"])
def test_a_name_that_no_record_may_have_is_refused(client: httpx.Client, key: str) -> None:
    is_problem(put(client, key), 422, "invalid-argument")


# --- sources and providers --------------------------------------------------------------------------------------------


def test_a_key_cannot_touch_the_record_of_another(client: httpx.Client, tokens: dict[str, str]) -> None:
    put(client, "mine")
    for answer in (
        put(client, "mine", turtle("Stolen"), **bearer(tokens["b"])),
        client.delete(path("mine"), headers=bearer(tokens["b"])),
        put(client, "loaded"),
    ):
        is_problem(answer, 403, "not-permitted")
    assert titles(client, "mine") == ['"Data security"@en .']


def test_a_key_of_one_provider_writes_about_no_other(client: httpx.Client, tokens: dict[str, str]) -> None:
    own = bearer(tokens["bound"])
    assert put(client, "bound", **own).status_code == 201
    is_problem(put(client, "bound", turtle(provider="http://else.example/"), **own), 403, "not-permitted")


def test_an_organisation_stays_as_long_as_a_record_names_it(client: httpx.Client) -> None:
    shared = "http://shared.example/"
    put(client, "one", turtle(provider=shared, name="Old name"))
    put(client, "two", turtle(provider=shared, name="New name"))
    query = f"SELECT ?name WHERE {{ <{shared}> <http://www.w3.org/ns/regorg#legalName> ?name }}"

    def names() -> list[str]:
        rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
        return [row["name"]["value"] for row in rows]

    assert names() == ["New name"]
    assert client.delete(path("one")).status_code == 204
    assert names() == ["New name"]
    assert client.delete(path("two")).status_code == 204
    assert names() == []


# --- conditions -------------------------------------------------------------------------------------------------------


def test_if_none_match_lets_only_a_new_record_in(client: httpx.Client) -> None:
    assert put(client, "once", If_None_Match="*").status_code == 201
    is_problem(put(client, "once", turtle("Again"), If_None_Match="*"), 412, "precondition-failed")


def test_if_match_takes_the_tag_of_any_representation(client: httpx.Client) -> None:
    put(client, "match")
    tag = client.get(path("match"), headers={"Accept": "text/turtle"}).headers["etag"]
    assert put(client, "match", turtle("Newer"), If_Match=tag).status_code == 200
    is_problem(put(client, "match", turtle("Newest"), If_Match=tag), 412, "precondition-failed")
    is_problem(client.delete(path("match"), headers={"If-Match": tag}), 412, "precondition-failed")
    is_problem(put(client, "nobody", If_Match="*"), 412, "precondition-failed")


def test_a_reader_that_has_the_answer_gets_304(client: httpx.Client) -> None:
    put(client, "cached")
    tag = client.get(path("cached")).headers["etag"]
    answer = client.get(path("cached"), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.headers["etag"]) == (304, tag)


def test_of_writers_with_one_tag_exactly_one_wins(client: httpx.Client) -> None:
    tag = put(client, "race").headers["etag"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: put(client, "race", turtle(f"Title {n}"), If_Match=tag), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    assert titles(client, "race") == [f'"Title {winner}"@en .']


def test_writes_at_once_are_each_in_the_release_they_name_and_in_none_before(client: httpx.Client) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: put(client, f"many-{n}"), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    for number, answer in enumerate(answers):
        release = answer.headers["x-pinoamo-release"]
        assert client.get(path(f"many-{number}"), params={"release": release}).status_code == 200
        earlier = client.get(path(f"many-{number}"), params={"release": int(release) - 1})
        assert earlier.status_code == 404


# --- delete -----------------------------------------------------------------------------------------------------------


def test_a_removed_record_is_gone_and_one_that_never_was_is_unknown(client: httpx.Client) -> None:
    put(client, "gone")
    answer = client.delete(path("gone"))
    assert (answer.status_code, answer.content) == (204, b"")
    is_problem(client.get(path("gone")), 410, "gone")
    is_problem(client.delete(path("gone")), 410, "gone")
    is_problem(client.delete(path("never")), 404, "not-found")
    assert put(client, "gone").status_code == 201
    needed, needs = (f"{BASE}/id/credential/{key}" for key in ("gone", "needs-it"))
    answer = put(client, "needs-it", turtle(more=needing(needs, needed)))
    assert answer.status_code == 201, answer.text
    answer = client.delete(path("gone"))
    assert answer.status_code == 200
    [left] = answer.json()["dangling"]
    assert (left["removed"], left["kind"], left["count"]) == (needed, "credential", 1)
    assert left["pointed_at_by"][0]["thing"] == f"{needs}#prerequisite-filter"
    assert put(client, "gone").status_code == 201
    assert client.get(path("gone")).status_code == 200


# --- the trail --------------------------------------------------------------------------------------------------------


def test_the_audit_log_names_who_did_what_and_never_what_was_written(client: httpx.Client, settings: Settings) -> None:
    answer = put(client, "trail", turtle("A title to look for"), X_Request_ID="trail-1")
    text = (settings.data / "audit" / "audit.jsonl").read_text()
    (line,) = [json.loads(line) for line in text.splitlines() if '"trail-1"' in line]
    assert (line["key"], line["method"], line["status"], line["outcome"]) == ("a", "PUT", 201, "done")
    assert line["things"] == [f"{BASE}/id/credential/trail"]
    assert line["release"] == int(answer.headers["x-pinoamo-release"])
    assert "A title to look for" not in text


@pytest.mark.parametrize("token", ["pinoamo_unknown", "revoked"])
def test_refused_keys_are_audited_and_never_told(client: httpx.Client, settings: Settings, token: str) -> None:
    ring = KeyRing(settings)
    if token == "revoked":
        token = ring.create("former", ["credentials:write"])
        ring.revoke("former")
    name = "former" if token != "pinoamo_unknown" else ""
    headers = {**TURTLE, **bearer(token), "X-Request-ID": f"refused-{name or 'unknown'}"}
    is_problem(client.put(path("refused"), content=turtle(), headers=headers), 401, "unauthorized")
    text = (settings.data / "audit" / "audit.jsonl").read_text()
    (line,) = [json.loads(line) for line in text.splitlines() if headers["X-Request-ID"] in line]
    assert (line["key"], line["method"], line["status"], line["outcome"]) == (name, "PUT", 401, "unauthorized")
    assert token not in text


def test_who_tries_many_keys_fills_no_audit_log(client: httpx.Client, settings: Settings) -> None:
    before = (settings.data / "audit" / "audit.jsonl").read_text().count('"unauthorized"')
    for _ in range(130):
        client.put(path("refused"), content=turtle(), headers={**TURTLE, **bearer("pinoamo_unknown")})
    after = (settings.data / "audit" / "audit.jsonl").read_text().count('"unauthorized"')
    assert 0 < after - before <= 120
    assert "pinoamo_keys_refused_total 1" in client.get("/metrics").text


def test_figures_can_be_closed(settings: Settings) -> None:
    with running(settings.model_copy(update={"metrics": "closed"})) as address:
        is_problem(httpx.get(address + "/metrics", timeout=600), 403, "forbidden")
        assert httpx.get(address + "/health/ready", timeout=600).status_code == 200


def test_writes_are_counted(client: httpx.Client) -> None:
    put(client, "counted")
    assert 'pinoamo_writes_total{kind="put",outcome="done"}' in client.get("/metrics").text

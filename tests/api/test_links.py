"""`POST /api/v1/links` over the demo: the promised JSON, what is refused, and the command that answers the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.cli.main import app
from service.releases.linkers import open_linker
from service.settings import Settings

LINKS = "/api/v1/links"
PYTHON = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"


def ask(client: TestClient, **body: Any) -> Any:
    found = client.post(LINKS, json=body)
    assert found.status_code == 200, found.text
    return found.json()


def test_the_answer_has_the_promised_form(demo: TestClient) -> None:
    found = ask(demo, text="Python (computer programming)", lang="en", limit=3)
    assert list(found) == ["release", "esco_version", "linker", "results"]
    assert (found["release"], found["esco_version"]) == (1, "1.1.1")
    assert list(found["linker"]) == ["method", "model", "threshold"]
    [result] = found["results"]
    assert list(result) == ["text", "lang", "abstained", "links"]
    assert not result["abstained"]
    best = result["links"][0]
    assert list(best) == ["skill", "label", "score", "probability", "features", "span"]
    assert (best["skill"], best["label"]) == (PYTHON, "Python (computer programming)")
    assert (best["features"]["method"], best["features"]["lang"]) == ("exact", "en")
    assert len(result["links"]) <= 3


def test_texts_have_a_result_each_in_their_order(demo: TestClient) -> None:
    texts = ["manage projects", "", "ohjelmointi", "manage projects"]
    found = ask(demo, texts=texts)["results"]
    assert [result["text"] for result in found] == texts
    assert (found[1]["abstained"], found[1]["links"]) == (True, [])
    assert found[0] == found[3]


def test_labels_are_in_the_language_of_the_text(demo: TestClient) -> None:
    [result] = ask(demo, text="Python (tietokoneohjelmointi)")["results"]
    assert result["lang"] == "fi"
    assert (result["links"][0]["skill"], result["links"][0]["label"]) == (PYTHON, "Python (tietokoneohjelmointi)")


def test_occupations_are_linked_when_asked_for(demo: TestClient) -> None:
    [result] = ask(demo, text="database administrator", lang="en", type="occupation")["results"]
    assert result["links"][0]["skill"].startswith("http://data.europa.eu/esco/occupation/")
    assert result["links"][0]["label"] == "database administrator"


def test_the_same_question_has_the_same_bytes(demo: TestClient) -> None:
    bodies = {demo.post(LINKS, json={"texts": ["analyse data", "tietoturva"]}).content for _ in range(2)}
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"text": "data", "lang": "xx"}, 422, "lang must be one of en, fi, sv"),
        ({"text": "data", "lang": 5}, 422, "/lang"),
        ({"text": "data", "limit": 0}, 422, "/limit"),
        ({"text": "data", "limit": True}, 422, "/limit"),
        ({"text": "data", "type": "group"}, 422, "/type"),
        ({"text": "data", "colour": "red"}, 422, "/colour"),
        ({}, 422, "text or texts"),
        ({"text": "data", "texts": ["data"]}, 422, "text or texts"),
        ({"texts": []}, 422, "/texts"),
        ({"texts": ["x"] * 1001}, 422, "1000 texts at most, got 1001"),
        ({"texts": ["data", None]}, 422, "/texts/1"),
        ([], 422, "/"),
        ({"text": "x" * 1_000_000}, 422, "20000 characters"),
        ({"texts": ["x" * 20_000] * 60}, 413, "1024 KiB"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_meant_is_refused_by_name(demo: TestClient, body: Any, status: int, words: str) -> None:
    found = demo.post(LINKS, json=body)
    assert found.status_code == status
    assert found.headers["content-type"] == "application/problem+json"
    assert words in found.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"text": "\\ud800"}', b"[" * 100_000], ids=range(5))
def test_a_body_that_is_no_json_or_no_unicode_is_refused(demo: TestClient, body: bytes) -> None:
    assert demo.post(LINKS, content=body).status_code == 422


@pytest.mark.parametrize("text", ["\x00\x1b[31mdata", "\u202edata\u202c", "בסיס נתונים"])
def test_signs_that_do_not_belong_have_an_answer(demo: TestClient, text: str) -> None:
    [result] = ask(demo, text=text)["results"]
    assert result["text"] == text


def test_an_unknown_release_is_refused(demo: TestClient) -> None:
    assert demo.post(LINKS + "?release=99", json={"text": "data"}).status_code == 404


def test_the_command_answers_what_the_service_answers(demo: TestClient, demo_settings: Settings) -> None:
    variables = {"PINOAMO_DATA": str(demo_settings.data)}
    done = CliRunner().invoke(app, ["link", "analyse data", "--top", "3", "--format", "json"], env=variables)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == ask(demo, text="analyse data", limit=3)


def test_python_answers_what_the_service_answers(demo: TestClient, demo_settings: Settings) -> None:
    opened = open_linker(demo_settings)
    found = [link.concept.iri for link in opened.linker.link("analyse data", limit=4).links]
    assert found == [link["skill"] for link in ask(demo, text="analyse data", limit=4)["results"][0]["links"]]
    assert (opened.release, opened.esco_version) == (1, "1.1.1")

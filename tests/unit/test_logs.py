"""The log: one line an event, with the fields that are documented, and nothing that anybody asked or sent."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.app import create_app
from service.metrics import Metrics
from service.settings import Settings
from service.web.edge.logs import configure_logging
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
HELD = "Salakirjoitus of the learner Aino"
QUERY = 'SELECT ?nobody { ?s ?p "the-words-of-a-query" }'


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    """Put the log back as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    found = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    return [line for line in found if line["logger"].startswith("service")]


def broken() -> None:
    raise ValueError(f"cannot read {HELD}")


def app_with_a_fault(settings: Settings) -> FastAPI:
    app = create_app(settings)
    app.add_api_route("/fault", broken)
    return app


def test_request_is_one_line_with_the_documented_fields(
    demo_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("json", "info")
    with TestClient(create_app(demo_settings)) as client:
        answer = client.get("/api/v1/credentials?text=secret", headers={"X-Request-ID": "mine-1"})
    [line] = [found for found in lines(capfd) if found["message"] == "request"]
    assert (line["request_id"], line["method"], line["path"], line["status"], line["release"]) == (
        "mine-1", "GET", "/api/v1/credentials", 200, 1
    )  # fmt: skip
    assert line["bytes"] == len(answer.content)
    documented = set(re.findall(r"`(\w+)`", DOCUMENT.partition("| field |")[2].partition("\n\n")[0]))
    assert set(line) <= documented
    assert documented - set(line) == {"error", "stack", "debug"}


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_nothing_that_was_asked_or_sent_is_logged(
    demo_settings: Settings, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(log_format, "info")  # type: ignore[arg-type]
    held = [{"title": HELD, "skills": ["http://example.org/skill/x"], "ects": "5"}]
    with TestClient(app_with_a_fault(demo_settings), raise_server_exceptions=False) as client:
        asked = [
            client.get("/sparql", params={"query": QUERY}),
            client.post("/sparql", content=QUERY + "}", headers={"Content-Type": "application/sparql-query"}),
            client.post("/api/v1/paths", json={"to": "http://example.org/the-words-of-a-query", "held": held}),
            client.post("/api/v1/validations", content=HELD, headers={"Content-Type": "text/turtle"}),
            client.get(f"/api/v1/search?q={HELD}"),
            client.get("/fault"),
        ]
    assert asked[-1].status_code == 500
    text = capfd.readouterr().err
    assert asked[-1].json()["instance"] in text
    assert "ValueError" in text
    assert "Aino" not in text
    assert "the-words" not in text


def test_words_of_an_exception_are_there_for_who_debugs(
    demo_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("text", "debug")
    with TestClient(app_with_a_fault(demo_settings), raise_server_exceptions=False) as client:
        client.get("/fault")
    assert HELD in capfd.readouterr().err


def test_line_break_in_a_path_makes_no_line_of_its_own(
    demo_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("text", "info")
    with TestClient(create_app(demo_settings)) as client:
        client.get("/en/nowhere%0A2026-01-01T00:00:00Z%20error%20forged")
    assert not [line for line in capfd.readouterr().err.splitlines() if line.startswith("2026-01-01T00:00:00Z error")]


def test_every_metric_is_documented_as_it_is() -> None:
    text = Metrics().text().decode()
    kinds = dict(re.findall(r"^# TYPE (pinoamo_\w+) (\w+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (pinoamo_\w+) (.*)$", text, re.MULTILINE))
    expected = {(name, kind, helps[name]) for name, kind in kinds.items() if not name.endswith("_created")}
    rows = re.findall(r"^\| `(pinoamo_\w+)` \| (\w+) \| (.*) \|$", DOCUMENT, re.MULTILINE)
    assert set(rows) == expected

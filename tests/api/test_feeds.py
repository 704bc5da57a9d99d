"""The feeds over HTTP and from the command line, and the manifest by which they are found."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from rdflib import RDF, Graph, Namespace
from typer.testing import CliRunner

from service.cli.main import app
from service.settings import Settings

pytestmark = pytest.mark.system

ELM = Namespace("http://data.europa.eu/snb/model/elm/")
ELM_3_3 = Namespace("http://data.europa.eu/snb/model/ontology/")
RECORDS, WITHOUT_LEVEL = 94, 2


@pytest.mark.parametrize(
    ("path", "accept", "media_type", "names"),
    [
        ("/feeds/loq-qualifications", "application/rdf+xml", "application/rdf+xml", ELM),
        ("/feeds/loq-qualifications?elm=3.3", "text/turtle", "text/turtle", ELM_3_3),
        ("/feeds/loq-opportunities?format=rdf&elm=3.3", "*/*", "application/rdf+xml", ELM_3_3),
    ],
)
def test_feed_is_answered_in_the_format_and_names_asked_for(
    demo: TestClient, path: str, accept: str, media_type: str, names: Namespace
) -> None:
    answer = demo.get(path, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
    graph = Graph().parse(data=answer.content, format="xml" if "xml" in media_type else "turtle")
    wanted = names.Qualification if "qualifications" in path else names.LearningOpportunity
    assert len(set(graph.subjects(RDF.type, wanted))) == RECORDS - WITHOUT_LEVEL * ("qualifications" in path)


def test_feed_that_has_not_changed_is_not_sent_again(demo: TestClient) -> None:
    first = demo.get("/feeds/loq-opportunities?format=ttl")
    assert "last-modified" in first.headers
    again = demo.get("/feeds/loq-opportunities?format=ttl", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = demo.get(
        "/feeds/loq-opportunities?format=ttl", headers={"If-Modified-Since": first.headers["last-modified"]}
    )
    assert since.status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [("/feeds/loq", 404), ("/feeds/loq-opportunities?elm=4", 422), ("/feeds/loq-opportunities?format=csv", 406)],
)
def test_what_is_no_feed_is_refused(demo: TestClient, path: str, status: int) -> None:
    assert demo.get(path).status_code == status


def test_every_source_of_the_manifest_answers(demo: TestClient) -> None:
    # Keys of the manifest: QualityLink, discovery and data exchange (what its manifest creator writes).
    found = demo.get("/.well-known/quality-link-manifest")
    assert found.headers["content-type"].startswith("application/json")
    assert found.json() == demo.get("/.well-known/quality-link-manifest.json").json()
    for source in found.json()["sources"]:
        assert (source["type"], source["contentType"]) == ("elm", "application/rdf+xml")
        answer = demo.head(source["path"].removeprefix("http://localhost:8000"))
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, source["contentType"])


@pytest.fixture
def run(demo_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("PINOAMO_DATA", str(demo_settings.data))
    return CliRunner()


def test_the_preflight_says_per_record_what_would_be_rejected(run: CliRunner) -> None:
    found = run.invoke(app, ["feed", "check", "loq-qualifications", "--format", "json"])
    assert found.exit_code == 1
    entries = [json.loads(line) for line in found.stdout.splitlines()]
    rejected = {one["record"]: one["reasons"] for one in entries if not one["in_feed"]}
    without = {record for record, reasons in rejected.items() if "EQFLevel is not stated" in reasons}
    assert len([record for record in without if "/credential/" in record]) == WITHOUT_LEVEL


def test_the_preflight_of_a_feed_with_every_record_is_good(run: CliRunner) -> None:
    found = run.invoke(app, ["feed", "check", "loq-opportunities"])
    assert found.exit_code == 0
    assert f"loq-opportunities: {RECORDS} of {RECORDS} in the feed" in found.stdout


def test_an_unknown_feed_is_a_wrong_call(run: CliRunner) -> None:
    assert run.invoke(app, ["feed", "check", "loq"]).exception is not None


def test_export_in_the_names_of_3_3(run: CliRunner) -> None:
    found = run.invoke(app, ["export", "elm", "--elm", "3.3"])
    graph = Graph().parse(data=found.stdout, format="turtle")
    assert len(set(graph.subjects(RDF.type, ELM_3_3.LearningOpportunity))) == RECORDS
    assert not set(graph.subjects(RDF.type, ELM.LearningOpportunity))

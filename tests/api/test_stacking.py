"""Audits and paths over HTTP and on the command line: what the demo leads to, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.cli.main import app
from service.cli.path import text_lines
from service.settings import Settings
from tests.conftest import ROOT

BASE = "http://localhost:8000/id"
BBA = f"{BASE}/programme/saaristo-bba"
ACCOUNTING = f"{BASE}/programme/saaristo-bba-accounting-and-law"
BOOKKEEPING = f"{BASE}/credential/bookkeeping-basics"
CONTRACTS = f"{BASE}/credential/contracts-for-small-firms"
REPORTING = f"{BASE}/credential/sustainability-reporting"
ANALYST = "http://data.europa.eu/esco/occupation/d3edb8f8-3a06-47a0-8fb9-9b212c006aa2"
DEBUG = "http://data.europa.eu/esco/skill/2522a6ce-3202-4ac8-9f5b-b9cb5a3a83a1"


def ask(demo: TestClient, kind: str = "paths", status: int = 200, **body: Any) -> dict[str, Any]:
    answer = demo.post(f"/api/v1/{kind}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def credentials(answer: dict[str, Any]) -> set[str]:
    return {step["credential"] for step in answer["plan"]}


def test_module_asks_for_the_two_cheapest_of_its_three(demo: TestClient, catalogue_rows: list[dict[str, str]]) -> None:
    """Accounting and Law counts two of three credentials."""
    ects = {row["id"]: float(row["ects"] or "nan") for row in catalogue_rows}
    three = [ects[iri.rsplit("/", 1)[1]] for iri in (BOOKKEEPING, CONTRACTS, REPORTING)]
    answer = ask(demo, target=ACCOUNTING)
    assert answer["status"] == "optimal"
    assert answer["total_ects"] == answer["lower_bound"] == sum(sorted(three)[:2])
    assert credentials(answer) < {BOOKKEEPING, CONTRACTS, REPORTING}
    assert answer["proof"]["status"] == "met"
    assert answer["decided_by"] == [f"{BASE}/organisation/saaristo"]
    assert answer["decision"] == "proposed"


def test_what_is_held_is_not_planned_again(demo: TestClient) -> None:
    answer = ask(demo, target=ACCOUNTING, held=[REPORTING])
    assert len(answer["plan"]) == 1
    assert REPORTING not in credentials(answer)
    assert ask(demo, "audits", target=ACCOUNTING, held=[REPORTING, CONTRACTS])["status"] == "optimal"


def test_thesis_stays_unknown_and_names_who_decides(demo: TestClient) -> None:
    """P12 and S14: a part that a person decides keeps the degree unknown, never met."""
    answer = ask(demo, target=BBA)
    assert answer["proof"]["status"] == "unknown"
    assert {gap["reason"] for gap in answer["gaps"]} == {"person-decides"}
    assert len(answer["gaps"]) == 2


def test_limits_in_the_way_are_named(demo: TestClient) -> None:
    """Avoiding two of three leaves one, however generous the other limit is."""
    answer = ask(demo, target=ACCOUNTING, limits={"avoid": [REPORTING, CONTRACTS], "max_ects": 500})
    assert answer["status"] == "partial"
    assert answer["relax"] == ["avoid"]
    assert [gap["reason"] for gap in answer["gaps"]] == ["limits"]


def test_rejected_candidates_name_their_rule_on_request(demo: TestClient) -> None:
    answer = ask(demo, target=ACCOUNTING, limits={"avoid": [BOOKKEEPING]}, rejected=True)
    assert {"credential": BOOKKEEPING, "rule": "limit:avoid"}.items() <= answer["rejected"][0].items()
    assert "rejected" not in ask(demo, target=ACCOUNTING)


def test_alternatives_really_differ(demo: TestClient) -> None:
    answer = ask(demo, target=ACCOUNTING, alternatives=5)
    ways = [credentials(answer), *(credentials(other) for other in answer["alternatives"])]
    # Sustainability Reporting needs Bookkeeping first, so the third pair would hold all of the first.
    assert {frozenset(way) for way in ways} == {frozenset((BOOKKEEPING, other)) for other in (CONTRACTS, REPORTING)}
    assert answer["alternatives"][0]["instead_of"] == [CONTRACTS]


def test_facts_of_a_held_credential_count(demo: TestClient) -> None:
    held = [{"title": "Finding faults", "ects": 2, "skills": [DEBUG], "awarded": "2025-05-31"}]
    answer = ask(demo, "audits", target={"skills": [DEBUG]}, held=held)
    assert answer["status"] == "optimal"
    assert answer["proof"]["parts"][0]["witnesses"][0]["credential"] == "urn:held:1"


BADGE = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "validFrom": "2025-01-01T00:00:00Z",
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:7e7c2f0e-1111-4222-8333-444455556666",
            "name": "Debugger",
            "alignment": [{"type": ["Alignment"], "targetName": "debug software", "targetUrl": DEBUG}],
        },
    },
}
ELM_DOCUMENT = {
    "@context": {"elm": "http://data.europa.eu/snb/model/elm/"},
    "@id": "http://example.org/claim",
    "elm:specifiedBy": {
        "@id": "http://example.org/spec",
        "elm:creditPoint": {
            "@id": "http://example.org/credit",
            "elm:framework": {"@id": "http://data.europa.eu/snb/education-credit/6fcec5c5af"},
            "elm:point": "5",
        },
        "elm:learningOutcome": {"@id": "http://example.org/o", "elm:relatedESCOSkill": {"@id": DEBUG}},
    },
}


@pytest.mark.parametrize("document", [BADGE, ELM_DOCUMENT], ids=["open badge", "european credential"])
def test_documents_of_held_credentials_count(demo: TestClient, document: dict[str, Any]) -> None:
    answer = ask(demo, "audits", target={"skills": [DEBUG]}, held=[{"document": document}])
    assert answer["status"] == "optimal"


def test_revoked_and_expired_badges_do_not_count(demo: TestClient) -> None:
    """S1."""
    expired = {**BADGE, "validUntil": "2025-02-01T00:00:00Z"}
    answer = ask(demo, "audits", target={"skills": [DEBUG]}, held=[{"document": expired}])
    assert answer["status"] != "optimal"
    assert [one["rule"] for one in answer["unused"]] == ["S1"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"target": f"{BASE}/programme/unknown"}, 404, "unknown"),
        ({"target": {"skills": ["http://data.europa.eu/esco/skill/none"]}}, 404, "none"),
        ({}, 422, "needs a target"),
        ({"target": BBA, "held": [{"ects": -5}]}, 422, "not negative"),
        ({"target": BBA, "held": ["http://example.org/x"]}, 422, "not in the catalogue"),
        ({"target": BBA, "held": [{"document": {"@context": {}, "name": "a letter"}}]}, 422, "not a credential"),
        ({"target": BBA, "held": [{"document": {"type": "VerifiableCredential"}}]}, 422, "not a credential"),
        ({"target": BBA, "held": [REPORTING] * 10_000}, 413, "at most 2000"),
        ({"target": BBA, "limits": {"pin": [REPORTING], "avoid": [REPORTING]}}, 422, "contradict"),
        ({"target": BBA, "limits": {"deadline": "2020-01-01"}}, 422, "in the past"),
        ({"target": BBA, "limits": {"levels": [9]}}, 422, "1 to 8"),
        ({"target": BBA, "limits": {"colour": "red"}}, 422, "colour"),
        ({"target": BBA, "wish": 1}, 422, "wish"),
        ({"target": BBA, "alternatives": 6}, 422, "5 at most"),
        ({"target": BBA, "limits": {"max_ects": "1e99"}}, 422, "max_ects"),
        ({"target": {"skills": [DEBUG]}, "limits": {"residency": {"ects": 5}}}, 422, "residency"),
    ],
)
def test_question_that_cannot_be_meant_is_refused(demo: TestClient, body: Any, status: int, words: str) -> None:
    problem = ask(demo, status=status, **body)
    assert words in problem["detail"]
    assert problem["status"] == status


def test_body_that_is_not_json_is_refused(demo: TestClient) -> None:
    for text in (b"{", b"[" * 100_000, b"\xff"):
        assert demo.post("/api/v1/paths", content=text).status_code == 422


def test_500_held_credentials_are_answered(demo: TestClient) -> None:
    held = [{"ects": 5, "skills": [DEBUG]} for _ in range(500)]
    answer = ask(demo, "audits", target=BBA, held=held)
    assert len(answer["unused"]) >= 499


def test_answer_that_the_verifier_refuses_is_never_sent(demo: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> tuple[dict[str, object], bytes]:
        return {"refused": "the sums differ"}, b""

    monkeypatch.setattr("service.workers.task_processes.TaskProcesses.run", refused)
    before = demo.get("/metrics").text
    answer = demo.post("/api/v1/paths", json={"target": ACCOUNTING})
    assert answer.status_code == 500
    assert answer.json()["instance"].startswith("urn:uuid:")
    assert "the sums differ" not in answer.text
    name = "pinoamo_stacking_proofs_refused_total"
    counts = [
        float(line.split()[1])
        for text in (before, demo.get("/metrics").text)
        for line in text.splitlines()
        if line.startswith(name)
    ]
    assert counts[1] == counts[0] + 1


def test_question_is_not_logged(demo: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        ask(demo, "audits", target=ACCOUNTING, held=[{"title": "Very Private Course", "iri": "urn:private:1"}])
    assert "rivate" not in caplog.text


SVG = "image/svg+xml"
NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("kind", ["paths", "audits"])
def test_picture_comes_by_negotiation(demo: TestClient, kind: str) -> None:
    body = {"target": ACCOUNTING, "held": [REPORTING]}
    answer = demo.post(f"/api/v1/{kind}", json=body, headers={"accept": SVG, "accept-language": "fi"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, SVG)
    assert answer.headers["cache-control"] == "no-store"
    assert {"Accept", "Accept-Language"} <= set(answer.headers["vary"].split(", "))
    root = ElementTree.fromstring(answer.text)
    assert "Laskentatoimi ja oikeus" in (root.findtext(f"{NAMESPACE}title") or "")
    assert len(root.findall(f"{NAMESPACE}g[@class='card']")) == (1 if kind == "paths" else 0)
    assert len(root.findall(f"{NAMESPACE}g[@class='card held']")) == 1


def test_policy_of_the_picture_lets_its_own_style_sheet_and_nothing_else(demo: TestClient) -> None:
    answer = demo.post("/api/v1/paths", json={"target": ACCOUNTING}, headers={"accept": SVG})
    style = ElementTree.fromstring(answer.text).findtext(f"{NAMESPACE}style") or ""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == f"default-src 'none'; style-src 'sha256-{digest}'"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", "application/json"), (f"{SVG};q=0.5, application/json", "application/json"), ("image/*", SVG)],
)
def test_json_is_the_answer_unless_a_picture_is_preferred(demo: TestClient, accept: str, media_type: str) -> None:
    answer = demo.post("/api/v1/paths", json={"target": ACCOUNTING}, headers={"accept": accept})
    assert answer.headers["content-type"] == media_type


def test_other_media_types_are_not_acceptable(demo: TestClient) -> None:
    answer = demo.post("/api/v1/paths", json={"target": ACCOUNTING}, headers={"accept": "text/csv"})
    assert (answer.status_code, answer.json()["offered"]) == (406, ["application/json", SVG])


def test_command_draws_what_the_api_draws(demo: TestClient, demo_settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "plan.svg"
    code, _ = run(demo_settings, "--to", ACCOUNTING, "--hold", REPORTING, "--svg", str(file), "--lang", "sv")
    headers = {"accept": SVG, "accept-language": "sv"}
    answer = demo.post("/api/v1/paths", json={"target": ACCOUNTING, "held": [REPORTING]}, headers=headers)
    assert (code, file.read_text("utf-8")) == (0, answer.text)


def test_picture_in_the_documents_is_what_the_command_draws(demo_settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "plan.svg"
    run(demo_settings, "--to", ANALYST, "--svg", str(file))
    assert file.read_text("utf-8") == (ROOT / "docs" / "plan.svg").read_text("utf-8")


def run(settings: Settings, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["path", *words], env={"PINOAMO_DATA": str(settings.data)})
    return result.exit_code, result.stdout


def test_command_says_the_same_as_the_api(demo: TestClient, demo_settings: Settings) -> None:
    code, out = run(demo_settings, "--to", ACCOUNTING, "--hold", REPORTING, "--format", "json")
    assert code == 0
    assert json.loads(out) == ask(demo, target=ACCOUNTING, held=[REPORTING])


def test_command_reads_a_badge_and_ends_with_1_when_something_stays_open(
    demo_settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "badge.json"
    file.write_text(json.dumps(BADGE))
    code, out = run(demo_settings, "--to", DEBUG, "--hold", str(file), "--audit")
    assert (code, out.splitlines()[0]) == (0, "optimal: 0 new ECTS in 0 terms")
    code, out = run(demo_settings, "--to", ACCOUNTING, "--audit")
    assert code == 1
    assert "open: " in out


def test_first_plan_is_answered_with_its_bound_when_there_is_no_time(demo: TestClient) -> None:
    whole, first = ask(demo, target=BBA), ask(demo, target=BBA, seconds=0)
    assert (first["proved"], whole["proved"]) == (False, True)
    assert first["lower_bound"] <= whole["total_ects"] <= first["total_ects"]
    assert first["gap"] == round((first["total_ects"] - first["lower_bound"]) / first["total_ects"], 4)


def test_programme_says_that_completing_it_waives_no_admission(demo: TestClient) -> None:
    admission = ask(demo, target=BBA)["admission"]
    assert (admission["waived"], admission["rule"]) == (False, "S13")
    assert ask(demo, target=DEBUG)["admission"] is None


def test_overlap_is_a_share_and_off_when_null(demo: TestClient) -> None:
    assert ask(demo, target=ACCOUNTING, overlap=None) == ask(demo, target=ACCOUNTING)
    assert ask(demo, target=ACCOUNTING, overlap=0.5)["status"] == "optimal"
    refused = ask(demo, target=ACCOUNTING, overlap=1.5, status=422)
    assert "overlap must be a share above 0 and up to 1" in refused["detail"]


def test_text_says_that_time_ended_and_that_admission_is_not_waived(demo: TestClient) -> None:
    first, whole = (list(text_lines(ask(demo, target=BBA, seconds=seconds), str)) for seconds in (0, 10))
    ended = "  time ended before it was proved that no way is better"
    assert ended in first
    assert ended not in whole
    assert whole[-1].startswith("Completing this does not waive admission")

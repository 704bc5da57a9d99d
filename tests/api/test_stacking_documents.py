"""Held credentials as the documents people have: envelopes of European credentials, Open Badges, learner records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.settings import Settings
from service.stacking.asking import held_from_file

DEBUG = "http://data.europa.eu/esco/skill/2522a6ce-3202-4ac8-9f5b-b9cb5a3a83a1"
CREDENTIAL: dict[str, Any] = {
    "@context": {
        "elm": "http://data.europa.eu/snb/model/elm/",
        "cred": "https://www.w3.org/2018/credentials#",
    },
    "@id": "urn:credential:1",
    "cred:issued": "2025-03-01T12:00:00Z",
    "cred:credentialSubject": {
        "@id": "urn:person:1",
        "elm:hasClaim": {
            "@id": "urn:claim:1",
            "elm:specifiedBy": {
                "@id": "urn:spec:1",
                "elm:learningOutcome": {"@id": "urn:outcome:1", "elm:relatedESCOSkill": {"@id": DEBUG}},
            },
        },
    },
}
ALIGNMENT = {"type": "Alignment", "targetName": "debug software", "targetUrl": DEBUG}
BADGE_2 = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://example.org/assertion",
    "issuedOn": "2025-03-01T12:00:00Z",
    "badge": {"type": "BadgeClass", "id": "https://example.org/badge", "name": "Debugger", "alignment": [ALIGNMENT]},
}
BADGE_3 = {
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "validFrom": "2025-03-01T12:00:00Z",
    "credentialSubject": {"achievement": {"id": "urn:achievement:1", "name": "Debugger", "alignment": ALIGNMENT}},
}
RECORD = {
    "type": ["VerifiableCredential", "ClrCredential"],
    "validFrom": "2025-04-01T00:00:00Z",
    "credentialSubject": {"type": ["ClrSubject"], "verifiableCredential": [BADGE_3]},
}
DOCUMENTS = {
    "bare": CREDENTIAL,
    "sealed envelope": {"payload": json.dumps(CREDENTIAL), "signatures": [{"protected": "x", "signature": "y"}]},
    "upload envelope": {"credential": CREDENTIAL, "deliveryDetails": {"deliveryAddress": []}},
    "open badge 2": BADGE_2,
    "open badge 3": BADGE_3,
    "learner record": RECORD,
}


def audit(demo: TestClient, document: object, status: int = 200) -> dict[str, Any]:
    body = {"target": {"skills": [DEBUG]}, "held": [{"document": document}]}
    answer = demo.post("/api/v1/audits", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_counts_for_what_it_attests(demo: TestClient, name: str) -> None:
    assert audit(demo, DOCUMENTS[name])["status"] == "optimal"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_file_of_a_document_counts_as_well(
    demo: TestClient, demo_settings: Settings, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "held.json"
    path.write_text(json.dumps(DOCUMENTS[name]), encoding="utf-8")
    body = {"target": {"skills": [DEBUG]}, "held": held_from_file(path, demo_settings)}
    assert demo.post("/api/v1/audits", json=body).json()["status"] == "optimal"


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ({**BADGE_2, "expires": "2025-06-01T00:00:00Z"}, "S1"),
        ({**BADGE_2, "revoked": True}, "S1"),
        ({**CREDENTIAL, "cred:expirationDate": "2025-06-01T00:00:00Z"}, "S1"),
        ({**BADGE_2, "badge": "https://example.org/badge"}, "S3"),
    ],
)
def test_what_no_longer_holds_or_is_not_known_does_not_count(demo: TestClient, document: object, rule: str) -> None:
    """A hosted badge class is never fetched, so what it stands for is not known."""
    answer = audit(demo, document)
    assert answer["status"] != "optimal"
    assert [one["rule"] for one in answer["unused"]] == [rule]


@pytest.mark.parametrize(
    "document",
    [
        {"payload": "not JSON"},
        {"credential": {"title": "A letter"}},
        {"type": "Assertion"},
        {"type": "ClrCredential", "credentialSubject": {"verifiableCredential": ["eyJhbGciOi…"]}},
        ["a list"],
    ],
)
def test_document_that_is_not_a_credential_is_refused(demo: TestClient, document: object) -> None:
    answer = audit(demo, document, status=422)
    assert "credential" in answer["detail"]


def test_official_samples_are_read(shared: Path, demo_settings: Settings, demo: TestClient) -> None:
    """Every European digital credential of the Commission's samples, in each envelope."""
    samples = sorted((shared / "samples" / "elm3-edc").glob("*.json*"))
    assert samples
    for path in samples:
        held = held_from_file(path, demo_settings)
        answer = demo.post("/api/v1/audits", json={"target": {"skills": [DEBUG]}, "held": held})
        assert (path.name, answer.status_code) == (path.name, 200)
        assert answer.json()["unused"], path.name

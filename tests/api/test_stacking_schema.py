"""What /openapi.json says of stacking is what is asked and answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from tests.api.test_stacking import ACCOUNTING, ANALYST, BADGE, BBA, BOOKKEEPING, CONTRACTS, DEBUG, REPORTING

QUESTIONS: list[dict[str, Any]] = [
    {"target": ACCOUNTING},
    {"target": BBA, "held": [REPORTING, {"title": "Course", "ects": 2.5, "awarded": "2024-05-31"}], "alternatives": 2},
    {"target": {"iri": ANALYST, "optional": True}, "held": [{"document": BADGE}], "limits": {"max_ects": 20}},
    {"target": ACCOUNTING, "limits": {"avoid": [REPORTING, CONTRACTS]}, "rejected": True},
    {"target": {"skills": [DEBUG]}, "limits": {"languages": ["fi"], "levels": [6], "deadline": "2099-01-31"}},
    {"target": BOOKKEEPING, "replacement": None, "narrower": False, "seconds": 5},
    {"target": BBA, "limits": {"residency": {"ects": 10}, "max_rpl": 5, "max_age": 4, "require_verified": True}},
]


@pytest.fixture(scope="module")
def document(demo: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = demo.get("/openapi.json").json()
    return found


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": document["components"]}
    Draft202012Validator.check_schema(whole)
    return Draft202012Validator(whole)


def operation(document: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/api/v1/{kind}"]["post"]
    return found


@pytest.mark.parametrize("kind", ["paths", "audits"])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: json.dumps(question)[:60])
def test_questions_and_answers_are_what_the_document_says(
    demo: TestClient, document: dict[str, Any], kind: str, question: dict[str, Any]
) -> None:
    described = operation(document, kind)
    answer = demo.post(f"/api/v1/{kind}", json=question)
    assert answer.status_code == 200
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert [error.message for error in validator(document, schema).iter_errors(answer.json())] == []
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert [error.message for error in validator(document, schema).iter_errors(question)] == []


def test_answer_schema_is_closed(demo: TestClient, document: dict[str, Any]) -> None:
    schema = operation(document, "paths")["responses"]["200"]["content"]["application/json"]["schema"]
    answer = demo.post("/api/v1/paths", json={"target": ACCOUNTING}).json()
    check = validator(document, schema)
    assert check.is_valid(answer)
    assert not check.is_valid({**answer, "more": 1})
    assert not check.is_valid({**answer, "status": "perhaps"})
    assert not check.is_valid({**answer, "plan": [{**answer["plan"][0], "more": 1}]})
    assert not check.is_valid({**answer, "proof": {**answer["proof"], "status": "perhaps"}})


@pytest.mark.parametrize("kind", ["paths", "audits"])
def test_examples_of_the_document_can_be_asked(demo: TestClient, document: dict[str, Any], kind: str) -> None:
    examples = document["components"]["schemas"]["QuestionModel"]["examples"]
    assert [demo.post(f"/api/v1/{kind}", json=example).status_code for example in examples] == [200]


@pytest.mark.parametrize(
    "question",
    [{}, {"target": BBA, "wish": 1}, {"target": BBA, "limits": {"colour": "red"}}, {"target": {"skills": []}},
     {"target": BBA, "held": [{"ects": -5}]}, {"target": BBA, "limits": {"levels": [9]}},
     {"target": BBA, "alternatives": 6}, {"target": BBA, "replacement": 2}],
    ids=json.dumps,
)  # fmt: skip
def test_schema_and_service_refuse_alike(demo: TestClient, document: dict[str, Any], question: dict[str, Any]) -> None:
    schema = operation(document, "paths")["requestBody"]["content"]["application/json"]["schema"]
    assert not validator(document, schema).is_valid(question)
    assert demo.post("/api/v1/paths", json=question).status_code == 422


@pytest.mark.parametrize(("status", "body"), [(404, {"target": "urn:none"}), (422, {}), (413, {"held": [BBA] * 2001})])
def test_refusals_are_the_problems_that_the_document_names(
    demo: TestClient, document: dict[str, Any], status: int, body: dict[str, Any]
) -> None:
    answer = demo.post("/api/v1/paths", json={"target": BBA, **body} if body else {})
    assert answer.status_code == status
    media_type = answer.headers["content-type"]
    schema = operation(document, "paths")["responses"][str(status)]["content"][media_type]["schema"]
    assert [error.message for error in validator(document, schema).iter_errors(answer.json())] == []

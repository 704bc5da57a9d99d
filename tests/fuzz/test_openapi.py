"""Every operation of the OpenAPI document under generated requests: no fault, and every answer is one it declares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from service.app import create_app
from service.settings import Settings
from tests.support.serving import running

PROBLEM = "application/problem+json"
REQUESTS = 6
"""Generated for each operation and each way of generating: values that fit the document, and values that do not."""
SCHEMA = schemathesis.openapi.from_dict(create_app(Settings()).openapi())
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def address(demo_settings: Settings) -> Iterator[str]:
    with running(demo_settings) as found:
        yield found


@pytest.mark.parametrize("mode", schemathesis.GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_declared_and_every_refusal_is_a_problem_document(
    address: str, label: str, mode: schemathesis.GenerationMode
) -> None:
    operation = OPERATIONS[label]

    @settings(
        max_examples=REQUESTS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        check(case, case.call(base_url=address, allow_redirects=False, timeout=600))

    with suppress(Unsatisfiable):  # nothing in a request for this operation can be wrong
        ask()


def check(case: schemathesis.Case, answer: schemathesis.Response) -> None:
    request = answer.request
    asked = f"{request.method} {request.url} {request.headers} {request.body!r:.500}"
    said = f"{answer.status_code} {answer.text[:500]}\n{asked}"
    declared = case.operation.definition.raw["responses"]
    media_type = answer.headers.get("content-type", [""])[0].partition(";")[0]
    assert str(answer.status_code) in declared, f"undeclared status {said}"
    if answer.status_code >= 400:
        assert answer.status_code < 500 or answer.status_code in (503, 504), said
        assert media_type == PROBLEM, said
        assert answer.json()["status"] == answer.status_code, said
    elif answer.status_code == 200:
        assert media_type in declared["200"].get("content", {media_type: None}), f"undeclared media type {said}"

"""Questions that name a target of which nothing can be said."""

from __future__ import annotations

import pytest

from service.errors import InvalidArgument, NotFound
from service.stacking.requests import question_from_json
from tests.stacking_cases import TODAY, credential
from tests.stacking_matrices import matrix_from

PROGRAMME, OCCUPATION = "http://example.org/programme", "http://example.org/occupation"
MATRIX = matrix_from(
    [credential("http://example.org/credential", skills="http://example.org/skill")],
    owners={PROGRAMME: ["http://example.org/university"]},
    occupations={OCCUPATION: [[], ["http://example.org/skill"]]},
)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (PROGRAMME, "states no requirements"),
        (OCCUPATION, "no essential skills"),
        ({"skills": []}, "skills must be 1 to"),
        ("no IRI", "no IRI"),
    ],
)
def test_target_without_requirements_is_refused(target: object, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        question_from_json({"target": target}, MATRIX, TODAY, lambda kind, code: code)


def test_unknown_target_is_not_found() -> None:
    with pytest.raises(NotFound, match="nothing that can be a target"):
        question_from_json({"target": "http://example.org/unknown"}, MATRIX, TODAY, lambda kind, code: code)


def test_optional_skills_alone_are_a_target_when_they_are_asked_for() -> None:
    asked = {"iri": OCCUPATION, "optional": True}
    question = question_from_json({"target": asked}, MATRIX, TODAY, lambda kind, code: code)
    assert question.optional == ("http://example.org/skill",)
    assert question.admits is None

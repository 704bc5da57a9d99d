"""Questions that name a target of which nothing can be said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.errors import InvalidArgument, NotFound, TooLarge
from service.stacking.answers.audit import find_path
from service.stacking.question.from_json import question_from_json
from service.stacking.requirements.tree import Count, Filter
from tests.support.stacking_cases import TODAY, credential, problem
from tests.support.stacking_matrices import matrix_from

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


def test_every_refused_candidate_is_named_on_request_however_few_the_plan_looks_at() -> None:
    """Five alike, of which a plan needs one: the two that the learner avoids are named, the others are not refused."""
    names = [f"http://example.org/c{number}" for number in range(5)]
    matrix = matrix_from([credential(name, skills="http://example.org/skill") for name in names])
    asked = {"target": {"skills": ["http://example.org/skill"]}, "limits": {"avoid": names[3:]}}
    for wanted, refused in ((True, names[3:]), (False, [])):
        question = question_from_json({**asked, "rejected": wanted}, matrix, TODAY, lambda kind, code: code)
        answer = find_path(question.problem)
        assert [step.credential for step in answer.plan.steps] == names[:1]
        assert [one.credential for one in answer.rejected] == refused
        assert {one.rule for one in answer.rejected} <= {"limit:avoid"}


def test_overlap_of_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.stacking.problem.overlap.MAX_COMPARISONS", 8)
    offers = [credential(name, skills="s1") for name in "abc"]
    with pytest.raises(TooLarge, match="too many"):
        find_path(problem(Count("r", 1, filter=Filter()), (), offers, overlap=Decimal(1)))

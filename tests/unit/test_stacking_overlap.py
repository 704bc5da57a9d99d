"""Overlap of outcomes (S7): of two credentials that teach much the same, one is credited. Worked by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from service.errors import InvalidArgument
from service.stacking.answers.audit import audit, audit_problem, find_path
from service.stacking.problem.answer import Answer
from service.stacking.problem.problem import Problem
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Rules, Skill
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import credential, held, problem

HALF = Decimal("0.5")
BOTH = Count("r", 2, filter=Filter())


def count(question: Problem) -> Answer:
    answer = audit(question)
    assert faults(audit_problem(question), answer) == ()
    return answer


def counted(answer: Answer) -> list[str]:
    return sorted(witness.credential for node in answer.plan.proof.nodes() for witness in node.witnesses)


@pytest.mark.parametrize(
    ("share", "number"),
    [(None, 2), (Decimal("0.5"), 1), (Decimal("0.51"), 2)],
)
def test_share_is_of_the_smaller_set_and_the_bound_itself_overlaps(share: Decimal | None, number: int) -> None:
    """{s1, s2} and {s2, s3, s4}: one common outcome of two is 0.5, although it is a third of the other."""
    own = [held("a", "5", "s1 s2"), held("b", "5", "s2 s3 s4")]
    assert len(counted(count(problem(BOTH, own, overlap=share)))) == number


def test_larger_one_is_credited_and_the_other_says_why_not() -> None:
    own = [held("large", "10", "s1 s2"), held("small", "5", "s1")]
    answer = count(problem(Credits("r", Decimal(15)), own, overlap=HALF))
    assert counted(answer) == ["large"]
    assert [(refusal.credential, refusal.rule) for refusal in answer.unused] == [("small", "S7")]


def test_larger_one_that_counts_nowhere_does_not_bar_the_smaller() -> None:
    """More held never makes it worse: what is not credited overlaps with nothing."""
    asked = Credits("r", Decimal(5), filter=Filter(minimum_level=6))
    large = replace(held("large", "10", "s1"), credential=credential("large", "10", "s1", level=5))
    small = replace(held("small", "5", "s1"), credential=credential("small", "5", "s1", level=6))
    answer = count(problem(asked, [large, small], overlap=HALF))
    assert (counted(answer), answer.plan.proof.status) == (["small"], "met")


def test_overlap_is_not_closed_transitively() -> None:
    """The middle one overlaps with both ends, the ends with each other not: two of three are credited."""
    own = [held("a", "5", "s1 s2"), held("b", "5", "s2 s3"), held("c", "5", "s3 s4")]
    assert counted(count(problem(Count("r", 3, filter=Filter()), own, overlap=HALF))) == ["a", "c"]


def test_leaves_of_other_groups_are_held_to_it_and_skills_are_not() -> None:
    target = AllOf(
        "all",
        (
            Count("one", 1, filter=Filter()),
            Count("two", 1, filter=Filter(), rules=Rules(share_group="other")),
            Skill("s", "s1", 2),
        ),
    )
    answer = count(problem(target, [held("a", "5", "s1"), held("b", "5", "s1")], overlap=HALF))
    by_id = {node.id: node for node in answer.plan.proof.nodes()}
    assert by_id["s"].status == "met"
    credited = {w.credential for name in ("one", "two") for w in by_id[name].witnesses}
    assert len(credited) == 1


def test_plan_avoids_what_overlaps() -> None:
    """The two cheapest teach the same: the third is taken instead of one, with or without time to search."""
    offers = [credential("a", "2", "s1"), credential("b", "2", "s1"), credential("c", "4", "s2")]
    for seconds in (0.0, 10.0):
        question = problem(BOTH, (), offers, overlap=Decimal(1), seconds=seconds)
        answer = find_path(question)
        assert faults(question, answer) == ()
        assert answer.plan.total_ects == 6


def test_verifier_refuses_credit_for_both() -> None:
    question = problem(BOTH, [held("a", "5", "s1"), held("b", "5", "s1")])
    answer = count(question)
    stricter = audit_problem(replace(question, overlap=HALF))
    assert "b overlaps with a, and both count" in faults(stricter, answer)


@pytest.mark.parametrize("share", ["0", "1.1"])
def test_share_that_cannot_be_meant_is_refused(share: str) -> None:
    with pytest.raises(InvalidArgument, match="overlap must be a share"):
        audit(problem(BOTH, overlap=Decimal(share)))

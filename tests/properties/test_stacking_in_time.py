"""What is answered when time ends: a plan that holds, and never more than is proved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import TimedOut
from service.stacking.answers import audit
from service.stacking.answers.audit import find_path
from service.stacking.problem.answer import Answer
from service.stacking.problem.problem import Limits, Problem
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Requirement, Skill
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import credential, named, needs, offers, problem, questions, scores

pytestmark = pytest.mark.slow


class Runs:
    """A deadline that ends after so many runs of the solver, whatever the clock says."""

    def __init__(self, runs: int) -> None:
        self.runs = runs

    def left(self) -> float:
        self.runs -= 1
        return 9.0 if self.runs >= 0 else 0.0


def claims_hold(question: Problem, answer: Answer) -> bool:
    """Return whether trying everything finds nothing better than what an answer claims to be the best."""
    every = scores(question)
    plan = answer.plan
    as_good = [ects for still_open, ects, *_ in every if still_open <= plan.unmet]
    if answer.proved and every:
        assert (plan.unmet, plan.total_ects) == min(every)[:2]
    return not as_good or answer.lower_bound <= min(as_good)


@settings(max_examples=120, deadline=None)
@given(questions())
def test_first_answer_holds_and_its_bound_is_one(question: Problem) -> None:
    question = replace(question, seconds=0.0)
    answer = find_path(question)
    assert faults(question, answer) == ()
    assert not answer.proved
    assert answer.status in ("feasible", "partial")
    assert claims_hold(question, answer)


@settings(max_examples=80, deadline=None)
@given(questions(), st.integers(0, 9))
def test_answer_holds_whenever_time_ends(question: Problem, runs: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "Deadline", lambda seconds: Runs(runs))
        answer = find_path(question)
    assert faults(question, answer) == ()
    assert claims_hold(question, answer)


@settings(max_examples=60, deadline=None)
@given(offers(most=7, costs=False), st.lists(st.sampled_from(["s1", "s2", "s3", "s4"]), min_size=2, unique=True))
def test_first_plan_leaves_nothing_open_that_can_be_met(found: list[object], skills: list[str]) -> None:
    """Where only skills are asked for and nothing limits, whatever can be covered is covered at once."""
    target: Requirement = AllOf("r", tuple(Skill(f"r-{skill}", skill) for skill in skills))
    question = problem(target, (), found, seconds=0.0)  # type: ignore[arg-type]
    assert find_path(question).plan.unmet == find_path(replace(question, seconds=10.0)).plan.unmet


def test_prerequisites_are_charged_with_what_needs_them() -> None:
    """Teaches both skills for 4 ECTS but asks for 9 first; two of 5 are 10 together, 3 fewer than 13."""
    target = AllOf("r", (Skill("one", "s1"), Skill("two", "s2")))
    both = credential("both", "4", "s1 s2", prerequisite=needs("both", "base"))
    found = [both, credential("base", "9"), credential("x", "5", "s1"), credential("y", "5", "s2")]
    answer = find_path(problem(target, (), found, seconds=0.0))
    assert [step.credential for step in answer.plan.steps] == ["x", "y"]
    assert (answer.status, answer.plan.total_ects) == ("feasible", 10)


def test_exchange_mends_what_greed_gets_wrong() -> None:
    """The classic: 3 skills for 4 ECTS looks best (0.75 a credit), but 2 + 2 skills for 3 + 3 ECTS cover all four."""
    target = AllOf("r", tuple(Skill(f"r{n}", f"s{n}") for n in range(1, 5)))
    found = [
        credential("greedy", "4", "s1 s2 s3"),
        credential("left", "3", "s1 s2"),
        credential("right", "3", "s3 s4"),
        credential("rest", "3", "s4"),
    ]
    answer = find_path(problem(target, (), found, seconds=0.0))
    assert sorted(step.credential for step in answer.plan.steps) == ["left", "right"]


def test_bound_rounds_up_to_what_credentials_can_add_up_to() -> None:
    """7 ECTS are asked for, every credential has 5: no plan needs fewer than 10."""
    found = [credential(name, "5") for name in "abc"]
    answer = find_path(problem(Credits("r", Decimal(7)), (), found, seconds=0.0))
    assert (answer.plan.total_ects, answer.lower_bound) == (10, 10)


def test_leaf_left_open_for_want_of_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two credentials would meet it, but greed finds none, as if it had not looked."""
    monkeypatch.setattr("service.stacking.solver.greedy.Greedy.choose", lambda self: frozenset())
    question = problem(Count("r", 1, filter=Filter()), (), [credential("a"), credential("b")], seconds=0.0)
    answer = find_path(question)
    assert faults(question, answer) == ()
    assert (answer.status, answer.proved) == ("partial", False)
    assert [(gap.reason, gap.limits) for gap in answer.gaps] == [("time-ended", ("seconds",))]


def test_no_time_is_not_taken_for_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pinned credential that no greedy plan holds: whether any plan does is not known, so nothing is claimed."""
    monkeypatch.setattr("service.stacking.solver.greedy.Greedy.choose", lambda self: None)
    pinned = Limits(pin=frozenset(["a"]))
    with pytest.raises(TimedOut, match="in time"):
        find_path(problem(Count("r", 1, filter=named("a")), (), [credential("a")], limits=pinned, seconds=0.0))

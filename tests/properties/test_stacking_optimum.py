"""The planner against trying everything, and the properties P1 to P14 of docs/stacking.md."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from service.stacking.answers.audit import audit, audit_problem, find_path
from service.stacking.problem.problem import Problem
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import brute, questions

pytestmark = pytest.mark.slow


@settings(max_examples=120, deadline=None)
@given(questions())
def test_plan_is_as_good_as_trying_everything(question: Problem) -> None:
    answer = find_path(question)
    assert faults(question, answer) == ()
    expected = brute(question)
    if expected is None:
        assert answer.status == "infeasible"
        return
    plan = answer.plan
    assert (plan.unmet, plan.total_ects, plan.total_cost, plan.terms, len(plan.steps)) == expected
    assert answer.lower_bound == plan.total_ects


@settings(max_examples=60, deadline=None)
@given(questions(manual=True))
def test_audit_counts_in_the_best_way(question: Problem) -> None:
    answer = audit(question)
    assert faults(audit_problem(question), answer) == ()
    expected = brute(audit_problem(question))
    assert expected is not None
    assert answer.plan.unmet == expected[0]
    assert answer.plan.steps == ()

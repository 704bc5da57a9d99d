"""Answers a question: the plan or audit, its gaps, what is unused, other ways, and what stands in the way."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from ...errors import TimedOut
from ..problem.answer import Answer, Outcome, Plan, Proof
from ..problem.problem import Limits, Problem, check_problem
from ..solver.highs import Deadline
from ..solver.optimum import best_plan, first_plan
from ..solver.plan import Planned, Planner
from ..solver.prepared import LEAST_SECONDS, SEARCH_SHARE, Prepared
from .explain import gaps, nobody_offers, unused

_EXPLAIN_SHARE = 0.5
"""Share of the time that may go into saying which limits stand in the way, as far as the plan leaves it."""


def audit(problem: Problem) -> Answer:
    """Return how far what is held leads, by the best way to count it.

    Raises:
        InvalidArgument: the question cannot be meant.
    """
    return find_path(audit_problem(problem))


def audit_problem(problem: Problem) -> Problem:
    """Return the question that an audit answers: nothing new may be earned."""
    named = ChainMap(dict(problem.named), problem.candidates)  # type: ignore[arg-type]  # it is only read
    return replace(
        problem,
        candidates={},
        named=named,
        select=None,
        relevant=None,
        limits=_for_held(problem.limits),
        alternatives=0,
    )


def find_path(problem: Problem) -> Answer:
    """Return the best plan from what is held to the target, with its proof and everything that explains it.

    Raises:
        InvalidArgument: the question cannot be meant.
    """
    check_problem(problem)
    whole, search = Deadline(problem.seconds), Deadline(problem.seconds * SEARCH_SHARE)
    question = Prepared(problem)
    planned = _in_time(question.planner(search))
    if planned is None:
        if search.left() <= 0:
            raise TimedOut(
                "no plan that keeps the conditions was found in time; allow more seconds or fewer conditions"
            )
        return _without_plan(question, whole)
    plan = planned.plan
    relax = _relax(question, plan.unmet, whole) if planned.least_open else ()
    return Answer(
        _status(planned, relax, bool(question.problem.candidates)),
        plan,
        planned.lower_bound,
        gaps(question, planned, relax),
        unused(question, plan),
        _alternatives(question, planned, whole),
        relax,
        nobody_offers(question),
        question.rejected(),
        planned.proved,
    )


def _in_time(planner: Planner) -> Planned | None:
    """Return the best plan; when time ends, the better of what was found by then and the first one at hand."""
    best = best_plan(planner) if planner.deadline.left() > 0 else None
    if best is not None and best.proved:
        return best
    first = first_plan(planner)
    if first is None or best is None:
        return best or first
    best, other = sorted((best, first), key=lambda one: (one.plan.unmet, one.plan.total_ects, one.plan.total_cost))
    # What holds for plans that leave more open holds for those that leave less.
    least_open = best.least_open or (best.plan.unmet == other.plan.unmet and other.least_open)
    return replace(best, lower_bound=max(best.lower_bound, other.lower_bound), least_open=least_open)


def _without_plan(question: Prepared, whole: Deadline) -> Answer:
    """Answer when the conditions exclude each other: nothing is planned."""
    bare = Prepared(audit_problem(question.whole))
    planned = best_plan(bare.planner(Deadline(max(LEAST_SECONDS, whole.left()))))
    if planned is None:
        raise TimedOut("no way to count what is held was found in time")
    plan = planned.plan
    relax = _relax(question, None, whole)
    return Answer(
        "infeasible",
        plan,
        Decimal(0),
        gaps(question, planned, relax),
        unused(bare, plan),
        relax=relax,
        nobody_offers=nobody_offers(question),
        rejected=question.rejected(),
    )


def _for_held(limits: Limits) -> Limits:
    """Return the limits that speak of what is held only."""
    return Limits(max_rpl=limits.max_rpl, max_age=limits.max_age, require_verified=limits.require_verified)


def _status(planned: Planned, relax: Sequence[str], plans: bool) -> Outcome:
    """Return the outcome; infeasible: the limits leave no step that leads any nearer."""
    undone = any(node.status == "unmet" for node in _counted_leaves(planned.plan.proof))
    if not undone:
        return "optimal" if planned.proved else "feasible"
    return "infeasible" if plans and relax and not planned.plan.steps else "partial"


def _relax(question: Prepared, reached: Fraction | None, whole: Deadline) -> tuple[str, ...]:
    """Return limits to lift so that all that can be reached is reached; lifting any fewer of them does not do.

    A deletion filter: one run for each limit that is set.
    """
    active = list(question.problem.limits.active())
    if not active or reached == 0:
        return ()
    deadline = Deadline(min(whole.left(), question.problem.seconds * _EXPLAIN_SHARE))
    best = question.without(frozenset(active)).planner(deadline).unmet()
    if best is None or best == reached:
        return ()
    lifted = list(active)
    for name in active:
        fewer = frozenset(lifted) - {name}
        found = question.without(fewer).planner(deadline).unmet()
        if found == best:
            lifted.remove(name)
    return tuple(lifted)


def _counted_leaves(proof: Proof) -> list[Proof]:
    return [node for node in proof.nodes() if not node.parts and node.chosen and node.kind != "manual"]


def _alternatives(question: Prepared, planned: Planned, deadline: Deadline) -> tuple[Plan, ...]:
    """Return other plans that leave as little open: each lacks something of every plan before it."""
    found: list[Plan] = []
    plans = [frozenset(step.credential for step in planned.plan.steps)]
    while len(found) < question.problem.alternatives and plans[-1]:
        other = best_plan(question.planner(deadline), plans, planned.plan.unmet)
        if other is None or other.plan.unmet > planned.plan.unmet:
            break
        found.append(other.plan)
        plans.append(frozenset(step.credential for step in other.plan.steps))
    return tuple(found)

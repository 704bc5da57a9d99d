"""Answers a question whole: the plan or the audit, its gaps, what is unused, other ways, and what stands in the way."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from ..errors import TimedOut
from .answer import Answer, Gap, Outcome, Plan, Proof, Refusal
from .candidates import Admission
from .overlap import is_credited, overlapping
from .plan import Planned, Planner
from .prerequisites import Leaf, Prerequisites
from .problem import Limits, Problem, check_problem
from .requirements import Manual, leaves
from .screen import Screened, screen
from .search import best_plan, first_plan
from .solver import Deadline

_EXPLAIN_SHARE = 0.5
"""Share of the time that may go into saying which limits stand in the way, on top of the time for the plan."""

_LEAST_SECONDS = 5.0
"""Time to count what is held when no plan was found."""


def audit(problem: Problem) -> Answer:
    """Return how far what is held leads, by the best way to count it.

    Raises:
        InvalidArgument: the question cannot be meant.
    """
    return find_path(audit_problem(problem))


def audit_problem(problem: Problem) -> Problem:
    """Return the question that an audit answers: nothing new may be earned."""
    named = ChainMap(dict(problem.named), problem.candidates)  # type: ignore[arg-type]  # it is only read
    return replace(problem, candidates={}, named=named, select=None, limits=_for_held(problem.limits), alternatives=0)


def find_path(problem: Problem) -> Answer:
    """Return the best plan from what is held to the target, with its proof and everything that explains it.

    Raises:
        InvalidArgument: the question cannot be meant.
    """
    check_problem(problem)
    deadline = Deadline(problem.seconds)
    question = _Question(problem)
    planned = _in_time(question.planner(deadline))
    if planned is None:
        if deadline.left() <= 0:
            raise TimedOut(
                "no plan that keeps the conditions was found in time; allow more seconds or fewer conditions"
            )
        return _without_plan(question)
    plan = planned.plan
    relax = _relax(question, plan.unmet) if planned.least_open else ()
    return Answer(
        _status(planned, relax, bool(question.problem.candidates)),
        plan,
        planned.lower_bound,
        _gaps(question, planned, relax),
        _unused(question, plan),
        _alternatives(question, planned, deadline),
        relax,
        _nobody_offers(question),
        question.screened.rejected,
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


class _Question:
    """A problem with what is derived from it once."""

    def __init__(self, whole: Problem) -> None:
        problem = whole
        limits = problem.limits
        named = ChainMap(dict(problem.named), problem.candidates)  # type: ignore[arg-type]  # it is only read
        if problem.select is not None:
            problem = replace(problem, candidates=problem.select(problem))
        self.whole = whole
        self.problem = problem
        self.admission = Admission(
            problem.today,
            replacement=problem.replacement,
            named=named,
            max_age=limits.max_age,
            require_verified=limits.require_verified,
        )
        usable = [held for held in problem.held if self.admission.usable(held).answer is not False]
        self.prerequisites = Prerequisites(self.admission, usable, problem.candidates)
        self.screened: Screened = screen(problem, self.admission, self.prerequisites)

    def planner(self, deadline: Deadline) -> Planner:
        return Planner(self.problem, self.screened.offered, self.admission, self.prerequisites, deadline)

    def without(self, names: frozenset[str]) -> _Question:
        return _Question(replace(self.whole, limits=self.whole.limits.without(names)))

    def leaves(self) -> Sequence[Leaf]:
        return [leaf for leaf in leaves(self.problem.target) if not isinstance(leaf, Manual)]


def _without_plan(question: _Question) -> Answer:
    """Answer when the conditions exclude each other, or time ran out before any plan was found: nothing is planned."""
    bare = _Question(audit_problem(question.whole))
    planned = best_plan(bare.planner(Deadline(_LEAST_SECONDS)))
    if planned is None:
        raise TimedOut("no way to count what is held was found in time")
    plan = planned.plan
    relax = _relax(question, None)
    return Answer(
        "infeasible",
        plan,
        Decimal(0),
        _gaps(question, planned, relax),
        _unused(bare, plan),
        relax=relax,
        nobody_offers=_nobody_offers(question),
        rejected=question.screened.rejected,
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


def _relax(question: _Question, reached: Fraction | None) -> tuple[str, ...]:
    """Return limits to lift so that all that can be reached is reached; lifting any fewer of them does not do.

    A deletion filter: one run for each limit that is set.
    """
    active = list(question.problem.limits.active())
    if not active or reached == 0:
        return ()
    deadline = Deadline(question.problem.seconds * _EXPLAIN_SHARE)
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


def _gaps(question: _Question, planned: Planned, relax: Sequence[str]) -> tuple[Gap, ...]:
    nobody = set(_nobody_offers(question))
    by_id = {leaf.id: leaf for leaf in question.leaves()}
    found = []
    for node in planned.plan.proof.nodes():
        if node.parts or not node.chosen or node.status == "met":
            continue
        if node.kind == "manual":
            found.append(Gap(node.id, Decimal(1), "person-decides", "S17"))
            continue
        missing = node.minimum - node.amount if node.status == "unmet" else node.minimum - _sure(node)
        if node.status == "unknown":
            found.append(Gap(node.id, missing, "unknown-facts", "S18"))
        elif node.id in nobody:
            found.append(Gap(node.id, missing, "nobody-offers", "S3"))
        elif not planned.least_open:
            found.append(Gap(node.id, missing, "time-ended", "limit", ("seconds",)))
        else:
            found.append(_explained(question, by_id[node.id], missing, relax))
    return tuple(found)


def _sure(node: Proof) -> Decimal:
    return sum((witness.amount for witness in node.witnesses if not witness.doubtful), Decimal(0))


def _explained(question: _Question, leaf: Leaf, missing: Decimal, relax: Sequence[str]) -> Gap:
    rules = {refusal.credential: refusal.rule for refusal in question.screened.rejected}
    able = list(question.prerequisites.counted(leaf))
    limits = {rules[iri].removeprefix("limit:") for iri in able if rules.get(iri, "").startswith("limit:")}
    if relax:
        return Gap(leaf.id, missing, "limits", "limit", tuple(relax))
    if able and all(iri in rules for iri in able):
        if limits:
            return Gap(leaf.id, missing, "limits", "limit", tuple(sorted(limits)))
        return Gap(leaf.id, missing, "prerequisite", "S12")
    return Gap(leaf.id, missing, "used-elsewhere", "S6")


def _nobody_offers(question: _Question) -> tuple[str, ...]:
    """Return the leaves that no candidate and nothing held could count, whatever the limits."""
    problem = question.problem
    return tuple(
        leaf.id
        for leaf in question.leaves()
        if leaf.minimum > 0
        and not question.prerequisites.counted(leaf)
        and not any(question.admission.holds(leaf, held).answer is not False for held in problem.held)
    )


def _unused(question: _Question, plan: Plan) -> tuple[Refusal, ...]:
    """Return what is held and not counted, each with the rule that says so."""
    used = {w.credential for node in plan.proof.nodes() for w in node.witnesses if w.source == "held"}
    awards = {held.credential.iri: held.credential.award for held in question.problem.held}
    counted = {awards[iri] for iri in used}
    chosen = {node.id: node for node in plan.proof.nodes() if node.chosen}
    covered = question.leaves()
    overlapped = _overlapped(question, plan)
    found = []
    for held in sorted(question.problem.held, key=lambda held: held.credential.iri):
        if held.credential.iri in used:
            continue
        usable = question.admission.usable(held)
        verdicts = [question.admission.holds(leaf, held) for leaf in covered]
        if usable.answer is False:
            rule = usable.rule
        elif held.credential.award in counted:
            rule = "S6"
        elif held.credential.iri in overlapped and any(verdict.answer for verdict in verdicts):
            rule = "S7"
        elif any(verdict.answer for verdict in verdicts):
            able = [leaf for leaf, verdict in zip(covered, verdicts, strict=True) if verdict.answer]
            short = [leaf for leaf in able if leaf.id in chosen and chosen[leaf.id].status != "met"]
            rule = "S8" if held.rpl and short and _caps(question, short) else "S5"
        else:
            unknown = [verdict.rule for verdict in verdicts if verdict.answer is None]
            refused = [verdict.rule for verdict in verdicts if verdict.rule not in ("S3", "S4")]
            rule = next(iter([*unknown, *refused]), "S3")
        found.append(Refusal(held.credential.iri, rule))
    return tuple(found)


def _overlapped(question: _Question, plan: Plan) -> set[str]:
    """Return what is held and overlaps with what is credited (S7)."""
    credited = {leaf.id for leaf in question.leaves() if is_credited(leaf)}
    counted = {w.credential for node in plan.proof.nodes() if node.id in credited for w in node.witnesses}
    known = [held.credential for held in question.problem.held]
    known += [question.problem.candidates[step.credential] for step in plan.steps]
    found: set[str] = set()
    for pair in overlapping(known, question.problem.overlap):
        one, other = (known[place].iri for place in pair)
        found.update(mine for mine, its in ((one, other), (other, one)) if its in counted and mine not in counted)
    return found


def _caps(question: _Question, found: Sequence[Leaf]) -> bool:
    if question.problem.limits.max_rpl is not None:
        return True
    return any(leaf.rules.maximum_rpl is not None for leaf in found)


def _alternatives(question: _Question, planned: Planned, deadline: Deadline) -> tuple[Plan, ...]:
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

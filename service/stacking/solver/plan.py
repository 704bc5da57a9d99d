"""Plans for one question: over all that is on offer, over a few chosen credentials, or greedily."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from ..problem.answer import Plan
from ..problem.candidates import Admission, Credential, Held
from ..problem.overlap import overlapping
from ..problem.prerequisites import Prerequisites
from ..problem.problem import Problem
from .bound import least_ects, rounded_up
from .coverage import CoverageProblem
from .cuts import count_overlapping, differ, forbid, support
from .greedy import Greedy
from .highs import Deadline, Found
from .model import Model


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, what of it is proved, and a bound: no plan that leaves as little open needs fewer new ECTS.

    `least_open`: no plan leaves less open. `proved`: no plan is better by any objective.
    """

    plan: Plan
    proved: bool
    least_open: bool
    lower_bound: Decimal


class Planner:
    """What all plans of one problem share. `coverage` and `first` are made when they are asked for.

    `deadline` ends the search; `settling` gives until when what a few chosen credentials count for must be said.
    """

    def __init__(
        self,
        problem: Problem,
        offered: Sequence[Credential],
        admission: Admission,
        prerequisites: Prerequisites,
        deadline: Deadline,
        settling: Callable[[], Deadline],
    ) -> None:
        self.problem = problem
        self.offered = offered
        self.admission = admission
        self.prerequisites = prerequisites
        self.deadline = deadline
        self.settling = settling
        self.held: Sequence[Held] = usable_held(problem, admission)
        self.horizon = problem.limits.terms(problem.today)

    @cached_property
    def coverage(self) -> CoverageProblem:
        """What each credential adds to each leaf."""
        return CoverageProblem(
            self.problem.target, self.held, self.offered, self.admission, self.prerequisites, self.pairs
        )

    @cached_property
    def pairs(self) -> Sequence[tuple[int, int]]:
        """The places, of what is held and then of what is on offer, that overlap (S7)."""
        credentials = [*(own.credential for own in self.held), *self.offered]
        return tuple(overlapping(credentials, self.problem.overlap))

    @cached_property
    def first(self) -> frozenset[str] | None:
        """The credentials of the greedy plan; None when it finds none that keeps the limits."""
        return Greedy(self.coverage, self.prerequisites, self.problem.limits, self.horizon).choose()

    def only(self, names: frozenset[str], deadline: Deadline) -> Planner:
        """Return a planner over a few of the credentials on offer."""
        some = [one for one in self.offered if one.iri in names]
        return Planner(self.problem, some, self.admission, self.prerequisites, deadline, self.settling)

    def bound(self, plan: Plan, deadline: Deadline) -> Decimal:
        """Return a lower bound of the ECTS of any plan that leaves as little open: of prices, or of halves allowed."""
        found = least_ects(self.coverage, plan.unmet)
        if found < plan.total_ects * 100:
            model = self.model(None, ())
            model.programme.row(model.unmet(), upper=float(plan.unmet - model.always_unmet()) + 1e-6)
            relaxed = model.programme.narrow(model.ects(), float(plan.total_ects * 100), deadline)
            found = max(found, rounded_up(relaxed, self.coverage))
        return Decimal(found) / 100

    def unmet(self) -> Fraction | None:
        """Return the least weight that must stay open; None when the limits cannot be kept, or time ran out."""
        model = self.model(self.horizon, ())
        found = self.solve(model, model.unmet())
        return model.unmet_exactly(found.values) if found.status == "optimal" else None

    def model(self, horizon: int | None, forbidden: Sequence[frozenset[str]]) -> Model:
        """Return the integer programme, which lacks something of each forbidden plan."""
        model = Model(
            self.problem.target,
            self.held,
            self.offered,
            self.admission,
            self.prerequisites,
            self.problem.limits,
            horizon,
        )
        if self.pairs:
            items = [("held", own.credential.iri) for own in self.held] + [("plan", one.iri) for one in self.offered]
            count_overlapping(model, ((items[one], items[other]) for one, other in self.pairs))
        for plan in forbidden:
            forbid(model, plan)
        return model

    def solve(self, model: Model, objective: Mapping[int, float], fixed: Mapping[int, float] | None = None) -> Found:
        """Solve; while credentials of the solution only open each other, or fit in no term, forbid that and repeat."""
        while True:
            found = model.programme.minimise(objective, self.deadline, fixed)
            if not found.values:
                return found
            taken = self.taken(model, found.values)
            reached = self.prerequisites.levels(taken)
            loop = [credential.iri for credential in taken if credential.iri not in reached]
            if loop:
                support(model, loop)
                continue
            terms = {} if model.z else self.schedule(taken)
            if terms is None:
                return Found("none", (), found.bound)
            if model.z or len(terms) == len(taken):
                return found
            differ(model, {one.iri for one in taken})

    def schedule(self, taken: Sequence[Credential]) -> Mapping[str, int] | None:
        """Return a term for each of these, for none where a term is too short for what belongs together.

        None: time ended before that was found out.
        """
        load = self.problem.limits.ects_per_term
        listed = self.prerequisites.schedule(taken, load)
        if len(listed) == len(taken):
            return listed
        few = self.only(frozenset(one.iri for one in taken), self.deadline)
        model = few.model(len(taken), ())
        found = model.programme.minimise({}, self.deadline, dict.fromkeys(model.x.values(), 1.0))
        if not found.values:
            return {} if found.status == "infeasible" else None
        return model.terms_of(taken, found.values)

    def taken(self, model: Model, values: Sequence[float]) -> list[Credential]:
        """Return the credentials that a solution earns."""
        return [credential for credential in self.offered if values[model.x[credential.iri]] > 0.5]


def usable_held(problem: Problem, admission: Admission) -> Sequence[Held]:
    """Return what is held and may count, in the order of IRIs."""
    return sorted(
        (held for held in problem.held if admission.usable(held).answer is not False),
        key=lambda held: held.credential.iri,
    )

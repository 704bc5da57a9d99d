"""Finds the plan of least effort to a target, proved by bounds: one objective after another, loops cut off as met.

The order of objectives: weight left open, new ECTS, cost, terms, number of credentials, places in the order of IRIs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from .answer import Plan
from .candidates import Admission, Credential, Held
from .model import Model
from .prerequisites import Prerequisites
from .problem import Problem
from .proof import plan_from
from .solver import Deadline, Found

_TOLERANCE = 1e-6

Objective = Callable[[Model], Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, whether it is proved best, and the least new ECTS of any plan that leaves as little open."""

    plan: Plan
    proved: bool
    lower_bound: Decimal


class Planner:
    """Plans for one problem over what is on offer."""

    def __init__(
        self,
        problem: Problem,
        offered: Sequence[Credential],
        admission: Admission,
        prerequisites: Prerequisites,
        deadline: Deadline,
    ) -> None:
        self._problem = problem
        self._offered = offered
        self._admission = admission
        self._prerequisites = prerequisites
        self._deadline = deadline
        self._held: Sequence[Held] = usable_held(problem, admission)
        self._horizon = problem.limits.terms(problem.today)

    def unmet(self) -> Fraction | None:
        """Return the least weight that must stay open; None when the limits cannot be kept, or time ran out."""
        model = self._model(self._horizon, ())
        found = self._run(model, model.unmet())
        return model.unmet_exactly(found.values) if found.status == "optimal" else None

    def best(self, forbidden: Sequence[frozenset[str]] = (), at_most: Fraction | None = None) -> Planned | None:
        """Return the best plan; None when the limits cannot be kept, or no plan was found in time.

        Each of `forbidden` is a plan of which one credential at least must be missing; `at_most` bounds the weight that
        may stay open.
        """
        return _Search(self, forbidden, at_most).run()

    def _model(self, horizon: int | None, forbidden: Sequence[frozenset[str]]) -> Model:
        model = Model(
            self._problem.target,
            self._held,
            self._offered,
            self._admission,
            self._prerequisites,
            self._problem.limits,
            horizon,
        )
        for plan in forbidden:
            model.forbid(plan)
        return model

    def _run(self, model: Model, objective: Mapping[int, float]) -> Found:
        """Solve; while credentials of the solution only open each other, forbid that and solve again."""
        while True:
            found = model.programme.minimise(objective, self._deadline)
            if not found.values:
                return found
            taken = self._taken(model, found.values)
            reached = self._prerequisites.levels(taken)
            loop = [credential.iri for credential in taken if credential.iri not in reached]
            if not loop:
                return found
            model.support(loop)

    def _taken(self, model: Model, values: Sequence[float]) -> list[Credential]:
        return [credential for credential in self._offered if values[model.x[credential.iri]] > 0.5]


class _Search:
    """One run through the objectives. What was reached is kept as a constraint of every later model."""

    def __init__(self, planner: Planner, forbidden: Sequence[frozenset[str]], at_most: Fraction | None) -> None:
        self._planner = planner
        self._forbidden = forbidden
        self._kept: list[tuple[Objective, float]] = []
        self._values: Sequence[float] = ()
        self._proved = True
        self._model = planner._model(planner._horizon, forbidden)
        if at_most is not None:
            self._keep(Model.unmet, float(at_most - self._model.always_unmet()))

    def run(self) -> Planned | None:
        self._solve(Model.unmet)
        if not self._values:
            return None
        self._keep(Model.unmet, self._reached(Model.unmet))
        found = self._solve(Model.ects)
        bound = max(0, ceil(found.bound - _TOLERANCE)) if found is not None else 0
        self._keep(Model.ects, self._reached(Model.ects))
        if self._model.cost():
            self._solve(Model.cost)
            self._keep(Model.cost, self._reached(Model.cost))
        self._shorten()
        self._solve(lambda model: model.number(max(1, len(self._taken()))))
        for column in self._model.x.values():
            self._model.programme.fix(column, self._values[column])
        self._solve(Model.counted)
        planner = self._planner
        plan = plan_from(self._model, self._values, self._taken(), self._schedule(), planner._problem, planner._held)
        return Planned(plan, self._proved, Decimal(bound) / 100)

    def _solve(self, objective: Objective) -> Found | None:
        """Improve the solution for an objective; None when there is nothing to improve."""
        terms = objective(self._model)
        if self._values and not terms:
            return None
        found = self._planner._run(self._model, terms)
        self._proved = self._proved and found.status == "optimal"
        if found.values:
            self._values = found.values
        return found

    def _keep(self, objective: Objective, value: float) -> None:
        self._kept.append((objective, value))
        self._apply(self._model, objective, value)

    def _apply(self, model: Model, objective: Objective, value: float) -> None:
        terms = objective(model)
        if objective is Model.ects:
            model.programme.narrow(terms, value, self._planner._deadline)
            model.count_few()
        if terms:
            model.programme.row(terms, upper=value + _TOLERANCE)

    def _reached(self, objective: Objective) -> float:
        return sum(cost * self._values[column] for column, cost in objective(self._model).items())

    def _taken(self) -> list[Credential]:
        return self._planner._taken(self._model, self._values)

    def _schedule(self) -> Mapping[str, int]:
        planner = self._planner
        load = planner._problem.limits.ects_per_term
        if load is not None and self._model.z:
            columns = self._model.z
            return {
                credential.iri: next(
                    term for term, column in enumerate(columns[credential.iri], 1) if self._values[column] > 0.5
                )
                for credential in self._taken()
            }
        return planner._prerequisites.schedule(self._taken(), load)

    def _shorten(self) -> None:
        """Look for a plan of fewer terms that is as good so far, then keep to the least number."""
        planner = self._planner
        terms = max(self._schedule().values(), default=0)
        if terms <= 1 and not self._may_wait():
            return
        while terms > 1:
            model = self._rebuilt(terms - 1)
            found = planner._run(model, {})
            if not found.values:
                self._proved = self._proved and found.status == "infeasible"
                break
            self._model, self._values = model, found.values
            terms = max(self._schedule().values(), default=0)
        # From here on the number of terms is kept too.
        model = self._rebuilt(terms)
        found = planner._run(model, {})
        if found.values:
            self._model, self._values = model, found.values
        else:
            self._proved = False

    def _may_wait(self) -> bool:
        planner = self._planner
        if planner._problem.limits.ects_per_term is not None:
            return True
        return any(not planner._prerequisites.open(credential, ()) for credential in planner._offered)

    def _rebuilt(self, horizon: int) -> Model:
        planner = self._planner
        at_once = horizon == 1 and planner._problem.limits.ects_per_term is None
        model = planner._model(None if at_once else horizon, self._forbidden)
        for credential in planner._offered if at_once else ():
            if not planner._prerequisites.open(credential, ()):
                model.programme.fix(model.x[credential.iri], 0)
        for objective, value in self._kept:
            self._apply(model, objective, value)
        return model


def usable_held(problem: Problem, admission: Admission) -> Sequence[Held]:
    """Return what is held and may count, in the order of IRIs."""
    return sorted(
        (held for held in problem.held if admission.usable(held).answer is not False),
        key=lambda held: held.credential.iri,
    )

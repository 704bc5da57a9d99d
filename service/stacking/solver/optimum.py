"""Finds the plan of least effort, proved by bounds: one objective after another, loops cut off as met.

The order of objectives: weight left open, new ECTS, cost, terms, number of credentials, places in the order of IRIs.
An objective that a plan at hand meets the bound of is not solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from ..problem.candidates import Credential
from .bound import least_ects, rounded_up
from .cuts import count_few
from .highs import Found
from .model import Model
from .plan import Planned, Planner
from .proof import plan_from

_TOLERANCE = 1e-6
Objective = Callable[[Model], Mapping[int, float]]


def first_plan(planner: Planner) -> Planned | None:
    """Return the greedy plan with the bound that is at hand without a solver; None when there is none."""
    chosen = planner.first
    return None if chosen is None else _settled(planner, chosen)


def best_plan(
    planner: Planner, forbidden: Sequence[frozenset[str]] = (), at_most: Fraction | None = None
) -> Planned | None:
    """Return the best plan found in time; None when the limits cannot be kept, or none was found.

    Each of `forbidden` is a plan of which one credential at least must be missing; `at_most` bounds the weight that
    may stay open.
    """
    found = _Search(planner, forbidden, at_most).run(None if forbidden else planner.first)
    if found is None or found.proved:
        return found
    # What time ended may hold idle credentials; over these alone there is time to say what each counts for.
    settled = _settled(planner, frozenset(step.credential for step in found.plan.steps))
    if settled is None or settled.plan.unmet > found.plan.unmet:
        return None
    bound = max(found.lower_bound, settled.lower_bound)
    return replace(settled, lower_bound=bound, least_open=found.least_open or settled.least_open)


def _settled(planner: Planner, chosen: frozenset[str]) -> Planned | None:
    """Return the best plan over a few credentials, with what is known of all others."""
    found = _Search(planner.only(chosen, planner.settling()), (), None).run(None)
    if found is None:
        return None
    plan = found.plan
    bound = planner.bound(plan, planner.settling())
    return Planned(plan, False, plan.unmet <= planner.coverage.least_open(), bound)


class _Search:
    """One run through the objectives. What was reached is kept as a constraint of every later model."""

    def __init__(self, planner: Planner, forbidden: Sequence[frozenset[str]], at_most: Fraction | None) -> None:
        self._planner = planner
        self._forbidden = forbidden
        self._kept: list[tuple[Objective, float]] = []
        self._values: Sequence[float] = ()
        self._proved = True
        self._model = planner.model(planner.horizon, forbidden)
        if at_most is not None:
            self._keep(Model.unmet, float(at_most - self._model.always_unmet()))

    def run(self, start: frozenset[str] | None) -> Planned | None:
        if start is not None:
            self._begin(start)
        if not self._values or self._open() > self._planner.coverage.least_open():
            self._solve(Model.unmet)
        if not self._values:
            return None
        least_open = self._proved
        self._keep(Model.unmet, self._reached(Model.unmet))
        bound = self._solve_ects()
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
        plan = plan_from(self._model, self._values, self._taken(), self._schedule(), planner.problem, planner.held)
        return Planned(plan, self._proved, least_open, Decimal(bound) / 100)

    def _begin(self, chosen: frozenset[str]) -> None:
        """Start from the best way to count a few chosen credentials."""
        fixed = {column: float(iri in chosen) for iri, column in self._model.x.items()}
        found = self._planner.solve(self._model, self._model.unmet(), fixed)
        self._values = found.values

    def _open(self) -> Fraction:
        return self._model.unmet_exactly(self._values)

    def _solve_ects(self) -> int:
        """Find the fewest new ECTS; return a lower bound of them, in hundredths."""
        planner, terms = self._planner, self._model.ects()
        value = self._reached(Model.ects)
        bound = least_ects(planner.coverage, self._open())
        if value > bound + _TOLERANCE:
            relaxed = self._model.programme.narrow(terms, value, planner.deadline)
            bound = max(bound, rounded_up(relaxed, planner.coverage))
        if value > bound + _TOLERANCE:
            found = self._solve(Model.ects)
            bound = max(bound, rounded_up(found.bound, planner.coverage) if found is not None else 0)
        return min(bound, round(self._reached(Model.ects)))

    def _solve(self, objective: Objective) -> Found | None:
        """Improve the solution for an objective; None when there is nothing to improve."""
        terms = objective(self._model)
        if self._values and not terms:
            return None
        found = self._planner.solve(self._model, terms)
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
            model.programme.narrow(terms, value, self._planner.deadline)
            count_few(model)
        if terms:
            model.programme.row(terms, upper=value + _TOLERANCE)

    def _reached(self, objective: Objective) -> float:
        return sum(cost * self._values[column] for column, cost in objective(self._model).items())

    def _taken(self) -> list[Credential]:
        return self._planner.taken(self._model, self._values)

    def _schedule(self) -> Mapping[str, int]:
        planner = self._planner
        if planner.problem.limits.ects_per_term is not None and self._model.z:
            return self._model.terms_of(self._taken(), self._values)
        return planner.schedule(self._taken()) or {}

    def _shorten(self) -> None:
        """Look for a plan of fewer terms that is as good so far, then keep to the least number."""
        planner = self._planner
        terms = max(self._schedule().values(), default=0)
        if terms <= 1 and not self._may_wait():
            return
        while terms > 1:
            model = self._rebuilt(terms - 1)
            found = planner.solve(model, {})
            if not found.values:
                self._proved = self._proved and found.status == "infeasible"
                break
            self._model, self._values = model, found.values
            terms = max(self._schedule().values(), default=0)
        # From here on the number of terms is kept too.
        model = self._rebuilt(terms)
        found = planner.solve(model, {})
        if found.values:
            self._model, self._values = model, found.values
        else:
            self._proved = False

    def _may_wait(self) -> bool:
        planner = self._planner
        if planner.problem.limits.ects_per_term is not None:
            return True
        return any(not planner.prerequisites.open(credential, ()) for credential in planner.offered)

    def _rebuilt(self, horizon: int) -> Model:
        planner = self._planner
        at_once = horizon == 1 and planner.problem.limits.ects_per_term is None
        model = planner.model(None if at_once else horizon, self._forbidden)
        for credential in planner.offered if at_once else ():
            if not planner.prerequisites.open(credential, ()):
                model.programme.fix(model.x[credential.iri], 0)
        for objective, value in self._kept:
            self._apply(model, objective, value)
        return model

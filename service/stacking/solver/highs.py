"""Solves integer programmes with HiGHS, one objective after another; no other module imports it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import highspy
import numpy as np

_INFINITY = highspy.kHighsInf
_DOUBT = 0.01
"""By how much a whole objective must be worse before rounding cannot be the reason."""

_DOWN = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)


class Found(NamedTuple):
    """The result of a run: values are rounded where they must be whole; `bound` holds for every solution."""

    status: Literal["optimal", "feasible", "infeasible", "none"]
    values: Sequence[float]
    bound: float


class Deadline:
    """The time that all runs of one question share."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that remain, 0 when none do."""
        return max(0.0, self._end - time.monotonic())


class _Quiet(highspy.Highs):
    """HiGHS without its banner on standard output, which belongs to data.

    highspy 1.16 switches callbacks on while it is made, and that prints before any option can be set; nothing here
    uses callbacks. `test_solver_writes_nothing` fails when this can go.
    """

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


class Programme:
    """Columns and rows of an integer programme; it may grow after a run. The same rows give the same result."""

    def __init__(self) -> None:
        # One column that is always 0, since an empty programme has no solution of its own.
        self._lower: list[float] = [0.0]
        self._upper: list[float] = [0.0]
        self._whole: list[bool] = [False]
        self._rows: list[tuple[float, float, Sequence[int], Sequence[float]]] = []
        self._last: Sequence[float] | None = None

    def column(self, lower: float = 0, upper: float = 1, *, whole: bool = True) -> int:
        """Add a variable and return its number."""
        self._lower.append(lower)
        self._upper.append(upper)
        self._whole.append(whole)
        return len(self._lower) - 1

    def fix(self, column: int, value: float) -> None:
        """Let a variable have one value only."""
        self._lower[column] = self._upper[column] = value

    def is_out(self, column: int) -> bool:
        """Return whether a variable can only be 0."""
        return self._lower[column] == self._upper[column] == 0

    def row(self, terms: Mapping[int, float], lower: float = -_INFINITY, upper: float = _INFINITY) -> None:
        """Add a constraint: `lower` ≤ sum of coefficient times column ≤ `upper`."""
        self._rows.append((lower, upper, list(terms), list(terms.values())))

    def suggest(self, values: Sequence[float]) -> None:
        """Give a solution to start the next run from; a wrong one does no harm."""
        self._last = values

    def minimise(
        self, objective: Mapping[int, float], deadline: Deadline, fixed: Mapping[int, float] | None = None
    ) -> Found:
        """Solve for the least value of an objective, from the last solution, within the time that is left.

        `fixed`: values that some variables have in this run only; its bound holds for them alone.
        """
        if fixed is not None:
            bounds = self._lower[:], self._upper[:]
            for column, value in fixed.items():
                self.fix(column, value)
            found = self._run(objective, deadline, None)
            self._lower, self._upper = bounds
            self._last = found.values or self._last
            return found
        found = self._run(objective, deadline, self._last)
        if found.values and self._last is not None and not _is_reached(objective, found):
            # HiGHS 1.16 may hand back the solution it was given when presolving alone finds a better one;
            # `test_start_is_not_taken_for_the_optimum` shows it.
            found = self._run(objective, deadline, None)
        if found.values:
            self._last = found.values
        return found

    def narrow(self, objective: Mapping[int, float], value: float, deadline: Deadline) -> float:
        """Fix the variables that no solution as good as `value` can move, by reduced costs; return a lower bound.

        The objective must be whole for every solution. The bound is that of the linear relaxation.
        """
        seconds = deadline.left()
        solver = self._load(objective, relaxed=True)
        solver.setOptionValue("time_limit", seconds)
        if seconds > 0:
            solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -_INFINITY
        bound = solver.getInfo().objective_function_value
        prices = np.array(solver.getSolution().col_dual)
        for column in np.flatnonzero(bound + np.abs(prices) > value + _DOUBT).tolist():
            if self._whole[column]:
                self.fix(column, self._lower[column] if prices[column] > 0 else self._upper[column])
        return float(bound)

    def _run(self, objective: Mapping[int, float], deadline: Deadline, start: Sequence[float] | None) -> Found:
        seconds = deadline.left()
        if seconds <= 0:
            return Found("none", (), -_INFINITY)
        solver = self._load(objective)
        solver.setOptionValue("time_limit", seconds)
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = [*start, *([0.0] * (len(self._lower) - len(start)))]
            solver.setSolution(given)
        solver.run()
        status = solver.getModelStatus()
        if status in _DOWN:
            return Found("infeasible", (), _INFINITY)
        info = solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return Found("none", (), info.mip_dual_bound)
        values = [
            float(round(value)) if whole else value
            for value, whole in zip(solver.getSolution().col_value, self._whole, strict=True)
        ]
        done = status == highspy.HighsModelStatus.kOptimal
        bound = info.objective_function_value if done else info.mip_dual_bound
        return Found("optimal" if done else "feasible", values, bound)

    def _load(self, objective: Mapping[int, float], relaxed: bool = False) -> highspy.Highs:
        solver = _Quiet()
        for option, value in (
            ("threads", 1),
            ("parallel", "off"),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 1e-7),
            ("random_seed", 0),
        ):
            solver.setOptionValue(option, value)
        count = len(self._lower)
        costs = np.zeros(count)
        for column, cost in objective.items():
            costs[column] = cost
        starts = np.cumsum([0, *(len(columns) for _, _, columns, _ in self._rows)], dtype=np.int32)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = count, len(self._rows)
        model.col_cost_ = costs
        model.col_lower_, model.col_upper_ = np.array(self._lower, float), np.array(self._upper, float)
        model.row_lower_ = np.array([row[0] for row in self._rows], float)
        model.row_upper_ = np.array([row[1] for row in self._rows], float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = starts
        model.a_matrix_.index_ = np.array([column for row in self._rows for column in row[2]], np.int32)
        model.a_matrix_.value_ = np.array([value for row in self._rows for value in row[3]], float)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        if not relaxed:
            model.integrality_ = [kinds[whole] for whole in self._whole]
        solver.passModel(model)
        return solver


def _is_reached(objective: Mapping[int, float], found: Found) -> bool:
    value = sum(cost * found.values[column] for column, cost in objective.items())
    return found.status != "optimal" or value <= found.bound + 1e-5 * max(1.0, abs(found.bound))

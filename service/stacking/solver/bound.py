"""Computes a lower bound on new ECTS without a solver: prices of leaves that no credential beats (dual ascent).

Ours, after Erlenkotter's ascent for facility location (Operations Research 26, 1978). With a price for each unit of a
leaf such that what a credential adds, at one leaf of each share group, is worth no more than its ECTS, all that is
asked for cannot cost less than its prices (weak duality of the linear relaxation). A valid bound, not an optimum.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, gcd

import numpy as np
import numpy.typing as npt

from .coverage import CoverageProblem, Table

_ROUNDING = 1e-3
"""Hundredths of ECTS below which a difference may be rounding: sums of whole hundredths differ by more."""

Numbers = npt.NDArray[np.int64]


def least_ects(coverage: CoverageProblem, still_open: Fraction) -> int:
    """Return hundredths of ECTS that no plan which leaves so much weight open, or less, can do without."""
    worth = coverage.worth[:, coverage.held :]
    ects = coverage.ects[coverage.held :]
    own = coverage.worth[:, : coverage.held].sum(axis=1)
    needed = np.where(coverage.always_asked() & (coverage.weight > 0), coverage.reach() - own, 0)
    slack = float(still_open - coverage.least_open())
    if slack < 0 or not len(ects):
        return 0
    capped = np.minimum(worth, np.maximum(needed, 0)[:, None])
    rows = np.flatnonzero(needed > 0)
    able = (capped > 0).sum(axis=1)
    orders = (rows[np.lexsort((rows, able[rows]))], rows[np.lexsort((rows, -able[rows]))], rows)
    best = 0.0
    for order in orders:
        price = _ascent(coverage, capped, ects, order)
        lost = np.divide(coverage.least, coverage.weight, out=np.zeros(len(price)), where=coverage.weight > 0) * price
        best = max(best, float(price @ np.maximum(needed, 0)) - slack * float(lost.max(initial=0.0)))
    return rounded_up(best, coverage)


def rounded_up(bound: float, coverage: CoverageProblem) -> int:
    """Return the least sum of credentials on offer that is not below a bound, as far as their common divisor tells."""
    if bound <= 0:
        return 0
    step = max(1, gcd(*(int(size) for size in np.unique(coverage.ects))))
    return max(0, ceil((bound - _ROUNDING) / step) * step)


def _ascent(coverage: CoverageProblem, worth: Table, ects: Table, order: Numbers) -> Table:
    """Raise the price of one leaf after the other as far as every credential that adds to it allows."""
    price = np.zeros(len(worth))
    paid = np.zeros((int(coverage.groups.max(initial=-1)) + 1, len(ects)))
    for row in order:
        adds = worth[row] > 0
        if not adds.any():
            continue
        group = coverage.groups[row]
        left = ects[adds] - (paid[:, adds].sum(axis=0) - paid[group, adds])
        price[row] = max(0.0, float((left / worth[row, adds]).min()))
        paid[group, adds] = np.maximum(paid[group, adds], price[row] * worth[row, adds])
    return price

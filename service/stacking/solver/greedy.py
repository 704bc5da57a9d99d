"""Builds a first plan: the most weight for the fewest ECTS, step by step, then what can be dropped or exchanged.

Greedy cover by cost per newly covered weight (Chvátal, Mathematics of Operations Research 4, 1979), prerequisites
charged with what needs them. Where leaves compete, what is counted where is estimated here; the integer programme over
what was chosen settles it (optimum.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..problem.prerequisites import Prerequisites
from ..problem.problem import Limits
from ..requirements.tree import AllOf, Manual, Requirement, SomeOf
from .closure import Closures
from .coverage import CoverageProblem, Table

_NOTHING = 1e-9
_EXCHANGES = 24
"""Chosen credentials that another choice is tried for: it bounds the time and depends on no clock."""

Rows = npt.NDArray[np.int64]
Score = tuple[float, float, float, int]
Counted = dict[str, Sequence[int]]
"""The rows where each chosen credential counts."""


class Greedy:
    """Chooses for one question; `terms` is the number of terms there are, None: any."""

    def __init__(
        self, coverage: CoverageProblem, prerequisites: Prerequisites, limits: Limits, terms: int | None = None
    ) -> None:
        self._coverage = coverage
        self._prerequisites = prerequisites
        self._limits = limits
        self._terms = terms
        self._offered = coverage.credentials[coverage.held :]
        self._places = {one.iri: coverage.held + place for place, one in enumerate(self._offered)}
        self._closures = Closures(self._offered, prerequisites)
        self._alike = _same_award(coverage)
        self._asked = self._demand()
        self._sums = any(most is not None for most in (limits.max_ects, limits.max_cost, limits.max_credentials))
        self._paired = limits.ects_per_term is not None and any(one.corequisite for one in self._offered)
        self._extra = np.zeros(len(self._offered))
        self._dependents: dict[str, list[int]] = {}
        for place, one in enumerate(self._offered):
            for iri in self._closures.of(one.iri):
                self._extra[place] += self._size(iri)
                self._dependents.setdefault(iri, []).append(place)

    def choose(self) -> frozenset[str] | None:
        """Return the credentials of a plan that keeps the limits; None when none was found for the pinned ones."""
        if not self._limits.pin <= self._places.keys():
            return None
        pinned = self._with_support(sorted(self._limits.pin))
        first = self._fill({}, pinned, ())
        if first is None:
            return None
        best, score = first
        for iri in sorted(best, key=lambda name: (-self._size(name), name))[:_EXCHANGES]:
            if iri not in best or iri in pinned:
                continue
            rest = {name: rows for name, rows in best.items() if iri not in self._closures.of(name)}
            other = self._fill(rest, pinned, (iri,))
            if other is not None and other[1] < score:
                best, score = other
        return frozenset(best)

    def _fill(self, start: Counted, pinned: Collection[str], refused: Collection[str]) -> tuple[Counted, Score] | None:
        """Return a choice that holds these and, as long as anything is gained, more; None when a limit forbids it."""
        first = self._coverage.held
        state = _State(self._coverage, self._asked, self._alike)
        for place in range(first):
            state.add(place)
        chosen: Counted = {}
        extra = self._extra.copy()
        barred = np.zeros(len(extra), bool)
        for iri in refused:
            barred[self._dependents[iri]] = True

        def take(iri: str, rows: Sequence[int]) -> None:
            chosen[iri] = rows
            extra[self._dependents[iri]] -= self._size(iri)

        for iri, rows in start.items():
            take(iri, rows)
        state.count([self._places[iri] for iri in start], list(start.values()))
        for iri in sorted(set(pinned) - start.keys()):
            take(iri, state.add(self._places[iri]))
        if not self._keeps(chosen):
            return None
        while True:
            gains = np.where(barred, 0.0, state.gains()[first:])
            if gains.max(initial=0.0) <= _NOTHING:
                break
            rate = gains / np.maximum(extra, _NOTHING)
            able = np.flatnonzero(rate >= rate.max() * (1 - 1e-9))
            place = int(able[np.argmax(gains[able])])
            chief = self._offered[place].iri
            if chief in chosen:  # it may count at one more leaf now
                chosen[chief] = [*chosen[chief], *state.add(first + place)]
                continue
            new = self._closures.of(chief) - chosen.keys()
            if not self._keeps(chosen.keys() | new):
                barred[place] = True
                continue
            for iri in sorted(new):
                take(iri, state.add(self._places[iri]))
        for iri in sorted(chosen.keys() - set(pinned), key=lambda name: (-self._size(name), name)):
            others = (self._offered[place].iri for place in self._dependents[iri])
            alone = not any(name != iri and name in chosen for name in others)
            if alone and state.drop(self._places[iri], chosen[iri]):
                del chosen[iri]
        cost = sum(float(self._coverage.credentials[self._places[iri]].cost or 0) for iri in chosen)
        return chosen, (round(state.still_open(), 9), sum(self._size(iri) for iri in chosen), cost, len(chosen))

    def _with_support(self, iris: Iterable[str]) -> frozenset[str]:
        return frozenset(other for iri in iris for other in self._closures.of(iri))

    def _size(self, iri: str) -> float:
        return float(self._coverage.ects[self._places[iri]])

    def _keeps(self, chosen: Collection[str]) -> bool:
        """Return whether a choice keeps the limits on sums and terms."""
        if not self._sums and self._terms is None and not self._paired:
            return True
        limits = self._limits
        some = [self._coverage.credentials[self._places[iri]] for iri in sorted(chosen)]
        if limits.max_ects is not None and sum(self._size(one.iri) for one in some) > float(limits.max_ects * 100):
            return False
        if limits.max_cost is not None and sum((one.cost or 0) for one in some) > limits.max_cost:
            return False
        if limits.max_credentials is not None and len(some) > limits.max_credentials:
            return False
        if self._terms is None and not self._paired:
            return True
        terms = self._prerequisites.schedule(some, limits.ects_per_term)
        most = max(terms.values(), default=0)
        return len(terms) == len(some) and (self._terms is None or most <= self._terms)

    def _demand(self) -> Collection[str]:
        """Return the leaves to go for: of a choice the parts that leave least open for the fewest ECTS."""
        found: set[str] = set()
        waiting = [self._coverage.target]
        while waiting:
            node = waiting.pop()
            if isinstance(node, SomeOf):
                by_cost = sorted(range(len(node.parts)), key=lambda place: (self._estimate(node.parts[place]), place))
                waiting.extend(node.parts[place] for place in by_cost[: node.minimum])
            elif isinstance(node, AllOf):
                waiting.extend(node.parts)
            else:
                found.add(node.id)
        return found

    def _estimate(self, node: Requirement) -> tuple[float, float]:
        if isinstance(node, Manual):
            return 1.0, 0.0
        if isinstance(node, AllOf | SomeOf):
            parts = sorted(self._estimate(part) for part in node.parts)
            parts = parts[: node.minimum] if isinstance(node, SomeOf) else parts
            return sum(part[0] for part in parts), sum(part[1] for part in parts)
        coverage = self._coverage
        row = coverage.rows[node.id]
        worth = coverage.worth[row]
        able = np.flatnonzero(worth)
        order = able[np.argsort(coverage.ects[able] / worth[able], kind="stable")]
        total = np.cumsum(worth[order])
        enough = int(np.searchsorted(total, coverage.least[row])) + 1
        short = max(0.0, coverage.least[row] - (total[-1] if len(total) else 0.0))
        lost = coverage.weight[row] * short / coverage.least[row] if short else 0.0
        return float(lost), float(coverage.ects[order[:enough]].sum()) if coverage.least[row] else 0.0


class _State:
    """What the leaves still need, by an estimate of what is counted where: each award where it gains most."""

    def __init__(self, coverage: CoverageProblem, asked: Collection[str], alike: Sequence[Sequence[int]]) -> None:
        self._coverage = coverage
        self._alike = alike
        wanted = np.array([leaf.id in asked for leaf in coverage.leaves], bool)
        self._need = np.where(wanted, coverage.least, 0.0)
        self._room = np.where(wanted, coverage.most, 0.0)
        self._rate = np.divide(coverage.weight, coverage.least, out=np.zeros(len(wanted)), where=coverage.least > 0)
        self._used = np.zeros((int(coverage.groups.max(initial=-1)) + 1, len(coverage.credentials)), bool)
        spans = pairwise([*coverage.starts.tolist(), len(coverage.leaves)])
        self._shared = [(group, start, end) for group, (start, end) in enumerate(spans) if end - start > 1]
        self._alone = (np.bincount(coverage.groups)[coverage.groups] == 1) & ~coverage.elsewhere

    def gains(self) -> Table:
        """Return the weight that each credential would close."""
        rows = np.flatnonzero((self._need > _NOTHING) & (self._rate > 0))
        if not len(rows):
            return np.zeros(len(self._coverage.credentials))
        best = self._weights(rows, slice(None))
        starts = np.flatnonzero(np.diff(self._coverage.groups[rows], prepend=-1))
        if len(starts) < len(rows):
            best = np.maximum.reduceat(best, starts, axis=0)
        total: Table = best.sum(axis=0)
        return total

    def add(self, place: int) -> Sequence[int]:
        """Count a credential where it gains most, and return these rows."""
        coverage = self._coverage
        weights = self._weights(np.arange(len(self._need)), slice(place, place + 1))[:, 0]
        best = coverage.starts.copy()
        for group, start, end in self._shared:
            best[group] += int(np.argmax(weights[start:end]))
        rows: list[int] = best[(weights[best] > 0) | self._spare(place)[best]].tolist()
        self.count([place], [rows])
        return rows

    def count(self, places: Sequence[int], rows: Sequence[Sequence[int]]) -> None:
        """Count each of these credentials at its rows; records of the same award count no more there."""
        coverage = self._coverage
        pairs = [(place, row) for place, own in zip(places, rows, strict=True) for row in own]
        if not pairs:
            return
        columns, taken = np.array(pairs, np.int64).T
        worth = coverage.worth[taken, columns]
        np.subtract.at(self._need, taken, worth)
        np.subtract.at(self._room, taken, worth)
        alike = np.array([(row, other) for place, row in pairs for other in self._alike[place]]).T
        self._used[coverage.groups[alike[0]], alike[1]] = True
        for place, row in pairs if coverage.overlaps else ():
            if coverage.credited[row] and place in coverage.overlaps:
                self._used[np.ix_(coverage.groups[coverage.credited], coverage.overlaps[place])] = True

    def _spare(self, place: int) -> npt.NDArray[np.bool_]:
        """Return the rows where counting more than is needed takes nothing from others, and may make one idle."""
        coverage = self._coverage
        free = self._alone & np.isinf(self._room) & ~self._used[coverage.groups, place]
        found: npt.NDArray[np.bool_] = free & (coverage.worth[:, place] > 0)
        return found

    def drop(self, place: int, rows: Sequence[int]) -> bool:
        """Count a credential no more, if its rows have enough without it; say whether they do."""
        worth = self._coverage.worth
        if any(self._need[row] + worth[row, place] > _NOTHING for row in rows):
            return False
        for row in rows:
            self._need[row] += worth[row, place]
        return True

    def still_open(self) -> float:
        """Return the weight that the leaves gone for leave open."""
        return float(np.maximum(self._need, 0) @ self._rate)

    def _weights(self, rows: Rows, columns: slice) -> Table:
        coverage = self._coverage
        worth, fits = self._fitting(rows, columns)
        found: Table = np.where(fits, np.clip(self._need[rows, None], 0, worth) * self._rate[rows, None], 0.0)
        if coverage.elsewhere[rows].any():
            # Only what an ordinary leaf has room for counts there too.
            able, room = self._fitting(np.flatnonzero(~coverage.elsewhere), columns)
            found[coverage.elsewhere[rows]] *= ((able > 0) & room).any(axis=0)
        return found

    def _fitting(self, rows: Rows, columns: slice) -> tuple[Table, npt.NDArray[np.bool_]]:
        worth = self._coverage.worth[rows, columns]
        return worth, (worth <= self._room[rows, None]) & ~self._used[self._coverage.groups[rows], columns]


def _same_award(coverage: CoverageProblem) -> Sequence[Sequence[int]]:
    """Return for each credential the places of all that are the same award."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(coverage.credentials):
        places.setdefault(one.award, []).append(place)
    return [places[one.award] for one in coverage.credentials]

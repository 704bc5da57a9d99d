"""Removes from a large catalogue what no best plan needs, on whole columns of the stacking matrix at once.

Each rule keeps at least one best plan (ours; argued in docs/stacking.md). `depth` is how many plans must stay apart:
one more than the alternatives asked for.

1. What no leaf counts and no kept credential needs first is left out; so is what breaks a limit.
2. Of credentials that are alike (same leaves, ECTS, cost, nothing needed first) as many are kept as the leaves can use.
3. Of credentials of one size that leaves of one share group count, those are kept that a best choice for any places at
   these leaves may need (interchange.py).
4. Where only skills are asked for: a credential is left out when `depth` others cover as much for no more ECTS with
   nothing needed first, or when covering its skills one by one costs fewer ECTS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..problem.candidates import Admission, Credential
from ..problem.overlap import is_credited
from ..problem.problem import Problem
from ..requirements.tree import Credits, Manual, Skill, is_plain, leaves, share_group
from .interchange import needed
from .matrix import Matrix
from .selection import Leaf, Mask, Numbers, Selection

_SHOWN = 20
"""Candidates kept of a leaf that the limits leave none for, so that the answer can say which limit it is."""

_FAR = 2**40
_BLOCK = 256


class Offers(Mapping[str, Credential]):
    """The credentials of a matrix by IRI, each made when it is asked for."""

    def __init__(self, matrix: Matrix, narrower: bool = True) -> None:
        self.matrix = matrix
        self.narrower = narrower

    def __getitem__(self, iri: str) -> Credential:
        return self.matrix.credential(self.matrix.numbers[iri], self.narrower)

    def __contains__(self, iri: object) -> bool:
        return iri in self.matrix.numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.matrix.iris)

    def __len__(self) -> int:
        return len(self.matrix.iris)

    def select(self, problem: Problem) -> Mapping[str, Credential]:
        """Return the candidates that matter to a problem: see `Problem.select`."""
        numbers = _Reduction(self.matrix, problem, self.narrower).numbers()
        return {self.matrix.iris[number]: self.matrix.credential(int(number), self.narrower) for number in numbers}

    def relevant(self, problem: Problem) -> Mapping[str, Credential]:
        """Return every candidate that a leaf counts, whatever the limits, and what these need first."""
        numbers = _Reduction(self.matrix, problem, self.narrower).relevant()
        return {self.matrix.iris[number]: self.matrix.credential(int(number), self.narrower) for number in numbers}


class _Reduction:
    def __init__(self, matrix: Matrix, problem: Problem, narrower: bool) -> None:
        self.matrix = matrix
        self.problem = problem
        self.depth = problem.alternatives + 1
        self.columns = Selection(matrix, narrower)
        limits = problem.limits
        admission = Admission(
            problem.today,
            replacement=problem.replacement,
            named=Offers(matrix, narrower),
            max_age=limits.max_age,
            require_verified=limits.require_verified,
        )
        self.held = [held for held in problem.held if admission.usable(held).answer is not False]
        asked = [leaf for leaf in leaves(problem.target) if not isinstance(leaf, Manual)]
        # A share counts only what another leaf counts, too, and that may be one that asks for nothing itself.
        shares = any(leaf.minimum > 0 and leaf.rules.counted_elsewhere for leaf in asked)
        self.leaves: list[Leaf] = []
        for leaf in asked:
            done = is_plain(leaf) and any(admission.holds(leaf, held).answer for held in self.held)
            if (leaf.minimum > 0 or (shares and not isinstance(leaf, Skill))) and not done:
                self.leaves.append(leaf)
        self.counts = [self.columns.counts(leaf) for leaf in self.leaves]
        awards = sorted({held.credential.award for held in self.held})
        self.own = np.array([matrix.numbers[award] for award in awards if award in matrix.numbers], np.int64)
        self.free = self.columns.free()

    def relevant(self) -> Numbers:
        useful = self._any(self.counts) | self._pinned()
        return self._closure(np.flatnonzero(useful), np.ones(len(useful), bool))

    def numbers(self) -> Numbers:
        allowed = self.columns.allowed(self.problem.limits) | self._pinned()
        counts = [found & allowed for found in self.counts]
        useful = self._any(counts)
        fresh = useful.copy()
        fresh[self.own] = False  # whether these may be earned again is decided one by one
        chosen = np.flatnonzero(fresh)
        if len(chosen):
            chosen = chosen[self._distinct(chosen, counts)]
        kept = [chosen, np.flatnonzero(useful & ~fresh), np.flatnonzero(self._pinned())]
        kept.extend(
            np.flatnonzero(every)[:_SHOWN] for every, some in zip(self.counts, counts, strict=True) if not some.any()
        )
        return self._closure(np.unique(np.concatenate(kept)), allowed)

    def _any(self, masks: Sequence[Mask]) -> Mask:
        found = np.zeros(len(self.matrix.iris), bool)
        for mask in masks:
            found |= mask
        return found

    def _pinned(self) -> Mask:
        found = np.zeros(len(self.matrix.iris), bool)
        found[[self.matrix.numbers[iri] for iri in self.problem.limits.pin if iri in self.matrix.numbers]] = True
        return found

    def _distinct(self, chosen: Numbers, counts: Sequence[Mask]) -> Mask:
        """Return which of the chosen ones to keep for what they count for."""
        if self.problem.overlap is not None and any(is_credited(leaf) for leaf in self.leaves):
            return np.ones(len(chosen), bool)  # what stands in for another may overlap with a third
        bits = np.array([found[chosen] for found in counts])
        signature = _packed(bits)
        ects = self.matrix.ects[chosen].astype(np.int64)
        cost = np.maximum(self.matrix.cost[chosen].astype(np.int64), 0)
        free = self.free[chosen]
        kept = self._enough(signature, bits, ects, cost, free)
        kept[kept] = self._interchanged(bits[:, kept], ects[kept], cost[kept], free[kept])
        limits = self.problem.limits
        if all(is_plain(leaf) for leaf in self.leaves):
            if limits.max_cost is None and limits.max_credentials is None:
                kept &= ~self._dearer(bits, ects, free)
            kept[kept] = ~self._dominated(signature[kept], ects[kept], cost[kept], free[kept])
        return kept

    def _enough(self, signature: npt.NDArray[np.uint64], bits: Mask, ects: Numbers, cost: Numbers, free: Mask) -> Mask:
        """Keep of like ones as many as can be used; those that need something first only where free ones run short."""
        keys = np.vstack([*signature.T.astype(np.int64), ects, cost])
        order = np.lexsort((~free, *keys))
        fresh = np.ones(len(order), bool)
        fresh[1:] = (keys[:, order[1:]] != keys[:, order[:-1]]).any(axis=0)
        starts = np.flatnonzero(fresh)
        group = np.empty(len(order), np.int64)
        group[order] = np.cumsum(fresh) - 1
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order)) - starts[group[order]]
        needed = np.zeros(len(group), np.int64)
        for leaf, found in zip(self.leaves, bits, strict=True):
            needed += np.where(found, _copies(leaf, ects), 0)
        frees = np.bincount(group, weights=free)[group].astype(np.int64)
        enough = needed + self.depth - 1
        return np.where(free, place < enough, frees < enough)

    def _interchanged(self, bits: Mask, ects: Numbers, cost: Numbers, free: Mask) -> Mask:
        """Keep what a best choice may need of credentials of one size that leaves of one share group count."""
        groups: dict[str, list[int]] = {}
        elsewhere = []
        single = np.ones(len(ects), bool)
        for place, leaf in enumerate(self.leaves):
            if leaf.rules.counted_elsewhere:
                elsewhere.append(place)
            elif isinstance(leaf, Skill):
                single &= ~bits[place]
            else:
                groups.setdefault(share_group(leaf), []).append(place)
        inside = {name: bits[places].any(axis=0) for name, places in groups.items()}
        single &= np.sum(list(inside.values()), axis=0, dtype=np.int64) == 1 if inside else False
        found = np.ones(len(ects), bool)
        shared = _packed(bits[elsewhere]) if elsewhere else np.zeros((len(ects), 1), np.uint64)
        for name, places in groups.items():
            chosen = np.flatnonzero(single & inside[name])
            order = chosen[np.lexsort((chosen, ~free[chosen], cost[chosen]))]
            keys = np.column_stack([shared[order].astype(np.int64), ects[order]])
            _, kind = np.unique(keys, axis=0, return_inverse=True)
            kind = kind.ravel()
            masks = [_mask(column) for column in bits[places][:, order].T]
            for one in range(kind.max(initial=-1) + 1):
                members = np.flatnonzero(kind == one)
                size = ects[order[members[:1]]]
                also = [other for other in elsewhere if bits[other, order[members[0]]]]
                more = sum(int(_copies(self.leaves[other], size)[0]) for other in also)
                room = [int(_copies(self.leaves[place], size)[0]) + more for place in places]
                elements = ((masks[member], bool(free[order[member]])) for member in members)
                found[order[members]] = list(needed(elements, room, self.depth))
        return found

    def _dearer(self, bits: Mask, ects: Numbers, free: Mask) -> Mask:
        """Return what costs more ECTS than its skills one by one, by the `depth`-th cheapest free way to each."""
        total = np.zeros(len(ects), np.int64)
        for found in bits:
            ways = np.sort(ects[found & free])
            total += np.where(found, ways[self.depth - 1] if len(ways) >= self.depth else _FAR, 0)
        return total < ects

    def _dominated(self, signature: npt.NDArray[np.uint64], ects: Numbers, cost: Numbers, free: Mask) -> Mask:
        """Return what `depth` free ones cover as well: for fewer ECTS, or as many and no higher cost."""
        size = len(ects)
        place = np.arange(size)
        free_places = np.flatnonzero(free)
        found = np.zeros(size, bool)
        strict = self.problem.limits.max_cost is not None
        for start in range(0, size, _BLOCK):
            block = slice(start, min(size, start + _BLOCK))
            mine = signature[block, None, :]
            covers = ((mine & ~signature[None, free_places, :]) == 0).all(axis=2)
            fewer = ects[free_places] < ects[block, None]
            same = ects[free_places] == ects[block, None]
            cheaper = cost[free_places] < cost[block, None]
            level = cost[free_places] == cost[block, None]
            first = (place[free_places] < place[block, None]) | ~free[block, None]
            better = (fewer & (cheaper | level) if strict else fewer) | (same & (cheaper | (level & first)))
            found[block] = (covers & better).sum(axis=1) >= self.depth
        return found

    def _closure(self, numbers: Numbers, allowed: Mask) -> Numbers:
        """Return these and all that the prerequisites of any of them count."""
        seen = np.zeros(len(self.matrix.iris), bool)
        seen[numbers] = True
        todo = [int(number) for number in numbers if not self.free[number]]
        while todo:
            for other in self.columns.supports(todo.pop()):
                if allowed[other] and not seen[other]:
                    seen[other] = True
                    if not self.free[other]:
                        todo.append(int(other))
        return np.flatnonzero(seen)


def _copies(leaf: Leaf, ects: Numbers) -> Numbers:
    """Return how many credentials of a size a leaf can use."""
    if not isinstance(leaf, Credits):
        return np.full(len(ects), leaf.minimum, np.int64)
    needed = int(leaf.minimum * 100)
    return np.where(ects > 0, -(-needed // np.maximum(ects, 1)), 0)


def _mask(bits: Mask) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")


def _packed(bits: Mask) -> npt.NDArray[np.uint64]:
    """Return the columns of bits as rows of 64-bit words."""
    rows = np.packbits(bits.T, axis=1, bitorder="little")
    room = np.zeros((rows.shape[0], -(-rows.shape[1] // 8) * 8), np.uint8)
    room[:, : rows.shape[1]] = rows
    return room.view(np.uint64)

"""Selects on whole columns of the stacking matrix: which credentials a leaf counts and which keep the limits.

The same decisions as `candidates.Admission` and `screen.refusing_limit` make for one credential; a test compares them.
The decision what a leaf counts and what keeps a learner's limits is also written in
service/stacking/problem/candidates.py and service/stacking/solver/screen.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..problem.problem import Limits
from ..requirements.tree import Count, Credits, Filter, Manual, Skill, leaves
from .matrix import Matrix

Leaf = Credits | Count | Skill
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


class SelectionAnswer(NamedTuple):
    """Who passes for certain, and who certainly does not; the others are unknown."""

    yes: Mask
    no: Mask


class Selection:
    """Decisions over every credential of a matrix; `narrower` as in `Matrix.credential`."""

    def __init__(self, matrix: Matrix, narrower: bool = True) -> None:
        self._matrix = matrix
        self._narrower = narrower
        self._size = len(matrix.iris)

    def counts(self, leaf: Leaf) -> Mask:
        """Return which credentials a leaf may count once they are earned."""
        if isinstance(leaf, Skill):
            yes = self._teaching([leaf.skill])
        else:
            yes = self._passes(leaf.filter).yes
            if isinstance(leaf, Credits):
                yes = yes & (self._matrix.ects >= 0)
        if leaf.rules.minimum_level is not None:
            yes = yes & (self._matrix.level >= leaf.rules.minimum_level)
        return yes

    def allowed(self, limits: Limits) -> Mask:
        """Return which credentials keep every limit that can be told of one alone."""
        matrix = self._matrix
        found: Mask = matrix.ects >= 0
        for most in (limits.max_ects, limits.ects_per_term):
            if most is not None:
                found &= matrix.ects <= int(most * 100)
        if limits.max_cost is not None:
            found &= (matrix.cost >= 0) & (matrix.cost <= int(limits.max_cost * 100))
        for name in ("languages", "modes", "providers"):
            wanted = getattr(limits, name)
            if wanted:
                found &= self._having(name, wanted)
        if limits.refused_providers:
            found &= ~self._having("providers", limits.refused_providers)
        if limits.levels:
            found &= np.isin(matrix.level, sorted(limits.levels))
        found &= ~self._named(limits.avoid)
        return found

    def free(self) -> Mask:
        """Return which credentials ask for nothing first."""
        return self._matrix.free

    def supports(self, number: int) -> Numbers:
        """Return the credentials that what one needs first, or with it, may count."""
        found = [np.zeros(0, np.int64)]
        for leaf in (leaf for tree in self._matrix.credential(number, self._narrower).needs for leaf in leaves(tree)):
            if isinstance(leaf, Credits | Count) and leaf.filter == Filter(credentials=leaf.filter.credentials):
                named = leaf.filter.credentials
                found.append(self._numbers(named) if named else np.arange(self._size))
            elif not isinstance(leaf, Manual):
                found.append(np.flatnonzero(self.counts(leaf)))
        return np.unique(np.concatenate(found))

    def _passes(self, asked: Filter) -> SelectionAnswer:
        matrix = self._matrix
        found = SelectionAnswer(np.ones(self._size, bool), np.zeros(self._size, bool))
        if asked.credentials:
            found = _both(found, _certain(self._named(asked.credentials)))
        if asked.skills:
            found = _both(found, _certain(self._teaching(asked.skills)))
        for name in ("providers", "fields", "languages"):
            wanted = getattr(asked, name)
            if wanted:
                yes = self._having(name, wanted)
                known = np.diff(matrix.sets[name].starts) > 0
                found = _both(found, SelectionAnswer(yes, known & ~yes))
        if asked.minimum_level is not None or asked.maximum_level is not None:
            known = matrix.level > 0
            fits = (matrix.level >= (asked.minimum_level or 0)) & (matrix.level <= (asked.maximum_level or 99))
            found = _both(found, SelectionAnswer(known & fits, known & ~fits))
        for part in asked.every:
            found = _both(found, self._passes(part))
        if asked.some:
            parts = [self._passes(part) for part in asked.some]
            one = SelectionAnswer(
                np.logical_or.reduce([part.yes for part in parts]), np.logical_and.reduce([part.no for part in parts])
            )
            found = _both(found, one)
        for part in asked.none:
            inside = self._passes(part)
            found = _both(found, SelectionAnswer(inside.no, inside.yes))
        return found

    def _teaching(self, skills: Iterable[str]) -> Mask:
        names = set(skills)
        if self._narrower:
            names = {taught for skill in names for taught in self._matrix.narrower.get(skill, ())}
        return self._having("outcomes", names)

    def _having(self, name: str, values: Iterable[str]) -> Mask:
        return self._mask(self._matrix.sets[name].rows(values))

    def _named(self, iris: Iterable[str]) -> Mask:
        return self._mask(self._numbers(iris))

    def _numbers(self, iris: Iterable[str]) -> Numbers:
        known = self._matrix.numbers
        return np.array([known[iri] for iri in iris if iri in known], np.int64)

    def _mask(self, numbers: npt.NDArray[np.int32] | Numbers) -> Mask:
        found = np.zeros(self._size, bool)
        found[numbers] = True
        return found


def _certain(yes: Mask) -> SelectionAnswer:
    return SelectionAnswer(yes, ~yes)


def _both(one: SelectionAnswer, other: SelectionAnswer) -> SelectionAnswer:
    return SelectionAnswer(one.yes & other.yes, one.no | other.no)

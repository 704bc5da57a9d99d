"""Tabulates what each credential adds to each leaf, for quick estimates."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..problem.candidates import Admission, Credential, Held, hundredths
from ..problem.overlap import is_credited
from ..problem.prerequisites import Leaf, Prerequisites
from ..requirements.tree import AllOf, Credits, Manual, Requirement, SomeOf, leaves, share_group

Table = npt.NDArray[np.float64]


class CoverageProblem:
    """Leaves in rows, by share group; what is held and then what is on offer in columns.

    Worth is in the leaf's own unit: hundredths of ECTS, or 1. `starts` are the first rows of the share groups, `pairs`
    are columns of what overlaps.
    """

    def __init__(
        self,
        target: Requirement,
        held: Sequence[Held],
        offered: Sequence[Credential],
        admission: Admission,
        prerequisites: Prerequisites,
        pairs: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.target = target
        found = [leaf for leaf in leaves(target) if not isinstance(leaf, Manual)]
        self.leaves: Sequence[Leaf] = sorted(found, key=share_group)
        self.rows = {leaf.id: row for row, leaf in enumerate(self.leaves)}
        names = [share_group(leaf) for leaf in self.leaves]
        self.groups = np.array([sorted(set(names)).index(name) for name in names], np.int64)
        self.starts = np.flatnonzero(np.diff(self.groups, prepend=-1))
        self.held = len(held)
        self.credentials = [*(one.credential for one in held), *offered]
        self.least = np.array([_units(leaf, leaf.minimum) for leaf in self.leaves], np.float64)
        self.most = np.array([_most(leaf) for leaf in self.leaves], np.float64)
        self.weight = np.array([float(leaf.rules.weight) for leaf in self.leaves], np.float64)
        self.elsewhere = np.array([leaf.rules.counted_elsewhere for leaf in self.leaves], bool)
        self.worth: Table = np.zeros((len(self.leaves), len(self.credentials)))
        places = {one.iri: len(held) + place for place, one in enumerate(offered)}
        for row, leaf in enumerate(self.leaves):
            factor = 100 if isinstance(leaf, Credits) else 1
            for place, own in enumerate(held):
                if admission.holds(leaf, own).answer:
                    self.worth[row, place] = float(prerequisites.worth(leaf, own.credential) * factor)
            for iri, credential in prerequisites.counted(leaf).items():
                if iri in places:
                    self.worth[row, places[iri]] = float(prerequisites.worth(leaf, credential) * factor)
        self.credited = np.array([is_credited(leaf) for leaf in self.leaves], bool)
        self.overlaps: dict[int, list[int]] = {}
        for one, other in pairs:
            self.overlaps.setdefault(one, []).append(other)
            self.overlaps.setdefault(other, []).append(one)
        self.ects = np.array([0] * len(held) + [hundredths(one.ects) or 0 for one in offered], np.float64)

    @cached_property
    def unchosen(self) -> Sequence[Requirement]:
        """The leaves that every plan is asked for: those below no choice."""
        found = []
        waiting = [self.target]
        while waiting:
            node = waiting.pop()
            if isinstance(node, AllOf) or (isinstance(node, SomeOf) and node.minimum == len(node.parts)):
                waiting.extend(node.parts)
            elif not isinstance(node, SomeOf):
                found.append(node)
        return found

    def always_asked(self) -> npt.NDArray[np.bool_]:
        """Return which rows are of leaves that every plan is asked for."""
        found = np.zeros(len(self.leaves), bool)
        found[[self.rows[leaf.id] for leaf in self.unchosen if leaf.id in self.rows]] = True
        return found

    def least_open(self) -> Fraction:
        """Return a weight that every plan leaves open: leaves below no choice get all there is for them, each alone."""
        asked, reach = self.always_asked(), self.reach()
        found = Fraction(sum(isinstance(leaf, Manual) for leaf in self.unchosen))
        for row, leaf in enumerate(self.leaves):
            if asked[row] and reach[row] < self.least[row]:
                found += Fraction(leaf.rules.weight) * (1 - Fraction(int(reach[row]), int(self.least[row])))
        return found

    def reach(self) -> Table:
        """Return how much of its minimum each leaf can get at most."""
        total: Table = self.worth.sum(axis=1)
        return np.minimum(total, self.least)


def _units(leaf: Leaf, number: object) -> int:
    return int(number * 100) if isinstance(leaf, Credits) else int(number)  # type: ignore[operator,call-overload]


def _most(leaf: Leaf) -> float:
    maximum = getattr(leaf, "maximum", None)
    return np.inf if maximum is None else float(_units(leaf, maximum))

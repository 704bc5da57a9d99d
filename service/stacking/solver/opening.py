"""Adds prerequisites to the integer programme: a column may be 1 only when what it stands for can be begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..problem.candidates import Credential
from ..problem.prerequisites import Prerequisites
from ..requirements.tree import AllOf, Credits, Manual, Requirement, SomeOf
from .highs import Programme

Column = Callable[[str], int | None]
"""The column that says a credential is there in time, by IRI."""


class Opening:
    """Writes the rows of prerequisites over the columns `x` of what is on offer."""

    def __init__(self, programme: Programme, prerequisites: Prerequisites, x: Mapping[str, int]) -> None:
        self._programme = programme
        self._prerequisites = prerequisites
        self._x = x

    def allow(self, credential: Credential, column: int, before: Column, beside: Column) -> None:
        """Let `column` be 1 only when what is needed holds with what is held.

        And with what is there `before` for the prerequisite, `beside` for the corequisite.
        """
        for tree, there in ((credential.prerequisite, before), (credential.corequisite, beside)):
            if tree is None:
                continue
            needed = self._needed(tree, credential.iri, there)
            if needed is False:
                self._programme.row({column: 1}, upper=0)
            elif needed is not True:
                self._programme.row({column: 1, needed: -1}, upper=0)

    def _needed(self, node: Requirement, owner: str, there: Column) -> int | bool:
        if isinstance(node, Manual):
            return True  # a person decides; the step says so
        if isinstance(node, AllOf | SomeOf):
            parts = [self._needed(part, owner, there) for part in node.parts]
            needed = len(parts) if isinstance(node, AllOf) else node.minimum
            needed -= sum(part is True for part in parts)
            return self._at_least(needed, {part: 1 for part in parts if not isinstance(part, bool)})
        awards, amount, doubt = self._prerequisites.held_amount(node)
        if doubt:
            return True
        factor = 100 if isinstance(node, Credits) else 1
        terms = {}
        for iri, other in self._prerequisites.counted(node).items():
            place = there(iri) if iri in self._x and iri != owner and other.award not in awards else None
            if place is not None:
                terms[place] = int(self._prerequisites.worth(node, other) * factor)
        return self._at_least(int((node.minimum - amount) * factor), terms)

    def _at_least(self, needed: int, terms: Mapping[int, int]) -> int | bool:
        if needed <= 0:
            return True
        if sum(terms.values()) < needed:
            return False
        column = self._programme.column()
        self._programme.row({**terms, column: -needed}, lower=0)
        return column

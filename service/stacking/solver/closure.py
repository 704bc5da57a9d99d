"""Finds what must be earned with a credential: itself and the cheapest credentials that open it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..problem.candidates import Credential
from ..problem.prerequisites import Prerequisites
from ..requirements.tree import AllOf, Manual, Requirement, SomeOf


class Closures:
    """Support of credentials on offer, by forward chaining, so that nothing holds itself up."""

    def __init__(self, offered: Sequence[Credential], prerequisites: Prerequisites) -> None:
        self._by_iri = {one.iri: one for one in offered}
        self._prerequisites = prerequisites
        self._levels = prerequisites.levels(offered)
        self._found: dict[str, frozenset[str]] = {}
        for iri in sorted(self._levels, key=lambda name: (self._levels[name], name)):
            self._found[iri] = self._whole(iri)

    def of(self, iri: str) -> frozenset[str]:
        """Return a credential with what opens it."""
        return self._found[iri]

    def _known(self, iri: str) -> frozenset[str]:
        return self._found.get(iri, frozenset((iri,)))

    def _whole(self, iri: str) -> frozenset[str]:
        """Return a credential with its support: what it needs beside it may ask for more of the same level."""
        found: set[str] = set()
        waiting = [iri]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            if one in self._found:
                found |= self._found[one]
                continue
            found.add(one)
            credential, level = self._by_iri[one], self._levels[one]
            if credential.prerequisite is not None:
                found |= self._support(credential.prerequisite, level)
            if credential.corequisite is not None:
                waiting.extend(sorted(self._support(credential.corequisite, level + 1, one)))
        return frozenset(found)

    def _support(self, node: Requirement, level: int, owner: str = "") -> frozenset[str]:
        """Return what meets a need of the owner, of what can be reached before a level."""
        if isinstance(node, Manual):
            return frozenset()
        if isinstance(node, AllOf | SomeOf):
            needed = node.minimum if isinstance(node, SomeOf) else len(node.parts)
            earlier = {iri for iri, term in self._levels.items() if term < level}
            parts = [
                (self._prerequisites.state(part, earlier).status == "unmet", self._support(part, level, owner))
                for part in node.parts
            ]
            parts.sort(key=lambda part: (part[0], self._size(part[1]), sorted(part[1])))
            return frozenset().union(*(support for _, support in parts[:needed]))
        awards, amount, doubt = self._prerequisites.held_amount(node)
        if doubt or amount >= node.minimum:
            return frozenset()
        able = [
            one
            for iri, one in self._prerequisites.counted(node).items()
            if self._levels.get(iri, level) < level and one.award not in awards and iri != owner
        ]
        found: frozenset[str] = frozenset()
        counted = set()
        for one in sorted(able, key=lambda one: (self._size(self._known(one.iri)), one.iri)):
            if amount >= node.minimum:
                break
            if one.award not in counted:
                counted.add(one.award)
                found |= self._known(one.iri)
                amount += self._prerequisites.worth(node, one)
        return found

    def _size(self, iris: frozenset[str]) -> Decimal:
        return sum((self._by_iri[iri].ects or Decimal(0) for iri in iris), Decimal(0))

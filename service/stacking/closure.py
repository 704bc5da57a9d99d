"""What must be earned with a credential: itself and the cheapest credentials found that open it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .candidates import Credential
from .prerequisites import Prerequisites
from .requirements import AllOf, Manual, Requirement, SomeOf


class Closures:
    """Support of credentials on offer, by forward chaining, so that nothing holds itself up."""

    def __init__(self, offered: Sequence[Credential], prerequisites: Prerequisites) -> None:
        self._by_iri = {one.iri: one for one in offered}
        self._prerequisites = prerequisites
        self._levels = prerequisites.levels(offered)
        self._found: dict[str, frozenset[str]] = {}
        for iri in sorted(self._levels, key=lambda name: (self._levels[name], name)):
            needed = self._by_iri[iri].prerequisite
            support = frozenset[str]() if needed is None else self._support(needed, self._levels[iri])
            self._found[iri] = support | {iri}

    def of(self, iri: str) -> frozenset[str]:
        """Return a credential with what opens it."""
        return self._found[iri]

    def _support(self, node: Requirement, level: int) -> frozenset[str]:
        """Return what meets a prerequisite, of what can be reached before a level."""
        if isinstance(node, Manual):
            return frozenset()
        if isinstance(node, AllOf | SomeOf):
            needed = node.minimum if isinstance(node, SomeOf) else len(node.parts)
            earlier = {iri for iri, term in self._levels.items() if term < level}
            parts = [
                (self._prerequisites.state(part, earlier).status == "unmet", self._support(part, level))
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
            if self._levels.get(iri, level) < level and one.award not in awards
        ]
        found: frozenset[str] = frozenset()
        counted = set()
        for one in sorted(able, key=lambda one: (self._size(self.of(one.iri)), one.iri)):
            if amount >= node.minimum:
                break
            if one.award not in counted:
                counted.add(one.award)
                found |= self.of(one.iri)
                amount += self._prerequisites.worth(node, one)
        return found

    def _size(self, iris: frozenset[str]) -> Decimal:
        return sum((self._by_iri[iri].ects or Decimal(0) for iri in iris), Decimal(0))

"""Evaluates prerequisites in three values, finds what can be reached from what is held, and orders plans into terms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ..requirements.tree import AllOf, Count, Credits, Manual, Requirement, Skill, SomeOf, leaves
from .answer import Status
from .candidates import Admission, Credential, Held

Leaf = Credits | Count | Skill


class State(NamedTuple):
    """The status of a prerequisite, and what a person must decide where it is unknown."""

    status: Status
    conditions: tuple[str, ...] = ()


class Prerequisites:
    """Answers for one question: which held and earned credentials open which others. Nothing here counts only once.

    `pool`: the candidates, by IRI. What a leaf counts of them is found once, by their skills and names.
    """

    def __init__(self, admission: Admission, held: Sequence[Held], pool: Mapping[str, Credential]) -> None:
        self._admission = admission
        self._held = held
        self._pool = pool
        self._own: dict[str, tuple[frozenset[str], Decimal, bool]] = {}
        self._counted: dict[str, Mapping[str, Credential]] = {}
        self._teaching: dict[str, list[Credential]] = {}
        self._names: dict[str, list[Credential]] = {}
        for credential in pool.values():
            for name in {credential.iri, credential.award}:
                self._names.setdefault(name, []).append(credential)
            for skill in credential.skills:
                self._teaching.setdefault(skill, []).append(credential)

    def state(self, node: Requirement, earned: Collection[str], without: str = "") -> State:
        """Return whether a prerequisite holds with what is held and earned; `without` does not count for itself."""
        if isinstance(node, Manual):
            return State("unknown", (node.text,))
        if isinstance(node, AllOf | SomeOf):
            return self._parts(node, [self.state(part, earned, without) for part in node.parts])
        awards, amount, doubt = self.held_amount(node)
        seen = set(awards)
        for iri, credential in self.counted(node).items():
            if iri in earned and iri != without and credential.award not in seen:
                seen.add(credential.award)
                amount += self.worth(node, credential)
        if amount >= node.minimum:
            return State("met")
        return State("unknown", (node.id,)) if doubt else State("unmet")

    def held_amount(self, leaf: Leaf) -> tuple[frozenset[str], Decimal, bool]:
        """Return the awards held that a leaf counts, their worth, and whether more may count that nobody can tell."""
        if leaf.id not in self._own:
            awards: set[str] = set()
            amount, doubt = Decimal(0), False
            for held in self._held:
                answer = self._admission.holds(leaf, held).answer
                doubt = doubt or answer is None
                if answer and held.credential.award not in awards:
                    awards.add(held.credential.award)
                    amount += self.worth(leaf, held.credential)
            self._own[leaf.id] = (frozenset(awards), amount, doubt)
        return self._own[leaf.id]

    def counted(self, leaf: Leaf) -> Mapping[str, Credential]:
        """Return the candidates that a leaf counts once they are earned, in the order of IRIs."""
        if leaf.id not in self._counted:
            if isinstance(leaf, Skill):
                able = self._teaching.get(leaf.skill, [])
            elif leaf.filter.credentials:
                able = [one for name in leaf.filter.credentials for one in self._names.get(name, ())]
            else:
                able = list(self._pool.values())
            found = {one.iri: one for one in able if self._admission.offers(leaf, one).answer}
            self._counted[leaf.id] = dict(sorted(found.items()))
        return self._counted[leaf.id]

    def offers(self, leaf: Leaf, credential: Credential) -> bool:
        """Return whether a leaf counts a candidate once it is earned."""
        return credential.iri in self.counted(leaf)

    def worth(self, leaf: Leaf, credential: Credential) -> Decimal:
        """Return what a credential adds to a leaf."""
        return (credential.ects or Decimal(0)) if isinstance(leaf, Credits) else Decimal(1)

    def open(self, credential: Credential, earned: Collection[str]) -> bool:
        """Return whether a credential can be begun: its prerequisite holds, or only a person can tell."""
        return self._allowed(credential.prerequisite, credential, earned)

    def together(self, ready: Iterable[Credential], earned: Collection[str]) -> Sequence[Credential]:
        """Return those of a term that find what they need beside them: earned before, or in this term with them.

        The greatest such set: two that ask for each other go together.
        """
        found = list(ready)
        while True:
            there = {*earned, *(credential.iri for credential in found)} if any(c.corequisite for c in found) else ()
            kept = [credential for credential in found if self._allowed(credential.corequisite, credential, there)]
            if len(kept) == len(found):
                return kept
            found = kept

    def _allowed(self, needed: Requirement | None, credential: Credential, there: Collection[str]) -> bool:
        return needed is None or self.state(needed, there, credential.iri).status != "unmet"

    def levels(self, offered: Iterable[Credential]) -> Mapping[str, int]:
        """Return the earliest term of each credential that can be reached at all, all others taken at once.

        Forward chaining from what is held: two that only open each other are not reached.
        """
        found: dict[str, int] = {}
        waiting = list(offered)
        term = 0
        while waiting:
            term += 1
            ready = self.together([one for one in waiting if self.open(one, found)], found)
            if not ready:
                break
            found.update((credential.iri, term) for credential in ready)
            waiting = [credential for credential in waiting if credential.iri not in found]
        return found

    def schedule(self, plan: Sequence[Credential], load: Decimal | None) -> Mapping[str, int]:
        """Return a term for each credential of a plan that can be reached, as early as the load of a term allows.

        Without a load this is the least number of terms; with one it is an upper bound (list scheduling, those first
        that others wait for), and what it finds no term for is left out.
        """
        if load is None:
            return self.levels(plan)
        found: dict[str, int] = {}
        waiting = sorted(plan, key=lambda credential: (-self._waiting_for(credential, plan), credential.iri))
        term = 0
        while waiting:
            term += 1
            room = load
            taken: list[Credential] = []
            ready = [credential for credential in waiting if self.open(credential, found)]
            for credential in ready:
                there = {*found, *(one.iri for one in taken)}
                group = [one for one in self._beside(credential, ready, there) if one.iri not in there]
                ects = sum((one.ects or Decimal(0) for one in group), Decimal(0))
                if group and ects <= room and len(self.together([*taken, *group], found)) == len(taken) + len(group):
                    room -= ects
                    taken.extend(group)
            if not taken:
                break
            found.update((credential.iri, term) for credential in taken)
            waiting = [credential for credential in waiting if credential.iri not in found]
        return found

    def uses(self, credential: Credential, plan: Iterable[Credential]) -> tuple[str, ...]:
        """Return the credentials of a plan that the prerequisite or corequisite of one counts."""
        asked = [leaf for tree in credential.needs for leaf in leaves(tree)]
        counted = [self.counted(leaf) for leaf in asked if not isinstance(leaf, Manual)]
        return tuple(
            other.iri for other in plan if other.iri != credential.iri and any(other.iri in found for found in counted)
        )

    def _beside(
        self, credential: Credential, ready: Sequence[Credential], there: Collection[str]
    ) -> Sequence[Credential]:
        """Return a credential and, when it needs others beside it, all of a term that its kind of need counts."""
        found = {credential.iri: credential}
        waiting = [credential]
        while waiting:
            one = waiting.pop()
            if one.corequisite is None or self._allowed(one.corequisite, one, {*there, *found}):
                continue
            counted = [self.counted(leaf) for leaf in leaves(one.corequisite) if not isinstance(leaf, Manual)]
            new = [other for other in ready if other.iri not in found and any(other.iri in some for some in counted)]
            found.update((other.iri, other) for other in new)
            waiting.extend(new)
        return list(found.values())

    def _waiting_for(self, credential: Credential, plan: Sequence[Credential]) -> int:
        return sum(credential.iri in self.uses(other, plan) for other in plan)

    def _parts(self, node: AllOf | SomeOf, states: Sequence[State]) -> State:
        needed = len(states) if isinstance(node, AllOf) else node.minimum
        met = sum(state.status == "met" for state in states)
        if met >= needed:
            return State("met")
        unknown = [state for state in states if state.status == "unknown"]
        if met + len(unknown) < needed:
            return State("unmet")
        return State("unknown", tuple(text for state in unknown for text in state.conditions))

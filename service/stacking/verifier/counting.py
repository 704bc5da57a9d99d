"""The verifier's own reading of the rules: what counts where, in three values, and what opens what."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ..problem.answer import Proof, Witness
from ..problem.candidates import Credential, Held
from ..problem.problem import Limits, Problem
from ..requirements.tree import AllOf, Count, Credits, Filter, Manual, Requirement, Skill, SomeOf

Leaf = Credits | Count | Skill
Tri = bool | None


class Counting:
    """Decides for one problem, without a line of what the planner decides with."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.named: Mapping[str, Credential] = ChainMap(dict(problem.named), problem.candidates)  # type: ignore[arg-type]
        self.held: Mapping[str, Held] = {held.credential.iri: held for held in problem.held}

    def known(self, witness: Witness) -> Credential | None:
        """Return the facts of a witness, None when it does not exist."""
        if witness.source == "plan":
            return self.problem.candidates.get(witness.credential)
        held = self.held.get(witness.credential)
        return held.credential if held else None

    def award(self, witness: Witness) -> str:
        """Return the award that a witness is a record of."""
        credential = self.known(witness)
        return credential.award if credential else witness.credential

    def ects(self, witness: Witness) -> Decimal:
        """Return the ECTS of a witness."""
        credential = self.known(witness)
        return (credential.ects if credential else None) or Decimal(0)

    def prior(self, witnesses: Iterable[Witness]) -> Decimal:
        """Return the ECTS of prior learning among these."""
        own = (w for w in witnesses if w.source == "held" and w.credential in self.held)
        return sum((self.ects(w) for w in own if self.held[w.credential].rpl), Decimal(0))

    def overlaps(self, witnesses: Iterable[Witness], share: Decimal) -> Iterator[str]:
        """Yield what is wrong with giving credit to all of these (S7): pairs that teach much the same."""
        known = [one for witness in witnesses if (one := self.known(witness)) is not None]
        for place, one in enumerate(known):
            for other in known[:place]:
                fewest = min(len(one.outcomes), len(other.outcomes))
                shared = len(one.outcomes & other.outcomes)
                if one.award != other.award and shared and not shared < share * fewest:
                    yield f"{one.iri} overlaps with {other.iri}, and both count"

    def opened(self, node: Requirement, earlier: Sequence[Credential]) -> Tri:
        """Return whether a prerequisite holds; None: only a person can tell."""
        if isinstance(node, Manual):
            return None
        if isinstance(node, AllOf | SomeOf):
            states = [self.opened(part, earlier) for part in node.parts]
            needed = len(states) if isinstance(node, AllOf) else node.minimum
            if states.count(True) >= needed:
                return True
            return None if states.count(True) + states.count(None) >= needed else False
        found: dict[str, Decimal] = {}
        doubt = False
        for held in self.problem.held:
            counts = self.counts(node, held)
            doubt = doubt or counts is None
            if counts:
                found.setdefault(held.credential.award, worth(node, held.credential))
        for credential in earlier:
            if self.offered(node, credential):
                found.setdefault(credential.award, worth(node, credential))
        if sum(found.values(), Decimal(0)) >= node.minimum:
            return True
        return None if doubt else False

    def offered(self, leaf: Leaf, credential: Credential) -> Tri:
        """Return whether a leaf counts a candidate once it is earned."""
        found = self.fits(leaf, credential, False)
        return _and(found, _level(credential, leaf.rules.minimum_level, None))

    def counts(self, leaf: Leaf, held: Held, *, stand_in: bool = True) -> Tri:
        """Return whether a leaf counts a held credential; `stand_in`: also in the place of a named one."""
        rules, today = leaf.rules, self.problem.today
        state = _and(self.fits(leaf, held.credential, stand_in), _level(held.credential, rules.minimum_level, None))
        if held.revoked or (held.expires is not None and held.expires <= today):
            return False
        if self.problem.limits.require_verified:
            state = _and(state, held.verified)
        for years in (rules.maximum_age, self.problem.limits.max_age):
            if years is not None:
                state = _and(state, None if held.awarded is None else _half(today) - _half(held.awarded) <= 2 * years)
        if rules.minimum_grade is not None:
            state = _and(state, None if held.grade is None else held.grade >= rules.minimum_grade)
        return state

    def doubts(self, leaf: Leaf, held: Held) -> set[str]:
        """Return the rules by which nobody can tell whether a held credential counts."""
        rules, limits = leaf.rules, self.problem.limits
        credential = held.credential
        within = Count(leaf.id, 0, filter=leaf.filter) if isinstance(leaf, Credits) else leaf
        found = {
            "S1": limits.require_verified and held.verified is None,
            "S2": held.awarded is None and (rules.maximum_age, limits.max_age) != (None, None),
            "S3": self.fits(within, credential, True) is None and self.fits(within, credential, False) is False,
            "S15": rules.minimum_grade is not None and held.grade is None,
            "S18": self.fits(within, credential, False) is None
            or _level(credential, rules.minimum_level, None) is None,
            "M7": isinstance(leaf, Credits) and not _volume_known(credential),
        }
        return {rule for rule, holds in found.items() if holds}

    def fits(self, leaf: Leaf, credential: Credential, stand_in: bool) -> Tri:
        """Return whether a credential is what a leaf asks for, its level, age and grade aside."""
        if isinstance(leaf, Skill):
            return leaf.skill in credential.skills
        state = self.passes(leaf.filter, credential, stand_in)
        return _and(state, True if isinstance(leaf, Count) or _volume_known(credential) else None)

    def passes(self, asked: Filter, credential: Credential, stand_in: bool) -> Tri:
        """Return whether a credential passes a filter."""
        state: Tri = True
        if asked.credentials:
            named: Tri = credential.iri in asked.credentials or credential.award in asked.credentials
            for name in asked.credentials if stand_in else ():
                named = _or(named, self.stands_in(credential, name))
            state = _and(state, named)
        if asked.skills:
            state = _and(state, bool(asked.skills & credential.skills))
        for wanted, known in (
            (asked.providers, credential.providers),
            (asked.fields, credential.fields),
            (asked.languages, credential.languages),
        ):
            if wanted:
                state = _and(state, bool(wanted & known) if known else None)
        state = _and(state, _level(credential, asked.minimum_level, asked.maximum_level))
        for part in asked.every:
            state = _and(state, self.passes(part, credential, stand_in))
        if asked.some:
            one: Tri = False
            for part in asked.some:
                one = _or(one, self.passes(part, credential, stand_in))
            state = _and(state, one)
        for part in asked.none:
            inside = self.passes(part, credential, stand_in)
            state = _and(state, None if inside is None else not inside)
        return state

    def stands_in(self, credential: Credential, name: str) -> Tri:
        """Return whether a credential may replace a named one."""
        share, asked = self.problem.replacement, self.named.get(name)
        if share is None or asked is None or not asked.outcomes:
            return False
        if Decimal(len(asked.outcomes & credential.skills)) < share * len(asked.outcomes):
            return False
        return _level(credential, asked.level, None)


def allowed(credential: Credential, limits: Limits) -> bool:
    """Return whether a candidate keeps the limits that can be told of one alone."""
    return (
        credential.iri not in limits.avoid
        and _volume_known(credential)
        and (not limits.languages or bool(limits.languages & credential.languages))
        and (not limits.modes or bool(limits.modes & credential.modes))
        and (not limits.providers or bool(limits.providers & credential.providers))
        and not limits.refused_providers & credential.providers
        and (not limits.levels or credential.level in limits.levels)
        and (limits.max_cost is None or credential.cost is not None)
    )


def worth(leaf: Leaf, credential: Credential) -> Decimal:
    """Return what a credential adds to a leaf."""
    return (credential.ects or Decimal(0)) if isinstance(leaf, Credits) else Decimal(1)


def _volume_known(credential: Credential) -> bool:
    return credential.ects is not None and credential.ects >= 0 and (credential.ects * 100) % 1 == 0


def _level(credential: Credential, lowest: int | None, highest: int | None) -> Tri:
    if lowest is None and highest is None:
        return True
    if credential.level is None:
        return None
    return (lowest or 0) <= credential.level <= (99 if highest is None else highest)


def _half(day: date) -> int:
    return day.year * 2 + (1 if day.month > 7 else 0)


def _and(one: Tri, other: Tri) -> Tri:
    if one is False or other is False:
        return False
    return True if one and other else None


def _or(one: Tri, other: Tri) -> Tri:
    if one is True or other is True:
        return True
    return False if one is False and other is False else None


def open_weight(pair: tuple[Requirement, Proof]) -> Fraction:
    """Return the weight that a leaf leaves open by its proof."""
    leaf, proof = pair
    if not proof.chosen or isinstance(leaf, AllOf | SomeOf):
        return Fraction(0)
    if isinstance(leaf, Manual):
        return Fraction(1)
    least, sure = Fraction(leaf.minimum), Fraction(proof.amount)
    return Fraction(leaf.rules.weight) * (least - sure) / least if sure < least else Fraction(0)


def share_group(leaf: Leaf) -> str:
    """Return the group within which a leaf counts an award once."""
    alone = "\0" + leaf.id if isinstance(leaf, Skill) else ""
    return alone if leaf.rules.share_group is None else leaf.rules.share_group

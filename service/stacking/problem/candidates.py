"""The credentials that can count: what is known of each, and whether a leaf admits it, in three values.

The decision what a leaf counts and what keeps a learner's limits is also written in
service/stacking/matrix/selection.py and service/stacking/solver/screen.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..requirements.tree import Count, Credits, Filter, Requirement, Rules, Skill

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of a micro-credential. None, and no provider, field or language: the source is silent.

    `outcomes` are the skills it teaches, `skills` those it covers (broader ones too, by the policy of whoever read the
    catalogue). `fields` holds the broader fields as well. `prerequisite` is earned in an earlier term, `corequisite`
    earlier or in the same one. Records with the same `award` are one award.
    """

    iri: str
    ects: Decimal | None = None
    level: int | None = None
    outcomes: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    cost: Decimal | None = None
    prerequisite: Requirement | None = field(default=None, hash=False)
    corequisite: Requirement | None = field(default=None, hash=False)
    same_award: str | None = None

    @property
    def award(self) -> str:
        """Return what tells this award from another one."""
        return self.same_award or self.iri

    @property
    def needs(self) -> tuple[Requirement, ...]:
        """Return what is needed with it, in time: its prerequisite and its corequisite."""
        return tuple(tree for tree in (self.prerequisite, self.corequisite) if tree is not None)


@dataclass(frozen=True, slots=True)
class Held:
    """A credential somebody has. `verified` None: nobody looked; `rpl`: by recognition of prior learning."""

    credential: Credential
    awarded: date | None = None
    expires: date | None = None
    grade: Decimal | None = None
    verified: bool | None = None
    rpl: bool = False
    revoked: bool = False


class Eligibility(NamedTuple):
    """Yes, no, or unknown (None), and the rule that says so: S1 to S18 of docs/stacking.md, M7 for a missing volume."""

    answer: bool | None
    rule: str


YES = Eligibility(True, "S4")


def semester(day: date) -> int:
    """Return the number of the half-year: January to July is spring, August to December autumn."""
    return day.year * 2 + (day.month >= 8)


def hundredths(ects: Decimal | None) -> int | None:
    """Return ECTS in hundredths; None when it is unknown, negative or finer than a hundredth."""
    if ects is None or ects < 0 or ects != ects.quantize(CENT):
        return None
    return int(ects * 100)


class Admission:
    """Decides what may count where, on one day under one policy.

    `replacement` is the share of a named credential's outcomes that a held one must cover to stand in for it (S3);
    None: nothing stands in. `named` knows the credentials that filters name.
    """

    def __init__(
        self,
        today: date,
        *,
        replacement: Decimal | None = None,
        named: Mapping[str, Credential] | None = None,
        max_age: int | None = None,
        require_verified: bool = False,
    ) -> None:
        self._today = today
        self._replacement = replacement
        self._named = named or {}
        self._max_age = max_age
        self._require_verified = require_verified

    def usable(self, held: Held) -> Eligibility:
        """Say whether a held credential can count anywhere (S1, S2)."""
        if held.revoked or (held.expires is not None and held.expires <= self._today):
            return Eligibility(False, "S1")
        if self._require_verified and held.verified is not True:
            return Eligibility(None if held.verified is None else False, "S1")
        return self._age(held, self._max_age)

    def holds(self, leaf: Credits | Count | Skill, held: Held) -> Eligibility:
        """Say whether a leaf may count a held credential: every rule must say yes, one no is a no."""
        rules = leaf.rules
        found = [
            self._matches(leaf, held.credential, held=True),
            self._level(rules, held.credential),
            self._age(held, rules.maximum_age),
            _grade(rules, held),
            _volume(leaf, held.credential),
            self.usable(held),
        ]
        return _all(found)

    def offers(self, leaf: Credits | Count | Skill, credential: Credential) -> Eligibility:
        """Say whether a leaf may count a credential once it is earned; it will be new, and graded well enough."""
        found = [
            self._matches(leaf, credential, held=False),
            self._level(leaf.rules, credential),
            _volume(leaf, credential),
        ]
        return _all(found)

    def _matches(self, leaf: Credits | Count | Skill, credential: Credential, *, held: bool) -> Eligibility:
        if isinstance(leaf, Skill):
            return YES if leaf.skill in credential.skills else Eligibility(False, "S3")
        return self._passes(leaf.filter, credential, held)

    def _passes(self, asked: Filter, credential: Credential, held: bool) -> Eligibility:
        found = [YES]
        if asked.credentials:
            found.append(self._names(asked.credentials, credential, held))
        if asked.skills:
            found.append(YES if asked.skills & credential.skills else Eligibility(False, "S3"))
        for wanted, known in (
            (asked.providers, credential.providers),
            (asked.fields, credential.fields),
            (asked.languages, credential.languages),
        ):
            if wanted:
                found.append(Eligibility(None, "S18") if not known else Eligibility(not wanted.isdisjoint(known), "S4"))
        if asked.minimum_level is not None or asked.maximum_level is not None:
            found.append(_within(credential.level, asked.minimum_level, asked.maximum_level))
        found.extend(self._passes(part, credential, held) for part in asked.every)
        if asked.some:
            found.append(_any([self._passes(part, credential, held) for part in asked.some]))
        found.extend(_not(self._passes(part, credential, held)) for part in asked.none)
        return _all(found)

    def _names(self, names: frozenset[str], credential: Credential, held: bool) -> Eligibility:
        if credential.iri in names or credential.award in names:
            return YES
        if not held or self._replacement is None:
            return Eligibility(False, "S3")
        return _any([Eligibility(False, "S3"), *(self._replaces(name, credential) for name in sorted(names))])

    def _replaces(self, name: str, credential: Credential) -> Eligibility:
        asked = self._named.get(name)
        if asked is None or not asked.outcomes or self._replacement is None:
            return Eligibility(False, "S3")
        if len(asked.outcomes & credential.skills) < self._replacement * len(asked.outcomes):
            return Eligibility(False, "S3")
        if asked.level is None:
            return Eligibility(True, "S3")
        return Eligibility(_within(credential.level, asked.level, None).answer, "S3")

    def _level(self, rules: Rules, credential: Credential) -> Eligibility:
        return YES if rules.minimum_level is None else _within(credential.level, rules.minimum_level, None)

    def _age(self, held: Held, years: int | None) -> Eligibility:
        # Helsinki: to the end of the half-year that many years after the one of the award.
        if years is None:
            return YES
        if held.awarded is None:
            return Eligibility(None, "S2")
        return Eligibility(semester(self._today) <= semester(held.awarded) + 2 * years, "S2")


def _grade(rules: Rules, held: Held) -> Eligibility:
    if rules.minimum_grade is None:
        return YES
    # Pass or fail compares with no number: unknown, not no.
    return Eligibility(None if held.grade is None else held.grade >= rules.minimum_grade, "S15")


def _volume(leaf: Credits | Count | Skill, credential: Credential) -> Eligibility:
    if not isinstance(leaf, Credits) or hundredths(credential.ects) is not None:
        return YES
    return Eligibility(None, "M7")


def _within(level: int | None, lowest: int | None, highest: int | None) -> Eligibility:
    if level is None:
        return Eligibility(None, "S18")
    return Eligibility((lowest is None or level >= lowest) and (highest is None or level <= highest), "S11")


def _all(found: Iterable[Eligibility]) -> Eligibility:
    verdicts = list(found)
    for answer in (False, None):
        for verdict in verdicts:
            if verdict.answer is answer:
                return verdict
    # What stands in for a named credential is worth telling.
    return next((verdict for verdict in verdicts if verdict.rule == "S3"), YES)


def _any(found: Iterable[Eligibility]) -> Eligibility:
    verdicts = list(found)
    for answer in (True, None):
        for verdict in verdicts:
            if verdict.answer is answer:
                return verdict
    return verdicts[0]


def _not(verdict: Eligibility) -> Eligibility:
    return Eligibility(None, verdict.rule) if verdict.answer is None else Eligibility(not verdict.answer, "S4")

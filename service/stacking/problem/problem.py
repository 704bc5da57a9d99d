"""The problem that a question poses: a target, what is held, what is on offer, and the learner's conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ...errors import InvalidArgument
from ..requirements.tree import Requirement, check
from .candidates import Credential, Held, semester

MAX_HELD = 2000
"""Held credentials in one question."""

REPLACEMENT = Decimal("0.7")
"""Share of the outcomes of a named credential that a held one must cover to replace it, unless the question says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan must keep to. Empty sets and None do not limit; levels are EQF numbers, the rest are IRIs.

    `max_age` (years) and `require_verified` bound which held credentials count, `max_rpl` how many ECTS of them may
    come from recognition of prior learning. A term is half a year; `deadline` allows the terms that end by it, the
    running one first.
    """

    max_ects: Decimal | None = None
    max_cost: Decimal | None = None
    max_credentials: int | None = None
    max_terms: int | None = None
    ects_per_term: Decimal | None = None
    deadline: date | None = None
    languages: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    levels: frozenset[int] = frozenset()
    providers: frozenset[str] = frozenset()
    refused_providers: frozenset[str] = frozenset()
    avoid: frozenset[str] = frozenset()
    pin: frozenset[str] = frozenset()
    max_rpl: Decimal | None = None
    max_age: int | None = None
    require_verified: bool = False

    def active(self) -> Iterator[str]:
        """Yield the names of the conditions that are set."""
        for one in fields(self):
            if getattr(self, one.name) != one.default:
                yield one.name

    def without(self, names: frozenset[str]) -> Limits:
        """Return these limits with some of them lifted."""
        lifted: dict[str, Any] = {one.name: one.default for one in fields(self) if one.name in names}
        return replace(self, **lifted)

    def terms(self, today: date) -> int | None:
        """Return how many terms there are, None when nothing limits them."""
        found = [] if self.max_terms is None else [self.max_terms]
        if self.deadline is not None:
            ended = (self.deadline.month, self.deadline.day) in ((7, 31), (12, 31))
            found.append(max(0, semester(self.deadline) - semester(today) + ended))
        return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One question. `candidates` by IRI; `named` knows credentials that rules name but that are not on offer.

    `overlap`: from this share of common learning outcomes on, one of two credentials counts for credit (S7); None: all.
    `select` gives the candidates that matter, of a catalogue too large to look at one by one: all others can be left
    out without making any answer worse. `relevant` gives all that a leaf counts, so that each refused one is named.
    """

    target: Requirement
    held: tuple[Held, ...] = ()
    candidates: Mapping[str, Credential] = field(default_factory=dict)
    limits: Limits = Limits()
    today: date = date(2026, 1, 1)
    replacement: Decimal | None = REPLACEMENT
    alternatives: int = 0
    seconds: float = 10.0
    named: Mapping[str, Credential] = field(default_factory=dict)
    overlap: Decimal | None = None
    select: Callable[[Problem], Mapping[str, Credential]] | None = None
    relevant: Callable[[Problem], Mapping[str, Credential]] | None = None


def check_problem(problem: Problem) -> None:
    """Refuse a question that cannot be meant.

    Raises:
        InvalidArgument: the tree is malformed, a number is out of bounds, limits contradict each other, or a credential
            is pinned that is not on offer.
    """
    check(problem.target)
    limits = problem.limits
    if len(problem.held) > MAX_HELD:
        raise InvalidArgument(f"at most {MAX_HELD} held credentials may be given, got {len(problem.held)}")
    names = [held.credential.iri for held in problem.held]
    if len(names) != len(set(names)):
        raise InvalidArgument("every held credential needs a name of its own")
    for held in problem.held:
        if held.credential.ects is not None and held.credential.ects < 0:
            raise InvalidArgument(f"ects must not be negative, got {held.credential.ects} for {held.credential.iri}")
    for name in ("max_ects", "max_cost", "max_credentials", "max_terms", "ects_per_term", "max_rpl", "max_age"):
        value = getattr(limits, name)
        if value is not None and value < 0:
            raise InvalidArgument(f"{name} must not be negative, got {value}")
    if problem.replacement is not None and not 0 < problem.replacement <= 1:
        raise InvalidArgument(f"replacement must be a share above 0 and up to 1, got {problem.replacement}")
    if problem.overlap is not None and not 0 < problem.overlap <= 1:
        raise InvalidArgument(f"overlap must be a share above 0 and up to 1, got {problem.overlap}")
    for one, other in (("pin", "avoid"), ("providers", "refused_providers")):
        both = getattr(limits, one) & getattr(limits, other)
        if both:
            raise InvalidArgument(f"{one} and {other} contradict each other: both name {min(both)}")
    unknown = limits.pin - problem.candidates.keys()
    if unknown:
        raise InvalidArgument(f"{min(unknown)} is pinned but not on offer")
    if limits.deadline is not None and limits.deadline < problem.today:
        raise InvalidArgument(f"the deadline {limits.deadline} is in the past")

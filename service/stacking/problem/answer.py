"""The answer to a question: plan, proof, and what is missing, unused or refused, each with the rule that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Status = Literal["met", "unmet", "unknown"]
Outcome = Literal["optimal", "feasible", "partial", "infeasible"]
Kind = Literal["all-of", "some-of", "credits", "count", "skill", "manual"]
Reason = Literal[
    "nobody-offers", "limits", "prerequisite", "used-elsewhere", "person-decides", "unknown-facts", "time-ended"
]

RULES: Mapping[str, str] = {
    "S1": "revoked, expired or not verified",
    "S2": "too old by the rule on ageing",
    "S3": "its learning outcomes do not answer what is asked",
    "S4": "not among what is asked: provider, field or language",
    "S5": "what is asked is met without it",
    "S6": "counted already: an award counts once",
    "S7": "its learning outcomes overlap with those of one that is counted",
    "S8": "the most that recognition of prior learning may give is reached",
    "S11": "its level does not fit",
    "S12": "its prerequisites cannot be met",
    "S15": "its grade is too low, or does not compare",
    "S18": "a fact is missing, so nobody can tell",
    "M7": "its volume in ECTS is not known",
}
"""The rules in a few words, by id."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A credential counted at a leaf. `rule` S3: it stands in for the one named.

    `doubtful`: nobody can tell yet whether it counts.
    """

    credential: str
    amount: Decimal
    source: Literal["held", "plan"]
    rule: str = "S4"
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """One node of the requirement with its status. `chosen` is False for a part that is not counted on."""

    id: str
    kind: Kind
    status: Status
    chosen: bool
    minimum: Decimal
    amount: Decimal
    witnesses: tuple[Witness, ...] = ()
    parts: tuple[Proof, ...] = ()
    label: Mapping[str, str] = field(default_factory=dict)

    def nodes(self) -> Iterator[Proof]:
        """Yield this node and all below it, parents first."""
        yield self
        for part in self.parts:
            yield from part.nodes()


@dataclass(frozen=True, slots=True)
class Step:
    """A credential to earn. `reasons`: the leaves that count it, and the credentials it opens.

    `uses`: what of the plan its prerequisite counts; `conditions`: what a person must decide before.
    """

    credential: str
    ects: Decimal
    cost: Decimal | None
    term: int
    reasons: tuple[str, ...]
    uses: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A leaf that stays open: `missing` of its minimum, and why; `limits` are those that stand in the way."""

    requirement: str
    missing: Decimal
    reason: Reason
    rule: str
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A credential that is not used, or not offered to the plan, and the rule that says so."""

    credential: str
    rule: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to earn, in order, and the proof that it leads where it says."""

    steps: tuple[Step, ...]
    proof: Proof
    total_ects: Decimal
    total_cost: Decimal
    terms: int
    unmet: Fraction


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. `lower_bound`: no plan that reaches as much needs fewer new ECTS.

    `proved`: no plan is better by any objective; else time ended first.
    `relax`: lifting exactly these limits, and none of them fewer, reaches all that can be reached. `nobody_offers`:
    leaves without any candidate.
    """

    status: Outcome
    plan: Plan
    lower_bound: Decimal
    gaps: tuple[Gap, ...]
    unused: tuple[Refusal, ...]
    alternatives: tuple[Plan, ...] = ()
    relax: tuple[str, ...] = ()
    nobody_offers: tuple[str, ...] = ()
    rejected: tuple[Refusal, ...] = ()
    proved: bool = True

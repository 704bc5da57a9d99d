"""The recognition matrix: by whose definition a thing is a micro-credential, and what would make it one elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..catalogue.records import Labels
from .context import KnownContext
from .documents import Document, verdicts
from .engines.engine import EngineName
from .findings import Finding, Verdict
from .profiles import Profile

Answer = Literal["yes", "no", "undecided", "not-asked"]


@dataclass(frozen=True, slots=True)
class ElementChange:
    """Something to do before a profile says yes: the element it is about, where, what is the case and what to do."""

    element: str
    node: str
    value: str | None
    message: Labels
    fix: Labels
    source: str


@dataclass(frozen=True, slots=True)
class RecognitionRow:
    """What one profile says. `unknown` are elements without a value that the profile recommends or advises.

    The answer is `undecided` when nothing is wrong and nothing mandatory was found either, such as for a profile that
    only advises; `not-asked` when nothing is there that the profile speaks of.
    """

    profile: str
    title: Labels
    answer: Answer
    changes: tuple[ElementChange, ...]
    unknown: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the row as it stands in JSON answers."""
        return {
            "profile": self.profile,
            "title": dict(self.title),
            "answer": self.answer,
            "changes": [
                {
                    "id": change.element,
                    "node": change.node,
                    "value": change.value,
                    "message": dict(change.message),
                    "fix": dict(change.fix),
                    "source": change.source,
                }
                for change in self.changes
            ],
            "unknown": list(self.unknown),
        }


def recognise(
    document: Document, profiles: Sequence[Profile], context: KnownContext, engine: EngineName | None = None
) -> tuple[RecognitionRow, ...]:
    """Return a row for each profile, in the order given.

    No violation can stay, so the shortest list of changes names each of them, and what is wrong in the same way at
    the same place once.
    """
    found = verdicts(document, profiles, context, engine)
    return tuple(_row(profile, verdict) for profile, verdict in zip(profiles, found, strict=True))


def _row(profile: Profile, verdict: Verdict) -> RecognitionRow:
    changes: dict[tuple[str, str, str], ElementChange] = {}
    unknown: dict[str, None] = {}
    for finding in verdict.findings:
        if finding.status == "violated" and finding.severity == "violation":
            changes.setdefault((finding.element, finding.node, finding.fix.get("en", finding.shape)), _change(finding))
        elif finding.status == "unknown":
            unknown[finding.element] = None
    return RecognitionRow(profile.id, profile.title, _answer(profile, verdict), tuple(changes.values()), tuple(unknown))


def _answer(profile: Profile, verdict: Verdict) -> Answer:
    if verdict.outcome == "nothing-checked":
        return "not-asked"
    if verdict.outcome == "fails":
        return "no"
    decided = any(finding.status == "met" and finding.severity == "violation" for finding in verdict.findings)
    # Shapes of others have no checks of ours, so they say what is wrong and never what is met.
    return "yes" if decided or not profile.checks else "undecided"


def _change(finding: Finding) -> ElementChange:
    return ElementChange(finding.element, finding.node, finding.value, finding.message, finding.fix, finding.source)

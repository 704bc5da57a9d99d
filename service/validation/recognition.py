"""The recognition matrix: by whose definition a thing is a micro-credential, and what would make it one elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..catalogue.records import Labels
from .context import KnownContext
from .documents import Document, verdicts
from .engines.engine import EngineName
from .findings import Finding, Verdict
from .profiles import Profile

Answer = Literal["yes", "no", "undecided", "not-asked"]

_MANDATORY = {f"M{number}" for number in range(1, 12)}
# The learner and the date of issue: a catalogue entry has neither.
_OF_THE_ISSUE = {"M1", "M5"}
_IS_ONE: Labels = {"en": "is one", "fi": "on sellainen", "sv": "är en sådan"}
_DESCRIBES: Labels = {"en": "describes one", "fi": "kuvaa sellaista", "sv": "beskriver en sådan"}
_DESCRIBES_SO_MANY: Labels = {
    "en": "describes one ({met} of 11 elements; the learner and the date come with the issue)",
    "fi": "kuvaa sellaista ({met}/11 osatekijää; oppija ja päivä tulevat myönnettäessä)",
    "sv": "beskriver en sådan ({met} av 11 element; den studerande och datumet kommer vid utfärdandet)",
}


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

    The answer is `no` too when the profile speaks of other things: of another country, level or size. It is `undecided`
    when a rule of the profile could not be asked of what is stated or left a question for people (both in `open`), and
    when nothing mandatory was found, such as for a profile that only advises; `not-asked` when nothing is there that
    the profile speaks of. `says` puts a yes in words: a catalogue entry describes a micro-credential, an issued
    credential is one.
    """

    profile: str
    title: Labels
    answer: Answer
    changes: tuple[ElementChange, ...]
    unknown: tuple[str, ...]
    open: tuple[ElementChange, ...] = ()
    says: Labels = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the row as it stands in JSON answers."""
        return {
            "profile": self.profile,
            "title": dict(self.title),
            "answer": self.answer,
            "says": dict(self.says),
            "changes": [_change_to_json(change) for change in self.changes],
            "open": [_change_to_json(change) for change in self.open],
            "unknown": list(self.unknown),
        }


def recognise(
    document: Document, profiles: Sequence[Profile], context: KnownContext, engine: EngineName | None = None
) -> tuple[RecognitionRow, ...]:
    """Return a row for each profile, in the order given.

    No violation can stay, so the shortest list of changes names each of them, and what is wrong in the same way at
    the same place once.
    """
    return rows_of(profiles, verdicts(document, profiles, context, engine))


def rows_of(profiles: Sequence[Profile], found: Sequence[Verdict]) -> tuple[RecognitionRow, ...]:
    """Return the row of each profile, of its verdict."""
    return tuple(_row(profile, verdict) for profile, verdict in zip(profiles, found, strict=True))


def _row(profile: Profile, verdict: Verdict) -> RecognitionRow:
    changes: dict[tuple[str, str, str], ElementChange] = {}
    questions: dict[tuple[str, str, str], ElementChange] = {}
    unknown: dict[str, None] = {}
    for finding in verdict.findings:
        check = profile.checks.get(finding.shape)
        weight = check.weight if check else "decides"
        key = (finding.element, finding.node, finding.fix.get("en", finding.shape))
        if finding.status == "violated" and (finding.severity == "violation" or weight == "scope"):
            changes.setdefault(key, _change(finding))
        elif weight != "none" and finding.status not in ("met", "not-applicable"):
            questions.setdefault(key, _change(finding))
        if finding.status == "unknown":
            unknown[finding.element] = None
    answer = _answer(profile, verdict, bool(changes), bool(questions))
    return RecognitionRow(
        profile.id, profile.title, answer, tuple(changes.values()), tuple(unknown), tuple(questions.values()),
        _words(profile, verdict) if answer == "yes" else {},
    )  # fmt: skip


def _answer(profile: Profile, verdict: Verdict, against: bool, questions: bool) -> Answer:
    if verdict.outcome == "nothing-checked":
        return "not-asked"
    if against:
        return "no"
    decided = any(finding.status == "met" and finding.severity == "violation" for finding in verdict.findings)
    # Shapes of others have no checks of ours, so they say what is wrong and never what is met.
    return "undecided" if questions or (profile.checks and not decided) else "yes"


def _words(profile: Profile, verdict: Verdict) -> Labels:
    """Return what a yes means: of a catalogue entry that it describes one: it has neither learner nor date."""
    kinds = {profile.checks[one.shape].kind for one in verdict.findings if one.shape in profile.checks and _seen(one)}
    if "specification" not in kinds:
        return _IS_ONE if "credential" in kinds else {}
    met = {one.element for one in verdict.findings if _seen(one)} & _MANDATORY
    if "credential" in kinds or not met:
        return _DESCRIBES
    met -= _OF_THE_ISSUE
    return {language: text.format(met=len(met)) for language, text in _DESCRIBES_SO_MANY.items()}


def _seen(finding: Finding) -> bool:
    return finding.status == "met"


def _change(finding: Finding) -> ElementChange:
    return ElementChange(finding.element, finding.node, finding.value, finding.message, finding.fix, finding.source)


def _change_to_json(change: ElementChange) -> dict[str, Any]:
    return {
        "id": change.element,
        "node": change.node,
        "value": change.value,
        "message": dict(change.message),
        "fix": dict(change.fix),
        "source": change.source,
    }

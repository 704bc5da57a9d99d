"""Tells what a load found by cause: each column or element with its distinct values and how often, the worst first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["error", "refused", "listed", "warning", "warned", "info"]

_ORDER: Mapping[Kind, int] = {"error": 0, "refused": 1, "listed": 2, "warning": 3, "warned": 4, "info": 5}
_PLACE = re.compile(r"\S+:[0-9]+\b")
_OWN = re.compile(r"https?://\S+|\S+:[0-9]+\b|\bline [0-9]+")
# What a column says nothing of that can be read, the gate misses: the element is told with the column.
_ELEMENTS = {
    "country": "M3", "provider": "M4", "learning_outcomes": "M6", "ects": "M7", "workload_hours": "M7",
    "eqf_level": "M8", "nqf_level": "M8", "assessment": "M9", "mode": "M10", "quality_assurance": "M11",
    "accreditor": "M11",
}  # fmt: skip
MOST_KEPT = 200
"""Details of each cause that are kept for a report."""

_MOST_CAUSES = 500
_MOST_VALUES = 10_000
_SHOWN_VALUES = 5
_LONGEST_VALUE = 40


@dataclass(slots=True)
class Cause:
    """One thing that was found, however often.

    Attributes:
        kind: what it did: an `error` left a value or row out, `refused`, `listed` and
            `warned` are of records, `info` is a note.
        about: the column, field or element.
        message: the words that all have in common.
        count: how often it was found.
        first: where it was found first.
        values: what the source has there, with how often.
    """

    kind: Kind
    about: str
    message: str
    count: int = 0
    first: str = ""
    values: Counter[str] = field(default_factory=Counter)

    def add(self, place: str, value: str) -> None:
        """Count one more."""
        self.count += 1
        self.first = self.first or place
        if value and (value in self.values or len(self.values) < _MOST_VALUES):
            self.values[value] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the cause for a report, with the values that occur most."""
        return {
            "kind": self.kind, "about": self.about, "message": self.message, "count": self.count, "first": self.first,
            "distinct_values": len(self.values), "values": dict(self.values.most_common(50)),
        }  # fmt: skip

    def sentence(self) -> str:
        """Return the cause as one line for people."""
        often = f"{self.count:,} times, first at {self.first}" if self.count > 1 else f"at {self.first}"
        shown = ", ".join(f"{_cut(value)} {count:,}" for value, count in self.values.most_common(_SHOWN_VALUES))
        more = len(self.values) - _SHOWN_VALUES
        values = (
            f"; {len(self.values):,} values: {shown}" if len(self.values) > 1 else f"; value: {shown}" if shown else ""
        )
        return f"{self.kind}: {self.about or 'source'}: {self.message} ({often}{values}{', …' if more > 0 else ''})"


class Causes:
    """The causes of all that a load found, counted as it is found; memory does not grow with how often that is."""

    def __init__(
        self,
        issues: Iterable[Mapping[str, Any]] = (),
        refused: Iterable[Mapping[str, Any]] = (),
        warned: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Count what the loader reported and what the gate found."""
        self._causes: dict[tuple[Kind, str, str], Cause] = {}
        self._told: set[tuple[str, int, str]] = set()
        for issue in issues:
            self.take_issue(issue)
        for entry in (*refused, *warned):
            self.take_entry(entry)

    def take_issue(self, issue: Mapping[str, Any]) -> bool:
        """Count what the loader reported; tell whether it is among the first of its cause, and so worth keeping."""
        cause = self._find(*_key_of(issue))
        cause.add(_place(issue), issue.get("value", ""))
        if issue["severity"] == "error" and (element := _ELEMENTS.get(issue["field"].partition("@")[0])):
            self._told.add((issue["source"], issue["line"], element))
        return cause.count <= MOST_KEPT

    def take_entry(self, entry: Mapping[str, Any]) -> bool:
        """Count what the gate found in a record; tell whether something of it is among the first of its cause."""
        worth = not entry["findings"]
        for key, finding in self._keys(entry):
            cause = self._find(*key)
            cause.add(_place(entry), finding["value"] or "")
            worth = worth or cause.count <= MOST_KEPT
        return worth

    @property
    def all(self) -> list[Cause]:
        """The causes: what left something out first, then by how often they were found."""
        return sorted(self._causes.values(), key=lambda cause: (_ORDER[cause.kind], -cause.count, cause.about))

    def details(
        self, issues: Iterable[Mapping[str, Any]], entries: Iterable[Mapping[str, Any]], most: int
    ) -> Iterator[dict[str, Any]]:
        """Yield what was found first of each cause, so many of each: issues of the loader, then records of the gate."""
        left = Counter({id(cause): most for cause in self._causes.values()})
        for issue in issues:
            cause = id(self._find(*_key_of(issue)))
            if left[cause] > 0:
                left[cause] -= 1
                yield {"stage": "loader", **issue}
        for entry in entries:
            causes = {id(self._find(*key)) for key, _ in self._keys(entry)}
            if any(left[cause] > 0 for cause in causes):
                left.subtract(causes)
                yield {"stage": "gate", **entry}

    def _keys(self, entry: Mapping[str, Any]) -> Iterator[tuple[tuple[Kind, str, str], Mapping[str, Any]]]:
        """Yield each finding of a record, but what follows from a value that the loader could not read."""
        for finding in entry["findings"]:
            follows = not finding["value"] and (entry["source"], entry["line"], finding["id"]) in self._told
            if finding["status"] in ("violated", "unknown") and finding["severity"] != "info" and not follows:
                kept_out: Kind = "listed" if entry["decision"] == "listed" else "refused"
                kind: Kind = kept_out if finding["severity"] == "violation" else "warned"
                words = " ".join(filter(None, (finding["message"].get("en"), finding["fix"].get("en"))))
                yield (kind, finding["id"], _common(words, finding["value"] or "")), finding

    def _find(self, kind: Kind, about: str, message: str) -> Cause:
        key = (kind, about, message)
        if key not in self._causes and len(self._causes) >= _MOST_CAUSES:
            key = (kind, about, "and more of other kinds")
        return self._causes.setdefault(key, Cause(*key))


def _key_of(issue: Mapping[str, Any]) -> tuple[Kind, str, str]:
    return issue["severity"], issue["field"], _common(issue["message"], issue.get("value", ""))


def _place(entry: Mapping[str, Any]) -> str:
    return ":".join(str(part) for part in (entry["source"], entry["line"]) if part)


def _common(message: str, value: str) -> str:
    """Return a message without what differs from row to row.

    >>> _common("'Klingon' is not one of: en, fi", "Klingon"), _common("stands in a.csv:12 already", "")
    ('… is not one of: en, fi', 'stands in … already')
    """
    if value:
        return _PLACE.sub("…", message.replace(repr(value), "…").replace(value, "…"))
    return _OWN.sub("…", message)


def _cut(value: str) -> str:
    text = " ".join(value.split())
    return repr(text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…")

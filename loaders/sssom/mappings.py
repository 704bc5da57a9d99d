"""The `sssom` format: a mapping set as TSV; a row becomes a mapping with its evidence and a review status."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import chain

from ..report import Report, SourceError
from ..request import Request
from ..sources import Member, find_members, read_lines
from ..statements import StatementWriter
from ..vocabulary import MC, OWL, SSSOM
from .head import Head, read_head

KINDS = ("tsv",)
_NEEDED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_ENDS = {"subject_id": "annotatedSource", "predicate_id": "annotatedProperty", "object_id": "annotatedTarget"}
_IRIS = frozenset(
    {"mapping_justification", "author_id", "reviewer_id", "creator_id", "object_source", "subject_source"}
)
_NUMBERS = frozenset({"confidence", "similarity_score"})
_DATES = frozenset({"mapping_date", "publication_date", "review_date"})
_LISTS = frozenset({"author_id", "reviewer_id", "creator_id", "author_label", "reviewer_label", "match_string"})
_TEXTS = frozenset({
    "author_label", "comment", "mapping_tool", "mapping_tool_version", "match_string", "object_label",
    "object_source_version", "predicate_modifier", "reviewer_label", "similarity_measure", "subject_label",
    "subject_source_version", "subject_type",
})  # fmt: skip
# Slots that the set may state once for all rows.
_FOR_ALL = frozenset({
    "mapping_date", "mapping_tool", "mapping_tool_version", "object_source", "object_source_version",
    "similarity_measure", "subject_source", "subject_source_version", "subject_type",
})  # fmt: skip
_BY_HAND = ("semapv:ManualMappingCuration", "semapv:MappingReview")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_BAR = re.compile(r"(?<!\\)\|")


def name_graph(request: Request) -> str:
    """Return the graph's name when the caller gave none: the first source's own name."""
    return request.sources[0].resolve().name.partition(".")[0]


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write every row as a mapping; a row with anything wrong is left out whole and reported with its line.

    Raises:
        SourceError: a file is not UTF-8, has no header row, or its quotes do not match.
    """
    writer.start_shared()
    count = 0
    for source in request.sources:
        for member in find_members(source, KINDS):
            count += _Set(member, request.base, writer, report).load()
    return {"mappings": count}


class _Set:
    def __init__(self, member: Member, base: str, writer: StatementWriter, report: Report) -> None:
        self._name = member.name
        self._lines = read_lines(member)
        self._base = base
        self._writer = writer
        self._report = report
        self._head = Head()
        self._seen: dict[str, int] = {}

    def load(self) -> int:
        before: list[tuple[int, str]] = []
        first = (0, "")
        for first in self._lines:
            if not first[1].startswith("#"):
                break
            before.append(first)
        else:
            raise SourceError("there is no header row", self._name, first[0])
        self._head = read_head(before, self._name, self._report)
        for slot in ("mapping_set_id", "license"):
            if slot not in self._head.slots:
                self._report.warning(self._name, 1, slot, "a mapping set should state it")
        count = 0
        for line, row in self._rows(first):
            try:
                count += self._write(line, row)
            except ValueError as error:
                self._report.error(self._name, line, "", f"the row is left out: {error}")
        return count

    def _rows(self, first: tuple[int, str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        reader = csv.reader((text for _, text in chain([first], self._lines)), delimiter="\t", strict=True)
        names: list[str] = []
        start = first[0]
        while True:
            line = start + reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise SourceError(f"not a row of TSV: {error}; check the quotes", self._name, line) from error
            if not names:
                names = [cell.strip() for cell in cells]
                if missing := [slot for slot in _NEEDED if slot not in names]:
                    raise SourceError(f"the columns {', '.join(missing)} are missing", self._name, line)
            elif len(cells) != len(names):
                self._report.error(
                    self._name, line, "", f"the row is left out: {len(cells)} cells for {len(names)} columns"
                )
            else:
                yield line, {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}

    def _write(self, line: int, row: Mapping[str, str]) -> int:
        """Write a mapping, whole or not at all; return how many were written."""
        shared = {slot: value for slot, value in self._head.slots.items() if slot in _FOR_ALL}
        slots = {**shared, **row}
        if missing := [slot for slot in _NEEDED if slot not in slots]:
            raise ValueError(f"{', '.join(missing)} is empty")
        if slots.get("predicate_modifier", "Not") != "Not":
            raise ValueError(f"predicate_modifier must be Not, got {slots['predicate_modifier'][:50]!r}")
        ends = {term: self._head.expanded(slots[slot]) for slot, term in _ENDS.items()}
        iris = [(slot, self._head.expanded(one)) for slot, one in _pieces(slots, _IRIS)]
        numbers = [(slot, _share(slot, one)) for slot, one in _pieces(slots, _NUMBERS)]
        dates = [(slot, _day(slot, one)) for slot, one in _pieces(slots, _DATES)]
        mapping = f"{self._base}/id/mapping/{_key(slots)}"
        if mapping in self._seen:
            raise ValueError(f"line {self._seen[mapping]} states the same mapping")
        self._seen[mapping] = line
        self._writer.add_type(mapping, SSSOM + "Mapping")
        for term, iri in ends.items():
            self._writer.add_iri(mapping, OWL + term, iri)
        for slot, iri in iris:
            self._writer.add_iri(mapping, SSSOM + slot, iri)
        for slot, number in numbers:
            self._writer.add_typed(mapping, SSSOM + slot, number, "decimal")
        for slot, day in dates:
            self._writer.add_typed(mapping, SSSOM + slot, day, "date")
        for slot, text in _pieces(slots, _TEXTS):
            self._writer.add_text(mapping, SSSOM + slot, text)
        self._writer.add_text(mapping, MC + "reviewStatus", _status(slots))
        for slot in row.keys() - set(_NEEDED) - _IRIS - _NUMBERS - _DATES - _TEXTS:
            if slot not in self._seen:
                self._seen[slot] = line
                self._report.info(self._name, line, slot, "this slot is not kept")
        return 1


def _pieces(slots: Mapping[str, str], names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield each value of some slots, in the order of the slots' names."""
    for slot in sorted(names & slots.keys()):
        values = _BAR.split(slots[slot]) if slot in _LISTS else [slots[slot]]
        yield from ((slot, value.strip().replace(r"\|", "|")) for value in values if value.strip())


def _share(slot: str, text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"{slot} must be a number from 0 to 1, got {text[:50]!r}")
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"


def _day(slot: str, text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError(f"{slot} must be a day such as 2026-11-30, got {text[:50]!r}")
    return text


def _key(slots: Mapping[str, str]) -> str:
    named = (slots[slot] for slot in (*_NEEDED, "predicate_modifier") if slot in slots)
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:16]


def _status(slots: Mapping[str, str]) -> str:
    """Return whether a person has looked at a mapping, and what became of it."""
    if "predicate_modifier" in slots:
        return "rejected"
    return "accepted" if "reviewer_id" in slots or slots["mapping_justification"] in _BY_HAND else "proposed"

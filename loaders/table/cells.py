"""Reads one row of a table as typed values; a value that cannot be read is reported with its place and left out."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from ..codes import CodeLists
from ..identifiers import is_web_iri
from ..report import Report
from ..rows import SourceRow
from ..vocabulary import ISCED_F, NQF, SCHEMES
from .columns import CODED, NOTHING, WORDED
from .own_words import SEPARATOR, OwnWords, as_word
from .plain_text import is_shouted, plain_text

UNREAD = "-"
_LONGEST_VALUE = 50
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DECIMAL = re.compile(r"[0-9]+([.,][0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_ESCO_SKILL = re.compile(r"http://data\.europa\.eu/esco/(skill|isced-f)/[A-Za-z0-9.-]+")


class Cells:
    """The cells of one row by column name."""

    def __init__(
        self, row: SourceRow, columns: list[str], source: str, codes: CodeLists, own: OwnWords, report: Report
    ) -> None:
        self.source = source
        self.line = row.line
        self._codes = codes
        self._own = own
        self._report = report
        self._texts: dict[str, str] = {}
        for number, text in enumerate(row.cells):
            column = columns[number] if number < len(columns) else ""
            if not column and text:
                self.refuse(f"column {number + 1}", f"{text[:50]!r} stands in a column without a name")
            elif column != UNREAD and (words := own.translated(column, self._clean(column, text))):
                self._texts[column] = words
        for number, problem in row.problems.items():
            column = columns[number] if number < len(columns) else f"column {number + 1}"
            if column != UNREAD:
                self.refuse(column, problem)
        if self._texts:
            self._fill()

    def refuse(self, field: str, message: str, value: str = "") -> None:
        """Report that a field, or the row, is left out; `value` is what the message repeats of the row, as it does."""
        self._report.error(self.source, self.line, field, message, value[:_LONGEST_VALUE])

    def warn(self, field: str, message: str, value: str = "") -> None:
        """Report what was read but should be looked at."""
        self._report.warning(self.source, self.line, field, message, value[:_LONGEST_VALUE])

    def note(self, field: str, message: str) -> None:
        """Report what was done with a field, or the row, and needs nobody's care."""
        self._report.info(self.source, self.line, field, message)

    @property
    def content(self) -> frozenset[tuple[str, str]]:
        """All that the row says, whatever the order of its columns."""
        return frozenset(self._texts.items())

    def text(self, column: str) -> str:
        """Return a cell's text, empty when there is none."""
        return self._texts.get(column, "")

    def parts(self, column: str) -> list[str]:
        """Return what stands between the `|` of a cell, in order; an empty part keeps its place."""
        text = self.text(column)
        return [part.strip() for part in text.split(SEPARATOR)] if text else []

    def texts(self, name: str) -> dict[str, str]:
        """Return the texts of the columns `name@language`, by language."""
        start = name + "@"
        return {column[len(start) :]: text for column, text in self._texts.items() if column.startswith(start)}

    def decimal(self, column: str, example: str) -> Decimal | None:
        """Return a number from 0 up; a comma may stand for the point, a unit may not stand behind it."""
        number = self._number(column, self.text(column), example)
        factor = self._own.factors.get(column)
        if factor is not None and number:
            number = (number * factor).normalize()
            self.note(column, f"multiplied by {factor}, as the map says")
        return number

    def numbers(self, column: str, example: str) -> list[Decimal | None]:
        """Return the numbers between the `|` of a cell, each in its place; a sign for per cent may follow."""
        return [self._number(column, part.removesuffix("%").rstrip(), example) for part in self.parts(column)]

    def date(self, column: str) -> str:
        """Return the date of an ISO 8601 date or time, empty when there is none."""
        text = self.text(column)
        return self._moment(column, text)[:10] if text else ""

    def moment(self, column: str) -> str:
        """Return an ISO 8601 time; a date alone means its first moment. Empty when there is none."""
        text = self.text(column)
        return self._moment(column, text) if text else ""

    def codes(self, column: str, scheme: str) -> list[tuple[str, dict[str, str]]]:
        """Return the concepts that the words of a cell name, each with its labels; `scheme` is a key of `SCHEMES`."""
        found: dict[str, dict[str, str]] = {}
        for word in filter(None, self.parts(column)):
            concept = self.find(word, scheme)
            if concept:
                found[concept] = self.labels(concept)
            else:
                self.refuse(column, f"{word[:50]!r} is not one of: {self._codes.words(SCHEMES[scheme])}", word)
        return list(found.items())

    def code_words(self, scheme: str) -> str:
        """Return the words that are codes of a scheme, for a message."""
        return self._codes.words(SCHEMES[scheme])

    def find(self, word: str, scheme: str) -> str | None:
        """Return the concept that a word names."""
        return self._codes.find(SCHEMES[scheme], word)

    def national_levels(self, column: str) -> list[str]:
        """Return levels of national frameworks; an IRI of the official list is taken though it is not among ours."""
        found = []
        for word in filter(None, self.parts(column)):
            concept = word if word.startswith(NQF) and is_web_iri(word) else self.find(word, "national level")
            if concept:
                found.append(concept)
            else:
                listed = self.code_words("national level")
                self.refuse(column, f"{word[:50]!r} is not one of: {listed}, nor an IRI below {NQF}", word)
        return list(dict.fromkeys(found))

    def fields(self, column: str) -> list[str]:
        """Return ISCED-F fields; a narrow or detailed field is known by its broad field.

        Spreadsheets drop the leading zero of `0613`; it is restored, since no code of ISCED-F 2013 reads two ways.
        """
        found = []
        for word in filter(None, self.parts(column)):
            code = word.removeprefix(ISCED_F)
            if concept := self._codes.find_field(code):
                found.append(concept)
            elif concept := self._codes.find_field("0" + code):
                found.append(concept)
                self.warn(column, f"{word} was read as 0{code}", word)
            else:
                self.refuse(column, f"{word[:50]!r} is not one of: {self._codes.words(SCHEMES['field'])}", word)
        return list(dict.fromkeys(found))

    def labels(self, concept: str) -> dict[str, str]:
        """Return the labels of a concept by language."""
        return dict(self._codes.labels.get(concept, {}))

    def web_iri(self, column: str) -> str:
        """Return an http or https address, empty when there is none."""
        text = self.text(column)
        if text and not is_web_iri(text):
            self.refuse(column, f"must be an address such as https://example.org/course, got {text[:50]!r}", text)
            return ""
        return text

    def skill_groups(self) -> list[list[str]]:
        """Return the ESCO skills of each learning outcome, in the order of the outcomes."""
        groups = []
        for part in self.parts("skills"):
            group = []
            for iri in part.split():
                if _ESCO_SKILL.fullmatch(iri):
                    group.append(iri)
                else:
                    self.refuse("skills", f"must be http://data.europa.eu/esco/skill/ and an id, got {iri[:100]!r}")
            groups.append(group)
        return groups

    def _fill(self) -> None:
        """Put the defaults where the row states nothing; where it states something else the row is right."""
        for column, text in self._own.defaults(self.text("provider")).items():
            stated = self._texts.setdefault(column, text)
            if stated != text and self._meaning(column, stated) != self._meaning(column, text):
                self.warn(column, f"the defaults say {text[:50]!r}; what the row states is kept", text)

    def _meaning(self, column: str, text: str) -> set[str]:
        if column not in CODED:
            return {as_word(text)}
        return {self.find(part, CODED[column]) or as_word(part) for part in text.split(SEPARATOR)}

    def _number(self, column: str, text: str, example: str) -> Decimal | None:
        if text and not _DECIMAL.fullmatch(text):
            self.refuse(column, f"must be a bare number such as {example}, got {text[:50]!r}", text)
            return None
        return Decimal(text.replace(",", ".")) if text else None

    def _moment(self, column: str, text: str) -> str:
        day, time = text[:10], text[10:]
        if _DATE.fullmatch(day) and (not time or _TIME.fullmatch(time)):
            moment = f"{day}T{time[1:] or '00:00:00'}"
            moment = moment + ":00" if len(moment) == 16 else moment
            try:
                datetime.datetime.fromisoformat(moment)
            except ValueError:
                pass
            else:
                return moment
        self.refuse(column, f"must be a date such as 2026-01-31, got {text[:50]!r}", text)
        return ""

    def _clean(self, column: str, text: str) -> str:
        if not text or text.lower() in NOTHING:
            return ""
        if _CONTROL.search(text):
            self.warn(column, "control characters were removed")
            text = _CONTROL.sub("", text)
        name = column.partition("@")[0]
        if name in WORDED:
            lists = name == "learning_outcomes" and SEPARATOR not in text
            text, changed = plain_text(text, SEPARATOR if lists else "\n")
            if changed:
                self.note(column, "HTML was turned into text")
        if name == "title" and is_shouted(text):
            self.warn(column, "the title is all in capitals; it is kept so")
        if text.startswith("="):
            self.warn(column, "looks like a formula; it is kept as text")
        return text

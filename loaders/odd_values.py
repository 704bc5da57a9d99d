"""Odd IRIs and language tags of a source: mended or left out, and told with the line where the source has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from .identifiers import InvalidIri, InvalidTag, iri_term, mended_tag
from .report import Report, Severity
from .sources import Member

_MOST_SOUGHT = 1 << 26
_LEFT_OUT = "the statement is left out"
_WORDS = re.compile(r"[/#]")

Rename = Callable[[str, int], str]
Statement = tuple[str, str, str]


class OddValues:
    """Takes the statements of one file to those that parse strictly; what is odd costs its statement and is told."""

    def __init__(self, member: Member, number: int, report: Report, severity: Severity = "error") -> None:
        self._member = member
        self._number = number
        self._report = report
        self._severity = severity
        self._text: bytes | None = None
        self._told: set[str] = set()

    def strict(self, statement: Statement, rename: Rename) -> Statement | None:
        """Return a statement with its terms renamed and its tag mended, None for one that is left out."""
        subject, predicate, value = statement
        try:
            return (
                rename(subject, self._number), rename(predicate, self._number),
                rename(self._mended(value, predicate), self._number),
            )  # fmt: skip
        except (InvalidIri, InvalidTag) as error:
            odd = next((each for each in map(_odd_part, statement) if each), value)
            self._report.left_out(
                self._severity, self._member.name, self.line_of(odd), predicate[1:-1], f"{error}; {_LEFT_OUT}"
            )
            return None

    def told_tag(self, tag: str, line: int) -> None:
        """Tell of a tag that was mended before the file was parsed."""
        self._report.warning(
            self._member.name, line, "", f"the language tag {tag!r} is read as {tag.replace('_', '-')!r} (BCP 47)"
        )

    def told_kind(self, says: str) -> None:
        """Tell, once, that the file is of another model than those that are read here."""
        if says not in self._told:
            self._told.add(says)
            self._report.warning(self._member.name, 0, "", says)

    def line_of(self, odd: str) -> int:
        """Return the line on which a file first has a value, its last part or its beginning; 0 for none.

        A prefix stands for its beginning, on a line of its own.
        """
        if self._text is None:
            with self._member.open() as stream:
                self._text = stream.read(_MOST_SOUGHT)
        for words in (odd, _WORDS.split(odd)[-1], *(odd[:end] for end in range(min(len(odd), 300) - 1, 7, -1))):
            place = self._text.find(words.encode("utf-8", "surrogatepass")) if words else -1
            if place >= 0:
                return self._text.count(b"\n", 0, place) + 1
        return 0

    def _mended(self, value: str, predicate: str) -> str:
        tag = _tag(value)
        if not tag:
            return value
        mended = mended_tag(tag)
        if mended != tag and tag not in self._told:
            self._told.add(tag)
            self.told_tag(tag, self.line_of(tag))
        return value[: -len(tag)] + mended


def _tag(term: str) -> str:
    return "" if term[0] != '"' or term[-1] in '">' else term[term.rindex('"') + 2 :]


@lru_cache(maxsize=1024)
def _odd_part(term: str) -> str:
    """Return the IRI or the tag in a term that is odd, empty where none is."""
    try:
        if term[0] == "<":
            iri_term(term[1:-1])
        elif term[0] == '"' and term[-1] == ">":
            iri_term(term[term.rindex("^^") + 3 : -1])
        elif tag := _tag(term):
            mended_tag(tag)
    except InvalidIri:
        return term[1:-1] if term[0] == "<" else term[term.rindex("^^") + 3 : -1]
    except InvalidTag:
        return tag
    return ""

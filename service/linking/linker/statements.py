"""Cuts a long text into statements: sentences, lines, entries of lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHORT = 200
_LONGEST = 400
# After a full stop a capital, a digit or a bullet follows; before one, no single letter and no usual abbreviation.
_END = re.compile(
    r"(?<=[.!?…])(?<!\b\w\.)(?<!\be\.g\.)(?<!\betc\.)(?<!\besim\.)(?<!\bt\.ex\.)\s+(?=[\W\d]*[^\W\d_a-zåäö])"
    r"|[;\r\n]+|\s[•·▪–*-]\s"
)
_BREAK = re.compile(r",\s|\s")


def statements_of(text: str) -> list[tuple[int, int]]:
    """Return where the statements of a text begin and end; a short text on one line is one statement.

    >>> text = "Students learn to weld. They also learn to read drawings,\\nto measure" + " and to cut steel" * 9
    >>> [text[start:end][:24] for start, end in statements_of(text)]
    ['Students learn to weld.', 'They also learn to read ', 'to measure and to cut st']
    """
    whole = _trimmed(text, 0, len(text))
    if whole[1] - whole[0] <= _SHORT and not re.search(r"[\r\n]", text[slice(*whole)]):
        return [whole] if whole[0] < whole[1] else []
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        found += _pieces(text, start, match.start())
        start = match.end()
    return [*found, *_pieces(text, start, len(text))]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give a sentence, or pieces of one that is too long, cut after a comma or a word."""
    start, end = _trimmed(text, start, end)
    while end - start > _LONGEST:
        breaks = [match.end() for match in _BREAK.finditer(text, start + _LONGEST // 2, start + _LONGEST)]
        commas = [place for place in breaks if text[place - 2 : place - 1] == ","]
        cut = (commas or breaks or [start + _LONGEST])[-1]
        yield _trimmed(text, start, cut)
        start, end = _trimmed(text, cut, end)
    if start < end:
        yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), max(start, end - len(part) + len(part.rstrip()))

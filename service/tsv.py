"""Reads SPARQL 1.1 TSV that our own engine wrote, as texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


def rows_from_tsv(data: bytes) -> Iterator[list[str]]:
    """Yield the rows, IRIs and literals alike as texts; an unbound variable is the empty text."""
    for line in data.decode().split("\n")[1:-1]:
        yield [_text(cell) for cell in line.split("\t")]


def _text(cell: str) -> str:
    if cell.startswith("<"):
        return cell[1:-1]
    if not cell.startswith('"'):
        return cell  # a number stands without quotes
    text = cell[1 : cell.rindex('"')]
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text

"""Moves very many statements: reads tables that the embedded engine writes, and cuts a file in two for two cores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

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


# Below, nothing is gained; above, the engine uses two cores by itself, and the halves, which are loaded once more
# without the names of their graphs, would fill the memory.
_HALVED = range(4 << 20, 128 << 20)


def halves_of(nquads: Path) -> tuple[bytes, ...]:
    """Return the two halves of a file, cut between lines; nothing of a file that had better be read whole.

    That is a small or a huge one, and one with blank nodes, whose labels hold for the whole of a document.
    """
    size = nquads.stat().st_size
    if size not in _HALVED:
        return ()
    with nquads.open("rb") as file:
        halves = file.read(size // 2) + file.readline(), file.read()
    return () if any(b"_:" in half for half in halves) else halves

"""Reads the records of a loader's N-Quads file (docs/model.md §3): where each is, its types, what it requires first.

The marks of records are also written in loaders/statements.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..rdf.terms import RDF_TYPE
from .loops import Needs

_MC = b"https://w3id.org/pinoamo/ns#"
_MARK = re.compile(rb"# (?:record <([^<>]*)> (.*)|shared)\s*\Z")
# The path from a tree to the micro-credentials that it names is also written in service/stacking/requirements/facts.py,
# queries/gate/needs.rq and shapes/eu/specification.ttl.
_REQUIRED = re.compile(
    rb"<([^<>]*)>\s+<" + re.escape(_MC) + rb"(prerequisite|corequisite|part|filter|credential)>\s+<([^<>]*)>"
)
_ROOTS = (b"prerequisite", b"corequisite")
_RDF_TYPE = f"<{RDF_TYPE}>".encode()
_SHARED_BYTES = 1 << 20


class Block(NamedTuple):
    """Statements of one record, or a stretch of statements that belong to none (`iri` and `place` are empty)."""

    iri: str
    place: str
    nquads: bytes
    offset: int = 0


class Outline(NamedTuple):
    """A record without its statements. `needs` are the micro-credentials that its trees before and beside it name."""

    iri: str
    place: str
    offset: int
    types: tuple[str, ...]
    needs: Needs


def read_blocks(path: Path, offset: int = 0) -> Iterator[Block]:
    """Read a file block by block, from a place where a mark stands; shared stretches come in pieces of 1 MiB."""
    iri, place, start, size, lines = "", "", offset, 0, list[bytes]()
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            mark = _MARK.match(line) if line.startswith(b"# ") else None
            if mark or (not iri and size >= _SHARED_BYTES):
                if lines:
                    yield Block(iri, place, b"".join(lines), start)
                start, size, lines = start + size, 0, []
            if mark:
                iri, place = (mark[1] or b"").decode("utf-8", "replace"), (mark[2] or b"").decode("utf-8", "replace")
            lines.append(line)
            size += len(line)
        if lines:
            yield Block(iri, place, b"".join(lines), start)


class BlockLinks(NamedTuple):
    """How the IRIs of a block hang together: types by IRI, and the IRIs that other statements point to."""

    types: dict[str, list[str]]
    referred: set[str]


def outline(block: Block) -> Outline:
    """Return what other records of the same load need to know of a record."""
    return Outline(
        block.iri, block.place, block.offset, _types(block), Needs(*(_required(block, root) for root in _ROOTS))
    )


def links_in(nquads: bytes) -> BlockLinks:
    """Return the links between IRIs that a block states; a line that is no N-Quads is passed over."""
    types: dict[str, list[str]] = {}
    referred = set()
    for parts in map(_parts, nquads.splitlines()):
        if len(parts) < 4 or not parts[2].startswith(b"<"):
            continue
        if parts[1] == _RDF_TYPE:
            types.setdefault(_iri(parts[0]), []).append(_iri(parts[2]))
        else:
            referred.add(parts[2])
    return BlockLinks(types, {_iri(value) for value in referred})


def _parts(line: bytes) -> list[bytes]:
    # No IRI holds white space, so a split does the work of a parser, many times faster than a pattern.
    return line.split(None, 3)


def _iri(term: bytes) -> str:
    return term[1:-1].decode("utf-8", "replace")


def _types(block: Block) -> tuple[str, ...]:
    start = f"<{block.iri}>".encode()
    found = (_parts(line) for line in block.nquads.splitlines() if line.startswith(start) and _RDF_TYPE in line)
    return tuple(_iri(parts[2]) for parts in found if len(parts) == 4 and parts[1] == _RDF_TYPE)


def _required(block: Block, root: bytes) -> tuple[str, ...]:
    if _MC + root + b">" not in block.nquads:
        return ()
    below: defaultdict[bytes, list[tuple[bytes, bytes]]] = defaultdict(list)
    for line in block.nquads.splitlines():
        if _MC in line and (link := _REQUIRED.match(line)):  # most lines need no pattern
            below[link[1]].append((link[2], link[3]))
    found: dict[str, None] = {}
    queue = [value for predicate, value in below[block.iri.encode()] if predicate == root]
    seen = set(queue)
    while queue:
        for predicate, value in below[queue.pop()]:
            if predicate == b"credential":
                found[value.decode("utf-8", "replace")] = None
            elif predicate not in _ROOTS and value not in seen:
                seen.add(value)
                queue.append(value)
    return tuple(found)

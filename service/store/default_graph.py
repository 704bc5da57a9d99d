"""The default graph of a store, where it is kept: what its named graphs state, each statement once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import pyoxigraph as ox

# The last term of a line: no text can end a line so, and a line that is a comment stays one.
_GRAPH = re.compile(rb"<[^<>\"\s]*>[ \t]*\.(?=[ \t\r]*$)", re.MULTILINE)
_NO_STATEMENT = re.compile(rb"^[ \t]*(?:#.*|\r?(?=\n))", re.MULTILINE)
_COMMENT_BEHIND = re.compile(rb">[ \t]*\.[ \t]*#")
_CHUNK = 1 << 20


def is_kept(store: ox.Store) -> bool:
    """Tell whether the default graph is the set of all that the named graphs state.

    It holds nothing, and they do, in a store of before it was kept, and in a copy that gave it up.
    """
    return _has(store, ox.DefaultGraph()) or not _has(store, None)


def make(store: ox.Store) -> None:
    """Make the default graph anew from the named graphs, in bulk; some ten microseconds a statement."""
    give_up(store)
    add_named(store)


def add_named(store: ox.Store) -> None:
    """Add to the default graph what the named graphs state."""
    add_to(store, (quad for graph in store.named_graphs() for quad in statements_of(store, graph)))


def add_to(store: ox.Store, quads: Iterable[ox.Quad]) -> None:
    """Add statements to the default graph, whatever graph they are of."""
    store.bulk_extend(_in_default(quad) for quad in quads)


def give_up(store: ox.Store) -> None:
    """Empty the default graph: one range of keys is marked as deleted, which takes no time."""
    store.clear_graph(ox.DefaultGraph())


def leave_out(store: ox.Store, graph: ox.NamedNode) -> None:
    """Take out of the default graph what only one graph states, which is about to go; some 30 microseconds each."""
    for quad in statements_of(store, graph):
        if is_only_in(store, quad, graph):
            store.remove(_in_default(quad))


def is_only_in(store: ox.Store, quad: ox.Quad, graph: ox.NamedNode) -> bool:
    """Tell whether no named graph but this one holds a statement."""
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return all(each.graph_name in (graph, ox.DefaultGraph()) for each in found)


def both(quad: ox.Quad) -> tuple[ox.Quad, ox.Quad]:
    """Return a statement of a named graph, and the same in the default graph."""
    return quad, _in_default(quad)


class NotPlain(Exception):
    """N-Quads of which not every line can be told to name its graph last, without reading it as N-Quads."""


def without_names(nquads: bytes) -> bytes:
    """Return whole lines of N-Quads without the names of their graphs.

    Raises:
        NotPlain: a statement has none, or is written in a way of its own, such as with a comment behind it.
    """
    text, names = _GRAPH.subn(b".", nquads)
    lines = nquads.count(b"\n") + (not nquads.endswith(b"\n") and bool(nquads))
    if names + len(_NO_STATEMENT.findall(nquads)) != lines or _COMMENT_BEHIND.search(nquads):
        raise NotPlain
    return text


class Doubled:
    """N-Quads to be read that state everything a second time, in the default graph.

    It is one document: a blank node is the same both times.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting = b""

    def __enter__(self) -> Doubled:
        self._file: IO[bytes] = self._path.open("rb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes; none at the end."""
        if not self._waiting:
            lines = self._file.read(_CHUNK) + self._file.readline()
            if lines and not lines.endswith(b"\n"):
                lines += b"\n"
            self._waiting = lines + without_names(lines)
        size = len(self._waiting) if size < 0 else size
        given, self._waiting = self._waiting[:size], self._waiting[size:]
        return given


def statements_of(store: ox.Store, graph: ox.NamedNode | ox.BlankNode) -> Iterator[ox.Quad]:
    """Yield the statements of one named graph."""
    return store.quads_for_pattern(None, None, None, graph)


def _in_default(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object)


def _has(store: ox.Store, graph: ox.DefaultGraph | None) -> bool:
    return next(iter(store.quads_for_pattern(None, None, None, graph)), None) is not None

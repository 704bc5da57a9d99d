"""Finds literals in N-Quads that are none of their datatype: a store keeps them, and no query can compare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import InvalidArgument
from ..rdf.datatypes import is_well_typed
from ..rdf.media_types import N_QUADS
from ..rdf.namespaces import XSD
from ..rdf.syntax import triples_from_text
from ..rdf.terms import local_name

_TYPED = b'"^^<' + XSD.encode()
_MOST_SHOWN = 100


class IllTyped(NamedTuple):
    """A statement with such a literal: what it is about, in words what is wrong, and its line as it stands."""

    subject: str
    fault: str
    line: bytes


def ill_typed(nquads: bytes) -> Iterator[IllTyped]:
    """Yield the statements whose literals are none of their datatype by XML Schema 1.1, each line once.

    Lines are those of a loader: one statement each, terms apart by one space.
    """
    # Every record passes here. Most have a dozen typed literals, and looking for words is faster than a pattern.
    place = nquads.find(_TYPED)
    while place >= 0:
        start, end = nquads.rfind(b"\n", 0, place) + 1, nquads.find(b"\n", place) + 1 or len(nquads)
        text = nquads[nquads.find(b'"', start) + 1 : place]
        name = nquads[place + len(_TYPED) : nquads.find(b">", place + len(_TYPED))]
        # With a backslash in it the text may be another than it looks, or go on.
        if b"\\" in text or not _is_one(text, name):
            yield from _fault(nquads[start:end])
        place = nquads.find(_TYPED, end)


def _is_one(text: bytes, name: bytes) -> bool:
    return is_well_typed(text.decode("utf-8", "replace"), XSD + name.decode("utf-8", "replace"))


def _fault(line: bytes) -> Iterator[IllTyped]:
    try:
        subject, predicate, value = next(triples_from_text(line, N_QUADS))
    except InvalidArgument:
        return  # no statement at all: the gate tells of those
    if value.datatype and not is_well_typed(value.value, value.datatype):
        what = f"{value.value[:_MOST_SHOWN]!r} is no xsd:{local_name(value.datatype)} ({predicate})"
        yield IllTyped(subject.value, what, line)

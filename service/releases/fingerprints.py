"""Computes a fingerprint of every record of a store: equal when, and only when, the same is stated of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..rdf.media_types import N_TRIPLES
from ..resources import QUERIES
from ..sparql.named_queries import load_queries
from ..store.oxigraph import OxigraphStore
from ..store.protocol import Store

_ORGANISATION = "organisation"
_SIZE = 16
_RING = 1 << (8 * _SIZE)
# An offer points at what it offers, not the other way round.
_OFFERS = b"<http://data.europa.eu/snb/model/elm/learningAchievementSpecification>"


class Fingerprint(NamedTuple):
    """A record, its kind (credential, programme or module), and what is stated of it as a number in hexadecimal."""

    iri: str
    kind: str
    value: str


def fingerprints(store: OxigraphStore) -> Iterator[Fingerprint]:
    """Return the fingerprint of every record, sorted by IRI (by code point).

    What is stated of a record is every statement about it and its parts (`IRI#…`) in the graphs that type it, and
    about the parts with names of their own that these lead to. Statements about organisations, about other records and
    in graphs that hold no record, such as the derived one and ESCO, do not count.

    Each such graph is read once, and once more when it has parts with names of their own. Memory grows with the number
    of records. The order of statements does not matter: a fingerprint is a sum of hashes (ours).
    """
    things = _things(store)
    kinds = _kinds(things)
    graphs = {graph for graph, kind in things if kind != _ORGANISATION}
    sums: dict[str, int] = {}
    for graph in sorted(graphs):
        for iri, value in _of_graph(store, graph, kinds, things.get((graph, _ORGANISATION), frozenset())):
            sums[iri] = (sums.get(iri, 0) + value) % _RING
    for iri in sorted(kinds):
        yield Fingerprint(iri, kinds[iri], f"{sums[iri]:0{2 * _SIZE}x}")


def record_kinds(store: Store) -> Mapping[str, str]:
    """Return every record of a store with its kind; one query."""
    return _kinds(_things(store))


def _things(store: Store) -> Mapping[tuple[str, str], frozenset[str]]:
    rows = store.select(load_queries(QUERIES / "index")["records"].text).rows
    return {(row["graph"].value, row["kind"].value): frozenset(row["things"].value.split(" ")) for row in rows}


def _kinds(things: Mapping[tuple[str, str], frozenset[str]]) -> Mapping[str, str]:
    # The kind that sorts first wins when something has two.
    order = sorted(things, key=lambda key: key[1], reverse=True)
    return {iri: kind for graph, kind in order if kind != _ORGANISATION for iri in things[graph, kind]}


def _of_graph(
    store: OxigraphStore, graph: str, kinds: Mapping[str, str], organisations: frozenset[str]
) -> Iterator[tuple[str, int]]:
    sums: dict[str, int] = {}

    def add(subject: bytes, line: bytes) -> None:
        owner = _owner(subject)
        digest = hashlib.blake2b(line, digest_size=_SIZE).digest()
        sums[owner] = (sums.get(owner, 0) + int.from_bytes(digest)) % _RING

    store.dump(_Lines(add), N_TRIPLES, graph=graph)
    parts = {owner for owner in sums if owner not in kinds and owner not in organisations}
    links = _links(store, graph, parts) if parts else {}
    for iri in kinds:
        if iri in sums:
            yield iri, sum(sums[node] for node in _reached(iri, links)) % _RING


def _links(store: OxigraphStore, graph: str, parts: set[str]) -> Mapping[str, set[str]]:
    links: dict[str, set[str]] = {}

    def add(subject: bytes, line: bytes) -> None:
        _, predicate, value = line.split(b" ", 2)
        if not value.startswith(b"<"):
            return
        start, end = _owner(subject), _owner(value.removesuffix(b" ."))
        if predicate == _OFFERS and start in parts:
            links.setdefault(end, set()).add(start)
        if end in parts and start != end:
            links.setdefault(start, set()).add(end)

    store.dump(_Lines(add), N_TRIPLES, graph=graph)
    return links


def _reached(iri: str, links: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {iri}, [iri]
    while waiting:
        new = links.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def _owner(node: bytes) -> str:
    return node.strip(b"<>").partition(b"#")[0].decode()


class _Lines:
    """Takes N-Triples in pieces of any size and hands on each statement with its subject."""

    def __init__(self, take: Callable[[bytes, bytes], None]) -> None:
        self._take = take
        self._rest = b""

    def write(self, data: bytes) -> int:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.partition(b" ")[0], line)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back but an unfinished line."""

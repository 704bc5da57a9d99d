"""Reads a graph once into the things it describes, each with a number that changes when what is said of it does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..rdf.media_types import N_TRIPLES
from ..rdf.namespaces import ELM, ESCO, MC, SKOS
from ..rdf.statements import Triple
from ..rdf.syntax import text_from_triples
from ..rdf.terms import RDF_TYPE
from ..store.oxigraph import OxigraphStore
from ..store.statement_store import StatementStore

# The first kind counts when a thing has two.
_KINDS: Mapping[str, str] = {
    MC + "MicroCredential": "credential",
    MC + "ProgrammeModule": "module",
    MC + "DegreeProgramme": "programme",
    MC + "ListedAchievement": "listed",
    ELM + "Organisation": "organisation",
    ESCO + "Skill": "skill",
    ESCO + "Occupation": "occupation",
    SKOS + "Concept": "concept",
    SKOS + "ConceptScheme": "scheme",
}
SIZE = 16
"""Bytes of a number that stands for statements."""
RING = 1 << (8 * SIZE)
"""Such numbers are added and subtracted modulo this."""
# An offer points at what it offers, not the other way round.
_OFFERS = b"<http://data.europa.eu/snb/model/elm/learningAchievementSpecification>"


_TYPED = f" <{RDF_TYPE}> ".encode()


class Thing(NamedTuple):
    """A thing that a graph describes: its kind, and a number that stands for what is said of it and its parts."""

    kind: str
    value: int


def kinds_in(store: StatementStore, graph: str) -> dict[str, str]:
    """Return the records, organisations and concepts that a graph describes, each with its kind."""
    found: dict[str, str] = {}
    for class_iri, kind in _KINDS.items():
        for triple in store.statements(graph, value=class_iri):
            if triple.predicate == RDF_TYPE:
                found.setdefault(triple.subject.value, kind)
    return found


def things_in(store: StatementStore, graph: str) -> Mapping[str, Thing]:
    """Return the records, organisations and concepts that a graph describes; reads it once, or twice (see below)."""
    kinds = kinds_in(store, graph)
    return {iri: Thing(kinds[iri], value) for iri, value in sums_with_parts(store, graph, kinds) if iri in kinds}


def kind_of(store: StatementStore, graph: str, iri: str) -> str:
    """Return the kind of a thing in a graph; empty for a part, and for what the graph does not describe."""
    types = store.types_of(iri, graph)
    return next((kind for class_iri, kind in _KINDS.items() if class_iri in types), "")


def sum_of(triples: Iterable[Triple]) -> int:
    """Return the number that stands for some statements, each counted as often as it is given."""
    return sum(map(_hash, text_from_triples(triples, N_TRIPLES).splitlines())) % RING


def kinds_of(triples: Iterable[Triple]) -> dict[str, str]:
    """Return the records, organisations and concepts that some statements give a type, each with its kind."""
    typed = (triple for triple in triples if triple.predicate == RDF_TYPE)
    return {triple.subject.value: _KINDS[triple.object.value] for triple in typed if triple.object.value in _KINDS}


def kinds_in_file(nquads: Path) -> dict[str, str]:
    """Return the records, organisations and concepts that a loader's N-Quads describe, each with its kind."""
    order = {f"<{class_iri}>".encode(): (place, kind) for place, (class_iri, kind) in enumerate(_KINDS.items())}
    found: dict[bytes, tuple[int, str]] = {}
    with nquads.open("rb") as file:
        for line in file:
            if _TYPED in line:
                subject, predicate, value, _ = line.split(b" ", 3)
                if predicate == _TYPED.strip() and value in order:
                    found[subject] = min(order[value], found.get(subject, order[value]))
    return {subject.strip(b"<>").decode(): kind for subject, (_, kind) in found.items()}


def sums_with_parts(store: OxigraphStore, graph: str, wholes: Container[str]) -> Iterator[tuple[str, int]]:
    """Yield each whole that is a subject of a graph, with a number that stands for what is said of it and its parts.

    Parts are what is named `WHOLE#…`, and what has a name of its own, is no whole, and is led to. The graph is read
    once, and once more when it has parts with names of their own. The order of statements does not matter: the number
    is a sum of hashes (ours).
    """
    sums: dict[str, int] = {}

    def add(subject: bytes, line: bytes) -> None:
        owner = _owner(subject)
        sums[owner] = (sums.get(owner, 0) + _hash(line)) % RING

    store.dump(_Lines(add), N_TRIPLES, graph=graph)
    parts = {owner for owner in sums if owner not in wholes}
    links = _links(store, graph, parts) if parts else {}
    for iri in sums:
        if iri in wholes:
            yield iri, sum(sums[node] for node in _reached(iri, links)) % RING


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


def _hash(line: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(line, digest_size=SIZE).digest())


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

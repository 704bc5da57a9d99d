"""Computes a fingerprint of every record of a store: equal when, and only when, the same is stated of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..resources import QUERIES
from ..sparql.named_queries import load_queries
from ..store.oxigraph import OxigraphStore
from ..store.protocol import Store
from ..work_store.graph_contents import RING, SIZE, sums_with_parts

_ORGANISATION = "organisation"


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
        organisations = things.get((graph, _ORGANISATION), frozenset())
        for iri, value in sums_with_parts(store, graph, kinds.keys() | organisations):
            if iri in kinds:
                sums[iri] = (sums.get(iri, 0) + value) % RING
    for iri in sorted(kinds):
        yield Fingerprint(iri, kinds[iri], f"{sums[iri]:0{2 * SIZE}x}")


def record_kinds(store: Store) -> Mapping[str, str]:
    """Return every record and organisation of a store with its kind; one query."""
    things = _things(store)
    organisations = (names for (_, kind), names in things.items() if kind == _ORGANISATION)
    return {**{iri: _ORGANISATION for names in organisations for iri in names}, **_kinds(things)}


def _things(store: Store) -> Mapping[tuple[str, str], frozenset[str]]:
    rows = store.select(load_queries(QUERIES / "index")["records"].text).rows
    return {(row["graph"].value, row["kind"].value): frozenset(row["things"].value.split(" ")) for row in rows}


def _kinds(things: Mapping[tuple[str, str], frozenset[str]]) -> Mapping[str, str]:
    # The kind that sorts first wins when something has two.
    order = sorted(things, key=lambda key: key[1], reverse=True)
    return {iri: kind for graph, kind in order if kind != _ORGANISATION for iri in things[graph, kind]}

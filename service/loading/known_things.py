"""Asks a store what it says of the things that records refer to, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ..rdf.namespaces import ELM
from ..rdf.statements import Triple
from ..rdf.terms import Term
from ..sparql.binding import bind
from ..sparql.named_queries import NamedQuery
from ..store.oxigraph import OxigraphStore
from ..validation.loops import Needs

_BATCH = 400


class KnownThings:
    """What a store says of IRIs: one query for every 400 IRIs. What a thing is, is remembered.

    `graph` is the one that records go to. It counts for nothing when it is about to be `replaced`; otherwise it does
    not count for what is asked of the records themselves, in whose place the new ones come. What graphs that are
    `yielding` describe or state does not stand in the way of a record.
    """

    def __init__(
        self,
        store: OxigraphStore,
        queries: Mapping[str, NamedQuery],
        graph: str = "",
        *,
        replaced: bool = True,
        yielding: Collection[str] = (),
    ) -> None:
        """Take the queries of `queries/gate`."""
        self._store = store
        self._queries = queries
        self._graph = [graph] if graph else []
        self._yielding = frozenset(yielding)
        self._replaced = self._graph if replaced else []
        self._assured: dict[str, Sequence[Triple]] = {}
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def types(self, iris: Iterable[str]) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return (types, schemes) of each IRI; both are empty for what the store does not know."""
        asked = dict.fromkeys(iris)
        for batch in batched((iri for iri in asked if iri not in self._known), _BATCH):
            self._ask(batch)
        return {iri: self._known[iri] for iri in asked}

    def described_elsewhere(self, records: Iterable[str]) -> Mapping[str, str]:
        """See `gate_across.Stored`."""
        return {row["record"].value: row["graph"].value for row in self._elsewhere("described-elsewhere", records)}

    def stated_elsewhere(self, records: Iterable[str]) -> Mapping[tuple[str, str], str]:
        """See `gate_across.Stored`."""
        rows = self._elsewhere("stated-elsewhere", records)
        return {(row["record"].value, row["relation"].value): row["graph"].value for row in rows}

    def needs(self, records: Collection[str], batch: Container[str]) -> Mapping[str, Needs]:
        """See `gate_across.Stored`."""
        found: dict[str, tuple[list[str], list[str]]] = {}
        inside = [iri for iri in records if iri in batch]
        for asked, left_out in ((inside, self._graph), ([i for i in records if i not in batch], self._replaced)):
            for some in batched(asked, _BATCH):
                text = bind(self._queries["needs"], {"record": some, "left_out": left_out})
                for row in self._store.select(text).rows:
                    sides = found.setdefault(row["record"].value, ([], []))
                    sides[row["relation"].value.endswith("corequisite")].append(row["required"].value)
        return {iri: Needs(*sides) for iri, sides in found.items()}

    def assurances(self, organisations: Iterable[str]) -> Mapping[str, Sequence[Triple]]:
        """See `across_records.Stored`."""
        asked = dict.fromkeys(organisations)
        for batch in batched((iri for iri in asked if iri not in self._assured), _BATCH):
            found: dict[str, list[Triple]] = {iri: [] for iri in batch}
            text = bind(self._queries["known-quality"], {"organisation": batch, "left_out": self._replaced})
            for row in self._store.select(text).rows:
                owner, statement = row["organisation"], row["statement"]
                found[owner.value] += [
                    Triple(owner, ELM + "accreditation", statement),
                    Triple(statement, row["property"].value, row["value"]),
                ]
            self._assured.update(found)
        return {iri: self._assured[iri] for iri in asked}

    def _elsewhere(self, name: str, records: Iterable[str]) -> Iterator[Mapping[str, Term]]:
        for batch in batched(records, _BATCH):
            text = bind(self._queries[name], {"record": batch, "left_out": self._graph})
            yield from (row for row in self._store.select(text).rows if row["graph"].value not in self._yielding)

    def _ask(self, iris: Sequence[str]) -> None:
        types: dict[str, list[str]] = {iri: [] for iri in iris}
        schemes: dict[str, list[str]] = {iri: [] for iri in iris}
        text = bind(self._queries["known-types"], {"thing": iris, "left_out": self._replaced})
        for thing, kind, scheme in self._store.table(text):
            if kind:
                types[thing].append(kind)
            if scheme:
                schemes[thing].append(scheme)
        for iri in iris:
            self._known[iri] = (tuple(sorted(types[iri])), tuple(sorted(schemes[iri])))


def knows_skills(store: OxigraphStore, queries: Mapping[str, NamedQuery]) -> bool:
    """Tell whether any skill of ESCO is known; without one, every skill that a record names is unknown."""
    return store.ask(queries["knows-skills"].text)


def batched(items: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield the items in tuples of `size`; the last may be shorter."""
    waiting = iter(items)
    while batch := tuple(islice(waiting, size)):
        yield batch

"""Asks the work store what the graphs of other sources say."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..rdf.statements import Triple
from ..store.statement_store import StatementStore
from ..work_store.record_nodes import TREES
from ..work_store.work_store import ORIGIN, Source
from .ownership import Description


class OtherSources:
    """What a store says outside one graph; `official` are the graphs that the operator loaded from files."""

    def __init__(self, store: StatementStore, graph: str, official: Collection[str]) -> None:
        self._store = store
        self._graph = graph
        self._official = official

    def description(self, subject: str) -> Description | None:
        """See `ownership.Others`."""
        found = {
            graph for graph, triple in self._store.said_of(subject)
            if graph != self._graph and triple.predicate not in TREES
        }  # fmt: skip
        official = sorted(graph for graph in found if graph in self._official)
        if official:
            return Description(official[0], official=True)
        return Description(min(found), official=False) if found else None

    def says(self, triple: Triple) -> bool:
        """See `ownership.Others`."""
        graphs = self._store.graphs_with(triple.subject, triple.predicate, triple.object)
        return any(graph != self._graph for graph in graphs)


def official_graphs(sources: Iterable[Source]) -> frozenset[str]:
    """Return the graphs that the operator loaded from files, and our vocabulary."""
    return frozenset(source.graph for source in sources if source.origins != (ORIGIN,))

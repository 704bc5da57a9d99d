"""Public queries over the graphs that they name: one default graph, in which each statement stands once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import BadRequest
from ..rdf.statements import RowStream, Triple
from ..sparql.dataset import Dataset, dataset_of
from .graph_table import GraphTable
from .oxigraph import EVERY_GRAPH, OxigraphStore

BYTES_A_STATEMENT = 1000
"""What a statement of a merged set takes in memory, at most: 750 were measured with ESCO."""


class Datasets:
    """The datasets of one store. What is merged for a query is kept for the next one.

    `table` tells which graphs overlap; without any, as in a release of before there was one, the engine's union
    answers, in which a statement of two graphs counts twice. `most` is how many statements may be merged in memory.
    """

    def __init__(self, store: OxigraphStore, table: GraphTable | None, most: int) -> None:
        self._store = store
        self._table = table
        self._most = most
        self._merged: dict[Dataset, OxigraphStore] = {}
        self._held = 0

    def evaluate(
        self,
        query: str,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        prefixes: Mapping[str, str] | None = None,
        base_iri: str | None = None,
        unknown: dict[str, str] | None = None,
    ) -> RowStream | bool | Iterator[Triple]:
        """Return the answer to any query, as `OxigraphStore.evaluate` does.

        The two lists of graphs replace FROM clauses; None twice leaves them as they are.

        Raises:
            BadRequest: the default graph would have to be merged of graphs that overlap, and they are too large.
        """
        if default_graphs is None and named_graphs is None:
            dataset = dataset_of(query)
        else:
            default, named = default_graphs or (), named_graphs or ()
            dataset = Dataset(tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named)))
        if dataset is None:
            return self._store.evaluate(
                query, default_graphs=None, named_graphs=None, prefixes=prefixes, base_iri=base_iri, unknown=unknown
            )
        store, dataset = self._resolved(dataset)
        return store.evaluate(
            query,
            default_graphs=dataset.default,
            named_graphs=dataset.named,
            prefixes=prefixes,
            base_iri=base_iri,
            unknown=unknown,
        )

    def _resolved(self, dataset: Dataset) -> tuple[OxigraphStore, Dataset]:
        """Return the store and the graphs of it in which each statement of the dataset is found once."""
        table = self._table
        if table is None or not table.overlap(dataset.default):
            return self._store, dataset
        if self._store.keeps_default_graph and table.sizes.keys() <= set(dataset.default):
            return self._store, Dataset((EVERY_GRAPH,), dataset.named)
        return self._merge(dataset, table), Dataset((EVERY_GRAPH,), dataset.named)

    def _merge(self, dataset: Dataset, table: GraphTable) -> OxigraphStore:
        if dataset not in self._merged:
            size = sum(table.sizes.get(graph, 0) for graph in {*dataset.default, *dataset.named})
            if size > self._most:
                raise BadRequest(
                    f"these graphs state some of the same and hold {size:,} statements together; to count each once "
                    f"they would have to be merged, which is done up to {self._most:,}. Ask without FROM, by GRAPH, or "
                    "of fewer graphs"
                )
            if self._held + size > self._most:
                self._merged.clear()
                self._held = 0
            self._merged[dataset] = self._store.part(dataset.default, dataset.named)
            self._held += size
        return self._merged[dataset]

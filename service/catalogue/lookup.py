"""Runs named queries and fetches records by IRI, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ..rdf.statements import Row
from ..sparql.binding import MAX_VALUES, bind, bind_count
from ..sparql.named_queries import NamedQuery
from ..store.protocol import Store
from .records import CredentialSummary, Item, Labels, Page
from .rows import items_from_rows, labels_from_rows, summaries_from_rows

T = TypeVar("T")

Arguments = Mapping[str, Sequence[str]]


class Known(Protocol):
    """Records at hand. What it leaves out is asked of the store."""

    def items(self, iris: Sequence[str]) -> Mapping[str, Item]:
        """Return things of one kind with their labels, by IRI; what it does not know is left out."""
        ...

    def summaries(self, iris: Sequence[str]) -> Mapping[str, CredentialSummary]:
        """Return micro-credentials, by IRI; what it does not know is left out."""
        ...


class Lookup:
    """Asks what is at hand, then a store with named queries; one query for every 500 IRIs."""

    def __init__(self, store: Store, queries: Mapping[str, NamedQuery], known: Known | None = None) -> None:
        self._store = store
        self._queries = queries
        self._known = known

    def rows(self, name: str, arguments: Arguments, limit: int | None = None, offset: int = 0) -> Sequence[Row]:
        """Return the rows of a SELECT query."""
        return self._store.select(bind(self._queries[name], arguments, limit=limit, offset=offset)).rows

    def total(self, name: str, arguments: Arguments) -> int:
        """Return how many rows the whole answer has."""
        (row,) = self._store.select(bind_count(self._queries[name], arguments)).rows
        return int(row["total"].value)

    def page(
        self, name: str, arguments: Arguments, limit: int, offset: int, records: Callable[[Sequence[Row]], Sequence[T]]
    ) -> Page[T]:
        """Return a page of a paged query; `records` makes the records of its rows."""
        rows = self.rows(name, arguments, limit, offset)
        # A page that is neither full nor beyond the end tells the total itself.
        is_last = len(rows) < limit and (bool(rows) or not offset)
        total = offset + len(rows) if is_last else self.total(name, arguments)
        return Page(tuple(records(rows)), total, limit, offset)

    def items(self, iris: Iterable[str]) -> Mapping[str, Item]:
        """Return the things of a kind we know, by IRI."""
        wanted = tuple(dict.fromkeys(iris))
        found = dict(self._known.items(wanted)) if self._known else {}
        others = [iri for iri in wanted if iri not in found]
        found.update(items_from_rows(self._many("labels", "thing", others)))
        return found

    def labels(self, iris: Iterable[str]) -> Mapping[str, Labels]:
        """Return the labels of things, whatever they are, by IRI."""
        return labels_from_rows(self._many("labels", "thing", iris))

    def summaries(self, iris: Iterable[str]) -> tuple[CredentialSummary, ...]:
        """Return micro-credentials, in the order given; what the store does not know is left out."""
        wanted = tuple(dict.fromkeys(iris))
        found = dict(self._known.summaries(wanted)) if self._known else {}
        others = [iri for iri in wanted if iri not in found]
        found.update(summaries_from_rows(self._many("credential-summaries", "credential", others)))
        return tuple(found[iri] for iri in wanted if iri in found)

    def _many(self, name: str, parameter: str, iris: Iterable[str]) -> Sequence[Row]:
        return [row for batch in _batches(iris) for row in self.rows(name, {parameter: batch})]


def _batches(iris: Iterable[str]) -> Iterator[tuple[str, ...]]:
    wanted = tuple(dict.fromkeys(iris))
    return (wanted[start : start + MAX_VALUES] for start in range(0, len(wanted), MAX_VALUES))

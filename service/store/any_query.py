"""A query of any form asked of any engine: each form has a method of its own, and an answer of its own kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..rdf.statements import RowStream, Triple
from ..sparql.guard import has_dataset, query_form, refuse_service
from .protocol import Store
from .remote import RemoteStore


def run_query(
    store: Store, query: str, default_graphs: Sequence[str] | None = None, named_graphs: Sequence[str] | None = None
) -> RowStream | bool | Iterator[Triple]:
    """Return the answer to a query of somebody else: rows, a boolean or triples, by the form of the query.

    A dataset, of the graphs given or of the query's own FROM, takes the place of the store's.

    Raises:
        QueryRefused: the query calls another endpoint.
        QuerySyntaxError: it is no query, or the engine says so.
        StoreUnavailable: the engine does not answer.
    """
    refuse_service(query)
    form = query_form(query)
    if isinstance(store, RemoteStore):
        if default_graphs is not None or named_graphs is not None:
            store = store.over(default_graphs, named_graphs)
        elif has_dataset(query):
            store = store.over_clauses(query)
    if form == "ASK":
        return store.ask(query)
    if form == "SELECT":
        found = store.select(query)
        return RowStream(found.variables, iter(found.rows))
    return iter(store.construct(query))

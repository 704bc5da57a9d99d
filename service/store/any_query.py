"""A query of any form asked of any engine: each form has a method of its own, and an answer of its own kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..rdf.statements import RowStream, Triple
from ..rdf.terms import Term
from ..sparql.graph_names import with_graphs_called
from ..sparql.guard import has_dataset, query_form, refuse_service
from ..sparql.relative_iris import with_base
from .protocol import Store
from .remote import RemoteStore


def run_query(
    store: Store,
    query: str,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
    base: str = "",
) -> RowStream | bool | Iterator[Triple]:
    """Return the answer to a query of somebody else: rows, a boolean or triples, by the form of the query.

    A dataset, of the graphs given or of the query's own FROM, takes the place of the store's. Graphs have the names of
    the catalogue, in the query and in its answer, also where an engine calls them otherwise. Relative IRIs are below
    `base`, when there is one.

    Raises:
        BadRequest: engines would count twice what two graphs of the default graph state.
        QueryRefused: the query calls another endpoint.
        QuerySyntaxError: it is no query, or the engine says so.
        StoreUnavailable: the engine does not answer.
    """
    refuse_service(query)
    form = query_form(query)
    here: Mapping[str, str] = {}
    if isinstance(store, RemoteStore):
        here = {there: name for name, there in store.names.items()}
        query = with_graphs_called(query, store.names, base) if here else query
        if default_graphs is not None or named_graphs is not None:
            store = store.over(default_graphs, named_graphs)
        elif has_dataset(query):
            store = store.over_clauses(query)
    query = with_base(query, base) if base else query
    if form == "ASK":
        return store.ask(query)
    if form == "SELECT":
        found = store.select(query)
        rows = ({name: _called(term, here) for name, term in row.items()} for row in found.rows)
        return RowStream(found.variables, rows if here else iter(found.rows))
    triples = store.construct(query)
    return (Triple(_called(triple.subject, here), triple.predicate, _called(triple.object, here)) for triple in triples)


def _called(term: Term, here: Mapping[str, str]) -> Term:
    return term._replace(value=here[term.value]) if term.kind == "iri" and term.value in here else term

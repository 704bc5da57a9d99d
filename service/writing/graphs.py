"""Writes whole graphs and parts of them, for SPARQL Update and the Graph Store Protocol: all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import Forbidden, NotFound, NotPermitted, RecordRefused, TooLarge
from ..loading.catalogue_terms import CatalogueTerms
from ..loading.gate import GatedRecord, document_of, gate
from ..loading.known_things import KnownThings
from ..loading.what_changes import Dangling, dangling
from ..rdf.normal_iris import normal_iri
from ..rdf.statements import Triple
from ..rdf.syntax import normal_statements, nquads_from_triples
from ..rdf.terms import RDF_TYPE
from ..sparql.named_queries import NamedQuery
from ..store.statement_store import StatementStore
from ..validation.profiles import Profile
from ..work_store.folder import STORE
from ..work_store.graph_contents import kinds_in, kinds_of
from ..work_store.record_nodes import (
    ORGANISATION,
    RECORD_TYPES,
    graph_state,
    nodes_of,
    part_start,
    records_touched,
    statements_of,
)
from ..work_store.work_store import Change, Source, WorkStore, copy_of
from .orders import changed_source, check_conditions, new_source, refuse_errors
from .other_sources import OtherSources, official_graphs
from .ownership import Owner, judge, types_in
from .statement_rules import check_statements

MOST_STATEMENTS = 200_000
"""Statements that one request may change; what is larger is an import."""
MOST_RECORDS = 10_000
"""Records that one request may touch."""

_MOST_REPORTED = 20


@dataclass(frozen=True, slots=True)
class GraphOrder:
    """Who writes to which graphs: `graph` is the one that the key is bound to, empty for any source.

    `namespaces` are the prefixes registered for the key, `taken` those of others.

    `if_match` holds states or `*`, None when it was not asked for; it and `if_none_match` speak of `target`.
    """

    base_url: str
    key: str
    graph: str = ""
    providers: Sequence[str] = ()
    namespaces: Sequence[str] = ()
    taken: Sequence[str] = ()
    target: str = ""
    if_match: Sequence[str] | None = None
    if_none_match: bool = False


@dataclass(frozen=True, slots=True)
class GraphsWritten:
    """What became of an order: how many statements went and came, by graph, and how many records were judged.

    `dangling` is what still points at things that are gone.
    """

    graphs: Mapping[str, tuple[int, int]]
    records: int
    created: bool = False
    dangling: tuple[Dangling, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether anything did."""
        return any(removed or added for removed, added in self.graphs.values())


class Gatekeeper:
    """Judges the records that a change touches, as they will be; `terms` are what statements may be made of."""

    def __init__(
        self,
        profile: Profile,
        queries: Mapping[str, NamedQuery],
        terms: CatalogueTerms = CatalogueTerms(),  # noqa: B008 - never changes
    ) -> None:
        self.profile = profile
        self.terms = terms
        self._queries = queries

    def judge(self, nquads: Path, graph: str, known: StatementStore, *, replaced: bool = False) -> int:
        """Hold the records of a marked file against the definition; return how many there are.

        `known` is the store that tells of things referred to, without that graph when it is to be replaced.

        Raises:
            RecordRefused: one of them is not let in.
        """
        things = KnownThings(known, self._queries, graph, replaced=replaced)
        found = gate(nquads, profile=self.profile, context=things, stored=things)
        refused: list[GatedRecord] = []
        records = 0
        for record in found:
            records += bool(record.iri)
            if record.decision == "refused":
                refused.append(record)
        if refused:
            documents = [document_of(each, self.profile) for each in refused[:_MOST_REPORTED]]
            names = ", ".join(each.iri for each in refused[:3])
            raise RecordRefused(f"the gate refuses {len(refused)} of {records} records: {names}", documents)
        return records


def change_graphs(
    work: WorkStore,
    order: GraphOrder,
    changes: Sequence[Change],
    after: StatementStore,
    gatekeeper: Gatekeeper,
    folder: Path,
) -> GraphsWritten:
    """Make changes whose outcome stands in a copy of the store, once every record they touch passes the gate.

    Raises:
        Forbidden: a graph is no source.
        NotPermitted: a graph is not the key's.
        RecordRefused: a record, or what kind of statement there is, is not let in.
        TooLarge: they are too many.
    """
    changes = [change for change in changes if change.removed or change.added]
    _refuse_bound_to_providers(order)
    if sum(len(change.removed) + len(change.added) for change in changes) > MOST_STATEMENTS:
        raise TooLarge(f"one request may change {MOST_STATEMENTS:,} statements; send more as an import")
    records = 0
    stored = list[Change]()
    for change in changes:
        check_graph(order, change.graph)
    for change in changes:
        check_statements(change, after, gatekeeper.terms)
        added = own_statements(work, order, change.added, partial(after.types_of, graph=change.graph))
        stored.append(replace(change, added=tuple(added)))
        subjects = {triple.subject.value for triple in (*change.removed, *change.added)}
        touched = sorted(records_touched(change.graph, subjects, (after, work.store)))
        if len(touched) > MOST_RECORDS:
            raise TooLarge(f"one request may touch {MOST_RECORDS:,} records; send more as an import")
        file = folder / "touched.nq"
        file.write_bytes(b"".join(_blocks(change.graph, touched, after)))
        records += gatekeeper.judge(file, change.graph, after) if touched else 0
    stored = [change for change in stored if change.removed or change.added]
    if stored:
        work.change(stored, [_row(work, change, gatekeeper.profile.id) for change in stored])
    gone = kinds_of(triple for change in stored for triple in change.removed)
    counts = {c.graph: (len(c.removed), len(c.added)) for c in stored}
    return GraphsWritten(counts, records, dangling=tuple(dangling(work.store, gone)))


def own_statements(
    work: WorkStore, order: GraphOrder, triples: Iterable[Triple], types: Callable[[str], Collection[str]]
) -> frozenset[Triple]:
    """Return the statements to store: all of an operator's; of a bound key's, those that no other source says already.

    Raises:
        NotPermitted: a bound key says something of what is not its own.
    """
    if not order.graph:
        return frozenset(triples)
    owner = Owner(order.graph, order.base_url, order.namespaces, order.taken)
    others = OtherSources(work.store, order.graph, official_graphs(work.sources()))
    found = judge(triples, owner, others, types)
    if found.refused:
        more = f" (and {len(found.refused) - 1:,} more such statements)" if len(found.refused) > 1 else ""
        raise NotPermitted(f"{order.graph} may not say {found.refused[0]}{more}")
    return found.kept


def replace_graph(
    work: WorkStore, order: GraphOrder, nquads: Path, issues: Sequence[Mapping[str, Any]], gatekeeper: Gatekeeper
) -> GraphsWritten:
    """Let a graph hold what a loader made of a body, once every record of it passes the gate.

    Raises:
        Forbidden, NotPermitted, PreconditionFailed: the order may not, or its conditions do not hold.
        RecordRefused: the body could not be read whole, or a record is not let in.
        TooLarge: it is too large, or the graph is.
    """
    graph = order.target
    source = _check(work, order)
    refuse_errors("body", issues, _MOST_REPORTED)
    new = normal_statements(nquads.read_bytes())
    if len(new) + (source.quads if source else 0) > MOST_STATEMENTS:
        raise TooLarge(f"one request may change {MOST_STATEMENTS:,} statements; send more as an import")
    records = gatekeeper.judge(nquads, graph, work.store, replaced=True)
    new = own_statements(work, order, new, types_in(new))
    old = frozenset(work.store.statements(graph))
    removed, added = old - new, new - old
    if removed or added or source is None:
        row = new_source(graph, gatekeeper.profile.id, len(new), {"accepted": records})
        work.change([Change(graph, tuple(removed), tuple(added))], [row])
    left = tuple(dangling(work.store, kinds_of(removed)))
    return GraphsWritten({graph: (len(removed), len(added))}, records, source is None, left)


def add_to_graph(
    work: WorkStore, order: GraphOrder, nquads: Path, issues: Sequence[Mapping[str, Any]], gatekeeper: Gatekeeper
) -> GraphsWritten:
    """Add what a loader made of a body to a graph; see `replace_graph` for what is refused."""
    graph = order.target
    source = _check(work, order)
    refuse_errors("body", issues, _MOST_REPORTED)
    new = normal_statements(nquads.read_bytes())
    added = tuple(triple for triple in new if not work.store.holds(triple, graph))
    with copy_of(work) as folder:
        after = StatementStore.writable(folder / STORE)
        try:
            after.apply(graph, (), added)
            found = change_graphs(work, order, [Change(graph, (), added)], after, gatekeeper, folder)
        finally:
            after.close()
    return replace(found, created=source is None)


def _check(work: WorkStore, order: GraphOrder) -> Source | None:
    _refuse_bound_to_providers(order)
    check_graph(order, order.target)
    return check_state(work, order)


def _refuse_bound_to_providers(order: GraphOrder) -> None:
    if order.providers:
        raise NotPermitted("a key that is bound to providers writes single records only")


def check_graph(order: GraphOrder, graph: str) -> None:
    """Refuse a graph that the order may not write to.

    Raises:
        Forbidden: nobody writes to it here.
        NotPermitted: this key does not.
    """
    start = f"{order.base_url}/graph/"
    if not graph.startswith(start) or not graph[len(start) :] or set(graph[len(start) :]) & set("/#?"):
        raise Forbidden(f"graphs that can be written are called {start}NAME, got {graph or 'the default graph'}")
    if (normal := normal_iri(graph)) != graph:
        raise Forbidden(f"{graph} is another spelling of {normal}; name the graph by that")
    if graph in (f"{start}derived", f"{start}vocabulary"):
        raise Forbidden(f"{graph} is made here and written by nobody")
    if order.graph and graph != order.graph:
        raise NotPermitted(f"this key writes to {order.graph}, not to {graph}")


def check_state(work: WorkStore, order: GraphOrder) -> Source | None:
    """Return what is known of the graph that an order is about, once its conditions hold.

    Raises:
        PreconditionFailed: they do not.
    """
    source = work.source(order.target)
    state = graph_state(source.graph, source.loaded, source.quads) if source else ""
    check_conditions(order.target, state, order.if_match, if_none_match=order.if_none_match)
    return source


def remove_graph(work: WorkStore, order: GraphOrder) -> GraphsWritten:
    """Remove a graph and all it holds.

    Raises:
        NotFound: there is none.
    """
    source = _check(work, order)
    if source is None:
        raise NotFound(f"there is no graph {order.target}")
    gone = kinds_in(work.store, order.target)
    work.expect_publication()
    work.remove(order.target)
    return GraphsWritten({order.target: (source.quads, 0)}, 0, dangling=tuple(dangling(work.store, gone)))


def _blocks(graph: str, records: Iterable[str], after: StatementStore) -> Iterator[bytes]:
    for record in records:
        nodes = nodes_of(after, graph, record)
        yield f"# record <{record}> {record}:0\n".encode()
        said = statements_of(after, graph, nodes.own | nodes.organisations)
        yield nquads_from_triples(said | _borrowed(after, said), graph)


def _borrowed(store: StatementStore, said: Iterable[Triple]) -> frozenset[Triple]:
    """Return what others say of the organisations that a record names, which its source does not store again."""
    found = set[Triple]()
    waiting = {
        triple.object.value for triple in said
        if triple.object.kind == "iri" and triple.predicate != RDF_TYPE
        and ORGANISATION in store.types_of(triple.object.value)
    }  # fmt: skip
    starts = tuple(part_start(organisation) for organisation in waiting)
    seen = set(waiting)
    while waiting:
        for _, triple in store.said_of(waiting.pop()):
            found.add(triple)
            value = triple.object.value
            if triple.object.kind == "iri" and value.startswith(starts) and value not in seen:
                seen.add(value)
                waiting.add(value)
    return frozenset(found)


def _row(work: WorkStore, change: Change, profile: str) -> Source:
    """Return the row of a graph after a change. A part of a graph was judged: the row names who judged the whole."""
    gone, come = (
        sum(triple.predicate == RDF_TYPE and triple.object.value in RECORD_TYPES for triple in side)
        for side in (change.removed, change.added)
    )
    quads = len(change.added) - len(change.removed)
    named = "" if work.source(change.graph) else profile
    return changed_source(work, change.graph, named, quads=quads, records=come - gone)

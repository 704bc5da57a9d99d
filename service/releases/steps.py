"""Finds what a release changes of each record, from what was touched since the one before it, and logs that."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import Gone, NotFound, ServiceError, StoreUnavailable
from ..files import write_json
from ..rdf.namespaces import MC
from ..rdf.statements import Triple
from ..store.statement_store import StatementStore
from ..work_store.graph_contents import kind_of, kinds_in, sum_of, sums_with_parts
from ..work_store.record_nodes import TREES, nodes_of, records_touched, statements_of
from ..work_store.touched import Touched
from .history import History, Row, State, What
from .releases import Release, Releases

logger = logging.getLogger(__name__)

FILE = "changes.json"
"""What a release changed of each record, in its folder; one of before there was a log has none."""
LOGGED = frozenset(("credential", "programme", "module", "listed"))
"""The kinds of things that are records."""

# RuntimeError is how the engine tells damage.
_UNREADABLE = (StoreUnavailable, OSError, RuntimeError)
_PROVIDER = MC + "provider"
# So many records of one release are compared property by property; of more nobody asks which.
_MOST_COMPARED = 2_000


def write_step(folder: Path, number: int, history: History, store: StatementStore, touched: Touched) -> bool:
    """Write what a release changes into its folder; False when nothing is known of the one before it.

    Args:
        folder: the folder of the release that is being made; the one before lies beside it.
        number: its number.
        history: the log, which tells of every record as the release before it has it.
        store: the store of the release.
        touched: what was written since that release, or more.
    """
    previous = None
    try:
        if history.release != number - 1:
            return False
        previous = _opened(folder.with_name(str(number - 1)) / "store")
        rows = tuple(_rows(history, store, previous, touched))
    except _UNREADABLE as error:
        logger.warning("what release %d changes is found out later: %s", number, error)
        return False
    finally:
        if previous is not None:
            previous.close()
    write_json(folder / FILE, {"since": number - 1, "rows": [list(row) for row in rows]})
    return True


def catch_up(data: Path, days: int) -> History:
    """Return the log of a data directory, with all that its releases changed; a new one where it does not follow.

    What cannot be read, or written on a full disk, is left for the next time.
    """
    history, published = History(data), Releases(data)
    try:
        newest = max(published.numbers(), default=0)
        known = history.release
        if known is None or known > newest:
            _begin(history, published, newest)
            known = newest
        while known < newest:
            known = (
                known + 1 if _append(history, published, known + 1, days) else _bridge(history, published, newest, days)
            )
    except (*_UNREADABLE, ServiceError) as error:
        logger.warning("the log of changes could not be written: %s", error)
    return history


def states_of(store: StatementStore, graphs: Iterable[str]) -> Mapping[tuple[str, str], State]:
    """Return every record of some graphs, each with the number that stands for it and its provider."""
    found: dict[tuple[str, str], State] = {}
    for graph in graphs:
        for iri, state in _states_in(store, graph).items():
            found[graph, iri] = state
    return found


def _append(history: History, published: Releases, number: int, days: int) -> bool:
    try:
        release = published.release(number)
        found = json.loads((release.path / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotFound, Gone):
        return False
    if found["since"] != number - 1:
        return False
    history.append(number, _time(release), map(_row, found["rows"]), days)
    return True


def _bridge(history: History, published: Releases, newest: int, days: int) -> int:
    """Log what the newest release changed since the last one that the log knows, whatever came between."""
    release = published.release(newest)
    store = StatementStore.read_only(release.path / "store")
    try:
        rows = tuple(_rows(history, store, None, Touched(everything=True)))
    finally:
        store.close()
    history.append(newest, _time(release), rows, days)
    return newest


def _begin(history: History, published: Releases, newest: int) -> None:
    if not newest:
        history.begin(0, {})
        return
    release = published.release(newest)
    store = StatementStore.read_only(release.path / "store")
    try:
        derived = f"{release.about['base_url']}/graph/derived"
        graphs = [graph for graph in store.graphs() if graph != derived]
        history.begin(newest, states_of(store, graphs), _time(release))
    finally:
        store.close()


def _time(release: Release) -> str:
    return str(release.about["created"])


def _row(found: list[Any]) -> Row:
    row = Row(*found)
    return row if row.properties is None else row._replace(properties=tuple(row.properties))


def _opened(path: Path) -> StatementStore | None:
    try:
        return StatementStore.read_only(path)
    except ServiceError:
        return None


def _rows(history: History, store: StatementStore, previous: StatementStore | None, touched: Touched) -> Iterator[Row]:
    graphs = touched.graphs({*history.graphs(), *store.graphs()})
    differing: list[tuple[str, str, State | None, State | None]] = []
    for graph, subjects in sorted(graphs.items()):
        differing += _differing(history, store, graph, subjects)
    compare = previous is not None and len(differing) <= _MOST_COMPARED
    known = history.graphs_of(iri for _, iri, _, _ in differing)
    gone, come = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for graph, iri, before, after in differing:
        if after is None:
            gone[iri].add(graph)
        elif before is None:
            come[iri].add(graph)
    for graph, iri, before, after in differing:
        was = known.get(iri, frozenset())
        is_there = bool((was - gone[iri]) | come[iri])
        what: What = "added" if not was else "changed" if is_there else "removed"
        properties = None
        if what == "changed" and compare and previous is not None:
            properties = _properties(previous, store, graph, iri)
        one = after or before
        assert one is not None, "what differs is there before or after"
        yield Row(iri, graph, one.kind, what, before and before.value, after and after.value, one.provider, properties)


def _differing(
    history: History, store: StatementStore, graph: str, subjects: Collection[str] | None
) -> Iterator[tuple[str, str, State | None, State | None]]:
    """Yield each record of a graph that is not as it was; of those that some subjects belong to, None for all."""
    if subjects is None:
        old, new = history.states(graph), _states_in(store, graph)
    else:
        names = {subject.partition("#")[0] for subject in subjects} | set(subjects)
        names |= records_touched(graph, subjects, (store,))
        old = history.states(graph, names)
        new = _states_of_some(store, graph, names)
    for iri in sorted(old.keys() | new.keys()):
        before, after = old.get(iri), new.get(iri)
        if before is None or after is None or (before.kind, before.value) != (after.kind, after.value):
            yield graph, iri, before, after


def _states_in(store: StatementStore, graph: str) -> Mapping[str, State]:
    kinds = {**{iri: _kind(store, graph, iri) for iri in _with_trees(store, graph)}, **kinds_in(store, graph)}
    if LOGGED.isdisjoint(kinds.values()):
        return {}
    return {
        iri: State(kinds[iri], f"{value:032x}", _provider(store, iri))
        for iri, value in sums_with_parts(store, graph, kinds)
        if kinds.get(iri) in LOGGED
    }


def _states_of_some(store: StatementStore, graph: str, names: Iterable[str]) -> Mapping[str, State]:
    found: dict[str, State] = {}
    for iri in names:
        kind = _kind(store, graph, iri)
        if kind in LOGGED:
            value = sum_of(statements_of(store, graph, nodes_of(store, graph, iri).own))
            found[iri] = State(kind, f"{value:032x}", _provider(store, iri))
    return found


def _kind(store: StatementStore, graph: str, iri: str) -> str:
    """Return the kind of a record that a graph describes, or adds a requirement tree to; else empty or another one."""
    kind = kind_of(store, graph, iri)
    if kind or not any(triple.predicate in TREES for triple in store.statements(graph, iri)):
        return kind
    graphs = dict.fromkeys(other for other, _ in store.said_of(iri))
    return next((found for other in graphs if (found := kind_of(store, other, iri))), "")


def _with_trees(store: StatementStore, graph: str) -> frozenset[str]:
    return frozenset(subject for tree in TREES for subject in store.subjects(graph, tree))


def _provider(store: StatementStore, iri: str) -> str:
    return min((value.value for value in store.values(iri, _PROVIDER)), default="")


def _properties(previous: StatementStore, store: StatementStore, graph: str, iri: str) -> tuple[str, ...]:
    before, after = (_said(each, graph, iri) for each in (previous, store))
    return tuple(sorted({triple.predicate for triple in before ^ after}))


def _said(store: StatementStore, graph: str, iri: str) -> frozenset[Triple]:
    return statements_of(store, graph, nodes_of(store, graph, iri).own)

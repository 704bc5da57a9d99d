"""Lets what the operator loaded from files win over what keys wrote of the same things; that goes to quarantine."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..rdf.statements import Triple
from ..rdf.syntax import nquads_from_triples
from ..store.statement_store import StatementStore
from ..work_store.record_nodes import RECORD_TYPES, TREES, exclusive, nodes_of, statements_of
from ..work_store.work_store import ORIGIN, Change, WorkStore
from .gate import GatedRecord
from .gate_findings import GAVE_WAY, own_finding


def give_way(work: WorkStore, yielding: Collection[str], quarantine: Path) -> tuple[Mapping[str, Any], ...]:
    """Take out of some graphs whatever graphs loaded from files describe; return what went, as a report tells it.

    A record goes whole, with its parts; of other things, such as organisations, the statements about them go. It is
    kept in the quarantine file, one JSON object a line, before it is removed. Doing it twice is the same as once.
    """
    official = frozenset(source.graph for source in work.sources() if source.origins != (ORIGIN,))
    gone: list[Mapping[str, Any]] = []
    for graph in sorted(set(yielding) - official):
        source = work.source(graph)
        if source is None:
            continue
        going, records = dict[Triple, None](), 0
        for thing, by in _described(work.store, graph, official):
            is_record = not work.store.types_of(thing, graph).isdisjoint(RECORD_TYPES)
            nodes = exclusive(work.store, graph, nodes_of(work.store, graph, thing)) if is_record else {thing}
            statements = statements_of(work.store, graph, nodes) - going.keys()
            if not statements:
                continue
            records += is_record
            going.update(dict.fromkeys(statements))
            gone.append(_keep(quarantine, thing, graph, by, statements))
        if going:
            counts = {**source.records, "accepted": max(0, source.records.get("accepted", 0) - records)}
            row = replace(source, quads=source.quads - len(going), records=counts)
            work.change([Change(graph, tuple(going), ())], [row])
    return tuple(gone)


def _described(store: StatementStore, graph: str, official: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each thing of a graph that an official one describes, and that one; of a part, the record it belongs to."""
    subjects = sorted({triple.subject.value for triple in store.statements(graph)})
    for subject in subjects:
        by = sorted(
            other for other, triple in store.said_of(subject)
            if other in official and triple.predicate not in TREES
        )  # fmt: skip
        if by:
            owner = subject.partition("#")[0]
            is_part = owner != subject and not store.types_of(owner, graph).isdisjoint(RECORD_TYPES)
            yield owner if is_part else subject, by[0]


def _keep(quarantine: Path, thing: str, graph: str, by: str, statements: Collection[Triple]) -> Mapping[str, Any]:
    nquads = nquads_from_triples(sorted(statements, key=str), graph)
    entry = GatedRecord(thing, graph, "refused", nquads, (own_finding(GAVE_WAY, thing, by),)).to_json()
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    with quarantine.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**entry, "nquads": nquads.decode()}, ensure_ascii=False) + "\n")
    return entry

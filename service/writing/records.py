"""Puts one micro-credential, programme or organisation into the work store, or removes it, once the gate lets it in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ..errors import NotFound, NotPermitted, RecordRefused
from ..loading.gate import GatedRecord, document_of, gate
from ..loading.known_things import KnownThings
from ..loading.what_changes import Dangling, dangling
from ..rdf.namespaces import ELM, MC, ROV
from ..rdf.statements import Triple
from ..rdf.syntax import normal_statements
from ..rdf.terms import RDF_TYPE, Term
from ..releases.derived import PROPERTIES
from ..sparql.named_queries import NamedQuery
from ..store.statement_store import StatementStore
from ..validation.blocks import read_blocks
from ..validation.profiles import Profile
from ..work_store.graph_contents import kinds_of
from ..work_store.record_nodes import (
    ORGANISATION,
    WRITTEN_CLASSES,
    Nodes,
    exclusive,
    graph_of,
    nodes_of,
    part_start,
    record_tag,
    statements_of,
)
from ..work_store.work_store import ORIGIN, Change, WorkStore
from .orders import changed_source, check_conditions, reading_of, refuse_errors
from .other_sources import OtherSources, official_graphs
from .ownership import Judgement, Owner, judge, types_in

Kind = Literal["credential", "programme", "provider"]
_NAMES: Mapping[Kind, str] = {
    "credential": "micro-credential",
    "programme": "degree programme or module",
    "provider": "organisation",
}
_LEGAL_NAME = ROV + "legalName"
_AWARDING_BODY = ELM + "awardingBody"
# What publishing derives (docs/model.md §5): a client that sends back what it read has it in its body.
_DERIVED = frozenset(MC + name for name in (*PROPERTIES, "mayCountTowards"))
_QUARANTINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """A record to write or to remove, by whom and on which condition.

    A module is a `programme` too. `graph` is the source that the key writes to, `providers` whom it may write about,
    none when about all. `nquads` is what a loader made of the body and `issues` what it reported; both are empty for a
    removal. `if_match` holds tags or `*`; None when it was not asked for. A key that is bound to a source or provider
    speaks of its own only: of what is below its `namespaces` and not among those `taken` by others, and of what
    `ownership` says besides.
    """

    record: str
    graph: str
    key: str
    providers: Sequence[str] = ()
    nquads: str = ""
    issues: Sequence[Mapping[str, Any]] = ()
    kind: Kind = "credential"
    if_match: Sequence[str] | None = None
    if_none_match: bool = False
    base_url: str = ""
    is_bound: bool = False
    namespaces: Sequence[str] = ()
    taken: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an order; `documents` is the answer of a check, with the warnings if there are any."""

    tag: str
    created: bool = False
    changed: bool = True
    decision: str = ""
    documents: Sequence[Mapping[str, Any]] = field(default=())


def put_record(work: WorkStore, order: RecordOrder, profile: Profile, queries: Mapping[str, NamedQuery]) -> Written:
    """Write a record in place of what its source held of it; the same body twice changes nothing.

    Raises:
        NotPermitted: it belongs to another source or provider than the key's.
        PreconditionFailed: it is not as the order says.
        RecordRefused: the body says more than it may, or the gate does not let it in.
    """
    store = work.store
    old = _current(work, order)
    if order.kind == "provider":
        gated = GatedRecord(order.record, "", "unchecked", _described(work, order))
    else:
        gated = _judged(work, order, profile, queries)
    new = _allowed(store, order, gated.nquads)
    if not any(Triple(Term("iri", order.record), RDF_TYPE, each) in new for each in WRITTEN_CLASSES[order.kind]):
        raise RecordRefused(f"{order.record} is not typed as a {_NAMES[order.kind]}")
    if order.is_bound:
        held = _held(work, order, new)
        if held.refused:
            raise RecordRefused(f"{order.graph} may not say {held.refused[0]}")
        new = held.kept
    _check_providers(store, order, new)
    described = {t.subject.value for t in new if t.predicate == RDF_TYPE and t.object.value == ORGANISATION}
    replaced = frozenset[str]()
    if old is not None:
        replaced = old.own if order.kind == "provider" else exclusive(store, order.graph, old)
    going = statements_of(store, order.graph, replaced | _organisation_nodes(store, order.graph, described))
    removed, added = going - new, new - going
    documents = [_document(order, profile, gated)]
    if removed or added:
        quads = len(added) - len(removed)
        count = 0 if old or order.kind == "provider" else 1
        row = changed_source(work, order.graph, profile.id, quads=quads, records=count)
        work.change([Change(order.graph, tuple(removed), tuple(added))], [row])
    return Written(record_tag(store, order.record), old is None, bool(removed or added), gated.decision, documents)


def remove_record(work: WorkStore, order: RecordOrder) -> tuple[Dangling, ...]:
    """Remove a record, and what nothing else in its source points to; return what still points at what is gone.

    Raises:
        NotFound: there is no such record.
        NotPermitted: it belongs to another source or provider than the key's.
        PreconditionFailed: it is not as the order says.
    """
    old = _current(work, order)
    if old is None:
        raise NotFound(f"no {order.kind} is known as {order.record}")
    is_body = order.kind == "provider"
    nodes = old.own if is_body else exclusive(work.store, order.graph, old)
    removed = statements_of(work.store, order.graph, nodes)
    row = changed_source(work, order.graph, "", quads=-len(removed), records=0 if is_body else -1)
    work.change([Change(order.graph, tuple(removed), ())], [row])
    return tuple(dangling(work.store, kinds_of(removed)))


def _current(work: WorkStore, order: RecordOrder) -> Nodes | None:
    """Return the nodes of the record as it is, once it is sure that the order may touch it."""
    graph = graph_of(work.store, order.record, order.kind)
    source = work.source(order.graph)
    if source is not None and source.origins != (ORIGIN,):
        raise NotPermitted(f"{order.graph} is loaded from files; a key writes to a source of its own")
    if graph is not None and graph != order.graph:
        raise NotPermitted(f"{order.record} belongs to {graph}; this key writes to {order.graph}")
    _check_name(work, order, is_new=graph is None)
    tag = record_tag(work.store, order.record) if graph else ""
    check_conditions(order.record, tag, order.if_match, if_none_match=order.if_none_match)
    if graph is None:
        return None
    nodes = nodes_of(work.store, graph, order.record)
    if order.kind == "provider":
        return nodes
    if order.providers:
        others = _awarding_bodies(statements_of(work.store, graph, nodes.own)) - set(order.providers)
        if others:
            raise NotPermitted(f"{order.record} is awarded by {min(others)}; this key is for other providers")
    return nodes


def _check_name(work: WorkStore, order: RecordOrder, *, is_new: bool) -> None:
    """Refuse a record under the name of what another source describes, and of what is not the key's.

    Raises:
        NotPermitted: it is one.
    """
    for kind in _NAMES:
        if is_new and kind != order.kind and graph_of(work.store, order.record, kind):
            raise NotPermitted(f"{order.record} is a {_NAMES[kind]} already, so it cannot become another thing")
    if order.kind == "provider" and order.providers and order.record not in order.providers:
        raise NotPermitted(f"this key is for {', '.join(order.providers)}, not for {order.record}")
    around = OtherSources(work.store, order.graph, official_graphs(work.sources())).description(order.record)
    if around and (is_new or (order.is_bound and around.official)):
        raise NotPermitted(f"{around.graph} describes {order.record}; it cannot become a record of {order.graph}")
    name = Triple(Term("iri", order.record), RDF_TYPE, WRITTEN_CLASSES[order.kind][0])
    if order.is_bound and (refused := _held(work, order, [name]).refused):
        raise NotPermitted(f"{order.record} cannot be a record of {order.graph}: {refused[0].why}")


def _held(work: WorkStore, order: RecordOrder, triples: Collection[Triple]) -> Judgement:
    owner = Owner(order.graph, order.base_url, order.namespaces, order.taken)
    others = OtherSources(work.store, order.graph, official_graphs(work.sources()))
    return judge(triples, owner, others, types_in(triples))


def _judged(work: WorkStore, order: RecordOrder, profile: Profile, queries: Mapping[str, NamedQuery]) -> GatedRecord:
    """Return the one record of the body, with the gate's word on it."""
    path = Path(order.nquads)
    refuse_errors(order.record, order.issues)
    known = KnownThings(work.store, queries, order.graph, replaced=False)
    found = list(gate(path, profile=profile, context=known, stored=known))
    records = [record for record in found if record.iri]
    for record in records:
        if record.iri != order.record:
            raise RecordRefused(f"the body describes {record.iri}; at this address it may describe {order.record} only")
    if not records:
        raise RecordRefused(
            f"the body does not describe {order.record}: it needs a type such as elm:Qualification and a title"
        )
    for record in found:
        if not record.iri:
            _refuse_news(work.store, normal_statements(record.nquads))
    (gated,) = records
    if gated.decision == "unchecked" and order.kind == "credential":
        raise RecordRefused(f"{order.record} is not typed as a micro-credential")
    if gated.decision == "refused":
        _keep(work, order, gated)
        reasons = [f.message.get("en", f.element) for f in gated.findings if f.severity == "violation"]
        raise RecordRefused(
            f"the gate refuses {order.record}: {'; '.join(reasons)}", [_document(order, profile, gated)]
        )
    return gated


def _described(work: WorkStore, order: RecordOrder) -> bytes:
    """Return what the body says of an organisation: it is no record, and the gate has no definition to hold it to."""
    refuse_errors(order.record, order.issues)
    blocks = list(read_blocks(Path(order.nquads)))
    record = next((block.iri for block in blocks if block.iri), None)
    if record is not None:
        raise RecordRefused(f"the body describes {record}; at this address it may describe {order.record} only")
    nquads = b"".join(block.nquads for block in blocks)
    said = [triple for triple in normal_statements(nquads) if triple.subject.value == order.record]
    if not any(triple.predicate == _LEGAL_NAME for triple in said):
        raise RecordRefused(f"the body does not name {order.record}: an organisation needs an rov:legalName")
    return nquads


def _allowed(store: StatementStore, order: RecordOrder, nquads: bytes) -> frozenset[Triple]:
    """Return the statements to store: what the body says of the record, its parts and its organisations."""
    new = frozenset(triple for triple in normal_statements(nquads) if triple.predicate not in _DERIVED)
    organisations = {t.subject.value for t in new if t.predicate == RDF_TYPE and t.object.value == ORGANISATION}
    if order.kind == "provider":
        organisations &= {order.record}
    for organisation in organisations:
        types = store.types_of(organisation)
        if organisation.startswith(f"{order.record}#"):
            continue
        if types and ORGANISATION not in types:
            raise RecordRefused(f"{organisation} is known here as something other than an organisation")
        if "#" in organisation and graph_of(store, organisation.partition("#")[0]):
            raise RecordRefused(f"{organisation} is a part of another record")
    foreign = {t for t in new if not _is_about(t.subject.value, {order.record, *organisations})}
    _refuse_news(store, foreign)
    return new - foreign


def _refuse_news(store: StatementStore, statements: Iterable[Triple]) -> None:
    """Refuse statements on other things, unless they only repeat what the store says already."""
    for triple in sorted(statements, key=str):
        if not store.holds(triple) and triple.predicate not in _DERIVED:
            raise RecordRefused(
                f"the body says something of <{triple.subject.value}>, by {triple.predicate}: it may describe the "
                "record, its parts, whose names start with that of the record and '#', and its organisations"
            )


def _check_providers(store: StatementStore, order: RecordOrder, new: frozenset[Triple]) -> None:
    if not order.providers or order.kind == "provider":
        return
    bodies = _awarding_bodies(new)
    if not bodies or not bodies <= set(order.providers):
        raise NotPermitted(
            f"this key is for {', '.join(order.providers)}; the record is awarded by {', '.join(bodies) or 'nobody'}"
        )
    for triple in new:
        body = triple.subject
        is_body = triple.predicate == RDF_TYPE and triple.object.value == ORGANISATION
        if is_body and body.value not in order.providers:
            graphs = set(store.graphs_with(body, RDF_TYPE, Term("iri", ORGANISATION)))
            if graphs - {order.graph}:
                raise NotPermitted(
                    f"{body.value} is described by another source; this key may name it, not describe it"
                )


def _awarding_bodies(statements: Iterable[Triple]) -> set[str]:
    return {triple.object.value for triple in statements if triple.predicate == _AWARDING_BODY}


def _is_about(subject: str, things: Iterable[str]) -> bool:
    return any(subject == thing or subject.startswith(part_start(thing)) for thing in things)


def _organisation_nodes(store: StatementStore, graph: str, organisations: Iterable[str]) -> frozenset[str]:
    """Return the organisations that a body describes, with the parts they have now: they are replaced whole."""
    return frozenset(
        node for organisation in organisations for node in nodes_of(store, graph, organisation).own
        if _is_about(node, (organisation,))
    )  # fmt: skip


def _document(order: RecordOrder, profile: Profile, gated: GatedRecord) -> dict[str, Any]:
    """Return what a check would answer to the body, with what was found wrong only."""
    return {**document_of(gated, profile), **reading_of(order.issues)}


def _keep(work: WorkStore, order: RecordOrder, gated: GatedRecord) -> None:
    """Put a refused record into the quarantine: a file for each key and day, of bounded size."""
    now = datetime.now(UTC)
    path = work.quarantine / f"{ORIGIN}-{order.key}-{now:%Y%m%d}.jsonl"
    if path.exists() and path.stat().st_size > _QUARANTINE_BYTES:
        return
    line = {
        **gated.to_json(),
        "time": now.isoformat(timespec="seconds"),
        "nquads": gated.nquads.decode("utf-8", "replace"),
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")

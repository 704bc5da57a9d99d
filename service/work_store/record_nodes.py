"""Finds which statements of a graph are one record, and computes the tag that changes exactly when they do."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ..rdf.media_types import N_TRIPLES
from ..rdf.namespaces import ELM, ESCO, MC, SKOS
from ..rdf.statements import Triple
from ..rdf.syntax import text_from_triples
from ..rdf.terms import RDF_TYPE, Term
from ..store.statement_store import StatementStore

MICRO_CREDENTIAL = Term("iri", MC + "MicroCredential")
ORGANISATION = ELM + "Organisation"
RECORD_TYPES = frozenset((MICRO_CREDENTIAL.value, MC + "DegreeProgramme", MC + "ProgrammeModule"))
WRITTEN_CLASSES: Mapping[str, Sequence[Term]] = {
    "credential": (MICRO_CREDENTIAL,),
    "programme": (Term("iri", MC + "DegreeProgramme"), Term("iri", MC + "ProgrammeModule")),
    "provider": (Term("iri", ORGANISATION),),
}
"""What is written one by one, by kind: the classes that make a thing one."""
CONCEPT_TYPES = frozenset((SKOS + "Concept", SKOS + "ConceptScheme", ESCO + "Skill", ESCO + "Occupation"))
TREES = frozenset(MC + name for name in ("requirement", "prerequisite", "corequisite"))
_SIZE = 12


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of a record: itself with its parts, and the organisations that these name, with their parts."""

    own: frozenset[str]
    organisations: frozenset[str]


def graph_of(store: StatementStore, record: str, kind: str = "credential") -> str | None:
    """Return the graph that says a thing is of a kind that can be written; the first by name when several do."""
    found = (store.graphs_with(Term("iri", record), RDF_TYPE, each) for each in WRITTEN_CLASSES[kind])
    return next((graphs[0] for graphs in found if graphs), None)


def is_record(store: StatementStore, graph: str, node: str) -> bool:
    """Tell whether a graph describes a record of this name, or adds a requirement tree to what another describes."""
    if store.types_of(node, graph) & RECORD_TYPES:
        return True
    return any(triple.predicate in TREES for triple in store.statements(graph, node))


def nodes_of(store: StatementStore, graph: str, record: str) -> Nodes:
    """Return the nodes of a record in a graph: what it leads to, up to other records and concepts.

    What offers it, such as an elm:LearningOpportunity that is a part of it, points the other way and belongs to it too.
    """
    own, named = _walk(store, graph, record)
    organisations = set[str]().union(*(_with_parts(store, graph, organisation) for organisation in named))
    return Nodes(frozenset(own), frozenset(organisations))


def records_touched(graph: str, subjects: Iterable[str], stores: Sequence[StatementStore]) -> frozenset[str]:
    """Return the records of a graph, as the first store has it, that subjects are, or are parts of in any store."""
    store = stores[0]
    found, seen = set[str](), set[str]()
    waiting = list(subjects)
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if is_record(store, graph, node):
            found.add(node)
            continue
        if store.types_of(node, graph) & CONCEPT_TYPES:
            continue
        owner = node.partition("#")[0]
        if owner != node and is_record(store, graph, owner):
            waiting.append(owner)
            continue
        for each in stores:
            waiting += [triple.subject.value for triple in each.statements(graph, value=node)]
    return frozenset(found)


def statements_of(store: StatementStore, graph: str, nodes: Iterable[str]) -> frozenset[Triple]:
    """Return what a graph says of some nodes."""
    return frozenset(triple for node in nodes for triple in store.statements(graph, node))


def exclusive(store: StatementStore, graph: str, nodes: Nodes) -> frozenset[str]:
    """Return the nodes that nothing outside the record points to: what goes when the record goes."""
    going = set(nodes.own | nodes.organisations)
    while True:
        kept = {node for node in going if node not in nodes.own and _is_needed(store, graph, node, going)}
        kept |= {node for node in nodes.own & going if "#" not in node and _is_shared_part(store, graph, node, going)}
        if not kept:
            return frozenset(going)
        going -= kept


def state_tag(statements: Iterable[Triple]) -> str:
    """Return a short text that stands for a set of statements; empty for none."""
    lines = sorted(text_from_triples(statements, N_TRIPLES).splitlines())
    return hashlib.blake2b(b"\n".join(lines), digest_size=_SIZE).hexdigest() if lines else ""


def graph_state(graph: str, loaded: str, quads: int) -> str:
    """Return the state of a graph, from what the list of sources says of it."""
    return hashlib.blake2b(f"{graph} {loaded} {quads}".encode(), digest_size=_SIZE).hexdigest()


def record_tag(store: StatementStore, record: str) -> str:
    """Return the state of what can be written: of it and its parts, not of the organisations around it.

    Empty: there is no micro-credential, programme, module or organisation of this name.
    """
    graph = next((graph for kind in WRITTEN_CLASSES if (graph := graph_of(store, record, kind))), None)
    if graph is None:
        return ""
    own, _ = _walk(store, graph, record)
    return state_tag(frozenset(chain.from_iterable(own.values())))


def _walk(store: StatementStore, graph: str, record: str) -> tuple[Mapping[str, Sequence[Triple]], Collection[str]]:
    """Return what is said of a record and each of its parts, and the organisations they name; reads each node once."""
    own, organisations = dict[str, Sequence[Triple]](), list[str]()
    waiting = [record, *_parts_that_point_to(store, graph, record)]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        said = tuple(store.statements(graph, node))
        if said:
            own[node] = said
        for triple in said:
            value = triple.object.value
            if triple.object.kind != "iri" or value in seen or triple.predicate == RDF_TYPE:
                continue
            seen.add(value)
            types = store.types_of(value, graph)
            if ORGANISATION in types:
                organisations.append(value)
            elif value.startswith(f"{record}#") or not _belongs_elsewhere(store, graph, value, types):
                waiting.append(value)
    return own, organisations


def _parts_that_point_to(store: StatementStore, graph: str, record: str) -> list[str]:
    found = (triple.subject for triple in store.statements(graph, value=record))
    return [term.value for term in found if term.value.startswith(f"{record}#")]


def _belongs_elsewhere(store: StatementStore, graph: str, node: str, types: frozenset[str]) -> bool:
    owner, mark, _ = node.partition("#")
    if types & CONCEPT_TYPES or is_record(store, graph, node):
        return True
    return bool(mark) and is_record(store, graph, owner)


def _with_parts(store: StatementStore, graph: str, organisation: str) -> set[str]:
    found, waiting = {organisation}, [organisation]
    while waiting:
        for triple in store.statements(graph, waiting.pop()):
            value = triple.object.value
            if triple.object.kind == "iri" and value.startswith(part_start(organisation)) and value not in found:
                found.add(value)
                waiting.append(value)
    return found


def part_start(iri: str) -> str:
    """Return what the names of a thing's parts start with."""
    # As loaders name blank nodes: `…/uni#location`, `…/doc#uni-location`.
    return f"{iri}-" if "#" in iri else f"{iri}#"


def _is_needed(store: StatementStore, graph: str, node: str, going: set[str]) -> bool:
    return any(triple.subject.value not in going for triple in store.statements(graph, value=node))


def _is_shared_part(store: StatementStore, graph: str, node: str, going: set[str]) -> bool:
    is_record = bool(store.types_of(node, graph) & RECORD_TYPES)
    return not is_record and _is_needed(store, graph, node, going)

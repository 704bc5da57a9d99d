"""Lets a newer version of ESCO replace the older one, and keeps in mind what went with that and what replaces it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ..errors import InvalidArgument
from ..files import write_json
from ..rdf.namespaces import DCTERMS, ESCO, ESCO_THINGS, ISO_THES, SKOS
from ..rdf.terms import RDF_TYPE, Term
from ..store.statement_store import StatementStore
from ..work_store.folder import WorkFolder
from ..work_store.graph_contents import kinds_in
from ..work_store.record_nodes import ORGANISATION, RECORD_TYPES
from ..work_store.work_store import ORIGIN, Source, WorkStore

FORMAT = "esco"
"""The format of official releases."""

How = Literal["stated", "label", ""]
State = Literal["gone", "withdrawn", "renamed"]

_CONCEPTS = frozenset(("skill", "occupation", "concept", "scheme"))
_OTHERS = (*RECORD_TYPES, ORGANISATION)
_VERSION = re.compile(r"/esco-([0-9]+(?:\.[0-9]+)*)\Z")
_LABELS = (SKOS + "prefLabel", SKOS + "altLabel")
_REPLACED_BY, _STATUS = DCTERMS + "isReplacedBy", ISO_THES + "status"
# As loaders/esco/withdrawn.py has them.
_WITHDRAWN = frozenset(("obsolete", "deprecated", "withdrawn", "retired"))


class GoneConcept(NamedTuple):
    """A concept that a version of ESCO no longer states: `how` tells whence it is known what replaces it."""

    iri: str
    kind: str
    label: str
    since: str
    replaced_by: tuple[str, ...]
    how: How


class Renamed(NamedTuple):
    """A concept that has another preferred label in a language."""

    iri: str
    kind: str
    language: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class EscoChanges:
    """What versions of ESCO that were loaded one after another have changed."""

    gone: tuple[GoneConcept, ...] = ()
    renamed: tuple[Renamed, ...] = ()


class Drift(NamedTuple):
    """A link of the catalogue to a concept that is not what it was."""

    thing: str
    property: str
    graph: str
    concept: str
    label: str
    state: State
    replaced_by: tuple[str, ...]
    how: str


def refuse_older(work: WorkStore, graph: str) -> None:
    """Refuse a version of ESCO that is older than the one that is loaded.

    Raises:
        InvalidArgument: it is.
    """
    for source in work.sources():
        if source.format == FORMAT and _version(source.graph) > _version(graph):
            raise InvalidArgument(f"{source.graph} is loaded, and newer than {graph}; unload it first")


def keep_newest(work: WorkStore) -> tuple[str, ...]:
    """Take out of the work store all of ESCO but the newest official version; return the graphs that went.

    What that version no longer states, and which labels it changed, is noted first. A source of another format goes
    too when all it describes are ESCO's concepts, such as a slice of an older version: else labels and hierarchies of
    two versions would be one. Doing it twice is the same as once.
    """
    older = replaced_ones(work)
    if older:
        _note(work, _official(work)[-1].graph, older)
    for graph in older:
        work.remove(graph)
    return older


def replaced_ones(work: WorkStore) -> tuple[str, ...]:
    """Return the graphs that `keep_newest` takes out."""
    official = _official(work)
    if not official:
        return ()
    slices = (source.graph for source in work.sources() if _is_slice(work.store, source))
    return (*(source.graph for source in official[:-1]), *slices)


def has_official(work: WorkStore) -> bool:
    """Tell whether an official release of ESCO is loaded."""
    return any(source.format == FORMAT for source in work.sources())


def changes_noted(places: WorkFolder) -> EscoChanges:
    """Return what versions of ESCO have changed so far."""
    try:
        found = json.loads(places.esco.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return EscoChanges()
    gone = tuple(GoneConcept(**{**each, "replaced_by": tuple(each["replaced_by"])}) for each in found["gone"])
    return EscoChanges(gone, tuple(Renamed(**each) for each in found["renamed"]))


def gone_concepts(store: StatementStore, places: WorkFolder) -> Iterator[GoneConcept]:
    """Yield the concepts that went with a version of ESCO and that no graph of a store describes."""
    for concept in changes_noted(places).gone:
        if next(iter(store.said_of(concept.iri)), None) is None:
            yield concept


def drift(work: WorkStore, *, renamed: bool = False) -> Sequence[Drift]:
    """Return every link of the catalogue to a concept that is gone, or withdrawn, from the ESCO that is loaded.

    Args:
        work: the work store.
        renamed: return links to concepts with another preferred label, too.
    """
    store = work.store
    esco = {s.graph for s in work.sources() if s.format == FORMAT or _is_slice(store, s)}
    found: list[Drift] = []

    def add(iri: str, label: str, state: State, replaced_by: tuple[str, ...], how: str) -> None:
        found.extend(
            Drift(triple.subject.value.partition("#")[0], triple.predicate, graph, iri, label, state, replaced_by, how)
            for graph, triple in store.pointing_at(iri) if graph not in esco
        )  # fmt: skip

    places = WorkFolder(work.folder.parent)
    for concept in gone_concepts(store, places):
        add(concept.iri, concept.label, "gone", concept.replaced_by, concept.how)
    for graph in sorted(esco):
        for iri in sorted(_withdrawn(store, graph)):
            successors = tuple(sorted(term.value for term in store.values(iri, _REPLACED_BY)))
            add(iri, _label(store, graph, iri), "withdrawn", successors, "stated" if successors else "")
    if renamed:
        for each in changes_noted(places).renamed:
            add(each.iri, f"{each.old} → {each.new} ({each.language})", "renamed", (), "")
    return sorted(found)


def _official(work: WorkStore) -> Sequence[Source]:
    """Return the official versions that are loaded, the newest last."""
    found = (source for source in work.sources() if source.format == FORMAT)
    return sorted(found, key=lambda source: (_version(source.graph), source.loaded))


def _version(graph: str) -> tuple[int, ...]:
    match = _VERSION.search(graph)
    return tuple(map(int, match[1].split("."))) if match else ()


def _is_slice(store: StatementStore, source: Source) -> bool:
    if source.format in (FORMAT, "vocabulary", ORIGIN) or source.origins == (ORIGIN,):
        return False
    if not _has(store, source.graph, ESCO + "Skill") or any(_has(store, source.graph, each) for each in _OTHERS):
        return False  # found by one look-up, whatever the size
    kinds = kinds_in(store, source.graph)
    return (
        bool(kinds)
        and _CONCEPTS.issuperset(kinds.values())
        and all(iri.startswith(ESCO_THINGS) for iri in kinds)
    )  # fmt: skip


def _has(store: StatementStore, graph: str, class_iri: str) -> bool:
    return any(triple.predicate == RDF_TYPE for triple in store.statements(graph, value=class_iri))


def _note(work: WorkStore, newest: str, older: Collection[str]) -> None:
    store, places = work.store, WorkFolder(work.folder.parent)
    new = kinds_in(store, newest)
    before = changes_noted(places)
    gone = {concept.iri: concept for concept in before.gone if concept.iri not in new}
    renamed = {(each.iri, each.language): each for each in before.renamed}
    for graph in older:
        for iri, kind in kinds_in(store, graph).items():
            if iri not in new:
                gone[iri] = _gone(store, graph, iri, kind, newest)
                continue
            old, now = (_preferred(store, each, iri) for each in (graph, newest))
            for language in old.keys() & now.keys():
                if old[language] != now[language]:
                    renamed[iri, language] = Renamed(iri, kind, language, old[language], now[language])
    found: Mapping[str, Any] = {
        "gone": [gone[iri]._asdict() for iri in sorted(gone)],
        "renamed": [renamed[key]._asdict() for key in sorted(renamed)],
    }
    write_json(places.esco, found)


def _gone(store: StatementStore, graph: str, iri: str, kind: str, newest: str) -> GoneConcept:
    stated = sorted(term.value for term in store.values(iri, _REPLACED_BY))
    same = [] if stated else _with_same_label(store, graph, iri, newest)
    how: How = "stated" if stated else "label" if same else ""
    return GoneConcept(iri, kind, _label(store, graph, iri), newest.rpartition("/")[2], tuple(stated or same), how)


def _with_same_label(store: StatementStore, graph: str, iri: str, newest: str) -> list[str]:
    """Return the one concept of the newest version that bears the preferred label of another; none for several."""
    found = {
        subject
        for label in _terms(store, graph, iri, _LABELS[0]) for predicate in _LABELS
        for subject in store.subjects(newest, predicate, label)
    }  # fmt: skip
    kinds = ("/skill/", "/occupation/")
    found = {each for each in found if all((kind in each) == (kind in iri) for kind in kinds)}
    return list(found) if len(found) == 1 else []


def _terms(store: StatementStore, graph: str, iri: str, predicate: str) -> Iterable[Term]:
    return (triple.object for triple in store.statements(graph, iri) if triple.predicate == predicate)


def _preferred(store: StatementStore, graph: str, iri: str) -> Mapping[str, str]:
    return {term.language or "": term.value for term in _terms(store, graph, iri, _LABELS[0])}


def _label(store: StatementStore, graph: str, iri: str) -> str:
    labels = _preferred(store, graph, iri)
    return labels.get("en") or next((labels[tag] for tag in sorted(labels)), "")


def _withdrawn(store: StatementStore, graph: str) -> set[str]:
    found = set(store.subjects(graph, _REPLACED_BY))
    for iri in store.subjects(graph, _STATUS):
        statuses = {term.value.rpartition("/")[2].casefold() for term in _terms(store, graph, iri, _STATUS)}
        if statuses & _WITHDRAWN:
            found.add(iri)
    return found


def as_rows(links: Iterable[Drift]) -> list[dict[str, Any]]:
    """Return links as JSON tells them."""
    return [{**link._asdict(), "replaced_by": list(link.replaced_by)} for link in links]

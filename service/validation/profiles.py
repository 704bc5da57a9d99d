"""Loads the profiles that data can be held against: the shapes of each, and every check in them with its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from rdflib import DCTERMS, RDF, SH, SKOS, XSD, BNode, Graph, Namespace, URIRef
from rdflib import Literal as Text
from rdflib.term import Node

from ..catalogue.records import Labels
from ..errors import InvalidArgument
from ..rdf import namespaces
from ..rdf.statements import Triple
from .named_paths import forget, put_in_place

MC = Namespace(namespaces.MC)
MCS = Namespace(namespaces.MCS)
ELM = Namespace(namespaces.ELM)

Severity = Literal["violation", "warning", "info"]
Kind = Literal["specification", "credential", "requirement"]

_ABOUT_TEMPLATES = {RDF.type, MCS.forRule, MCS.forShape, MCS.validFrom, MCS.validUntil}
_SEVERITIES: Mapping[Node, Severity] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_KINDS: Mapping[Node, Kind] = {MC.MicroCredential: "specification", ELM.EuropeanDigitalCredential: "credential"}
"""Kinds of the classes that a check has to itself; one of more classes, or of others, is about requirements."""


Weight = Literal["decides", "scope", "question", "none"]
"""What a check that fails means to the recognition matrix: a no, a no because the profile speaks of other things, a
question for people, or nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a profile looks at. `note` says where the rule goes beyond its source, else it is empty.

    `weight` is what it means to the recognition matrix; `is_rule` says that it comes from a row of a profile, `unit`
    which credits it speaks of and `of_hours` that it speaks of hours: of other workloads such a rule cannot be asked.
    """

    element: str
    shape: str
    severity: Severity
    message: Labels
    name: Labels
    source: str
    kind: Kind
    note: str
    weight: Weight = "none"
    is_rule: bool = False
    unit: str = ""
    of_hours: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A definition: its shapes as one graph, and its checks by IRI of their shape, in the order of the definition.

    Shapes of others have no checks of ours; `background` is what they are to be told besides a document. Profiles that
    were loaded together share one graph: `foreign` are the checks in it that are not this one's.
    """

    id: str
    title: Labels
    graph: Graph
    checks: Mapping[str, Check]
    background: tuple[Triple, ...] = ()
    foreign: frozenset[str] = frozenset()


def profile_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the profiles in a folder of shapes, in alphabetical order; aliases are left out."""
    listing = _listing(folder)
    return tuple(sorted({str(listing.value(profile, DCTERMS.identifier)) for profile in _profiles(listing).values()}))


def definition_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the profiles that say what a micro-credential is."""
    listing = _listing(folder)
    others = {str(listing.value(profile, DCTERMS.identifier)) for profile in listing.subjects(MCS.speaksOf)}
    return tuple(name for name in profile_names(folder) if name not in others)


def load_profile(folder: Path, name: str, on: date | None = None) -> Profile:
    """Return a profile as it stands on a day, today unless given, with the shapes of every profile it includes.

    Rules that hold for a time only are those of that day: a program that runs for long loads its profiles anew.

    Raises:
        InvalidArgument: the folder holds no profile of that name.
    """
    (profile,) = load_profiles(folder, (name,), on)
    return profile


def load_profiles(folder: Path, names: Iterable[str], on: date | None = None) -> tuple[Profile, ...]:
    """Return profiles as they stand on a day, today unless given, their shapes in one graph that they share.

    Most profiles hold the European definition: engines read it once, and run once over a document, for all of them.

    Raises:
        InvalidArgument: the folder holds no profile of such a name.
    """
    listing = _listing(folder)
    profiles = _profiles(listing)
    wanted = list(names)
    for name in wanted:
        if name not in profiles:
            raise InvalidArgument(f"a profile is one of {', '.join(sorted(profiles))}, got {name[:100]!r}")
    members = {name: list(listing.transitive_objects(profiles[name], MCS.includes)) for name in wanted}
    files = {name: _named_by(listing, members[name], MCS.shapesFile) for name in wanted}
    graph = Graph()
    for file in sorted({str(file) for each in files.values() for file in each}):
        graph += _read(folder / file)
    day = on or date.today()
    rules = {name: _named_by(listing, members[name], MCS.rule) for name in wanted}
    holding = sorted((r for r in set().union(*rules.values()) if _holds(listing, r, day)), key=str)
    made = {rule: _add_shapes(graph, listing, rule) for rule in holding}
    for template in list(graph.subjects(RDF.type, MCS.Template)):
        paths = list(graph.objects(template, SH.path))
        graph.remove((template, None, None))
        for path in paths:
            forget(path, graph)
    put_in_place(graph, folder)
    _name_the_day(graph, day)
    checks = _checks(graph)

    def profile(name: str) -> Profile:
        own = {subject for file in files[name] for subject in _read(folder / str(file)).subjects()}
        own |= {shape for rule in rules[name] for shape, template in made.get(rule, {}).items() if template in own}
        kept = {shape: check for shape, check in checks.items() if URIRef(shape) in own}
        return Profile(
            str(listing.value(profiles[name], DCTERMS.identifier)), _labels(listing, profiles[name], DCTERMS.title),
            graph, MappingProxyType(kept), foreign=frozenset(checks.keys() - kept.keys()),
        )  # fmt: skip

    return tuple(profile(name) for name in wanted)


def _named_by(listing: Graph, members: Iterable[Node | None], predicate: URIRef) -> set[Node]:
    return {value for member in members for value in listing.objects(member, predicate)}


def _name_the_day(graph: Graph, day: date) -> None:
    """Put a day where shapes speak of today: as a day, and as a moment with and without a time zone."""
    today = {
        MCS["today-date"]: Text(day.isoformat(), datatype=XSD.date),
        MCS["today-local"]: Text(f"{day.isoformat()}T00:00:00", datatype=XSD.dateTime),
        MCS["today-zoned"]: Text(f"{day.isoformat()}T00:00:00Z", datatype=XSD.dateTime),
    }
    for name, moment in today.items():
        for subject, predicate in list(graph.subject_predicates(name)):
            graph.remove((subject, predicate, name))
            graph.add((subject, predicate, moment))


def _listing(folder: Path) -> Graph:
    """Read what profiles there are: the definitions of communities, and one row for each country."""
    listing = Graph()
    for file in ("profiles.ttl", "national/countries.ttl"):
        listing += _read(folder / file)
    return listing


def _read(path: Path) -> Graph:
    """Return the statements of a file, not to be changed: most profiles share most files."""
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _parsed(path: Path, _changed: int) -> Graph:
    return Graph().parse(path, format="turtle")


def _profiles(listing: Graph) -> dict[str, Node]:
    """Return the profiles by name and by alias."""
    profiles = listing.subjects(RDF.type, MCS.Profile)
    return {
        str(name): profile
        for profile in profiles
        for property_iri in (DCTERMS.identifier, MCS.alias)
        for name in listing.objects(profile, property_iri)
    }


def _holds(listing: Graph, rule: Node, day: date) -> bool:
    first, last = listing.value(rule, MCS.validFrom), listing.value(rule, MCS.validUntil)
    return (first is None or cast(Text, first).toPython() <= day) and (
        last is None or day <= cast(Text, last).toPython()
    )


def _add_shapes(graph: Graph, listing: Graph, rule: Node) -> dict[Node, Node]:
    """Make a shape of the rule with each template for its kind: the statements of both put together.

    Return the templates by the shapes made with them.

    A template's messages name parameters of the rule in braces, as SHACL 5.3.2 lets messages of SPARQL constraints do.
    """
    made: dict[Node, Node] = {}
    for template in list(graph.subjects(MCS.forRule, listing.value(rule, RDF.type))):
        owner = cast(URIRef, graph.value(template, MCS.forShape))
        shape = URIRef(f"{rule}-{owner.rpartition('-')[2]}")
        statements = {*graph.predicate_objects(template), *listing.predicate_objects(rule)}
        for predicate, value in statements:
            if predicate not in _ABOUT_TEMPLATES:
                text = _filled(value, listing, rule) if predicate == SH.message else value
                graph.add((shape, predicate, text))
                _add_list(graph, listing, text)
        graph.add((shape, RDF.type, SH.PropertyShape))
        graph.add((shape, MCS.madeBy, Text(str(listing.value(rule, RDF.type)))))
        graph.add((owner, SH.property, shape))
        made[shape] = template
    return made


def _add_list(graph: Graph, listing: Graph, head: Node) -> None:
    while isinstance(head, BNode) and (head, RDF.rest, None) in listing:
        graph += listing.triples((head, None, None))
        head = cast(Node, listing.value(head, RDF.rest))


def _filled(message: Node, listing: Graph, rule: Node) -> Text:
    text = cast(Text, message)
    filled = re.sub(r"\{\$(\w+)\}", lambda match: str(listing.value(rule, MCS[match[1]])), str(text))
    return Text(filled, lang=text.language)


def _checks(graph: Graph) -> Mapping[str, Check]:
    """Every named shape with a `dcterms:identifier` is a check; the others are parts of checks."""
    shapes = [shape for shape in set(graph.subjects(DCTERMS.identifier)) if isinstance(shape, URIRef)]
    shapes.sort(key=lambda shape: (cast(Text, graph.value(shape, SH.order)).toPython(), shape))
    return MappingProxyType({str(shape): _check(graph, shape) for shape in shapes})


def _check(graph: Graph, shape: URIRef) -> Check:
    owner = graph.value(predicate=SH.property, object=shape, any=True) or shape
    classes = list(graph.objects(owner, SH.targetClass))
    sources = [str(source) for source in graph.objects(shape, DCTERMS.source) if isinstance(source, Text)]
    made_by = graph.value(shape, MCS.madeBy)
    return Check(
        element=str(graph.value(shape, DCTERMS.identifier)),
        shape=str(shape),
        severity=_SEVERITIES[cast(Node, graph.value(shape, SH.severity))],
        message=_labels(graph, shape, SH.message),
        name=_labels(graph, shape, SH.name),
        source="; ".join(sorted(sources)),
        kind=_KINDS.get(classes[0], "requirement") if len(classes) == 1 else "requirement",
        note=str(graph.value(shape, SKOS.editorialNote) or ""),
        weight=_weight(graph, shape, made_by),
        is_rule=made_by is not None,
        unit=str(graph.value(shape, MCS.unit) or ""),
        of_hours=(shape, MCS.leastHours, None) in graph,
    )


def _weight(graph: Graph, shape: URIRef, made_by: Node | None) -> Weight:
    if (shape, MCS.scope, None) in graph:
        return "scope"
    if graph.value(shape, SH.severity) == SH.Violation:
        return "decides"
    # A warning of a country is no yes, whoever read its source: a question.
    return "question" if (shape, MCS.question, None) in graph or made_by is not None else "none"


def _labels(graph: Graph, subject: Node, predicate: URIRef) -> Labels:
    texts = [text for text in graph.objects(subject, predicate) if isinstance(text, Text)]
    return {text.language or "": str(text) for text in sorted(texts, key=lambda text: text.language or "")}

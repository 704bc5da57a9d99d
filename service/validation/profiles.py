"""The definitions data can be held against: each profile's shapes, and every check in them with its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from rdflib import DCTERMS, RDF, SH, SKOS, Graph, Namespace, URIRef
from rdflib import Literal as Text
from rdflib.term import Node

from ..errors import InvalidArgument
from ..records import Labels

MC = Namespace("https://w3id.org/pinoamo/ns#")
MCS = Namespace("https://w3id.org/pinoamo/shapes#")
ELM = Namespace("http://data.europa.eu/snb/model/elm/")

Severity = Literal["violation", "warning", "info"]
Kind = Literal["specification", "credential"]

_SEVERITIES: Mapping[Node, Severity] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_KINDS: Mapping[Node, Kind] = {MC.MicroCredential: "specification", ELM.EuropeanDigitalCredential: "credential"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a profile looks at. `note` says where the rule goes beyond its source, else it is empty."""

    element: str
    shape: str
    severity: Severity
    message: Labels
    name: Labels
    source: str
    kind: Kind
    note: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A definition: its shapes as one graph, and its checks by IRI of their shape, in the order of the definition."""

    id: str
    title: Labels
    graph: Graph
    checks: Mapping[str, Check]


def profile_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the profiles that `folder/profiles.ttl` lists, in alphabetical order."""
    return tuple(sorted(_names(_read(folder))))


def load_profile(folder: Path, name: str, on: date | None = None) -> Profile:
    """Return a profile as it stands on a day, today unless given, with the shapes of every profile it includes.

    Raises:
        InvalidArgument: `profiles.ttl` lists no profile of that name.
    """
    listing = _read(folder)
    names = _names(listing)
    if name not in names:
        raise InvalidArgument(f"a profile is one of {', '.join(sorted(names))}, got {name[:100]!r}")
    graph = Graph()
    for file in sorted(set(_files(listing, names[name]))):
        graph.parse(folder / file, format="turtle")
    return Profile(name, _labels(listing, names[name], DCTERMS.title), graph, _checks(graph))


def _read(folder: Path) -> Graph:
    return Graph().parse(folder / "profiles.ttl", format="turtle")


def _names(listing: Graph) -> dict[str, Node]:
    profiles = listing.subjects(RDF.type, MCS.Profile)
    return {str(name): profile for profile in profiles for name in listing.objects(profile, DCTERMS.identifier)}


def _files(listing: Graph, profile: Node) -> Iterator[str]:
    for member in listing.transitive_objects(profile, MCS.includes):
        yield from map(str, listing.objects(member, MCS.shapesFile))


def _checks(graph: Graph) -> Mapping[str, Check]:
    """Every named shape with a `dcterms:identifier` is a check; the others are parts of checks."""
    shapes = [shape for shape in set(graph.subjects(DCTERMS.identifier)) if isinstance(shape, URIRef)]
    shapes.sort(key=lambda shape: (cast(Text, graph.value(shape, SH.order)).toPython(), shape))
    return MappingProxyType({str(shape): _check(graph, shape) for shape in shapes})


def _check(graph: Graph, shape: URIRef) -> Check:
    owner = graph.value(predicate=SH.property, object=shape, any=True) or shape
    sources = [str(source) for source in graph.objects(shape, DCTERMS.source) if isinstance(source, Text)]
    return Check(
        element=str(graph.value(shape, DCTERMS.identifier)),
        shape=str(shape),
        severity=_SEVERITIES[cast(Node, graph.value(shape, SH.severity))],
        message=_labels(graph, shape, SH.message),
        name=_labels(graph, shape, SH.name),
        source="; ".join(sorted(sources)),
        kind=_KINDS[cast(Node, graph.value(owner, SH.targetClass))],
        note=str(graph.value(shape, SKOS.editorialNote) or ""),
    )


def _labels(graph: Graph, subject: Node, predicate: URIRef) -> Labels:
    texts = [text for text in graph.objects(subject, predicate) if isinstance(text, Text)]
    return {text.language or "": str(text) for text in sorted(texts, key=lambda text: text.language or "")}

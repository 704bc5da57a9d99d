"""Tells what is known of the things that a document refers to but does not describe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from ..rdf.media_types import TURTLE
from ..rdf.namespaces import SKOS
from ..rdf.statements import Triple
from ..rdf.syntax import triples_from_text
from ..rdf.terms import RDF_TYPE, Term

IN_SCHEME = SKOS + "inScheme"

Known = tuple[tuple[str, ...], tuple[str, ...]]
"""Types and concept schemes of a thing."""


class KnownContext(Protocol):
    """Code lists and, where there is one, a store."""

    def types(self, iris: Iterable[str]) -> Mapping[str, Known]:
        """Return the types and the concept schemes of each IRI, both empty for what is not known."""
        ...


class ListedConcepts:
    """Concepts in Turtle files, such as the code lists of `ontology/concepts`: enough to check a document by."""

    def __init__(self, *folders: Path) -> None:
        """Read every Turtle file of the folders."""
        types: defaultdict[str, list[str]] = defaultdict(list)
        schemes: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(path for folder in folders for path in folder.glob("*.ttl")):
            for subject, predicate, value in triples_from_text(path.read_bytes(), TURTLE, path.absolute().as_uri()):
                if predicate in (RDF_TYPE, IN_SCHEME):
                    (types if predicate == RDF_TYPE else schemes)[subject.value].append(value.value)
        self._known: Mapping[str, Known] = {i: (tuple(found), tuple(schemes[i])) for i, found in types.items()}

    def types(self, iris: Iterable[str]) -> Mapping[str, Known]:
        """See `KnownContext.types`."""
        return {iri: self._known.get(iri, ((), ())) for iri in iris}


def surroundings(triples: Iterable[Triple], context: KnownContext) -> tuple[list[Triple], set[str], set[str]]:
    """Return statements on types and schemes of what a graph refers to without saying its type.

    With them come the IRIs that they are about, of which no answer is wanted, and the IRIs of which nothing is known.
    """
    typed, referred = set(), dict[str, None]()
    for subject, predicate, value in triples:
        if predicate == RDF_TYPE:
            typed.add(subject.value)
        elif value.kind == "iri":
            referred[value.value] = None
    known = context.types([iri for iri in referred if iri not in typed])
    found = [
        Triple(Term("iri", iri), predicate, Term("iri", value))
        for iri, (types, schemes) in known.items()
        for predicate, values in ((RDF_TYPE, types), (IN_SCHEME, schemes))
        for value in values
    ]
    return found, set(known), {iri for iri, (types, _) in known.items() if not types}

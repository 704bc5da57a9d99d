"""Reads the skills and occupations of a store for the linker, with the version of ESCO they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from ..linking.linker.concepts import Concept, ConceptKind, Label
from ..rdf.namespaces import ESCO_THINGS
from ..rdf.terms import local_name
from ..resources import QUERIES
from ..sparql.named_queries import load_queries
from ..store.oxigraph import OxigraphStore

_TRAITS = (f"{ESCO_THINGS}skill-type/", f"{ESCO_THINGS}skill-reuse-level/")
_VERSION = re.compile(r"/esco-(\d[\w.]*)$")


class Esco(NamedTuple):
    """Skills, occupations and what is right above them, by IRI; `version` is empty when nothing tells it."""

    concepts: Sequence[Concept]
    version: str


def read_esco(store: OxigraphStore) -> Esco:
    """Return what a store holds of ESCO; four queries, two seconds for all of ESCO in three languages."""
    queries = load_queries(QUERIES / "index")

    def table(name: str) -> Iterator[list[str]]:
        return store.table(queries[name].text)

    kinds: dict[str, ConceptKind] = {}
    for name, things in table("things"):
        for kind in get_args(ConceptKind):
            if name == kind:
                kinds.update(dict.fromkeys(things.split(" "), kind))
    facts = {iri: tuple(sorted(told.split(" "))) for iri, told in table("concept-facts")}
    for iri in [*kinds]:
        for fact in facts.get(iri, ()):
            if not fact.startswith(_TRAITS):
                kinds.setdefault(fact, "group")
    labels = {iri: tuple(_labels(lines)) for iri, lines in table("concept-labels") if iri in kinds}
    concepts = [_concept(iri, kinds[iri], labels[iri], facts) for iri in sorted(labels)]
    versions = {
        version or (match[1] if (match := _VERSION.search(graph)) else "") for graph, version in table("esco-graphs")
    }
    return Esco(concepts, ", ".join(sorted(versions - {""})))


def _concept(iri: str, kind: ConceptKind, labels: tuple[Label, ...], facts: Mapping[str, Sequence[str]]) -> Concept:
    told = facts.get(iri, ())
    broader = tuple(fact for fact in told if not fact.startswith(_TRAITS))
    return Concept(iri, kind, labels, broader, tuple(local_name(fact) for fact in told if fact.startswith(_TRAITS)))


def _labels(lines: str) -> Iterator[Label]:
    """Yield the labels of a line of `concept-labels`, each once: preferred ones first, then by language and text."""
    for line in sorted({line for line in lines.split("\n") if line}):
        rank, language, text = line.split(",", 2)
        yield Label(language.partition("-")[0].lower(), text.replace("~1", "\n").replace("~0", "~"), int(rank))

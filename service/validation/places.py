"""Things called by a label, an IRI, or the place where a document has them: never by the label of a blank node."""

from __future__ import annotations

from ..rdf.namespaces import DCTERMS, ELM, FOAF, RDFS, ROV, SCHEMA, SKOS
from ..rdf.terms import RDF_TYPE, Term, local_name
from .paths import Graph

# What stands for a thing, in this order; else its IRI or its place does.
_NAMES = (
    DCTERMS + "title",
    ROV + "legalName",
    ELM + "point",
    SKOS + "prefLabel",
    SKOS + "notation",
    RDFS + "label",
    FOAF + "name",
    SCHEMA + "name",
    "http://schema.org/name",
)
_FARTHEST = 8


def text_of(term: Term, graph: Graph) -> str:
    """Return a literal's text, or what stands for a thing: a label of it, its IRI, or its place."""
    if term.kind == "literal":
        return term.value
    labels = (text.value for name in _NAMES for text in graph.objects(term, name) if text.kind == "literal")
    return next(labels, place_of(term, graph))


def place_of(node: Term, graph: Graph) -> str:
    """Return an IRI or a literal as it is, and of a blank node the way to it from something that has an IRI.

    The way names properties, and counts where a property has several values: `http://example.org/c › opens › hours 2`.
    """
    if node.kind != "bnode":
        return node.value
    steps: list[str] = []
    here, seen = node, {node}
    while here.kind == "bnode" and len(steps) < _FARTHEST:
        found = next(((s, p) for s, p in graph.referring(here) if s not in seen), None)
        if found is None:
            break
        subject, predicate = found
        values = graph.objects(subject, predicate)
        number = f" {values.index(here) + 1}" if len(values) > 1 else ""
        steps.append(local_name(predicate) + number)
        here = subject
        seen.add(here)
    start = here.value if here.kind == "iri" else _unnamed(here, graph)
    return " › ".join([start, *reversed(steps)])


def _unnamed(node: Term, graph: Graph) -> str:
    kinds = sorted(local_name(kind.value) for kind in graph.objects(node, RDF_TYPE))
    kind = kinds[0] if kinds else "…"
    alike = graph.subjects(RDF_TYPE, graph.objects(node, RDF_TYPE)[0]) if kinds else []
    unnamed = [each for each in alike if each.kind == "bnode"]
    return f"[{kind} {unnamed.index(node) + 1}]" if len(unnamed) > 1 else f"[{kind}]"

"""Writes results as a SHACL validation report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from ..rdf.namespaces import DCTERMS, SHACL, XSD
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term
from .context import KnownContext, surroundings
from .documents import Document, _entries, engine_of
from .engines.engine import EngineName, validate
from .profiles import MCS, Profile
from .results import Result

_SEVERITIES = {"violation": "Violation", "warning": "Warning", "info": "Info"}
_SOURCE = DCTERMS + "source"
PREFIXES = {
    "dcterms": DCTERMS,
    "mcs": str(MCS),
    "rdf": RDF_TYPE.removesuffix("type"),
    "sh": SHACL,
    "xsd": XSD,
}
"""Names that make a report readable."""
_REFERENCES = DCTERMS + "references"


def results_of(
    document: Document, profile: Profile, context: KnownContext, engine: EngineName | None = None
) -> tuple[Result, ...]:
    """Return what the shapes of a profile find wrong with a document: what its verdict rests on."""
    triples = (*document.triples, *_entries(document.triples))
    added, foreign, _ = surroundings(triples, context)
    results = validate([*triples, *added], profile, engine or engine_of(document))
    return tuple(r for r in results if r.focus.value not in foreign)


def report(source: str, profile: Profile, results: Sequence[Result], shapes_iri: str) -> Iterator[Triple]:
    """Yield a `sh:ValidationReport` on one document and one profile, its result nodes blank.

    `sh:conforms` is as SHACL has it: true when there is no result at all, of whatever severity. The report names the
    document (`dcterms:source`) and the profile (`dcterms:references`).
    """
    key = hashlib.sha256(f"{source}\n{profile.id}".encode()).hexdigest()[:12]
    node = Term("bnode", f"report{key}")
    yield Triple(node, RDF_TYPE, _shacl("ValidationReport"))
    yield Triple(node, _SOURCE, Term("literal", source))
    yield Triple(node, _REFERENCES, Term("iri", shapes_iri))
    yield Triple(node, SHACL + "conforms", Term("literal", str(not results).lower(), None, XSD + "boolean"))
    named = [(Term("bnode", f"result{key}n{number}"), result) for number, result in enumerate(results)]
    for found, _ in named:
        yield Triple(node, SHACL + "result", found)
    for found, result in named:
        yield from _result(found, result, profile.graph, key)


def _result(found: Term, result: Result, shapes: rdflib.Graph, key: str) -> Iterator[Triple]:
    yield Triple(found, RDF_TYPE, _shacl("ValidationResult"))
    yield Triple(found, SHACL + "focusNode", _own(result.focus, key))
    yield Triple(found, SHACL + "resultSeverity", _shacl(_SEVERITIES[result.severity]))
    component = result.component if ":" in result.component else SHACL + result.component
    yield Triple(found, SHACL + "sourceConstraintComponent", Term("iri", component))
    if result.value is not None:
        yield Triple(found, SHACL + "value", _own(result.value, key))
    if result.shape:
        yield Triple(found, SHACL + "sourceShape", Term("iri", result.shape))
        for text in shapes.objects(rdflib.URIRef(result.shape), SH.message):
            yield Triple(found, SHACL + "resultMessage", _term(text, found))
    yield from _path(found, result, shapes)


def _path(found: Term, result: Result, shapes: rdflib.Graph) -> Iterator[Triple]:
    if result.path:
        yield Triple(found, SHACL + "resultPath", Term("iri", result.path))
        return
    path = shapes.value(rdflib.URIRef(result.shape), SH.path) if result.shape else None
    if path is None:
        return
    yield Triple(found, SHACL + "resultPath", _term(path, found))
    queue, seen = [path], set[Node]()
    while queue:
        node = queue.pop()
        if isinstance(node, rdflib.BNode) and node not in seen:
            seen.add(node)
            for predicate, value in shapes.predicate_objects(node):
                yield Triple(_term(node, found), str(predicate), _term(value, found))
                queue.append(value)


def _term(node: Node, owner: Term) -> Term:
    """Return a term of the shapes graph; a blank node of it becomes one of the result's own."""
    if isinstance(node, rdflib.Literal):
        datatype = None if node.language or node.datatype is None else str(node.datatype)
        return Term("literal", str(node), node.language, datatype)
    if isinstance(node, rdflib.BNode):
        return Term("bnode", owner.value + "p" + str(node).encode().hex())
    return Term("iri", str(node))


def _own(term: Term, key: str) -> Term:
    """Return a term of the document; its blank nodes are told from those of other documents."""
    return Term("bnode", f"node{key}{term.value}") if term.kind == "bnode" else term


def _shacl(name: str) -> Term:
    return Term("iri", SHACL + name)

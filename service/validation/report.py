"""Results as a SHACL validation report, for tools that read those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from ..store import Triple
from ..terms import RDF_TYPE, XSD, Term
from .context import Context, surroundings
from .documents import Document, _entries
from .engine import validate
from .profiles import Profile
from .results import SHACL, Result

_SEVERITIES = {"violation": "Violation", "warning": "Warning", "info": "Info"}
_SOURCE = "http://purl.org/dc/terms/source"
_REFERENCES = "http://purl.org/dc/terms/references"


def results_of(document: Document, profile: Profile, context: Context) -> tuple[Result, ...]:
    """Return what the shapes of a profile find wrong with a document: what its verdict rests on."""
    triples = (*document.triples, *_entries(document.triples))
    added, foreign, _ = surroundings(triples, context)
    return tuple(r for r in validate([*triples, *added], profile) if r.focus.value not in foreign)


def report(source: str, profile: Profile, results: Sequence[Result], shapes_iri: str) -> Iterator[Triple]:
    """Yield a `sh:ValidationReport` on one document and one profile, its result nodes blank.

    `sh:conforms` is as SHACL has it: true when there is no result at all, of whatever severity. The report names the
    document (`dcterms:source`) and the profile (`dcterms:references`).
    """
    names = (Term("bnode", f"{_name(source)}{_name(profile.id)}r{number}") for number in count())
    node = next(names)
    yield Triple(node, RDF_TYPE, _shacl("ValidationReport"))
    yield Triple(node, _SOURCE, Term("literal", source))
    yield Triple(node, _REFERENCES, Term("iri", shapes_iri))
    yield Triple(node, SHACL + "conforms", Term("literal", str(not results).lower(), None, XSD + "boolean"))
    for result in results:
        found = next(names)
        yield Triple(node, SHACL + "result", found)
        yield Triple(found, RDF_TYPE, _shacl("ValidationResult"))
        yield Triple(found, SHACL + "focusNode", result.focus)
        yield Triple(found, SHACL + "resultSeverity", _shacl(_SEVERITIES[result.severity]))
        component = result.component if ":" in result.component else SHACL + result.component
        yield Triple(found, SHACL + "sourceConstraintComponent", Term("iri", component))
        if result.value is not None:
            yield Triple(found, SHACL + "value", result.value)
        if result.shape:
            yield Triple(found, SHACL + "sourceShape", Term("iri", result.shape))
            for text in profile.graph.objects(rdflib.URIRef(result.shape), SH.message):
                yield Triple(found, SHACL + "resultMessage", _term(text, found))
        yield from _path(found, result, profile.graph)


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
        return Term(
            "literal", str(node), node.language, None if node.language else node.datatype and str(node.datatype)
        )
    return (
        Term("bnode", owner.value + "p" + _name(str(node)))
        if isinstance(node, rdflib.BNode)
        else Term("iri", str(node))
    )


def _name(text: str) -> str:
    """Return letters and digits that are different for different texts."""
    return text.encode().hex()


def _shacl(name: str) -> Term:
    return Term("iri", SHACL + name)

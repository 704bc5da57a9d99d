"""Writes results as a SHACL validation report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from ..rdf.media_types import TURTLE
from ..rdf.namespaces import DCTERMS, RDF, SHACL, XSD
from ..rdf.statements import Triple
from ..rdf.syntax import write_triples
from ..rdf.terms import RDF_TYPE, Term
from .brought_shapes.others import source_of
from .context import KnownContext
from .documents import Document, check_documents, conforms_to_all, results_of
from .engines.engine import EngineName
from .paths import Operator, Path, path_from_shapes
from .profiles import MCS, Profile
from .results import Result
from .words.messages import messages_of

_SEVERITIES = {"violation": "Violation", "warning": "Warning", "info": "Info"}
_PATHS: Mapping[Operator, str] = {
    "inverse": "inversePath", "alternative": "alternativePath", "zero-or-more": "zeroOrMorePath",
    "one-or-more": "oneOrMorePath", "zero-or-one": "zeroOrOnePath",
}  # fmt: skip
_SOURCE = DCTERMS + "source"
PREFIXES = {
    "dcterms": DCTERMS,
    "mcs": str(MCS),
    "rdf": RDF,
    "sh": SHACL,
    "xsd": XSD,
}
"""Names that make a report readable."""
_TURTLE = TURTLE
_REFERENCES = DCTERMS + "references"


class DocumentReport(NamedTuple):
    """Reports on one document as Turtle, and whether it conforms to every profile."""

    body: bytes
    conforms: bool


def document_report(
    document: Document,
    profiles: Sequence[Profile],
    context: KnownContext,
    engine: EngineName | None = None,
    strict: bool = False,
) -> DocumentReport:
    """Return the reports on a document, one for each profile; where nothing was checked a comment says so instead."""
    (checked,) = check_documents([document], profiles, context, engine=engine)
    output = BytesIO()
    if checked["error"]:
        output.write(_comment(f"{document.source}: {checked['error']['message']}"))
    if document.left_out:
        output.write(_comment(f"{document.source}: left_out: {document.left_out}"))
    triples: list[Triple] = []
    for profile, verdict in zip(profiles, checked["verdicts"], strict=True):
        if verdict["outcome"] == "nothing-checked":
            holds = f"; it holds {', '.join(verdict['holds'])}" if "holds" in verdict else ""
            output.write(_comment(f"{document.source}: nothing checked against {profile.id}{holds}"))
        else:
            iri = f"{MCS}profile-{profile.id}" if profile.checks else f"urn:shapes:{profile.id}"
            triples += report(document.source, profile, results_of(document, profile, context, engine), iri)
    if triples:
        write_triples(triples, output, _TURTLE, PREFIXES)
    return DocumentReport(output.getvalue(), conforms_to_all(checked, strict))


def _comment(text: str) -> bytes:
    return "".join(f"# {line}\n" for line in text.splitlines()).encode()


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
    source = source_of(result)
    yield Triple(found, RDF_TYPE, _shacl("ValidationResult"))
    yield Triple(found, SHACL + "focusNode", _own(result.focus, key))
    severity = Term("iri", result.severity_iri) if result.severity_iri else _shacl(_SEVERITIES[result.severity])
    yield Triple(found, SHACL + "resultSeverity", severity)
    component = result.component if ":" in result.component else SHACL + result.component
    yield Triple(found, SHACL + "sourceConstraintComponent", Term("iri", component))
    if result.value is not None:
        yield Triple(found, SHACL + "value", _own(result.value, key))
    if source is not None:
        yield Triple(found, SHACL + "sourceShape", _shape(source, key))
    for text in messages_of(shapes, source, result):
        yield Triple(found, SHACL + "resultMessage", text)
    yield from _path(found, result, shapes)


def _shape(source: Node, key: str) -> Term:
    """Return a shape; one without a name is one node in the whole report."""
    if isinstance(source, rdflib.BNode):
        return Term("bnode", f"shape{key}{str(source).encode().hex()}")
    return Term("iri", str(source))


def _path(found: Term, result: Result, shapes: rdflib.Graph) -> Iterator[Triple]:
    if result.path:
        yield Triple(found, SHACL + "resultPath", Term("iri", result.path))
        return
    source = source_of(result)
    path = shapes.value(source, SH.path) if source is not None else None
    if path is not None:
        start, triples = _written(path_from_shapes(shapes, path), f"{found.value}p")
        yield Triple(found, SHACL + "resultPath", start)
        yield from triples


def _written(path: Path, label: str) -> tuple[Term, list[Triple]]:
    """Return the node of a path and the statements that make it, with blank nodes whose labels start as given."""
    if path.operator == "predicate":
        return Term("iri", path.predicate), []
    if path.operator == "sequence":
        return _list(path.parts, label)
    node = Term("bnode", label)
    inner = _list(path.parts, f"{label}l") if path.operator == "alternative" else _written(path.parts[0], f"{label}i")
    return node, [Triple(node, SHACL + _PATHS[path.operator], inner[0]), *inner[1]]


def _list(parts: Sequence[Path], label: str) -> tuple[Term, list[Triple]]:
    cells = [Term("bnode", f"{label}c{number}") for number in range(len(parts))]
    triples: list[Triple] = []
    for number, (cell, part) in enumerate(zip(cells, parts, strict=True)):
        first, more = _written(part, f"{cell.value}v")
        rest = cells[number + 1] if number + 1 < len(cells) else Term("iri", RDF + "nil")
        triples += [Triple(cell, RDF + "first", first), Triple(cell, RDF + "rest", rest), *more]
    return cells[0], triples


def _own(term: Term, key: str) -> Term:
    """Return a term of the document; its blank nodes are told from those of other documents."""
    return Term("bnode", f"node{key}{term.value}") if term.kind == "bnode" else term


def _shacl(name: str) -> Term:
    return Term("iri", SHACL + name)

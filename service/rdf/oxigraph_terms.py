"""Converts terms, statements and rows of the embedded engine to ours, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from ..errors import InvalidArgument
from .namespaces import XSD
from .statements import Row, Triple
from .terms import Term

_XSD_STRING = XSD + "string"

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def row_from_solution(names: Sequence[str], solution: Iterable[Node | None]) -> Row:
    """Return a solution of the engine as a row."""
    return {name: _term(node) for name, node in zip(names, solution, strict=True) if node is not None}


def _term(node: Node) -> Term:
    if isinstance(node, ox.NamedNode):
        return Term("iri", node.value)
    if isinstance(node, ox.Literal):
        language = node.language
        if language is not None:
            return Term("literal", node.value, language)
        datatype = node.datatype.value
        return Term("literal", node.value, None, None if datatype == _XSD_STRING else datatype)
    if isinstance(node, ox.BlankNode):
        return Term("bnode", node.value)
    raise InvalidArgument(f"RDF 1.2 triple terms are not used here, got {node}")


def triple_from_quad(triple: ox.Triple | ox.Quad) -> Triple:
    """Return the statement of a quad, or a triple, of the engine."""
    return Triple(_term(triple.subject), triple.predicate.value, _term(triple.object))


def quad_from_triple(triple: Triple, graph: ox.NamedNode) -> ox.Quad:
    """Return the engine's form of a statement of a graph."""
    return ox.Quad(
        subject_from_term(triple.subject), ox.NamedNode(triple.predicate), node_from_term(triple.object), graph
    )


def subject_from_term(term: Term) -> ox.NamedNode | ox.BlankNode:
    """Return the engine's form of a term that is no literal."""
    return ox.NamedNode(term.value) if term.kind == "iri" else ox.BlankNode(term.value)


def node_from_term(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return the engine's form of a term."""
    if term.kind != "literal":
        return subject_from_term(term)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype) if term.datatype else None)

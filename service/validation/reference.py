"""The reference engine: pySHACL with its shapes parsed once. The one door to pyshacl and to rdflib's data graphs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence

import rdflib
from pyshacl import Validator
from pyshacl.errors import ReportableRuntimeError
from pyshacl.graph_abstraction import DataGraph
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import SH
from rdflib.term import Node

from ..errors import InvalidArgument
from ..oxigraph import triples_from_text
from ..store import Triple
from ..terms import XSD, Term
from .results import SHACL, Result, in_order, severity_from_iri

logger = logging.getLogger(__name__)

# What pySHACL raises when shapes, or a pattern in them, cannot be used.
_FAILURES = (ReportableRuntimeError, RuntimeWarning, ValueError, re.error)


class ReferenceEngine:
    """pySHACL over shapes that are parsed once; without inference, imports or advanced features.

    Its `validate()` reads the shapes anew, adds a log handler and writes a report graph at every call; the validator
    behind it does not, and is run shape by shape here as it does itself.
    """

    parallel = False

    def __init__(self, shapes: rdflib.Graph) -> None:
        """Parse the shapes, a copy of them: pySHACL adds triples of its own.

        Raises:
            InvalidArgument: pySHACL cannot read them as shapes.
        """
        self._graph = _empty()
        self._graph += shapes
        self._shapes = ShapesGraph(self._graph, logger=logger)
        try:
            self._targeted = [shape for shape in self._shapes.shapes if any(shape.target())]
        except _FAILURES as error:
            raise InvalidArgument(f"the shapes cannot be used: {error}") from error

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """See `Engine.run`. A pattern that Python cannot compile, or nesting too deep, ends the run."""
        data = DataGraph.from_rdflib(graph_from_triples(triples))
        validator = Validator(data, shacl_graph=self._graph, options={"inplace": True, "logger": logger})
        validator.shacl_graph = self._shapes
        executor = validator.make_executor()
        try:
            reports = [report for shape in self._targeted for report in shape.validate(executor, data)[1]]
        except _FAILURES as error:
            raise InvalidArgument(f"the shapes cannot be evaluated on this graph: {error}") from error
        # Statements on nested results come along; only those on the result itself count.
        return in_order(self._result({p: o for s, p, o in about if s == node}) for _, node, about in reports)

    def run_text(self, nquads: bytes) -> tuple[Result, ...]:
        """See `Engine.run_text`."""
        return self.run(list(triples_from_text(nquads, "application/n-quads")))

    def _result(self, report: dict[Node, object]) -> Result:
        # pySHACL pairs a node with the graph it is from.
        nodes = {key: value[1] if isinstance(value, tuple) else value for key, value in report.items()}
        value, path = nodes.get(SH.value), nodes.get(SH.resultPath)
        return Result(
            _term(nodes[SH.focusNode]),
            self._named(nodes[SH.sourceShape]),
            severity_from_iri(str(nodes[SH.resultSeverity])),
            None if value is None else _term(value),
            str(nodes[SH.sourceConstraintComponent]).removeprefix(SHACL),
            str(path) if isinstance(path, rdflib.URIRef) else "",
        )

    def _named(self, shape: object) -> str:
        while isinstance(shape, rdflib.BNode):
            shape = self._graph.value(None, SH.property, shape)
        return "" if shape is None else str(shape)


def _empty() -> rdflib.Graph:
    # bind_namespaces="none" saves a millisecond a graph; nobody sees the prefixes.
    return rdflib.Graph(bind_namespaces="none")


def graph_from_triples(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return triples as rdflib holds them, literals as they were written."""
    graph = _empty()
    for subject, predicate, value in triples:
        graph.add((_node(subject), rdflib.URIRef(predicate), _node(value)))
    return graph


def _node(term: Term) -> Node:
    if term.kind == "iri":
        return rdflib.URIRef(term.value)
    if term.kind == "bnode":
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    # Without normalize=False rdflib rewrites PT60H as P2DT12H and 05.0 as 5.0.
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype or XSD + "string"), normalize=False)


def _term(node: object) -> Term:
    if isinstance(node, rdflib.Literal):
        datatype = str(node.datatype) if node.datatype and not node.language else None
        return Term("literal", str(node), node.language, None if datatype == XSD + "string" else datatype)
    return Term("bnode" if isinstance(node, rdflib.BNode) else "iri", str(node))

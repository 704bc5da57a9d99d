"""The reference engine: pySHACL with its shapes parsed once."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import cast

import rdflib
from pyshacl import Validator
from pyshacl.errors import ReportableRuntimeError
from pyshacl.graph_abstraction import DataGraph
from rdflib.namespace import SH
from rdflib.term import Node

from ...errors import InvalidArgument
from ...rdf.media_types import N_QUADS
from ...rdf.namespaces import SHACL, XSD
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import Term
from ..naming import ShapeNames
from ..results import Result, custom_severity, in_order, severity_from_iri
from .components import use_components
from .rdflib_graphs import NO_WORDS, RecordGraph, ShapesWithoutWords

logger = logging.getLogger(__name__)

# What pySHACL raises when shapes, or a pattern in them, cannot be used.
_FAILURES = (ReportableRuntimeError, NotImplementedError, RecursionError, RuntimeWarning, ValueError)


_SHAPES_GRAPH = re.compile(r"[$?]shapesGraph\b")


class ReferenceEngine:
    """pySHACL over shapes that are parsed once; without inference, imports or advanced features.

    Its `validate()` reads the shapes anew, adds a log handler and writes a report graph at every call; the shapes
    behind it do not, and are run one by one here as it does itself.
    """

    parallel = False

    def __init__(self, shapes: rdflib.Graph) -> None:
        """Parse the shapes.

        Raises:
            InvalidArgument: pySHACL cannot read them as shapes, or does not support what they ask.
        """
        use_components()
        for each in (SH.select, SH.ask):
            if any(_SHAPES_GRAPH.search(text) for text in map(str, shapes.objects(None, each))):
                raise InvalidArgument("queries of the graph of shapes, $shapesGraph, are not supported by pySHACL 0.40")
        self._names = ShapeNames(shapes)
        self._shapes = ShapesWithoutWords(shapes, logger)
        try:
            # Every other shape is reached from one of these.
            self._targeted = [shape for shape in self._shapes.shapes if any(map(list, shape.target()))]
        except _FAILURES as error:
            raise InvalidArgument(f"the shapes cannot be used: {error}") from error
        validator = Validator(
            DataGraph.from_rdflib(rdflib.Graph()), shacl_graph=rdflib.Graph(), options={"logger": logger}
        )
        validator.shacl_graph = self._shapes
        self._executor = validator.make_executor()

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """See `Engine.run`. A pattern that Python cannot compile, or nesting too deep, ends the run."""
        data = RecordGraph(triples)
        try:
            reports = [report for shape in self._targeted for report in shape.validate(self._executor, data)[1]]
        except _FAILURES as error:
            raise InvalidArgument(f"the shapes cannot be evaluated on this graph: {error}") from error
        # Statements on nested results come along; only those on the result itself count.
        return in_order(self._result([(p, o) for s, p, o in about if s == node]) for _, node, about in reports)

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        """See `Engine.run_text`."""
        return self.run(list(triples_from_text(nquads + around, N_QUADS)))

    def _result(self, report: Sequence[tuple[Node, object]]) -> Result:
        # pySHACL pairs a node with the graph it is from.
        nodes = {key: value[1] if isinstance(value, tuple) else value for key, value in report}
        value, path, name = (
            nodes.get(SH.value),
            nodes.get(SH.resultPath),
            self._names.of(cast(Node, nodes[SH.sourceShape])),
        )
        severity = str(nodes[SH.resultSeverity])
        said = {str(message) for key, message in report if key == SH.resultMessage and message != NO_WORDS}
        return Result(
            _term(nodes[SH.focusNode]),
            name.shape,
            severity_from_iri(severity),
            None if value is None else _term(value),
            str(nodes[SH.sourceConstraintComponent]).removeprefix(SHACL),
            str(path) if isinstance(path, rdflib.URIRef) else "",
            name.source,
            custom_severity(severity),
            tuple(sorted(said)),
        )


def _term(node: object) -> Term:
    if isinstance(node, rdflib.Literal):
        datatype = str(node.datatype) if node.datatype and not node.language else None
        return Term("literal", str(node), node.language, None if datatype == XSD + "string" else datatype)
    return Term("bnode" if isinstance(node, rdflib.BNode) else "iri", str(node))

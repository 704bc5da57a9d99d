"""Which nodes of a graph are shapes (SHACL §2), and what they are about (§2.1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH
from rdflib.term import Node

from ...rdf.terms import Term
from ..paths import Graph

TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
OF_ONE_SHAPE = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
"""Parameters whose value is a shape."""
OF_SHAPES = (SH["and"], SH["or"], SH.xone)
"""Parameters whose value is a list of shapes."""
PARAMETERS = frozenset(
    (
        *OF_ONE_SHAPE, *OF_SHAPES, SH["class"], SH.closed, SH.datatype, SH.disjoint, SH.equals, SH.flags, SH.hasValue,
        SH.ignoredProperties, SH["in"], SH.languageIn, SH.lessThan, SH.lessThanOrEquals, SH.maxCount, SH.maxExclusive,
        SH.maxInclusive, SH.maxLength, SH.minCount, SH.minExclusive, SH.minInclusive, SH.minLength, SH.nodeKind,
        SH.pattern, SH.qualifiedMaxCount, SH.qualifiedMinCount, SH.qualifiedValueShapesDisjoint, SH.sparql,
        SH.uniqueLang,
    )
)  # fmt: skip
"""The parameters of the constraint components that SHACL defines."""


def shape_nodes(graph: rdflib.Graph) -> frozenset[Node]:
    """Return the shapes of a graph: by type, by a target, by a parameter, or as the value of a parameter."""
    parameters = PARAMETERS | declared_parameters(graph)
    found = {shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in graph.subjects(RDF.type, kind)}
    found |= {shape for each in (*TARGETS, *parameters) for shape in graph.subjects(each)}
    found |= {shape for each in OF_ONE_SHAPE for shape in graph.objects(None, each)}
    found |= {shape for each in OF_SHAPES for members in graph.objects(None, each) for shape in graph.items(members)}
    return frozenset(shape for shape in found if not isinstance(shape, rdflib.Literal))


def declared_parameters(graph: rdflib.Graph) -> frozenset[Node]:
    """Return the parameters of the constraint components that a graph declares itself."""
    return frozenset(
        path for parameter in graph.objects(None, SH.parameter) for path in graph.objects(parameter, SH.path)
    )


@dataclass(frozen=True, slots=True)
class Targets:
    """What the shapes of a graph are put to the test on; a deactivated shape is about nothing."""

    classes: tuple[str, ...]
    nodes: tuple[Term, ...]
    subjects_of: tuple[str, ...]
    objects_of: tuple[str, ...]

    def focus_nodes(self, data: Graph) -> dict[Term, None]:
        """Return the focus nodes in data, each once; those of `sh:targetNode` whether they are there or not."""
        found = dict.fromkeys(self.nodes)
        for each in self.classes:
            found |= dict.fromkeys(data.instances(each))
        for triple in data.triples if self.subjects_of or self.objects_of else ():
            if triple.predicate in self.subjects_of:
                found[triple.subject] = None
            if triple.predicate in self.objects_of:
                found[triple.object] = None
        return found


def targets_of(graph: rdflib.Graph) -> Targets:
    """Return what the shapes of a graph are about."""
    active = [shape for shape in shape_nodes(graph) if not _is_deactivated(graph, shape)]

    def values(predicate: Node) -> Iterator[Node]:
        return (value for shape in active for value in graph.objects(shape, predicate))

    classes = {*map(str, values(SH.targetClass)), *map(str, _implicit_classes(graph, active))}
    return Targets(
        tuple(sorted(classes)),
        tuple(sorted(map(_term, values(SH.targetNode)), key=str)),
        tuple(sorted(map(str, values(SH.targetSubjectsOf)))),
        tuple(sorted(map(str, values(SH.targetObjectsOf)))),
    )


def _implicit_classes(graph: rdflib.Graph, shapes: Iterable[Node]) -> Iterator[Node]:
    # That OWL classes are classes is no news to anybody, and both engines know it.
    kinds = {*graph.transitive_subjects(RDFS.subClassOf, RDFS.Class), OWL.Class}
    for shape in shapes:
        if isinstance(shape, rdflib.URIRef) and not kinds.isdisjoint(graph.objects(shape, RDF.type)):
            yield shape


def _is_deactivated(graph: rdflib.Graph, shape: Node) -> bool:
    return any(
        isinstance(value, rdflib.Literal) and value.value is True for value in graph.objects(shape, SH.deactivated)
    )


def _term(node: Node) -> Term:
    if isinstance(node, rdflib.Literal):
        return Term("literal", str(node), node.language, str(node.datatype) if node.datatype else None)
    return Term("bnode" if isinstance(node, rdflib.BNode) else "iri", str(node))

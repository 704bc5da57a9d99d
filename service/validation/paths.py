"""A small graph to look things up in, and SHACL property paths over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from ..errors import InvalidArgument
from ..rdf.namespaces import RDFS
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term

Operator = Literal["predicate", "inverse", "sequence", "alternative", "zero-or-more", "one-or-more", "zero-or-one"]

_WRAPPERS: dict[rdflib.URIRef, Operator] = {
    SH.inversePath: "inverse",
    SH.zeroOrMorePath: "zero-or-more",
    SH.oneOrMorePath: "one-or-more",
    SH.zeroOrOnePath: "zero-or-one",
}
_SUBCLASS = RDFS + "subClassOf"


class Path(NamedTuple):
    """A SHACL property path: a predicate, or an operator over parts."""

    operator: Operator
    predicate: str = ""
    parts: tuple[Path, ...] = ()


class Graph:
    """Triples, each once, indexed both ways; what a lookup returns keeps the order of the source."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(dict.fromkeys(triples))
        self._forward: defaultdict[tuple[Term, str], list[Term]] = defaultdict(list)
        self._backward: defaultdict[tuple[Term, str], list[Term]] = defaultdict(list)
        for subject, predicate, value in self.triples:
            self._forward[subject, predicate].append(value)
            self._backward[value, predicate].append(subject)
        self._referring: defaultdict[Term, list[tuple[Term, str]]] | None = None

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        """Return the values of a predicate."""
        return self._forward.get((subject, predicate), [])

    def subjects(self, predicate: str, value: Term) -> list[Term]:
        """Return what has this value."""
        return self._backward.get((value, predicate), [])

    def referring(self, value: Term) -> list[tuple[Term, str]]:
        """Return the subjects and predicates of the statements that have this value."""
        if self._referring is None:
            self._referring = defaultdict(list)
            for subject, predicate, each in self.triples:
                self._referring[each].append((subject, predicate))
        return self._referring.get(value, [])

    def instances(self, class_iri: str) -> list[Term]:
        """Return what is of a class, or of a subclass that this graph states: the targets of `sh:targetClass`."""
        classes = self._closure([Term("iri", class_iri)], Path("inverse", "", (Path("predicate", _SUBCLASS),)))
        return list(dict.fromkeys(node for each in classes for node in self.subjects(RDF_TYPE, each)))

    def values(self, node: Term, path: Path) -> list[Term]:
        """Return the distinct values at the end of a path."""
        return list(dict.fromkeys(self._walk(node, path)))

    def _walk(self, node: Term, path: Path) -> Iterator[Term]:
        match path.operator:
            case "predicate":
                yield from self.objects(node, path.predicate)
            case "inverse":
                yield from self._walk_back(node, path.parts[0])
            case "sequence":
                reached = [node]
                for part in path.parts:
                    reached = list(dict.fromkeys(value for each in reached for value in self._walk(each, part)))
                yield from reached
            case "alternative":
                for part in path.parts:
                    yield from self._walk(node, part)
            case "zero-or-one":
                yield node
                yield from self._walk(node, path.parts[0])
            case "zero-or-more":
                yield from self._closure([node], path.parts[0])
            case "one-or-more":
                yield from self._closure(self.values(node, path.parts[0]), path.parts[0])

    def _walk_back(self, node: Term, path: Path) -> Iterator[Term]:
        match path.operator:
            case "predicate":
                yield from self.subjects(path.predicate, node)
            case "sequence":
                parts = tuple(Path("inverse", "", (part,)) for part in reversed(path.parts))
                yield from self._walk(node, Path("sequence", "", parts))
            case "inverse":
                yield from self._walk(node, path.parts[0])
            case _:
                parts = tuple(Path("inverse", "", (part,)) for part in path.parts)
                yield from self._walk(node, Path(path.operator, "", parts))

    def _closure(self, start: list[Term], path: Path) -> list[Term]:
        reached = dict.fromkeys(start)
        queue = list(reached)
        while queue:
            new = [value for value in self._walk(queue.pop(), path) if value not in reached]
            reached.update(dict.fromkeys(new))
            queue += dict.fromkeys(new)
        return list(reached)


def path_from_shapes(shapes: rdflib.Graph, node: Node) -> Path:
    """Read a `sh:path`.

    Raises:
        InvalidArgument: it is not a property path of SHACL.
    """
    if isinstance(node, rdflib.URIRef):
        return Path("predicate", str(node))
    if (node, RDF.first, None) in shapes:
        return Path("sequence", "", tuple(path_from_shapes(shapes, part) for part in Collection(shapes, node)))
    alternatives = shapes.value(node, SH.alternativePath)
    if alternatives is not None:
        parts = tuple(path_from_shapes(shapes, part) for part in Collection(shapes, alternatives))
        return Path("alternative", "", parts)
    for predicate, operator in _WRAPPERS.items():
        inner = shapes.value(node, predicate)
        if inner is not None:
            return Path(operator, "", (path_from_shapes(shapes, inner),))
    raise InvalidArgument(f"a sh:path must be a property path of SHACL, got {node}")

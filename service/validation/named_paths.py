"""Where each element of the definition may stand: named property paths, put in the place of their names in shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import product
from pathlib import Path as File

from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.term import Node

from ..rdf.namespaces import MCS
from .paths import Path, path_from_shapes

_STEPS = URIRef(MCS + "steps")
_ASKS_FOR = URIRef(MCS + "asksFor")
_FILE = "paths.ttl"
_WRAPPERS = {
    "inverse": SH.inversePath,
    "zero-or-more": SH.zeroOrMorePath,
    "one-or-more": SH.oneOrMorePath,
    "zero-or-one": SH.zeroOrOnePath,
}


def put_in_place(graph: Graph, folder: File) -> None:
    """Write out every path of a shapes graph that holds a name, as alternatives of sequences.

    Flat, because pySHACL 0.40 follows a path no deeper than ten steps of nesting.

    Args:
        graph: shapes; changed.
        folder: the folder of shapes, which holds `paths.ttl`.
    """
    named = named_paths(folder)
    for predicate in (SH.path, _ASKS_FOR):
        for shape, node in list(graph.subject_objects(predicate)):
            path = path_from_shapes(graph, node)
            written = _flat(_resolved(path, named))
            if written != path:
                graph.remove((shape, predicate, node))
                forget(node, graph)
                graph.add((shape, predicate, write_path(written, graph, f"{shape}\n{predicate}")))


def named_paths(folder: File) -> Mapping[str, Path]:
    """Return every path by its IRI, the names in it resolved, as alternatives of sequences."""
    path = folder / _FILE
    return _named(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _named(file: File, _changed: int) -> Mapping[str, Path]:
    graph = Graph().parse(file, format="turtle")
    stated = {str(name): path_from_shapes(graph, steps) for name, steps in graph.subject_objects(_STEPS)}
    return {name: _flat(_resolved(path, stated)) for name, path in stated.items()}


def _resolved(path: Path, named: Mapping[str, Path]) -> Path:
    if path.operator == "predicate":
        return _resolved(named[path.predicate], named) if path.predicate in named else path
    return Path(path.operator, "", tuple(_resolved(part, named) for part in path.parts))


def _flat(path: Path) -> Path:
    """Return the path as one sequence, or as alternatives of sequences, wherever it repeats nothing."""
    sequences = tuple(dict.fromkeys(_sequences(path)))
    if () in sequences:
        return path
    parts = tuple(steps[0] if len(steps) == 1 else Path("sequence", "", steps) for steps in sequences)
    return parts[0] if len(parts) == 1 else Path("alternative", "", parts)


def _sequences(path: Path) -> Iterator[tuple[Path, ...]]:
    match path.operator:
        case "alternative":
            for part in path.parts:
                yield from _sequences(part)
        case "sequence":
            for choice in product(*(tuple(_sequences(part)) for part in path.parts)):
                yield tuple(step for steps in choice for step in steps)
        case "inverse":
            for steps in _sequences(path.parts[0]):
                yield tuple(_turned(step) for step in reversed(steps))
        case "zero-or-one":
            yield ()
            yield from _sequences(path.parts[0])
        case "predicate":
            yield (path,)
        case _:
            yield (Path(path.operator, "", (_flat(path.parts[0]),)),)


def _turned(step: Path) -> Path:
    return step.parts[0] if step.operator == "inverse" else Path("inverse", "", (step,))


def write_path(path: Path, graph: Graph, place: str) -> Node:
    """Add a path to a graph and return its node.

    `place` names its blank nodes, so that a shape is the same in every graph.
    """
    if path.operator == "predicate":
        return URIRef(path.predicate)
    if path.operator == "sequence":
        return _write_list(path.parts, graph, place)
    node = _blank(place)
    if path.operator == "alternative":
        graph.add((node, SH.alternativePath, _write_list(path.parts, graph, f"{place}\na")))
    else:
        graph.add((node, _WRAPPERS[path.operator], write_path(path.parts[0], graph, f"{place}\nw")))
    return node


def _write_list(parts: tuple[Path, ...], graph: Graph, place: str) -> Node:
    rest: Node = RDF.nil
    for number, part in reversed(list(enumerate(parts))):
        cell = _blank(f"{place}\nl{number}")
        graph.add((cell, RDF.first, write_path(part, graph, f"{place}\nl{number}p")))
        graph.add((cell, RDF.rest, rest))
        rest = cell
    return rest


def _blank(place: str) -> BNode:
    return BNode(f"path{sha256(place.encode()).hexdigest()[:24]}")


def forget(node: Node, graph: Graph) -> None:
    """Remove the statements of a blank node, a path, that nothing refers to any more."""
    if isinstance(node, BNode) and node != RDF.nil and (None, None, node) not in graph:
        for statement in list(graph.triples((node, None, None))):
            graph.remove(statement)
            forget(statement[2], graph)

"""Builds the graphs that the engines read: shapes without words and kept in memory, data indexed for pySHACL."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import rdflib
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import DCTERMS, RDFS, SH, SKOS
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Identifier, Node

from ...rdf.namespaces import XSD
from ...rdf.statements import Triple
from ...rdf.terms import Term

_FOR_PEOPLE = {
    SH.message, SH.name, SH.description, RDFS.comment, RDFS.label, DCTERMS.description, DCTERMS.source, DCTERMS.title,
    SKOS.editorialNote, SKOS.example, SKOS.scopeNote,
}  # fmt: skip
NO_WORDS = rdflib.Literal("-")
"""The message of every shape, since pySHACL would make one."""

_STRING = XSD + "string"

Pattern = tuple[Any, Any, Any]


def without_texts(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return shapes without the words for people: they are most of the terms, and no engine decides by them."""
    copy = rdflib.Graph(store="SimpleMemory")  # it keeps no contexts, and is filled in half the time
    # A query fills the places of its messages: only engines can do that.
    queries = {subject for each in (SH.select, SH.ask) for subject in shapes.subjects(each)}
    for triple in shapes:
        if triple[1] not in _FOR_PEOPLE or (triple[1] == SH.message and triple[0] in queries):
            copy.add(triple)
    return copy


class _NoPrefixes:
    """Stands in for rdflib's manager of prefixes, which shortens every IRI of a text that nobody reads here."""

    def bind(self, *_: object, **__: object) -> None:
        """Bind nothing."""

    def normalizeUri(self, iri: str) -> str:  # noqa: N802 - rdflib's name
        """Return the IRI in full."""
        return f"<{iri}>"

    def namespaces(self) -> Iterator[tuple[str, rdflib.URIRef]]:
        """Return none."""
        return iter(())


class _PlainGraph(rdflib.Graph):
    """A graph that knows no prefixes, and that is true without counting its statements."""

    def __init__(self) -> None:
        super().__init__(store="SimpleMemory", bind_namespaces="none")
        self.namespace_manager = _NoPrefixes()  # type: ignore[assignment]

    def __bool__(self) -> bool:
        # `datagraph or sg` in pySHACL 0.40 asks a graph for its truth at every result.
        return True

    def predicates(self, subject: Any = None, object: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override] # noqa: A002 - rdflib's name
        """Return none: pySHACL asks only to spell out a blank node in a text that nobody reads.

        Where blank nodes share parts that text doubles with every layer: a small document could take all memory.
        """
        return iter(())


class FrozenGraph(_PlainGraph):
    """Shapes: what was asked once is answered from memory, for pySHACL reads a shape anew at every node."""

    def __init__(self, triples: Iterable[tuple[Node, Node, Node]]) -> None:
        super().__init__()
        self._found: dict[Pattern, tuple[tuple[Node, Node, Node], ...]] = {}
        self._lists: dict[Node, tuple[Node, ...]] = {}
        for triple in triples:
            self.add(triple)

    def add(self, triple: tuple[Node, Node, Node]) -> FrozenGraph:
        """Add a statement, before the first question as a rule."""
        super().add(triple)
        self._found.clear()
        self._lists.clear()
        return self

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """Return the statements of a pattern."""
        found = self._found.get(triple)
        if found is None:
            found = self._found[triple] = tuple(super().triples(triple))
        return iter(found)

    def objects(self, subject: Any = None, predicate: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]
        """Return the values of a predicate."""
        return iter([value for _, _, value in self.triples((subject, predicate, None))])

    def items(self, list: Node) -> Iterator[Node]:  # type: ignore[override] # noqa: A002 - rdflib's name
        """Return the members of a list."""
        found = self._lists.get(list)
        if found is None:
            found = self._lists[list] = tuple(super().items(list))
        return iter(found)


class RecordGraph(_PlainGraph):
    """Data: the values of a property, forwards and back, are one look-up away; all else goes to rdflib's own store."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        super().__init__()
        self._forward: dict[tuple[Node, Node], dict[Node, None]] = {}
        self._backward: dict[tuple[Node, Node], dict[Node, None]] = {}
        self._stored = False
        for subject, predicate, value in triples:
            one, two, three = _node(subject), _iri(predicate), _node(value)
            self._forward.setdefault((one, two), {})[three] = None
            self._backward.setdefault((three, two), {})[one] = None

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """Return the statements of a pattern."""
        subject, predicate, value = triple
        if not isinstance(predicate, rdflib.URIRef) or (subject is None) == (value is None):
            return self._all(triple)
        if value is None:
            return ((subject, predicate, each) for each in self._forward.get((subject, predicate), ()))
        return ((each, predicate, value) for each in self._backward.get((value, predicate), ()))

    def objects(self, subject: Any = None, predicate: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]
        """Return the values of a property."""
        if isinstance(subject, Identifier) and isinstance(predicate, rdflib.URIRef):
            return iter(self._forward.get((subject, predicate), ()))
        return super().objects(subject, predicate, unique)

    def subjects(self, predicate: Any = None, object: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override] # noqa: A002 - rdflib's name
        """Return what has a value."""
        if isinstance(object, Identifier) and isinstance(predicate, rdflib.URIRef):
            return iter(self._backward.get((object, predicate), ()))
        return super().subjects(predicate, object, unique)

    def query(self, query_object: Any, *args: Any, **options: Any) -> Result:
        """Ask a query of the shapes, its text parsed once in the life of the program."""
        return super().query(prepared(query_object), *args, **options)

    def _all(self, triple: Any) -> Iterator[Any]:
        if not self._stored:
            self._stored = True
            for (subject, predicate), values in self._forward.items():
                for value in values:
                    self.store.add((subject, predicate, value), self)
        return super().triples(triple)


class ShapesWithoutWords(ShapesGraph):
    """pySHACL's reading of shapes, of which it is asked at every node for the parameters of constraints only."""

    def __init__(self, shapes: rdflib.Graph, logger: logging.Logger) -> None:
        """Read a copy of the shapes: pySHACL adds triples of its own."""
        graph = FrozenGraph(without_texts(shapes))
        # A shape without a message gets one made, at length, for every result.
        for subject in {s for s, p, _ in graph if p in CONSTRAINT_PARAMETERS_MAP}:
            graph.add((subject, SH.message, NO_WORDS))
        super().__init__(graph, logger=logger)
        self._parameters: dict[Node, list[tuple[Node, Node]]] = {}

    def predicate_objects(self, s: Node) -> list[tuple[Node, Node]]:
        """Return the constraint parameters of a shape."""
        found = self._parameters.get(s)
        if found is None:
            pairs = self.graph.predicate_objects(s)
            found = self._parameters[s] = [pair for pair in pairs if pair[0] in CONSTRAINT_PARAMETERS_MAP]
        return found


_ONE_AT_A_TIME = threading.Lock()


@lru_cache(maxsize=256)
def prepared(text: str) -> Query:
    """Return a query parsed, once in the life of the program."""
    # The grammar of rdflib 7.6 is pyparsing's, which finds out how its actions are called while it parses: two threads
    # at once confuse it (test_queries_of_shapes_are_parsed_one_at_a_time).
    with _ONE_AT_A_TIME:
        return prepareQuery(text)


# Properties, classes and concepts come back in every record.
@lru_cache(maxsize=16_384)
def _iri(text: str) -> rdflib.URIRef:
    return rdflib.URIRef(text)


def _node(term: Term) -> Node:
    if term.kind == "iri":
        return _iri(term.value)
    if term.kind == "bnode":
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    # To rdflib "x" and "x"^^xsd:string differ, and queries say "x".
    if term.datatype is None or term.datatype == _STRING:
        return rdflib.Literal(term.value)
    # Without normalize=False rdflib rewrites PT60H as P2DT12H and 05.0 as 5.0.
    return rdflib.Literal(term.value, datatype=_iri(term.datatype), normalize=False)


def graph_from_triples(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return triples as rdflib holds them, literals as they were written."""
    # bind_namespaces="none" saves a millisecond a graph; nobody sees the prefixes.
    graph = rdflib.Graph(bind_namespaces="none")
    for subject, predicate, value in triples:
        graph.add((_node(subject), _iri(predicate), _node(value)))
    return graph

"""The embedded engine statement by statement: looks up, adds and removes single ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from ..errors import StoreUnavailable
from ..rdf.oxigraph_terms import node_from_term, quad_from_triple, triple_from_quad
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term
from ..sparql.structure import refuse_overgrown
from . import default_graph
from .engine_faults import engine_errors
from .oxigraph import EVERY_GRAPH, OxigraphStore


class StatementStore(OxigraphStore):
    """A store seen as statements of named graphs; the work store is one, and so is that of a release."""

    def statements(self, graph: str, subject: str | None = None, value: str | None = None) -> Iterator[Triple]:
        """Yield the statements of a graph about a subject, or those that point to an IRI; each by one look-up."""
        about = None if subject is None else ox.NamedNode(subject)
        to = None if value is None else ox.NamedNode(value)
        for quad in self._store.quads_for_pattern(about, None, to, ox.NamedNode(graph)):
            yield triple_from_quad(quad)

    def holds(self, triple: Triple, graph: str | None = None) -> bool:
        """Tell whether one graph, or any, holds a statement."""
        name = None if graph is None else ox.NamedNode(graph)
        subject = ox.NamedNode(triple.subject.value)
        predicate, value = ox.NamedNode(triple.predicate), node_from_term(triple.object)
        return next(iter(self._store.quads_for_pattern(subject, predicate, value, name)), None) is not None

    def graphs_with(self, subject: Term, predicate: str, value: Term) -> tuple[str, ...]:
        """Return the named graphs that hold a statement, sorted."""
        found = self._store.quads_for_pattern(
            ox.NamedNode(subject.value), ox.NamedNode(predicate), node_from_term(value), None
        )
        return tuple(sorted(quad.graph_name.value for quad in found if isinstance(quad.graph_name, ox.NamedNode)))

    def said_of(self, subject: str) -> Iterator[tuple[str, Triple]]:
        """Yield every statement about a subject with the named graph that holds it."""
        for quad in self._store.quads_for_pattern(ox.NamedNode(subject), None, None, None):
            if isinstance(quad.graph_name, ox.NamedNode):
                yield quad.graph_name.value, triple_from_quad(quad)

    def pointing_at(self, iri: str) -> Iterator[tuple[str, Triple]]:
        """Yield every statement whose object is an IRI with the named graph that holds it."""
        for quad in self._store.quads_for_pattern(None, None, ox.NamedNode(iri), None):
            if isinstance(quad.graph_name, ox.NamedNode):
                yield quad.graph_name.value, triple_from_quad(quad)

    def subjects(self, graph: str, predicate: str, value: Term | None = None) -> Iterator[str]:
        """Yield the IRIs that a graph says something of by a property, with one value or any."""
        term = None if value is None else node_from_term(value)
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(predicate), term, ox.NamedNode(graph)):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def values(self, subject: str, predicate: str) -> Iterator[Term]:
        """Yield the values of a property of a thing, in any graph, each once."""
        found = self._store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None, None)
        yield from dict.fromkeys(triple_from_quad(quad).object for quad in found)

    def types_of(self, subject: str, graph: str | None = None) -> frozenset[str]:
        """Return the classes that one graph, or any, says a thing is of."""
        name = None if graph is None else ox.NamedNode(graph)
        found = self._store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(RDF_TYPE), None, name)
        return frozenset(quad.object.value for quad in found if isinstance(quad.object, ox.NamedNode))

    def apply(self, graph: str, removed: Iterable[Triple], added: Iterable[Triple]) -> None:
        """Remove statements from a graph, then add others. Doing it twice is the same as doing it once.

        Raises:
            StoreUnavailable: the disk is full or fails; some of it may be done.
        """
        name = ox.NamedNode(graph)
        try:
            for triple in removed:
                quad = quad_from_triple(triple, name)
                self._store.remove(quad)
                if self.keeps_default_graph and default_graph.is_only_in(self._store, quad, name):
                    self._store.remove(default_graph.both(quad)[1])
            self._store.extend(self._also_in_default(quad_from_triple(triple, name) for triple in added))
        except OSError as error:
            raise StoreUnavailable(f"the work store cannot be written: {error}") from error

    def update(self, text: str, base_iri: str | None = None) -> None:
        """Carry out a SPARQL update whole; the caller guards against LOAD and SERVICE, which fetch from elsewhere.

        Raises:
            QueryTooComplex, QuerySyntaxError, UnknownFunction: it cannot be carried out.
            EngineFailed, StoreUnavailable: the engine fails.
        """
        refuse_overgrown(text)
        with engine_errors(text, update=True, what="the update failed"):
            self._store.update(text, base_iri=base_iri)

    def default_graph_is_empty(self) -> bool:
        """Tell whether nothing was written to the default graph, once it was given up."""
        return next(iter(self._store.quads_for_pattern(None, None, None, ox.DefaultGraph())), None) is None

    def lines(self, graph: str) -> Iterator[bytes]:
        """Yield the statements of a graph, or of the default graph, as lines of N-Triples, one at a time."""
        name = ox.NamedNode(graph) if graph != EVERY_GRAPH else ox.DefaultGraph()
        for quad in self._store.quads_for_pattern(None, None, None, name):
            yield f"{quad.triple} .\n".encode()

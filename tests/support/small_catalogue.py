"""The hand-written catalogue of tests/data/queries: its store, prefixes, and the same data in rdflib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import rdflib

from service.rdf.namespaces import XSD
from service.rdf.statements import Row, Solutions, Triple
from service.rdf.syntax import triples_from_text
from service.rdf.terms import Term
from service.releases.derived import derive
from service.store.oxigraph import OxigraphStore

FOLDER = Path(__file__).parent.parent / "data" / "queries"
PREFIXES = {
    "c": "http://localhost:8000/id/credential/",
    "org": "http://localhost:8000/id/organisation/",
    "p": "http://localhost:8000/id/programme/",
    "s": "http://data.europa.eu/esco/skill/",
    "o": "http://data.europa.eu/esco/occupation/",
    "eqf": "http://data.europa.eu/snb/eqf/",
    "mode": "http://data.europa.eu/snb/learning-assessment/",
    "field": "http://data.europa.eu/snb/isced-f/",
    "language": "http://publications.europa.eu/resource/authority/language/",
    "country": "http://publications.europa.eu/resource/authority/country/",
    "scheme": "http://data.europa.eu/esco/concept-scheme/",
    "elm": "http://data.europa.eu/snb/model/elm/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "mc": "https://w3id.org/pinoamo/ns#",
}


def iri(short: str) -> str:
    """Return the IRI of a prefixed name, and any other text as it is."""
    prefix, colon, name = short.partition(":")
    return PREFIXES[prefix] + name if colon and prefix in PREFIXES else short


def small_nquads() -> bytes:
    """Return the catalogue as loaded: without derived statements."""
    return ox.serialize(ox.parse(path=str(FOLDER / "small.trig")), format=ox.RdfFormat.N_QUADS) or b""


def small_store() -> OxigraphStore:
    """Return the catalogue as published: with derived statements."""
    store = OxigraphStore.in_memory(small_nquads())
    add_derived(store)
    return store


def add_derived(store: OxigraphStore, graph: str = "http://localhost:8000/graph/derived") -> None:
    """Add what publishing derives."""
    store.add(derived_triples(store, graph), graph)


def derived_triples(store: OxigraphStore, graph: str = "http://localhost:8000/graph/derived") -> list[Triple]:
    """Return what publishing derives."""
    return list(triples_from_text("".join(derive(store).lines(graph)).encode(), "application/n-quads"))


class RdflibStore:
    """The same questions asked of rdflib, an engine written by others: what both answer is portable."""

    def __init__(self, store: OxigraphStore) -> None:
        self._dataset = rdflib.Dataset(default_union=True)
        for triple in store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"):
            self._dataset.add((_node(triple.subject), rdflib.URIRef(triple.predicate), _node(triple.object)))

    def select(self, query: str) -> Solutions:
        """See `Store.select`."""
        result = self._dataset.query(query)
        names = tuple(str(name) for name in result.vars or ())
        rows: list[Row] = [{str(name): _term(node) for name, node in row.items()} for row in result.bindings]
        # rdflib 7.6 answers one empty row where a GROUP BY has no groups; SPARQL 1.1 §18.5 has none.
        return Solutions(names, [shown for row in rows if (shown := {n: row[n] for n in names if n in row})])

    def ask(self, query: str) -> bool:
        """See `Store.ask`."""
        return bool(self._dataset.query(query).askAnswer)

    def construct(self, query: str) -> Sequence[Triple]:
        """See `Store.construct`."""
        graph = self._dataset.query(query).graph or ()
        return [Triple(_term(s), str(p), _term(o)) for s, p, o in graph]

    def close(self) -> None:
        """See `Store.close`."""


def _node(term: Term) -> rdflib.URIRef | rdflib.Literal:
    if term.kind == "iri":
        return rdflib.URIRef(term.value)
    return rdflib.Literal(
        term.value,
        lang=term.language,
        datatype=rdflib.URIRef(term.datatype) if term.datatype else None,
        normalize=False,
    )


def _term(node: rdflib.term.Node) -> Term:
    if isinstance(node, rdflib.Literal):
        datatype = str(node.datatype) if node.datatype else None
        return Term("literal", str(node), node.language, None if datatype == XSD + "string" else datatype)
    return Term("iri", str(node))

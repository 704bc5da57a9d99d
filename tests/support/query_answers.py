"""Small catalogues for tests: stores with their derived graph, and what the named queries answer about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.catalogue.records import Filters
from service.rdf.syntax import triples_from_text
from service.sparql.binding import bind, bind_count
from service.sparql.named_queries import load_queries
from service.store.oxigraph import OxigraphStore
from tests.support.small_catalogue import add_derived

PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix esco: <http://data.europa.eu/esco/model#> .
@prefix mc: <https://w3id.org/pinoamo/ns#> .
@prefix rov: <http://www.w3.org/ns/regorg#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ects: <http://data.europa.eu/snb/education-credit/> .
@prefix country: <http://publications.europa.eu/resource/authority/country/> .
@prefix language: <http://publications.europa.eu/resource/authority/language/> .
@prefix eqf: <http://data.europa.eu/snb/eqf/> .
@prefix mode: <http://data.europa.eu/snb/learning-assessment/> .
@prefix field: <http://data.europa.eu/snb/isced-f/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <http://example.org/> .
"""
BASE = "http://example.org"
QUERIES = load_queries()

Answer = list[Mapping[str, str]]


def store_of(turtle: str, base: str = BASE) -> OxigraphStore:
    """Return a store that holds some Turtle in one graph and what is derived from it in another."""
    store = OxigraphStore.in_memory()
    store.add(triples_from_text((PREFIXES + turtle).encode(), "text/turtle"), f"{base}/graph/data")
    add_derived(store, f"{base}/graph/derived")
    return store


def asked(store: OxigraphStore, name: str, **arguments: Sequence[str]) -> Answer:
    """Return the whole answer of a named query, values as text; empty arguments are left out."""
    text = bind(QUERIES[name], {key: values for key, values in arguments.items() if values})
    return [{key: term.value for key, term in row.items()} for row in store.select(text).rows]


def counted(store: OxigraphStore, name: str, **arguments: Sequence[str]) -> int:
    """Return the number of rows of the whole answer, as the engine counts them."""
    text = bind_count(QUERIES[name], {key: values for key, values in arguments.items() if values})
    return int(store.select(text).rows[0]["total"].value)


def arguments_of(filters: Filters) -> Mapping[str, Sequence[str]]:
    """Return filters as the arguments of the named queries that take them."""
    many = {name: getattr(filters, name) for name in ("provider", "country", "language", "level", "mode", "field")}
    one = {"text": filters.text, "min_ects": filters.min_ects, "max_ects": filters.max_ects}
    single = {name: (str(value),) for name, value in one.items() if value not in ("", None)}
    return {**many, **single, "skill": filters.skill, **({"missing": filters.missing} if filters.missing else {})}

"""Finds what the things of a class say: with which properties, and of which classes and datatypes the values are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from ..rdf.results import PREFIXES
from ..resources import QUERIES
from ..sparql.binding import bind
from ..sparql.named_queries import load_queries
from ..store.protocol import Store


@dataclass(frozen=True, slots=True)
class Values:
    """Of which classes and datatypes the values of a property are, as far as they have any."""

    classes: set[str] = field(default_factory=set)
    datatypes: set[str] = field(default_factory=set)


def values_of(store: Store, graph: str, classes: Collection[str]) -> Mapping[str, Mapping[str, Values]]:
    """Return, of each class in a graph, the properties of its things with their values: one query a class.

    Fifty things of a class are looked at, so that the time does not grow with the catalogue. A property that only
    others of the class have is missing here; the graph as a whole counts it.
    """
    query = load_queries(QUERIES / "index")["class-values"]
    found: dict[str, dict[str, Values]] = {}
    for name in classes:
        of_class = found.setdefault(name, {})
        for row in store.select(bind(query, {"graph": (graph,), "class": (name,)})).rows:
            values = of_class.setdefault(row["property"].value, Values())
            if "valueClass" in row and row["valueClass"].kind == "iri":
                values.classes.add(row["valueClass"].value)
            if "datatype" in row:
                values.datatypes.add(row["datatype"].value)
    return found


def short_name(iri: str) -> str:
    """Return what a part that tells of a class, property or datatype is called, in every release the same.

    >>> short_name("http://data.europa.eu/snb/model/elm/Qualification"), short_name("http://x.example/a b")
    ('elm-Qualification', 'http%3A%2F%2Fx.example%2Fa%20b')
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local.replace("_", "").replace("-", "").isalnum():
            return f"{prefix}-{local}"
    return quote(iri, safe="")

"""The names of graphs in a query for an engine that calls them otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from ..rdf.terms import Term, sparql_from_term
from .guard import TOKEN


def with_graphs_called(query: str, names: Mapping[str, str], base_iri: str = "") -> str:
    """Return a query in which every graph is called as the engine calls it, wherever its name stands.

    That is after GRAPH and FROM, but also in FILTER and VALUES, where a variable of GRAPH may be compared.

    Args:
        query: its text.
        names: what the engine calls a graph, by the name that it has here.
        base_iri: what relative IRIs are resolved against, unless the query has a BASE.
    """
    prefixes: dict[str, str] = {}
    own_base, last, declared = False, "", ""
    text, done = [], 0
    for token in TOKEN.finditer(query):
        word = token[0]
        if word[0] == "#":
            continue
        if last == "PREFIX":
            declared = word.partition(":")[0]
        elif last == "DECLARED":
            prefixes[declared] = word[1:-1]
        own_base = own_base or last == "BASE"
        if word[0] == "<" and last not in ("BASE", "DECLARED"):
            iri = word[1:-1] if own_base or not base_iri else urljoin(base_iri, word[1:-1])
        else:
            start, colon, rest = word.partition(":")
            iri = prefixes[start] + rest if colon and start in prefixes and last != "PREFIX" else ""
        if iri in names:
            text += [query[done : token.start()], sparql_from_term(Term("iri", names[iri]))]
            done = token.end()
        last = "DECLARED" if last == "PREFIX" else word.upper()
    return "".join([*text, query[done:]])

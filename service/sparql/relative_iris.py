"""Relative IRIs: whether a query or update has any, and the base they are resolved against."""

from __future__ import annotations

import re

from ..rdf.terms import Term, sparql_from_term
from .guard import TOKEN

_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")


def has_relative_iris(text: str) -> bool:
    """Return whether an IRI of the text, other than by a prefix, has no scheme: what it means depends on the base."""
    return any(token[0][0] == "<" and not _SCHEME.match(token[0]) for token in TOKEN.finditer(text))


def with_base(query: str, base_iri: str) -> str:
    """Return a query for another engine with its base told, where that matters; no line begins elsewhere than before.

    SPARQL 1.1, 4.1.1.2 and RFC 3986, 5.1.3: without a BASE of its own a query is read against the address it is sent
    to. That is our endpoint's, not the engine's.
    """
    return f"BASE {sparql_from_term(Term('iri', base_iri))} {query}" if has_relative_iris(query) else query

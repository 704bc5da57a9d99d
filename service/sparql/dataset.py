"""Which graphs a query names as its dataset: its FROM and FROM NAMED clauses, read from its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin

from .guard import TOKEN, decoded

_ESCAPED = re.compile(r"\\(.)")
_FORMS = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))


class Dataset(NamedTuple):
    """The graphs whose merge is the default graph, and the named ones; each once, in the order of the query."""

    default: tuple[str, ...]
    named: tuple[str, ...]


def dataset_of(query: str) -> Dataset | None:
    """Return the dataset that a query names, or None when it names none or one that this cannot resolve.

    The second is a query that the engine refuses: it uses a prefix that it does not declare, or a relative IRI without
    a base.

    >>> dataset_of("PREFIX g: <http://x/> SELECT * FROM g:a FROM NAMED <http://x/b> WHERE { }")
    Dataset(default=('http://x/a',), named=('http://x/b',))
    """
    base, prefixes = "", dict[str, str]()
    graphs: dict[bool, list[str]] = {False: [], True: []}
    tokens = _tokens(decoded(query))
    in_prologue = True
    for token in tokens:
        word = token.upper()
        if in_prologue and word == "BASE":
            base = urljoin(base, next(tokens, "")[1:-1])
        elif in_prologue and word == "PREFIX":
            name = next(tokens, "")[:-1]
            prefixes[name] = urljoin(base, next(tokens, "")[1:-1])
        elif word in _FORMS:
            in_prologue = False
        elif word == "FROM":
            name = next(tokens, "")
            is_named = name.upper() == "NAMED"
            iri = _resolved(next(tokens, "") if is_named else name, base, prefixes)
            if not iri:
                return None
            graphs[is_named].append(iri)
    if not graphs[False] and not graphs[True]:
        return None
    return Dataset(*(tuple(dict.fromkeys(graphs[is_named])) for is_named in (False, True)))


def _tokens(query: str) -> Iterator[str]:
    return (token[0] for token in TOKEN.finditer(query) if not token[0].startswith("#"))


def _resolved(name: str, base: str, prefixes: dict[str, str]) -> str:
    """Return an IRI, or an empty text."""
    if name.startswith("<"):
        iri = urljoin(base, name[1:-1])
        return iri if ":" in iri else ""
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + _ESCAPED.sub(r"\1", local) if colon and prefix in prefixes else ""

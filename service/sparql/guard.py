"""Reads the text of a public query before it runs: calls of SERVICE, a dataset of its own, random functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

from ..errors import QueryRefused, QuerySyntaxError

_GAP = r"(?:[ \t\r\n]|#[^\r\n]*+)*+"
# SERVICE, SILENT or not, an IRI, variable or prefixed name, and a brace. The parser needs no space between them.
_SERVICE = re.compile(
    rf"SERVICE{_GAP}(?P<silent>SILENT{_GAP})?"
    r"(?P<endpoint><[^<>]*+>|[?$][^\s{}<>#]*+|[^\s{}<>()\"'/\\:#?$]*+:(?:[^\s{}<>/#\\]|\\.)*+)"
    rf"{_GAP}\{{",
    re.IGNORECASE,
)
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# Every query that calls a service writes the word; a text that repeats it endlessly only keeps the search busy.
_MOST_WORDS = 1000
SILENT = "s"
"""What the name of an endpoint ends with where its failure counts as one empty solution."""

# What a name holds beside what `\w` takes: the rest of PN_CHARS (SPARQL 1.1, [167]) that is no letter for Python.
_IN_NAMES = "\u00b7\u0300-\u036f\u203f\u2040"
# Everything a keyword can hide in, then the keywords, then other words. Nothing is read twice: a string without an end
# goes on to the end of its line or of the text, and a run of word characters is taken whole.
TOKEN = re.compile(
    r"""<[^<>"{}|^`\\\x00-\x20]*>
    |\"{3}(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:\"{3})?|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*+(?:'{3})?
    |"(?:[^"\\\r\n]|\\.)*+"?|'(?:[^'\\\r\n]|\\.)*+'?
    |\#[^\r\n]*+
    |[?$@][\w\-IN_NAMES]*+
    |[\w.\-IN_NAMES]*:(?:[\w.:%\-IN_NAMES]|\\.)*+
    |\b(?P<dataset>FROM)\b
    |\b(?P<form>SELECT|ASK|CONSTRUCT|DESCRIBE)\b
    |\b(?P<chance>(?:RAND|NOW|UUID|STRUUID|BNODE)\s*+\(|SERVICE\b)
    |[\w.\-IN_NAMES]++""".replace("IN_NAMES", _IN_NAMES),
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def refuse_service(query: str) -> None:
    """Refuse a query that calls another endpoint; there is no way around it by spacing, comments or escapes.

    Text is searched as it stands, so a comment or string that holds a whole SERVICE clause is refused too.

    Raises:
        QueryRefused: it holds a SERVICE clause.
    """
    if _may_call(query):
        raise QueryRefused("SERVICE is switched off here: a query may only ask this endpoint, not call others")


def point_services(query: str, endpoints: Sequence[str]) -> tuple[str, str]:
    """Return a query that calls `endpoints` by short names, and the prefix of those.

    The n-th one is called `prefix:n`, after SILENT `prefix:ns`. No other endpoint is left in it, and every other
    character stands where it stood, so that the place of an error is the same. The prefix occurs nowhere else, so the
    query cannot give it a meaning of its own.

    Raises:
        QueryRefused: a SERVICE clause calls another endpoint, or is not written so plainly that this is certain.
    """
    if not _may_call(query):
        return query, ""
    if _CODE_POINT.search(query):
        raise QueryRefused("a query with SERVICE must be written without \\u escapes")
    if query.upper().count("SERVICE") > _MOST_WORDS:
        raise QueryRefused("the word SERVICE stands too often in this query")
    prefix = next(name for name in (f"s{number}" for number in count()) if name not in query)
    words = {token.start() for token in TOKEN.finditer(query) if token[0].upper() == "SERVICE"}
    pieces, end = [], 0
    for word in re.finditer("SERVICE", query, re.IGNORECASE):
        clause = _SERVICE.match(query, word.start())
        if clause is None:
            continue
        if word.start() not in words:
            raise QueryRefused("SERVICE must stand apart from other words, and in no text or comment of the query")
        endpoint = clause["endpoint"]
        if endpoint[1:-1] not in endpoints:
            raise QueryRefused(
                f"SERVICE may call these endpoints here, each by its whole IRI: {', '.join(endpoints)}; "
                f"got {endpoint[:200]}"
            )
        name = f"{endpoints.index(endpoint[1:-1])}{SILENT if clause['silent'] else ''}"
        short = f"{prefix}:{name}".ljust(len(endpoint))
        pieces += [query[end : clause.start("endpoint")], short]
        end = clause.end("endpoint")
    return "".join([*pieces, query[end:]]), prefix


def has_dataset(query: str) -> bool:
    """Return whether the query names its own dataset by FROM or FROM NAMED."""
    return any(token["dataset"] for token in _tokens(query))


def query_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises:
        QuerySyntaxError: it is none of these.
    """
    form = next((token["form"] for token in _tokens(query) if token["form"]), None)
    if form is None:
        raise QuerySyntaxError("a SELECT, ASK, CONSTRUCT or DESCRIBE query is needed")
    return form.upper()


def is_repeatable(query: str) -> bool:
    """Return whether the same data always give the same answer: no RAND, NOW, UUID, STRUUID, BNODE or SERVICE."""
    return not any(token["chance"] for token in _tokens(query))


def decoded(query: str) -> str:
    """Return a query with its code point escapes resolved, wherever they stand."""
    return _CODE_POINT.sub(_character, query)


def _tokens(query: str) -> Iterator[re.Match[str]]:
    # Escapes stand for what they name before anything is read (SPARQL 1.1 §19.2).
    return TOKEN.finditer(decoded(query))


def _may_call(query: str) -> bool:
    texts = (query, decoded(query))
    return any(text.upper().count("SERVICE") > _MOST_WORDS or _SERVICE.search(text) for text in texts)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 else ""

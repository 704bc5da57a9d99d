"""Syntax errors in words of who wrote the query, in place of the parser's grammar."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from ..errors import QuerySyntaxError
from ..rdf.namespaces import DCAT, DCTERMS, PROV, SCHEMA, SHACL, VOID
from ..rdf.results import PREFIXES
from .guard import TOKEN

_SCHEMA = SCHEMA
_KNOWN: Mapping[str, str] = {
    **PREFIXES,
    "dct": DCTERMS,
    "dcat": DCAT,
    "fn": "http://www.w3.org/2005/xpath-functions#",
    "prov": PROV,
    "schema": _SCHEMA,
    "sh": SHACL,
    "void": VOID,
}
_QUERIES = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"))
_SIGN = re.compile(r'"([^"\\\w\s]{1,2})"')
_SENTENCE = re.compile(r"[A-Z][a-z]+(?: \w+){3,}")  # the parser's own reasons, such as "Variables are not allowed in …"
_DIGIT = "['0'..='9']"
_TERM = "a variable, IRI or value"
_CLOSING = ("}", ")", "]")
_MOST_SIGNS = 3
_MOST_SHOWN = 40
_NO_QUERY = "this is no query: SELECT, ASK, CONSTRUCT or DESCRIBE must stand after the prefixes"
_NO_UPDATE = "this is no update: INSERT, DELETE, CLEAR or another of SPARQL Update must stand after the prefixes"


def explained(
    error: QuerySyntaxError, text: str, *, update: bool = False, declared: Collection[str] = ()
) -> QuerySyntaxError:
    """Return a syntax error that says what to do about it, where that can be told from the text.

    Args:
        error: what the engine said.
        text: the query, or the update.
        update: whether an update was wanted.
        declared: prefixes that hold without a declaration.
    """
    word = first_keyword(text)
    if not update and word in _UPDATES:
        return QuerySyntaxError(f"this is an update ({word}): send it to /sparql/update, by POST and with a key", 1, 1)
    if update and word in _QUERIES:
        return QuerySyntaxError(f"this is a query ({word}): send it to /sparql", 1, 1)
    if not word:
        return QuerySyntaxError(_NO_UPDATE if update else _NO_QUERY, error.line, error.column)
    if token := next(_undeclared(text, declared), None):
        prefix = token[0].partition(":")[0]
        line, column = _place(text, token.start())
        declaration = f"PREFIX {prefix}: <{_KNOWN.get(prefix, '…')}>"
        return QuerySyntaxError(
            f"line {line}, column {column}: the prefix {prefix}: is not declared; put {declaration} at the start",
            line,
            column,
        )
    if error.line is None or error.column is None:
        return error
    return QuerySyntaxError(_in_words(error.line, error.column, str(error), text), error.line, error.column)


def first_keyword(text: str) -> str:
    """Return the word in capitals that says what a text is, such as SELECT or INSERT; empty when there is none."""
    words = (token[0].upper() for token in TOKEN.finditer(text))
    return next((word for word in words if word in _QUERIES or word in _UPDATES), "")


def _in_words(line: int, column: int, message: str, text: str) -> str:
    lines = text.split("\n")
    rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    if not rest:
        rest = next((more.strip() for more in lines[line:] if more.strip()), "")
    shown = f"{rest[:_MOST_SHOWN]}…" if len(rest) > _MOST_SHOWN else rest
    fault = f"this cannot be read: {shown}" if shown else "the text cannot be read to its end"
    start = f"line {line}, column {column}: {fault}"
    if reason := _SENTENCE.search(message):
        return f"line {line}, column {column}: {reason[0][0].lower()}{reason[0][1:]}"
    wish = _wish(message)
    return f"{start}; expected {wish}" if wish else start


def _wish(message: str) -> str:
    """Return what the parser would have gone on with, in at most eight words.

    Keywords are left out: it names some of those that could stand there, and seldom the one that is missing.
    """
    signs = list(dict.fromkeys(_SIGN.findall(message)))
    if "?" in signs and "<" in signs:
        return " or ".join([_TERM, *(f'"{sign}"' for sign in _CLOSING if sign in signs)])
    if not signs:
        return "a number" if _DIGIT in message else ""
    return " or ".join(f'"{sign}"' for sign in signs[:_MOST_SIGNS])


def _undeclared(text: str, known: Collection[str]) -> Iterator[re.Match[str]]:
    declared, after_prefix = {"_", *known}, False
    for token in TOKEN.finditer(text):
        word = token[0]
        if word[0] in "<\"'#?$@":
            continue
        if after_prefix:
            declared.add(word.partition(":")[0])
        elif ":" in word and word.partition(":")[0] not in declared:
            yield token
        after_prefix = word.upper() == "PREFIX"


def _place(text: str, start: int) -> tuple[int, int]:
    before = text[:start]
    return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1

"""How a query or update is built, read before it is parsed: how deep it nests, how much it chains, what it selects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..errors import QueryTooComplex
from .guard import TOKEN, decoded

DEEPEST = 200
"""Most brackets, of any kind, that may be open at once."""
MOST_PARTS = 4000
"""Most patterns, operators and clauses that one text may join; rows of VALUES and of INSERT DATA do not count."""

# The engine parses, plans and evaluates by recursion: each of these is one more level of it. It has 64 MiB of stack
# (`processes.limits.deepen_stack`), which 5,000 levels of the greediest kind do not fill.
_OPENING, _CLOSING = "{([", "})]"
_OPERATORS = frozenset("+-*/!|^=<>.;&")
_CLAUSES = frozenset(
    ("UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "GRAPH", "EXISTS", "SELECT", "AS", "SERVICE", "LATERAL")
)
_DATA = frozenset(("VALUES", "DATA"))
_VARIABLE = re.compile(r"[?$](\w+)")
_STRING = "\"'"


def refuse_overgrown(text: str) -> None:
    """Refuse a text that would need more of the stack than the engine has, whatever it asks.

    Raises:
        QueryTooComplex: it nests or chains more than any sensible query.
    """
    _refuse(text)
    if "\\u" in text.lower():
        _refuse(decoded(text))


def in_order_of_appearance(query: str, variables: Sequence[str]) -> tuple[str, ...]:
    """Return the variables of an answer in the order of its columns: for `SELECT *`, as they appear in the query.

    SPARQL leaves that order open; the engine sorts them by name.
    """
    if not _selects_all(query):
        return tuple(variables)
    places: dict[str, int] = {}
    for token in TOKEN.finditer(query):
        if found := _VARIABLE.match(token[0]):
            places.setdefault(found[1], token.start())
    return tuple(sorted(variables, key=lambda name: places.get(name, len(query))))


def _selects_all(query: str) -> bool:
    end = None
    for token in TOKEN.finditer(query):
        if token[0].startswith("#"):
            continue
        if end is not None:
            if "*" in query[end : token.start()]:
                return True
            if token[0].upper() not in ("DISTINCT", "REDUCED"):
                return False
            end = token.end()
        elif token["form"]:
            if token["form"].upper() != "SELECT":
                return False
            end = token.end()
    return end is not None and "*" in query[end:]


def _refuse(text: str) -> None:
    if len(text) <= DEEPEST:
        return
    open_brackets: list[tuple[str, bool]] = []  # which one, and whether it holds rows of data
    parts, data_next = 0, False
    for piece in _pieces(text):
        in_data = bool(open_brackets) and open_brackets[-1][1]
        if len(piece) == 1 and piece in _OPENING:
            open_brackets.append((piece, in_data or (data_next and piece == "{")))
            data_next = data_next and piece != "{"
            if len(open_brackets) > DEEPEST:
                raise QueryTooComplex(f"brackets may nest {DEEPEST} deep, these nest deeper")
            parts += piece == "{" and not in_data
        elif len(piece) == 1 and piece in _CLOSING:
            if open_brackets:
                open_brackets.pop()
        elif in_data:
            continue
        elif piece == ",":
            parts += not open_brackets or open_brackets[-1][0] != "("  # in brackets it is a list of arguments
        elif piece == ";" and not open_brackets:
            parts = 0  # the next operation of an update
        elif piece in _OPERATORS or piece in _CLAUSES:
            parts += 1
        elif piece in _DATA:
            data_next = True
        if parts > MOST_PARTS:
            raise QueryTooComplex(
                f"a query or update may join {MOST_PARTS:,} patterns, operators and clauses: "
                "give many values as rows of VALUES, many statements as INSERT DATA"
            )


def _pieces(text: str) -> Iterator[str]:
    """Yield punctuation and words in capitals, in their order, outside of strings, IRIs and comments."""
    end = 0
    for token in TOKEN.finditer(text):
        yield from (sign for sign in text[end : token.start()] if not sign.isspace())
        end = token.end()
        word = token[0]
        if word[0] in "<@#" or word[0] in _STRING:
            continue
        # A hyphen ends a variable in SPARQL, and a full stop a word; here both may stand inside one token.
        yield from "-" * word.count("-") if ":" not in word else ""
        yield word.rstrip(".").upper()
        if word.endswith("."):
            yield "."
    yield from (sign for sign in text[end:] if not sign.isspace())

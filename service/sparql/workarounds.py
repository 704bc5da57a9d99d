"""What the text of a query is changed to, so that the embedded engine answers as SPARQL 1.1 has it."""

from __future__ import annotations

from collections.abc import Iterator

from .guard import TOKEN

_NAME = "GROUP_CONCAT"


def with_plain_group_concats(query: str) -> str:
    """Return a query whose GROUP_CONCATs give simple literals, each as `STR(GROUP_CONCAT(…))`.

    Oxigraph 0.5.13 gives the concatenation a language where all texts have the same one; by SPARQL 1.1, 18.5.1.7 it
    has none (test_known_difference_is_still_one fails when this can go). No line begins elsewhere than before.
    """
    if _NAME not in query.upper():
        return query
    changes = sorted(_changes(query))
    text, done = [], 0
    for place, added in changes:
        text += [query[done:place], added]
        done = place
    return "".join([*text, query[done:]])


def _changes(query: str) -> Iterator[tuple[int, str]]:
    """Yield where something is put in, and what. A call that does not end is left as it is."""
    waiting, depth, end = [], 0, 0
    starts: list[tuple[int, int]] = []  # calls that have begun: how deep, and where
    for start, sign in _signs(query):
        if sign == _NAME:
            waiting, end = [start], start + len(_NAME)
        elif sign == "(":
            if waiting and not query[end:start].strip():
                starts.append((depth, waiting[0]))
            waiting, depth = [], depth + 1
        elif sign == ")":
            depth -= 1
            if starts and starts[-1][0] == depth:
                yield starts.pop()[1], "STR("
                yield start + 1, ")"


def _signs(query: str) -> Iterator[tuple[int, str]]:
    """Yield brackets and the name of the aggregate with their places, outside of strings, names and comments."""
    end = 0
    for token in TOKEN.finditer(query):
        yield from ((place, query[place]) for place in range(end, token.start()) if query[place] in "()")
        if token[0].upper() == _NAME:
            yield token.start(), _NAME
        end = token.end()
    yield from ((place, query[place]) for place in range(end, len(query)) if query[place] in "()")

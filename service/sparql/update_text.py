"""Reads the text of an update before it runs: what it must not do, and the graphs that its patterns match."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..errors import BadRequest, QueryRefused
from ..rdf.terms import Term, sparql_from_term
from .guard import TOKEN, decoded, refuse_service
from .relative_iris import has_relative_iris

_WORD = re.compile(r"[A-Za-z]+\Z")
_EVERY_GRAPH = re.compile(r"\b(?:ALL|NAMED)\b", re.IGNORECASE)
_NO_LINE_END = re.compile(r"[^\r\n]")
_VERBS = {"INSERT", "DELETE", "WITH", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "LOAD"}
_AGGREGATES = {"COUNT", "SUM", "AVG", "GROUP_CONCAT"}
_BARE = re.compile(r"[\w.-]+\Z")


class _Word(NamedTuple):
    """A word outside of strings, names and comments: in capitals, where it stands, and in how many braces.

    `previous` is the word right before it; empty when something else stands in between.
    """

    text: str
    start: int
    depth: int
    previous: str


def refuse_outside(update: str) -> None:
    """Refuse an update that fetches something.

    Raises:
        QueryRefused: it holds LOAD or SERVICE.
    """
    refuse_service(update)
    for text in (update, decoded(update)):
        if any(
            "LOAD" in re.split(r"[.-]", token[0].upper()) for token in TOKEN.finditer(text) if _BARE.match(token[0])
        ):
            raise QueryRefused(
                "LOAD is switched off here: send the statements themselves, to /graphs or in INSERT DATA"
            )


def with_dataset(
    update: str, default_graphs: Sequence[str], named_graphs: Sequence[str], every_graph: Sequence[str]
) -> str:
    """Return the update with its patterns matched against a dataset.

    That is what the protocol's parameters name, or, where neither they nor the operation name any, all graphs, as in
    queries: the default graph is their union.

    Args:
        update: its text.
        default_graphs: of `using-graph-uri`.
        named_graphs: of `using-named-graph-uri`.
        every_graph: the names of all graphs there are.

    Raises:
        BadRequest: parameters name graphs, and so does the text (SPARQL 1.1 Protocol, 2.2.3); or the form
            `DELETE WHERE` would have to be given a dataset, for which it has no place.
    """
    given = bool(default_graphs or named_graphs)
    graphs = (default_graphs, named_graphs) if given else (every_graph, every_graph)
    clauses = [f"USING {_iri(graph)}" for graph in graphs[0]] + [f"USING NAMED {_iri(graph)}" for graph in graphs[1]]
    if not clauses:
        return update
    text, done = [], 0
    for place in _places(update, given):
        text += [update[done:place], "\n".join(clauses), "\n"]
        done = place
    return "".join([*text, update[done:]])


def with_graphs_cleared_by_name(update: str, graphs: Sequence[str]) -> str:
    """Return the update with CLEAR and DROP of ALL or NAMED graphs turned into those of certain graphs, one by one.

    No line begins elsewhere than before.
    """
    if not _EVERY_GRAPH.search(update):
        return update
    words = list(_words(update))
    text, done = [], 0
    for number, word in enumerate(words):
        if word.depth or word.text not in ("CLEAR", "DROP"):
            continue
        following = words[number + 1 : number + 3]
        what = following[1:] if following and following[0].text == "SILENT" else following[:1]
        if not what or what[0].text not in ("ALL", "NAMED") or what[0].previous not in (word.text, "SILENT"):
            continue
        named = " ; ".join(f"{word.text} SILENT GRAPH {_iri(graph)}" for graph in graphs)
        text += [update[done : word.start], named or f"{word.text} SILENT DEFAULT"]
        done = what[0].start + len(what[0].text)
    return "".join([*text, update[done:]])


class Operation(NamedTuple):
    """One operation of an update at its own place in the text, after what was declared before it.

    `counts`: it counts or adds up what its patterns find in all graphs, so what two of them state must be found once.
    `writes_default_graph`: it would insert statements that are in no graph.
    """

    text: str
    counts: bool
    writes_default_graph: bool


def operations_of(update: str) -> tuple[Operation, ...]:
    """Return the operations of an update one by one."""
    found, prologue = [], ""
    for start, end in _segments(update):
        segment = update[start:end]
        begin = next((word.start for word in _words(segment) if not word.depth and word.text in _VERBS), len(segment))
        declared = prologue + segment[:begin]
        operation = segment[begin:]
        if operation.strip():
            text = declared + operation + _blank(update[end:])
            found.append(Operation(text, _counts(operation), _writes_default_graph(operation)))
        prologue = declared + _blank(update[start + begin : end + 1])
    return tuple(found)


def _segments(update: str) -> Iterator[tuple[int, int]]:
    """Yield where each operation begins, with its declarations, and ends: between semicolons outside of braces."""
    start, depth, end = 0, 0, 0
    for token in (*TOKEN.finditer(update), None):
        until = len(update) if token is None else token.start()
        for place in range(end, until):
            depth += (update[place] == "{") - (update[place] == "}")
            if update[place] == ";" and depth == 0:
                yield start, place
                start = place + 1
        end = until if token is None else token.end()
    yield start, len(update)


def _blank(text: str) -> str:
    return _NO_LINE_END.sub(" ", text)


def _counts(operation: str) -> bool:
    words = list(_words(operation))
    names_graphs = any(word.text in ("WITH", "USING") for word in words if not word.depth)
    return not names_graphs and any(word.depth and word.text in _AGGREGATES for word in words)


def _writes_default_graph(operation: str) -> bool:
    depth, end, verb, after_graph = 0, 0, "", False
    for token in TOKEN.finditer(operation):
        between = operation[end : token.start()]
        depth += between.count("{") - between.count("}")
        end = token.end()
        word = token[0].upper()
        if word.startswith("#"):
            continue
        if depth == 0:
            verb = word
        elif depth == 1 and verb == "INSERT":
            if not after_graph and word != "GRAPH":
                return True
            after_graph = word == "GRAPH"
    return False


def graphs_it_may_write(update: str, graphs: Sequence[str]) -> tuple[str, ...]:
    """Return those of the graphs that the update may write to: it writes to no other, but perhaps not to all of these.

    A graph that the text neither names nor could name by a prefix, a base, an escape, a variable or a word for all
    graphs is out of its reach.
    """
    if has_relative_iris(update):
        return tuple(graphs)
    tokens = [token[0] for token in TOKEN.finditer(update) if not token[0].startswith("#")]
    words = [token.upper() for token in tokens]
    by_variable = any(word.upper() == "GRAPH" and following[0] in "?$" for word, following in pairwise(tokens))
    if by_variable or "\\" in update or {"BASE", "ALL", "NAMED"} & set(words):
        return tuple(graphs)
    prefixes = [following[1:-1] for word, following in pairwise(tokens) if word.endswith(":")]
    return tuple(graph for graph in graphs if f"<{graph}>" in update or any(graph.startswith(p) for p in prefixes))


def _places(update: str, given: bool) -> Iterator[int]:
    """Yield where clauses go: before the WHERE of every operation that does not name its own graphs."""
    named = False
    for word in _words(update):
        if word.depth:
            continue
        if word.text in ("WITH", "USING"):
            if given:
                raise BadRequest(f"parameters name the graphs, so {word.text} in the update must not (Protocol, 2.2.3)")
            named = True
        elif word.text == "WHERE":
            if word.previous != "DELETE" and not named:
                yield word.start
            elif word.previous == "DELETE" and given:
                raise BadRequest("DELETE WHERE takes no graphs from outside: write DELETE { … } WHERE { … }")
            named = False


def _words(text: str) -> Iterator[_Word]:
    depth, end, previous = 0, 0, ""
    for token in TOKEN.finditer(text):
        between = text[end : token.start()]
        opened, closed = between.count("{"), between.count("}")
        depth += opened - closed
        end = token.end()
        if opened or closed:
            previous = ""
        if _WORD.match(token[0]):
            yield _Word(token[0].upper(), token.start(), depth, previous)
            previous = token[0].upper()
        elif not token[0].startswith("#"):
            previous = ""


def _iri(graph: str) -> str:
    return sparql_from_term(Term("iri", graph))

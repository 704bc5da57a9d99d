"""The answer to a public query, written whole in a format that the client accepts, up to limits of rows and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, TypeVar

from ..negotiation import choose, choose_format, find_format
from ..rdf.media_types import HTML, RESULTS_JSON, TURTLE
from ..rdf.results import ASK_TYPES, GRAPH_TYPES, SELECT_TYPES, boolean_text, solution_chunks, write_graph
from ..rdf.statements import RowStream, Triple
from ..sparql.guard import is_repeatable
from .query_task import QueryOutcome, QueryTask

_PAGE_ROWS = 500


_PAGE_BYTES = 1024 * 1024


T = TypeVar("T")


def write_answer(task: QueryTask, found: RowStream | bool | Iterator[Triple], output: IO[bytes]) -> QueryOutcome:
    """Write a whole answer in a format the client accepts; beyond the limits of rows and bytes the rest is left out.

    Raises:
        ServiceError: no accepted format can hold the answer, or the store fails on the way.
    """
    select, ask = isinstance(found, RowStream), isinstance(found, bool)
    offered = (*(SELECT_TYPES if select else ASK_TYPES if ask else GRAPH_TYPES), HTML)
    media_type = _media_type(task, offered)
    file_type = media_type
    rows, size = task.rows, task.bytes
    if media_type == HTML:
        file_type = RESULTS_JSON if select or ask else TURTLE
        rows, size = min(rows, _PAGE_ROWS), min(size, _PAGE_BYTES)
    cut = _Cut(output, rows, size)
    if isinstance(found, bool):
        output.write(boolean_text(found, file_type))
    elif isinstance(found, RowStream):
        for chunk in solution_chunks(found.variables, cut.of(found.rows), file_type):
            output.write(chunk)
    else:
        write_graph(cut.of(_distinct(found)), output, file_type)
    output.flush()
    return QueryOutcome(media_type, file_type, cut.rows, cut.truncated, is_repeatable(task.query))


class _Cut:
    """Lets items through until the limit of rows or of bytes is met."""

    def __init__(self, output: IO[bytes], most_rows: int, most_bytes: int) -> None:
        self._output = output
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self.rows = 0
        self.truncated = False

    def of(self, items: Iterator[T]) -> Iterator[T]:
        for item in items:
            if self.rows >= self._most_rows or self._output.tell() > self._most_bytes:
                self.truncated = True
                return
            self.rows += 1
            yield item


def _media_type(task: QueryTask, offered: Sequence[str]) -> str:
    """Return what `format=` asks for, else `Accept`. SPARQLWrapper sends the same wish under several names."""
    if not task.formats:
        return choose(task.accept, offered)
    found = (find_format(name, offered) for name in task.formats)
    return next((media_type for media_type in found if media_type), None) or choose_format(task.formats[0], offered)


def _distinct(items: Iterator[T]) -> Iterator[T]:
    seen: set[T] = set()
    for item in items:
        if item not in seen:
            seen.add(item)
            yield item

"""The answer to a public query, written whole in a format that the client accepts, up to limits of rows and bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import IO, TypeVar
from urllib.parse import urljoin

from ..negotiation import choose, choose_format, find_format
from ..rdf.media_types import HTML, JSON, N_QUADS, N_TRIPLES, RDF_XML, RESULTS_JSON, RESULTS_XML, TRIG, TURTLE, XML
from ..rdf.results import ASK_TYPES, GRAPH_TYPES, SELECT_TYPES, boolean_text, solution_chunks, write_graph
from ..rdf.statements import RowStream, Triple
from ..sparql.guard import is_repeatable
from ..sparql.structure import in_order_of_appearance
from .query_task import QueryOutcome, QueryTask

_PAGE_ROWS = 500
_PAGE_BYTES = 1024 * 1024
_CHUNK = 1024 * 1024
_JSON_HEAD = b'{"head":{'
_BY_HASH = (TURTLE, TRIG, N_TRIPLES, N_QUADS)
_BY_TAG = (RESULTS_XML, XML, RDF_XML)

T = TypeVar("T")


def write_answer(
    task: QueryTask, found: RowStream | bool | Iterator[Triple], output: IO[bytes], notes: Sequence[str] = ()
) -> QueryOutcome:
    """Write a whole answer in a format the client accepts; beyond the limits of rows and bytes the rest is left out.

    An answer that is cut says so in itself, where its format has a place for that, and so it tells the notes: in the
    head of JSON, else in comments at the end. `output` is open for reading too.

    Raises:
        ServiceError: no accepted format can hold the answer, or the store fails on the way.
    """
    select, ask = isinstance(found, RowStream), isinstance(found, bool)
    offered = SELECT_TYPES if select else ASK_TYPES if ask else (*GRAPH_TYPES, XML)
    media_type = _media_type(task, (*offered, HTML))
    file_type = RDF_XML if media_type == XML and not (select or ask) else media_type
    rows, size = task.rows, task.bytes
    if media_type == HTML:
        file_type = RESULTS_JSON if select or ask else TURTLE
        rows, size = min(rows, _PAGE_ROWS), min(size, _PAGE_BYTES)
    cut = _Cut(output, rows, size)
    if isinstance(found, bool):
        output.write(boolean_text(found, file_type))
    elif isinstance(found, RowStream):
        variables = in_order_of_appearance(task.query, found.variables)
        for chunk in solution_chunks(variables, cut.of(found.rows), file_type):
            output.write(chunk)
    else:
        write_graph(cut.of(_distinct(found)), output, file_type)
    if cut.truncated:
        rest = f"; {urljoin(task.base, 'releases')} leads to files with everything" if task.base else ""
        notes = [f"cut after {cut.rows} results: ORDER BY, LIMIT and OFFSET give the rest piece by piece{rest}", *notes]
    if notes:
        _tell(output, file_type, notes)
    output.flush()
    return QueryOutcome(media_type, file_type, cut.rows, cut.truncated, is_repeatable(task.query), tuple(notes))


def _tell(output: IO[bytes], file_type: str, notes: Sequence[str]) -> None:
    if file_type in (RESULTS_JSON, JSON):
        member = f'"notes":{json.dumps(notes, ensure_ascii=False)}'
        _insert(output, len(_JSON_HEAD), member.encode() + (b"" if _is_empty_head(output) else b","))
    elif file_type in _BY_HASH:
        output.writelines(f"# {note}\n".encode() for note in notes)
    elif file_type in _BY_TAG:
        output.writelines(f"\n<!-- {note.replace('--', '- -')} -->\n".encode() for note in notes)


def _is_empty_head(output: IO[bytes]) -> bool:
    output.seek(len(_JSON_HEAD))
    return output.read(1) == b"}"


def _insert(output: IO[bytes], place: int, data: bytes) -> None:
    end = output.seek(0, os.SEEK_END)
    while end > place:  # from the end, so that nothing is overwritten before it has been moved
        start = max(place, end - _CHUNK)
        output.seek(start)
        piece = output.read(end - start)
        output.seek(start + len(data))
        output.write(piece)
        end = start
    output.seek(place)
    output.write(data)
    output.seek(0, os.SEEK_END)


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

"""The program of a query worker: one public query after another, each answer whole in a file before it is announced.

It is started by `workers` and talks in frames, four bytes of length and JSON, on standard input and output. It imports
little, so that a killed one is replaced quickly. Whatever a query does to it, it ends by itself when it meets a limit.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from .endpoints import endpoint_iris, parse_endpoints
from .errors import (
    ServiceError,
)
from .frames import error_to_json, read_json, take_answers, write_json
from .guard import has_dataset, is_repeatable, point_services, refuse_service
from .memory import peak_bytes
from .negotiation import choose, choose_format, find_format
from .oxigraph import OxigraphStore
from .priority import be_nice
from .query_messages import HTML, Outcome, Task
from .serialise import ASK_TYPES, GRAPH_TYPES, JSON, SELECT_TYPES, TURTLE, boolean_text, solution_chunks, write_graph
from .statements import RowStream, Triple

if TYPE_CHECKING:
    from .federation import Federation

_GRACE_SECONDS = 2.0
_PAGE_ROWS = 500
_PAGE_BYTES = 1024 * 1024
_NICENESS = 10  # the server's own answers go first

T = TypeVar("T")


def evaluate(task: Task, store: OxigraphStore, federation: Federation | None) -> RowStream | bool | Iterator[Triple]:
    """Run a query of the public; without a federation it may call no other endpoint.

    Raises:
        ServiceError: the query is malformed or refused, or the store fails.
    """
    query, prefixes = task.query, {}
    if federation is None:
        refuse_service(query)
    else:
        federation.begin()
        query, prefix = point_services(query, endpoint_iris(federation.endpoints))
        prefixes = {prefix: federation.prefix_iri} if prefix else {}
    return store.evaluate(
        query,
        prefixes=prefixes,
        union=not has_dataset(task.query),
        default_graphs=task.default_graphs,
        named_graphs=task.named_graphs,
    )


def write_answer(task: Task, found: RowStream | bool | Iterator[Triple], output: IO[bytes]) -> Outcome:
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
        file_type = JSON if select or ask else TURTLE
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
    return Outcome(media_type, file_type, cut.rows, cut.truncated, is_repeatable(task.query))


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


def _media_type(task: Task, offered: Sequence[str]) -> str:
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


def _serve(requests: IO[bytes], answers: IO[bytes], memory: int, federation: Federation | None) -> None:
    path, store = "", OxigraphStore.in_memory()
    write_json(answers, {"ready": True})
    while (frame := read_json(requests)) is not None:
        spool = frame.pop("spool")
        task = Task(**frame)
        # Should the parent die, or be too busy to end this process in time, the system does.
        signal.setitimer(signal.ITIMER_REAL, task.seconds + _GRACE_SECONDS)
        try:
            if task.store != path:
                store = OxigraphStore.read_only(Path(task.store))
                path = task.store
            with open(spool, "xb") as output:
                found: dict[str, Any] = asdict(write_answer(task, evaluate(task, store, federation), output))
        except ServiceError as error:
            found = error_to_json(error)
        if federation is not None and federation.failure is not None:
            found = error_to_json(federation.failure)  # the engine says only that the store failed, or nothing
        found["calls"] = federation.calls if federation else {}
        signal.setitimer(signal.ITIMER_REAL, 0)
        # Memory that a large query has taken does not come back whole: a fresh process is better than a tight one.
        found["tired"] = peak_bytes() > memory // 2
        write_json(answers, found)


def main() -> None:
    """Serve queries until standard input ends.

    The arguments are the address-space limit in MiB and what bounds SERVICE: endpoints, seconds, MiB of an answer.
    """
    memory = int(sys.argv[1]) * 1024 * 1024
    endpoints, seconds, most = parse_endpoints(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    be_nice(os.getpid(), _NICENESS)
    answers = take_answers()
    try:
        federation = None
        if endpoints:
            from .federation import Federation  # what it imports would delay every start

            federation = Federation(endpoints, seconds, most * 1024 * 1024)
        _serve(sys.stdin.buffer, answers, memory, federation)
    except MemoryError:
        os._exit(1)


if __name__ == "__main__":
    main()

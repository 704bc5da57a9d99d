"""The program of a query worker: one public query after another, each answer whole in a file before it is announced.

`query_pool` starts it and talks to it in frames, four bytes of length and JSON, over its pipes. It imports
little, so that a killed one is replaced quickly. Whatever a query does to it, it ends by itself when it meets a limit.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import ServiceError
from ..processes.frames import error_to_json, read_json, take_answers, write_json
from ..processes.limits import be_nice, peak_bytes
from ..rdf.statements import RowStream, Triple
from ..sparql.endpoints import endpoint_iris, parse_endpoints
from ..sparql.guard import has_dataset, point_services, refuse_service
from ..store.oxigraph import OxigraphStore
from .query_answer import write_answer
from .query_task import QueryTask

if TYPE_CHECKING:
    from .federation import Federation

_GRACE_SECONDS = 2.0
_NICENESS = 10  # the server's own answers go first


def evaluate(
    task: QueryTask, store: OxigraphStore, federation: Federation | None
) -> RowStream | bool | Iterator[Triple]:
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


def _serve(requests: IO[bytes], answers: IO[bytes], memory: int, federation: Federation | None) -> None:
    path, store = "", OxigraphStore.in_memory()
    write_json(answers, {"ready": True})
    while (frame := read_json(requests)) is not None:
        spool = frame.pop("spool")
        task = QueryTask(**frame)
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
        found["recycle"] = peak_bytes() > memory // 2
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

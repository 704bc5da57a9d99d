"""The program of a query worker: one public query after another, each answer whole in a file before it is announced.

`query_pool` starts it and talks to it in frames, four bytes of length and JSON, over its pipes. It imports
little, so that a killed one is replaced quickly. Whatever a query does to it, it ends by itself when it meets a limit.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import EngineFailed, ServiceError
from ..processes.frames import error_to_json, failure_to_json, read_json, take_answers, write_json
from ..processes.limits import be_nice, deepen_stack, end_with_parent, limit_memory, peak_bytes
from ..rdf.statements import RowStream, Triple
from ..sparql.endpoints import endpoint_iris, parse_endpoints
from ..sparql.guard import point_services, refuse_service
from ..store.datasets import BYTES_A_STATEMENT, Datasets
from ..store.graph_table import read_table
from ..store.oxigraph import OxigraphStore
from .query_answer import write_answer
from .query_task import WALL_TIMES, QueryTask

if TYPE_CHECKING:
    from .federation import Federation

logger = logging.getLogger(__name__)

_GRACE_SECONDS = 2.0
_MERGED_SHARE = 4  # of the memory, for graphs that a query wants merged
_NICENESS = 10  # the server's own answers go first


def evaluate(
    task: QueryTask, datasets: Datasets, federation: Federation | None, unknown: dict[str, str]
) -> RowStream | bool | Iterator[Triple]:
    """Run a query of the public; without a federation it may call no other endpoint.

    `unknown` comes to hold the functions that there are not.

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
    return datasets.evaluate(query, task.default_graphs, task.named_graphs, prefixes, task.base, unknown)


def _open(store: Path, memory: int) -> Datasets:
    most = memory // _MERGED_SHARE // BYTES_A_STATEMENT
    return Datasets(OxigraphStore.read_only(store), read_table(store.parent), most)


def _serve(requests: IO[bytes], answers: IO[bytes], memory: int, federation: Federation | None) -> None:
    opened, datasets = ("", ""), Datasets(OxigraphStore.in_memory(), None, 0)
    write_json(answers, {"ready": True})
    while (frame := read_json(requests)) is not None:
        spool = frame.pop("spool")
        task = QueryTask(**frame)
        # The system ends this process when its time is over (SIGPROF), and on the clock should the parent not do so.
        signal.setitimer(signal.ITIMER_PROF, task.seconds)
        signal.setitimer(signal.ITIMER_REAL, task.seconds * WALL_TIMES + _GRACE_SECONDS)
        try:
            if (task.store, task.tag) != opened:
                read_table.cache_clear()
                datasets = _open(Path(task.store), memory)
                opened = task.store, task.tag
            with open(spool, "x+b") as output:
                unknown: dict[str, str] = {}
                answer = evaluate(task, datasets, federation, unknown)
                found: dict[str, Any] = asdict(write_answer(task, answer, output, tuple(unknown.values())))
        except ServiceError as error:
            found = error_to_json(error)
        except MemoryError:
            raise
        except OSError as error:
            found = failure_to_json(error, EngineFailed(f"the query met {type(error).__name__}"))
        except Exception as error:  # a fault of ours or of a library: this query's, not the worker's
            logger.exception("a query failed for a reason that nobody foresaw")
            found = error_to_json(EngineFailed(f"the query could not be answered: {type(error).__name__}"))
        if federation is not None and federation.failure is not None:
            found = error_to_json(federation.failure)  # the engine says only that the store failed, or nothing
        found["calls"] = federation.calls if federation else {}
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        # Memory that a large query has taken does not come back whole: a fresh process is better than a tight one.
        found["recycle"] = peak_bytes() > memory // 2
        write_json(answers, found)


def main() -> None:
    """Serve queries until standard input ends.

    The arguments are the address-space limit in MiB and what bounds SERVICE: endpoints, seconds, MiB of an answer.
    """
    end_with_parent()
    memory = int(sys.argv[1]) * 1024 * 1024
    endpoints, seconds, most = parse_endpoints(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    limit_memory(memory)
    deepen_stack()
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

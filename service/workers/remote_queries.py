"""Runs public queries on a remote engine: the same rules and limits, in threads, since no process of ours runs them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from dataclasses import replace
from typing import IO

from ..errors import Overloaded, TimedOut
from ..settings import Settings
from ..sparql.structure import refuse_overgrown
from ..store.any_query import run_query
from ..store.protocol import Store
from .query_answer import write_answer
from .query_task import QueryOutcome, QueryTask
from .spooled import QueryAnswer, SpoolRoom


class RemoteQueries:
    """Hands public queries on to the engine; it ends a query that takes too long by its own time limit."""

    def __init__(self, settings: Settings) -> None:
        self._free = asyncio.Semaphore(settings.workers)
        self._most_waiting = settings.query_queue
        self._waiting = 0
        self.room = SpoolRoom(settings.spool_mb)

    async def run(self, task: QueryTask, store: Store, client: str = "") -> QueryAnswer:
        """Return the whole answer to a query. `client` is who asks.

        Raises:
            Overloaded: too many queries wait, or clients do not read their answers.
            TimedOut: the time is over.
            ServiceError: the query is malformed or refused, or the engine fails.
        """
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise Overloaded(f"{self._waiting} queries wait already; try again later")
        self._waiting += 1
        most = min(task.bytes, self.room.most_bytes)
        try:
            async with asyncio.timeout(task.seconds):
                async with self._free:
                    outcome, file = await asyncio.to_thread(_run, replace(task, bytes=most), store)
                    return self.room.hold(outcome, file, os.fstat(file.fileno()).st_size, client)
        except TimeoutError as error:
            raise TimedOut(f"the query met its time limit of {task.seconds:g} seconds") from error
        finally:
            self._waiting -= 1


def _run(task: QueryTask, store: Store) -> tuple[QueryOutcome, IO[bytes]]:
    refuse_overgrown(task.query)
    found = run_query(store, task.query, task.default_graphs, task.named_graphs, task.base or "")
    file = tempfile.TemporaryFile()  # noqa: SIM115 – whoever sends the answer closes it
    try:
        outcome = write_answer(task, found, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return outcome, file

"""Public queries for a remote engine: the same rules and limits, in threads, since no process of ours runs them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator

from ..errors import Overloaded, TimedOut
from ..rdf.statements import RowStream, Triple
from ..settings import Settings
from ..sparql.guard import has_dataset, query_form, refuse_service
from ..store.protocol import Store
from ..store.remote import RemoteStore
from .answer_writing import write_answer
from .query_pool import QueryAnswer
from .query_task import QueryTask


class RemoteQueries:
    """Hands public queries on to the engine; it ends a query that takes too long by its own time limit."""

    def __init__(self, settings: Settings) -> None:
        self._free = asyncio.Semaphore(settings.workers)
        self._most_waiting = settings.query_queue
        self._waiting = 0

    async def run(self, task: QueryTask, store: Store) -> QueryAnswer:
        """Return the whole answer to a query.

        Raises:
            Overloaded: too many queries wait.
            TimedOut: the time is over.
            ServiceError: the query is malformed or refused, or the engine fails.
        """
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise Overloaded(f"{self._waiting} queries wait already; try again later")
        self._waiting += 1
        try:
            async with asyncio.timeout(task.seconds):
                async with self._free:
                    return await asyncio.to_thread(_run, task, store)
        except TimeoutError as error:
            raise TimedOut(f"the query met its time limit of {task.seconds:g} seconds") from error
        finally:
            self._waiting -= 1


def _run(task: QueryTask, store: Store) -> QueryAnswer:
    refuse_service(task.query)
    if isinstance(store, RemoteStore) and (
        task.default_graphs is not None or task.named_graphs is not None or has_dataset(task.query)
    ):
        store = store.over(task.default_graphs, task.named_graphs)
    file = tempfile.TemporaryFile()  # noqa: SIM115 – whoever sends the answer closes it
    outcome = write_answer(task, _evaluate(task.query, store), file)
    file.seek(0)
    return QueryAnswer(outcome, file, os.fstat(file.fileno()).st_size)


def _evaluate(query: str, store: Store) -> RowStream | bool | Iterator[Triple]:
    form = query_form(query)
    if form == "ASK":
        return store.ask(query)
    if form == "SELECT":
        found = store.select(query)
        return RowStream(found.variables, iter(found.rows))
    return iter(store.construct(query))

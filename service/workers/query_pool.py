"""Runs public queries in a pool of processes: bounded queue, deadline, replacement, one file per answer."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from ..errors import EngineFailed, Overloaded, ServiceError, TimedOut
from ..metrics import Metrics
from ..processes.child import Child
from ..processes.frames import error_from_json
from ..processes.scratch import scratch
from ..settings import Settings
from .fair_queue import SLOW_SECONDS, FairQueue, Loan, QueueFull
from .query_task import WALL_TIMES, QueryOutcome, QueryTask
from .spooled import QueryAnswer, SpoolRoom

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_SPARE = 1  # processes that are ready beyond those at work, so that one which is ended need not be waited for


def _timed_out(task: QueryTask) -> TimedOut:
    clock = task.seconds * WALL_TIMES
    return TimedOut(f"the query met its limit of {task.seconds:g} seconds of the processor, or {clock:g} on the clock")


class QueryPool:
    """Runs public queries in processes that can be killed. For one event loop.

    A query that takes long goes on with what others leave of the processor, and its process ends with it.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._queue: FairQueue[Child] = FairQueue(
            settings.workers, settings.query_queue, lambda child: child.alive, lambda child: child.kill()
        )
        self._slots: list[asyncio.Task[None]] = []
        self._spool: Path | None = None
        self.room = SpoolRoom(settings.spool_mb)
        self._held = ExitStack()
        self._names = itertools.count()

    async def start(self) -> None:
        """Start the processes; they are ready some tens of milliseconds later."""
        self._spool = self._held.enter_context(scratch())
        self._slots = [asyncio.create_task(self._keep_one()) for _ in range(self._settings.workers + _SPARE)]

    async def close(self) -> None:
        """End every process and forget every answer."""
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        self._slots.clear()
        self._held.close()

    async def run(self, task: QueryTask, client: str = "") -> QueryAnswer:
        """Return the whole answer to a query.

        It may have `task.seconds` of the processor, so that a busy machine ends nobody's query, and `WALL_TIMES` as
        much on the clock, waiting included. To cancel this call ends the query. `client` is whose turn it is (see
        `FairQueue`).

        Raises:
            Overloaded: too many queries wait, this one took more memory than a worker may have, or clients do not read
                their answers.
            TimedOut: the time is over.
            EngineFailed: the engine took the worker with it.
            ServiceError: what the worker says about the query.
        """
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            found = await self._run(task, client, asyncio.get_running_loop().time() + task.seconds * WALL_TIMES)
            outcome = "truncated" if found.outcome.truncated else "answered"
            return found
        except ServiceError as error:
            outcome = error.slug
            raise
        finally:
            self._metrics.queries.labels(outcome).inc()
            self._metrics.query_seconds.observe(time.perf_counter() - started)

    async def _run(self, task: QueryTask, client: str, deadline: float) -> QueryAnswer:
        loan = await self._lend(client, deadline)
        child = loan.worker
        assert self._spool is not None
        spool = self._spool / str(next(self._names))
        reason = "failed"
        loop = asyncio.get_running_loop()
        yielding = loop.call_later(SLOW_SECONDS, child.yield_to_others)
        try:
            with self._metrics.running.track_inprogress():
                async with asyncio.timeout_at(deadline):
                    most = min(task.bytes, self.room.most_bytes)
                    found = await child.ask({**asdict(task), "bytes": most, "spool": str(spool)})
            reason = "recycle" if found.pop("recycle") else "slow" if yielding.when() <= loop.time() else ""
            for outcome, count in found.pop("calls").items():
                self._metrics.service_calls.labels(outcome).inc(count)
            if "error" in found:
                raise error_from_json(found)
            file = spool.open("rb")
            return self.room.hold(QueryOutcome(**found), file, os.fstat(file.fileno()).st_size, client)
        except TimeoutError as error:
            reason = "timeout"
            raise _timed_out(task) from error
        except asyncio.CancelledError:
            reason = "cancelled"
            raise
        except (EOFError, OSError) as error:
            if self._queue.was_reclaimed(loan):
                reason = "reclaimed"
                raise Overloaded("others wait, and another query of yours still runs: ask one at a time") from error
            failure = self._why_ended(await child.ended(), task)
            reason = "timeout" if isinstance(failure, TimedOut) else "died"
            raise failure from error
        finally:
            yielding.cancel()
            spool.unlink(missing_ok=True)
            if reason:
                self._metrics.killed.labels(reason).inc()
                child.kill()
            self._queue.end(loan, worker_back=not reason)

    def _why_ended(self, code: int, task: QueryTask) -> ServiceError:
        """Return what it means that a worker ended at its work: time, memory, or else a fault of the engine."""
        if -code in (signal.SIGPROF, signal.SIGALRM):
            return _timed_out(task)
        if -code in (signal.SIGABRT, signal.SIGKILL, -1):
            return Overloaded(
                f"the query took more than the {self._settings.query_memory_mb} MiB of memory it may have, "
                "or its worker was ended"
            )
        return EngineFailed(f"the engine ended its worker (exit code {code})")

    async def _lend(self, client: str, deadline: float) -> Loan[Child]:
        try:
            with self._metrics.waiting.track_inprogress():
                async with asyncio.timeout_at(deadline):
                    return await self._queue.take(client)
        except QueueFull as error:
            self._metrics.refused.inc()
            raise Overloaded(f"{self._queue.waiting} queries wait already; try again later") from error
        except TimeoutError as error:
            raise Overloaded("no worker was free in time; try again later") from error

    async def _keep_one(self) -> None:
        """Keep one process: whenever it ends, for whatever reason, start the next one."""
        while True:
            limits = self._settings
            arguments = (limits.query_memory_mb, limits.service_endpoints, limits.service_seconds, limits.service_mb)
            async with Child.started("service.workers.query_program", *map(str, arguments)) as child:
                try:
                    await child.read_json()
                except (EOFError, OSError):
                    logger.error("a query worker ended before it was ready")
                    await asyncio.sleep(_RETRY_SECONDS)
                    continue
                self._metrics.started.inc()
                self._queue.add(child)
                await child.ended()

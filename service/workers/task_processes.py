"""Runs tasks in processes that are lent in fair shares: started when needed, kept, ended when they meet a limit."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Overloaded, ServiceError, TimedOut
from ..processes.child import Child
from ..processes.frames import Frame, error_from_json
from ..processes.limits import OUT_OF_MEMORY
from .fair_queue import FairQueue, Loan, QueueFull

logger = logging.getLogger(__name__)

_START_SECONDS = 60.0
_RETRY_SECONDS = 1.0
# Python's own, Rust's, which aborts, and that of a system without memory, which kills.
_MEMORY_CODES = (OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class TaskProgram:
    """A program of tasks: its module and arguments, MiB that it may have, and how messages call its work."""

    module: str
    arguments: Sequence[str]
    memory_mb: int
    work: str
    failure: type[ServiceError]


class TaskProcesses:
    """Processes of one program, `size` at most, each at one task at a time. For one event loop.

    A task is two frames, JSON and bytes, and so is its answer. To cancel a call ends the process at its task. How turns
    are shared out between clients, `FairQueue` says.
    """

    def __init__(self, program: TaskProgram, size: int, places: int) -> None:
        self._program = program
        self._size = size
        self._queue: FairQueue[Child] = FairQueue(size, places, lambda child: child.alive, lambda child: child.kill())
        self._slots: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def count(self) -> int:
        """Return how many processes there are, those that start included."""
        return len(self._slots)

    async def run(self, task: Frame, data: bytes, seconds: float, client: str, wait: float) -> tuple[Frame, bytes]:
        """Return what a process answers to a task within so many seconds, after `wait` seconds in the queue at most.

        `client` is whose turn it is; see `FairQueue`.

        Raises:
            Overloaded: too many wait, no process was free in time, or the task took more memory than it may have.
            TimedOut: the time is over.
            ServiceError: what the process says, or that it broke down.
        """
        loan = await self._lend(client, wait)
        child, usable = loan.worker, False
        try:
            async with asyncio.timeout(seconds):
                await child.send(json.dumps(task).encode())
                await child.send(data)
                head = await child.read_json()
                body = await child.read()
            usable = not head["recycle"]
        except TimeoutError as error:
            raise self._timed_out(seconds) from error
        except (EOFError, OSError) as error:
            if self._queue.was_reclaimed(loan):
                raise Overloaded("others wait, and another task of yours still runs: ask one at a time") from error
            raise self._why_ended(await child.ended(), seconds) from error
        finally:
            if not usable:
                child.kill()
            self._queue.end(loan, worker_back=usable)
            self._start_more()
        if "error" in head:
            raise error_from_json(head)
        return head, body

    async def close(self) -> None:
        """End every process."""
        self._closed = True
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        self._slots.clear()

    def _timed_out(self, seconds: float) -> TimedOut:
        return TimedOut(f"{self._program.work} met its time limit of {seconds:g} seconds")

    def _why_ended(self, code: int, seconds: float) -> ServiceError:
        if code == -signal.SIGALRM:  # the clock of the process itself
            return self._timed_out(seconds)
        if code in _MEMORY_CODES:
            return Overloaded(
                f"{self._program.work} took more than the {self._program.memory_mb} MiB of memory it may have"
            )
        return self._program.failure(f"the process for {self._program.work} ended by itself, with code {code}")

    async def _lend(self, client: str, wait: float) -> Loan[Child]:
        self._start_more(one_more=True)
        try:
            async with asyncio.timeout(wait):
                return await self._queue.take(client)
        except QueueFull as error:
            raise Overloaded(f"{self._queue.waiting} wait for {self._program.work} already; try again later") from error
        except TimeoutError as error:
            raise Overloaded(f"no process for {self._program.work} was free in time; try again later") from error

    def _start_more(self, *, one_more: bool = False) -> None:
        """Have as many processes as there is work for, up to the most there may be."""
        wanted = min(self._size, self._queue.lent + self._queue.waiting + one_more)
        while not self._closed and len(self._slots) < wanted:
            slot = asyncio.create_task(self._keep_one())
            self._slots.add(slot)
            slot.add_done_callback(self._slot_ended)

    def _slot_ended(self, slot: asyncio.Task[None]) -> None:
        self._slots.discard(slot)
        if not slot.cancelled():
            self._start_more()

    async def _keep_one(self) -> None:
        """Start a process, let it be lent, and stay until it is gone."""
        try:
            async with Child.started(self._program.module, *self._program.arguments, quiet=True) as child:
                async with asyncio.timeout(_START_SECONDS):
                    await child.read_json()
                    await child.read()
                self._queue.add(child)
                await child.ended()
        except (TimeoutError, EOFError, OSError) as error:
            logger.error("a process for %s could not be started: %s", self._program.work, type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

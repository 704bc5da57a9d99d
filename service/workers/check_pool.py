"""Checks documents in processes that can be killed: a bounded queue, a deadline, and the bytes of the answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict

from ..errors import CheckFailed, Overloaded, ServiceError, TimedOut
from ..metrics import Metrics
from ..processes.child import Child
from ..processes.frames import error_from_json
from ..rdf.media_types import TURTLE
from ..settings import Settings
from .check_task import OUT_OF_MEMORY, CheckAnswer, CheckTask

logger = logging.getLogger(__name__)

_START_SECONDS = 60.0
# Python's own, Rust's, which aborts, and that of a system without memory, which kills.
_MEMORY_CODES = (OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL)
_PASSED_ON = {"base_url", "loader_memory_mb", "shapes", "upload_mb"}


class CheckPool:
    """Runs tasks, each in a process of its own for as long as it takes; processes start when needed and are kept."""

    def __init__(self, settings: Settings, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._free = asyncio.Semaphore(settings.workers)
        self._children: set[Child] = set()
        self._idle: list[Child] = []
        self._waiting = 0
        self._warming: asyncio.Task[None] | None = None

    async def run(self, task: CheckTask, data: bytes = b"") -> CheckAnswer:
        """Return the answer of `checker` to a task.

        Raises:
            InvalidArgument: a profile, a file or the shapes cannot be used.
            CheckFailed: the process broke down on it.
            Overloaded: too many wait, or the document takes more memory than there is for it.
            TimedOut: it takes longer than `task.seconds`.
        """
        if self._warming is not None:
            # To wait for a process that knows the profiles is quicker than to start another.
            await asyncio.wait((self._warming,), timeout=_START_SECONDS)
        return await self._run(task, data)

    async def _run(self, task: CheckTask, data: bytes) -> CheckAnswer:
        async with self._child(task.seconds) as child:
            try:
                async with asyncio.timeout(task.seconds):
                    await child.send(json.dumps(asdict(task)).encode())
                    await child.send(data)
                    head = await child.read_json()
                    body = await child.read()
            except TimeoutError as error:
                raise TimedOut(f"checking met its time limit of {task.seconds:g} seconds") from error
            except (EOFError, OSError) as error:
                code = await child.ended()
                if code in _MEMORY_CODES:
                    memory = self._settings.check_memory_mb
                    raise Overloaded(f"checking took more than the {memory} MiB of memory it may have") from error
                raise CheckFailed(f"the process that checks ended by itself, with code {code}") from error
            if not head["recycle"]:
                self._idle.append(child)
        for message in head.get("disagreements", ()):
            logger.warning("%s", message)
            if self._metrics is not None:
                self._metrics.disagreements.inc()
        if "error" in head:
            raise error_from_json(head)
        return CheckAnswer(body, head["conforms"])

    def warm(self, profiles: Sequence[str]) -> None:
        """Start the first process and let it read profiles, unless there is one: the first document then waits less."""
        if not self._children and self._warming is None:
            task = CheckTask(recognition=profiles, media_type=TURTLE, seconds=_START_SECONDS)
            self._warming = asyncio.create_task(self._warm(task))

    async def _warm(self, task: CheckTask) -> None:
        with contextlib.suppress(ServiceError):
            await self._run(task, b"")
        self._warming = None

    async def close(self) -> None:
        """End every process."""
        if self._warming is not None:
            self._warming.cancel()
        self._idle.clear()
        for child in list(self._children):
            await child.end()
        self._children.clear()

    @contextlib.asynccontextmanager
    async def _child(self, seconds: float) -> AsyncIterator[Child]:
        """Lend a process; unless it is among the idle ones afterwards, it is ended."""
        if self._free.locked() and self._waiting >= self._settings.query_queue:
            raise Overloaded(f"{self._waiting} documents wait already; try again later")
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise Overloaded("no process was free in time; try again later") from error
        finally:
            self._waiting -= 1
        try:
            child = await self._idle_or_new()
            try:
                yield child
            finally:
                if child not in self._idle:
                    self._children.discard(child)
                    await child.end()
        finally:
            self._free.release()

    async def _idle_or_new(self) -> Child:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._children.discard(child)
        settings = self._settings.model_dump_json(include=_PASSED_ON)
        child = await Child.start(
            "service.workers.check_program", str(self._settings.check_memory_mb), settings, quiet=True
        )
        self._children.add(child)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child.read_json()
                await child.read()
        except (TimeoutError, EOFError, OSError) as error:
            self._children.discard(child)
            await child.end()
            raise Overloaded("no process to check in could be started") from error
        return child

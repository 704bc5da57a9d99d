"""Checks documents in processes that can be killed: fair shares, a bounded queue, a deadline, the answer's bytes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import asdict

from ..errors import CheckFailed, ServiceError
from ..metrics import Metrics
from ..rdf.media_types import TURTLE
from ..settings import Settings
from .check_task import CheckAnswer, CheckTask
from .task_processes import TaskProcesses, TaskProgram

logger = logging.getLogger(__name__)

_START_SECONDS = 60.0
_PASSED_ON = {"base_url", "loader_memory_mb", "shapes", "upload_mb"}


class CheckPool:
    """Runs tasks, each in a process of its own for as long as it takes; processes start when needed and are kept."""

    def __init__(self, settings: Settings, metrics: Metrics | None = None) -> None:
        self._metrics = metrics
        memory = settings.check_memory_mb
        passed_on = settings.model_dump_json(include=_PASSED_ON)
        program = TaskProgram(
            "service.workers.check_program", (str(memory), passed_on), memory, "checking", CheckFailed
        )
        self._processes = TaskProcesses(program, settings.workers, settings.query_queue)
        self._warming: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Return how many processes there are."""
        return self._processes.count

    async def run(self, task: CheckTask, data: bytes = b"", client: str = "") -> CheckAnswer:
        """Return the answer of `checker` to a task. To cancel this call ends it. `client` is whose turn it is.

        Raises:
            InvalidArgument: a profile, a file or the shapes cannot be used.
            CheckFailed: the process broke down on it.
            Overloaded: too many wait, or the document takes more memory than there is for it.
            TimedOut: it takes longer than `task.seconds`.
        """
        if self._warming is not None:
            # To wait for a process that knows the profiles is quicker than to start another.
            await asyncio.wait((self._warming,), timeout=_START_SECONDS)
        return await self._run(task, data, client)

    async def _run(self, task: CheckTask, data: bytes, client: str) -> CheckAnswer:
        # A process that must be started first may take its time.
        head, body = await self._processes.run(
            asdict(task), data, task.seconds, client, max(task.seconds, _START_SECONDS)
        )
        for message in head.get("disagreements", ()):
            logger.warning("%s", message)
            if self._metrics is not None:
                self._metrics.disagreements.inc()
        return CheckAnswer(body, head["conforms"])

    def warm(self, profiles: Sequence[str]) -> None:
        """Start the first process and let it read profiles, unless there is one: the first document then waits less."""
        if not self._processes.count and self._warming is None:
            task = CheckTask(recognition=profiles, media_type=TURTLE, seconds=_START_SECONDS)
            self._warming = asyncio.create_task(self._warm(task))

    async def _warm(self, task: CheckTask) -> None:
        with contextlib.suppress(ServiceError):
            await self._run(task, b"", "")
        self._warming = None

    async def close(self) -> None:
        """End every process."""
        if self._warming is not None:
            self._warming.cancel()
        await self._processes.close()

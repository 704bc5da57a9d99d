"""Answers questions of stacking in processes that can be killed: fair shares, a bounded queue, a deadline."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import PlanFailed, ServiceError
from ..metrics import Metrics
from ..processes.frames import Frame
from ..settings import Settings
from .plan_task import PlanTask
from .task_processes import TaskProcesses, TaskProgram

_WAIT_SECONDS = 30.0
# The process ends itself first, by the seconds of its question; 10 are the most that one may have.
_MOST_SECONDS = 30.0
_PASSED_ON = {"base_url", "loader_memory_mb", "upload_mb"}


class AnswerRefused(Exception):
    """The verifier does not confirm the answer to a question: a fault of ours, so no answer is given."""


class PlanPool:
    """Runs questions, each in a process of its own for as long as it takes; processes start when needed, are kept."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        memory = settings.plan_memory_mb
        passed_on = settings.model_dump_json(include=_PASSED_ON)
        program = TaskProgram("service.workers.plan_program", (str(memory), passed_on), memory, "planning", PlanFailed)
        self._processes = TaskProcesses(program, settings.workers, settings.query_queue)
        self._getting_ready: asyncio.Task[None] | None = None

    async def run(self, task: PlanTask, data: bytes = b"", client: str = "") -> bytes:
        """Return the confirmed answer as JSON. To cancel this call ends the task. `client` is whose turn it is.

        Raises:
            Overloaded: too many wait, or the question takes more memory than there is for it.
            TimedOut: no plan was found in time, or the time for the whole question is over.
            AnswerRefused: the verifier finds a fault in the answer.
            ServiceError: what the process says of the question.
        """
        outcome = "cancelled"
        try:
            head, body = await self._processes.run(asdict(task), data, _MOST_SECONDS, client, _WAIT_SECONDS)
            outcome = "answered"
            self._look_for_refusal(head)
            return body
        except ServiceError as error:
            outcome = error.slug
            raise
        finally:
            if task.kind != "ready":
                self._metrics.questions.labels(outcome).inc()

    def _look_for_refusal(self, head: Frame) -> None:
        refused: Any = head.get("refused")
        if refused is not None:
            self._metrics.proofs_refused.inc()
            raise AnswerRefused(refused)

    def get_ready(self, matrix: Path) -> None:
        """Start the first process and let it read a matrix, unless there is one: the first question waits less."""
        if not self._processes.count and self._getting_ready is None:
            self._getting_ready = asyncio.create_task(self._get_ready(PlanTask("ready", str(matrix))))

    async def _get_ready(self, task: PlanTask) -> None:
        with contextlib.suppress(ServiceError):
            await self.run(task)
        self._getting_ready = None

    async def close(self) -> None:
        """End every process."""
        if self._getting_ready is not None:
            self._getting_ready.cancel()
        await self._processes.close()

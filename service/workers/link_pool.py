"""Links texts in processes that can be killed: fair shares, a bounded queue, a deadline, indexes that are kept."""

from __future__ import annotations

from dataclasses import asdict

from ..errors import LinkFailed
from ..settings import Settings
from .link_task import LinkTask
from .task_processes import TaskProcesses, TaskProgram


class LinkPool:
    """Runs tasks, each in a process of its own for as long as it takes; processes start when needed and are kept."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.link_seconds
        memory = settings.check_memory_mb
        program = TaskProgram("service.workers.link_program", (str(memory),), memory, "linking", LinkFailed)
        self._processes = TaskProcesses(program, settings.workers, settings.query_queue)

    async def run(self, task: LinkTask, client: str = "") -> bytes:
        """Return the answer to a task as JSON. To cancel this call ends the task. `client` is whose turn it is.

        Raises:
            InvalidArgument: a text or the language cannot be meant.
            Overloaded: too many wait, or the texts take more memory than there is for them.
            TimedOut: it takes longer than `link_seconds`.
        """
        _, body = await self._processes.run(asdict(task), b"", self._seconds, client, self._seconds)
        return body

    async def close(self) -> None:
        """End every process."""
        await self._processes.close()

"""Starts a child process and exchanges framed questions and answers with it, one after another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator

from ..resources import IMPORT_ROOT
from .child_log import relay
from .frames import LENGTH, Frame, framed
from .limits import be_nice

ENVIRONMENT = {
    # Both as installed and in a checkout the package `service` stands in this folder.
    "PYTHONPATH": str(IMPORT_ROOT),
    # glibc sets 128 MB of address space aside for every thread but the first: most of the limit would be gone at once.
    "MALLOC_ARENA_MAX": "1",
    "RUST_BACKTRACE": "0",
}
"""What every process started here has in its environment."""


_MOST_NICE = 19
_LAST_WORDS_SECONDS = 1.0


class Child:
    """A process and its two pipes, in a session of its own. For one event loop."""

    def __init__(self, module: str, process: asyncio.subprocess.Process) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests, self._answers = process.stdin, process.stdout
        told = process.stderr
        self._relaying = None if told is None else asyncio.create_task(relay(module, told))

    @classmethod
    async def start(cls, module: str, *arguments: str, quiet: bool = False) -> Child:
        """Start `python -m module`; what it logs is logged here, unless it is to be `quiet`."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PINOAMO_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE,
            env={**environment, **ENVIRONMENT}, start_new_session=True,
        )  # fmt: skip
        return cls(module, process)

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls, module: str, *arguments: str, quiet: bool = False) -> AsyncIterator[Child]:
        """Start a process that is gone when the block is left."""
        child = await cls.start(module, *arguments, quiet=quiet)
        try:
            yield child
        finally:
            await child.end()

    @property
    def alive(self) -> bool:
        """Tell whether it has not ended."""
        return self._process.returncode is None

    async def ask(self, request: Frame) -> Frame:
        """Send a JSON frame and return the one that answers it.

        Raises:
            EOFError: the process ended instead.
        """
        await self.send(json.dumps(request).encode())
        return await self.read_json()

    async def send(self, data: bytes) -> None:
        """Send a frame."""
        self._requests.write(framed(data))
        await self._requests.drain()

    async def read(self) -> bytes:
        """Return the next frame.

        Raises:
            EOFError: the process ended instead.
        """
        head = await self._answers.readexactly(LENGTH.size)
        return await self._answers.readexactly(LENGTH.unpack(head)[0])

    async def read_json(self) -> Frame:
        """Return the next frame, which holds a JSON object."""
        found: Frame = json.loads(await self.read())
        return found

    async def ended(self) -> int:
        """Wait until the process ends by itself; return its exit code, or a signal as a negative number."""
        return await self._process.wait()

    def yield_to_others(self) -> None:
        """Let the process have what others leave of the processor, from now on: who has no privilege cannot undo it."""
        if self.alive:
            be_nice(self._process.pid, _MOST_NICE)

    def kill(self) -> None:
        """End the process and whatever it has started."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self.kill()
        await self._process.wait()
        if self._relaying is not None:
            await asyncio.wait((self._relaying,), timeout=_LAST_WORDS_SECONDS)
            self._relaying.cancel()

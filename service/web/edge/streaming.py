"""Sends an answer while it is written: the first bytes leave at once, and memory stays flat."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Thread
from typing import IO

from fastapi.responses import StreamingResponse

from .middleware import Receive, Scope, Send

_CHUNK = 256 * 1024
_FIRST_SECONDS = 60.0
_LEAST_RATE = 32 * 1024


class FileAnswer(StreamingResponse):
    """Sends a file and lets go of it, however that ends: sent whole, left by the client, or read too slowly.

    Slower than 32 KiB a second, after a minute, the connection is broken.
    """

    def __init__(self, file: IO[bytes], size: int, close: Callable[[], None], headers: Mapping[str, str]) -> None:
        super().__init__(_chunks(file), headers=headers)
        self._close = close
        self._seconds = _FIRST_SECONDS + size / _LEAST_RATE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            async with asyncio.timeout(self._seconds):
                await super().__call__(scope, receive, send)
        finally:
            self._close()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def chunks_as_written(write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """Yield what `write` writes, through a pipe, from a thread of its own.

    Whoever stops reading ends the writing too.

    Raises:
        Exception: what `write` raised, after the bytes it had written. Who sends these must not end the answer as if
            it were whole.
    """
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def run() -> None:
        try:
            # The reader that left has closed the pipe: nobody is there to tell.
            with suppress(BrokenPipeError), os.fdopen(writing, "wb", _CHUNK) as output:
                write(output)
        except Exception as error:  # noqa: BLE001 - raised again where the bytes are read
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    with os.fdopen(reading, "rb", 0) as source:
        thread.start()
        while chunk := source.read(_CHUNK):
            yield chunk
    thread.join()
    if failed:
        raise failed[0]

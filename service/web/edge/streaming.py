"""Sends an answer while it is written: the first bytes leave at once, and memory stays flat."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread
from typing import IO

_CHUNK = 256 * 1024


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

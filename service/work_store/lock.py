"""The lock of a data directory: one process writes, and nobody to one that is half restored."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ..errors import StoreUnavailable, WorkLocked

_POLL_SECONDS = 0.02

RESTORING = ".restoring"
"""Stands in a data directory for as long as it is being filled from a backup."""


@contextmanager
def writing(data: Path, wait_seconds: float = 0, *, restoring: bool = False) -> Iterator[None]:
    """Hold the one writer's lock of a data directory; the system lets go of it however the process ends.

    Raises:
        WorkLocked: another process has held it for `wait_seconds`; the message names it.
        StoreUnavailable: a restore was interrupted here, and this is not the next one.
    """
    data.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with (data / "lock").open("a+") as file:
        while not _locked(file):
            if time.monotonic() >= deadline:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise WorkLocked(f"another process is writing to {data} ({holder}); wait for it to end")
            time.sleep(_POLL_SECONDS)
        if not restoring and (data / RESTORING).exists():
            raise StoreUnavailable(f"{data} was not restored to the end; run `pinoamo restore` again")
        with suppress(OSError):  # who holds it is a courtesy; a full disk must not stop a roll-back
            file.truncate(0)
            os.write(file.fileno(), f"process {os.getpid()}, since {datetime.now(UTC).isoformat()[:19]}Z".encode())
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

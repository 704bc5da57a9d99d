"""Locks a data directory: one process writes at a time, and none to a directory that is half restored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ..errors import StoreUnavailable, WorkLocked
from ..files import locked

LOCK = "lock"
"""The file in a data directory whose lock the one writer holds; it names that one."""

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
    with ExitStack() as stack:
        try:
            file = stack.enter_context(locked(data / LOCK, wait_seconds))
        except BlockingIOError as error:
            holder = (data / LOCK).read_text(encoding="utf-8").strip() or "unknown"
            raise WorkLocked(f"another process is writing to {data} ({holder}); wait for it to end") from error
        if not restoring and (data / RESTORING).exists():
            raise StoreUnavailable(f"{data} was not restored to the end; run `pinoamo restore` again")
        with suppress(OSError):  # who holds it is a courtesy; a full disk must not stop a roll-back
            file.truncate(0)
            os.write(file.fileno(), f"process {os.getpid()}, since {datetime.now(UTC).isoformat()[:19]}Z".encode())
        yield

"""The audit log: a line for each request with a known key that writes, never what was written."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..files import sync_folder

_MOST_THINGS = 100
_KEPT_FILES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """Who asked for what, and what became of it; `outcome` is `done`, `unchanged` or the slug of a problem."""

    request: str
    key: str
    method: str
    path: str
    status: int
    outcome: str
    things: Sequence[str] = ()
    release: int | None = None


class AuditLog:
    """`audit/audit.jsonl` of a data directory; when it is full it becomes `audit.jsonl.1`, and the oldest goes.

    Safe between threads, and between processes as far as one line is one write.
    """

    def __init__(self, data: Path, most_mb: int) -> None:
        self._path = data / "audit" / "audit.jsonl"
        self._most_bytes = most_mb * 1024 * 1024
        self._lock = threading.Lock()

    def write(self, entry: Entry) -> None:
        """Add a line; when this returns it is on disk.

        Raises:
            OSError: it cannot be written.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        things = list(entry.things[:_MOST_THINGS])
        line = {"time": now, **asdict(entry), "things": things, "count": len(entry.things)}
        data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, data)
                os.fsync(descriptor)
                full = os.fstat(descriptor).st_size > self._most_bytes
            finally:
                os.close(descriptor)
            if full:
                self._rotate()

    def _rotate(self) -> None:
        for number in range(_KEPT_FILES - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        sync_folder(self._path.parent)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

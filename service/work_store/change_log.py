"""The redo log of the work store: one line a change, on disk before the store is touched, whole or not there."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import StoreUnavailable
from ..files import sync_folder


class ChangeLog:
    """Entries in the order they were made. A line that a crash cut short, and what follows it, was never promised."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __bool__(self) -> bool:
        return self._path.exists() and self._path.stat().st_size > 0

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield every whole entry."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                checksum, _, text = line.rstrip(b"\n").partition(b" ")
                if not line.endswith(b"\n") or checksum != _checksum(text):
                    return
                entry: dict[str, Any] = json.loads(text)
                yield entry

    def append(self, entry: dict[str, Any]) -> None:
        """Write an entry; when this returns it survives a power cut.

        Raises:
            StoreUnavailable: it cannot be written; the log is as it was.
        """
        text = json.dumps(entry, ensure_ascii=False).encode()
        new = not self._path.exists()
        with self._path.open("ab") as file:
            before = file.tell()
            try:
                file.write(_checksum(text) + b" " + text + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                os.ftruncate(file.fileno(), before)
                raise StoreUnavailable(f"the change cannot be written down: {error.strerror}") from error
        if new:
            sync_folder(self._path.parent)

    def clear(self) -> None:
        """Forget every entry: what they ask for is safe elsewhere."""
        self._path.unlink(missing_ok=True)
        sync_folder(self._path.parent)


def _checksum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)

"""Files that are either whole or absent, whatever happens in between, and files that one process locks."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.02


@contextmanager
def locked(path: Path, wait_seconds: float | None = None) -> Iterator[IO[bytes]]:
    """Hold the lock of a file, which is made when there is none; what stands in it stays.

    The system lets go of the lock however the process ends. Two that open the file in one process exclude each other
    too. `wait_seconds` None waits until the lock is free.

    Raises:
        BlockingIOError: somebody else has held it for `wait_seconds`.
        OSError: the file cannot be opened.
    """
    with path.open("ab+") as file:
        if wait_seconds is None:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            deadline = time.monotonic() + wait_seconds
            while not _is_ours(file):
                if time.monotonic() >= deadline:
                    raise BlockingIOError(f"{path} is locked")
                time.sleep(_POLL_SECONDS)
        yield file


def _is_ours(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a part."""
    beside = path.with_name(f".{path.name}.partial")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file whole."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1).encode())


def point_to(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target`, replacing what it pointed to in one step."""
    beside = link.with_name(f".{link.name}.partial")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)
    sync_folder(link.parent)


def sync_file(path: Path) -> None:
    """Make what stands in a file survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_full(error: OSError) -> bool:
    """Tell whether a disk, or what one user may have of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Makes files of a release when somebody first asks for them: whole or absent, by one maker at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ..errors import Overloaded, StoreUnavailable
from ..files import locked, sync_folder

FOLDER = "made"
"""Beside the files that were published; what is in it can always be made again."""


def find_made(release: Path, name: str) -> Path | None:
    """Return the file of this name when it is made already."""
    path = release / FOLDER / name
    return path if path.is_file() else None


def made_file(release: Path, name: str, write: Callable[[IO[bytes]], object]) -> Path:
    """Return the file of this name, made by `write` when there is none yet.

    Raises:
        Overloaded: somebody else makes a file of this release at this moment.
        StoreUnavailable: it cannot be written, such as on a full disk.
    """
    path = release / FOLDER / name
    if path.is_file():
        return path
    try:
        path.parent.mkdir(exist_ok=True)
        with locked(path.parent / ".lock", 0):  # a lock of a killed maker is gone with it
            if not path.is_file():
                _write(path, write)
    except BlockingIOError as error:
        raise Overloaded(f"a file of release {release.name} is being made: ask again in a while") from error
    except OSError as error:
        raise StoreUnavailable(f"{name} of release {release.name} cannot be written: {error.strerror}") from error
    return path


def _write(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    beside = path.with_name(f".{path.name}.partial")
    try:
        with beside.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)

"""Makes temporary folders; the next server removes those that killed processes left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..files import locked

_PREFIX = "pinoamo-"
_LOCK = "lock"
_TRIED_BYTES = 64 * 1024


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder in the system's place for such, which is gone afterwards.

    Beside it is a locked file: the system lets go of the lock however the process ends, and so tells what is left.
    """
    made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
    try:
        with locked(made / _LOCK):
            made = made.rename(made.with_name(made.name[1:]))  # nobody takes it for left before it is locked
            folder = made / "files"
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(made, ignore_errors=True)


def try_out() -> None:
    """Write something to the system's place for temporary files, which is gone at once.

    Raises:
        OSError: it cannot be written, such as on a full disk.
    """
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(bytes(_TRIED_BYTES))


def remove_what_was_left() -> int:
    """Remove the folders of processes that were killed, and return how many there were."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # gone meanwhile, in use, or of another user
            if not (folder / _LOCK).is_file():
                continue  # somebody else's, whatever it is: ours are locked before they get this name
            with locked(folder / _LOCK, 0):
                shutil.rmtree(folder)
                removed += 1
    return removed

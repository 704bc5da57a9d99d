"""Backs up and restores a data directory: whole or absent, every file with its checksum."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import InvalidArgument, StoreUnavailable
from ..files import point_to, sha256_of, sync_file, sync_folder, write_json
from ..work_store.folder import WorkFolder
from ..work_store.lock import LOCK, RESTORING, writing
from ..work_store.work_store import open_work
from .checksums import files_of
from .releases import Releases

Progress = Callable[[str], None]

_MANIFEST = "backup.json"
_MADE = "backups.json"
# Made again, or for the one process that holds it.
_LEFT_OUT = {LOCK, "current", "releases"}


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself: checksums by path, the release that served, the size of all files in bytes."""

    created: str
    serving: int | None
    size: int
    files: Mapping[str, str]


def back_up(
    data: Path, target: Path, *, link: bool, wait_seconds: float = 0, progress: Progress = lambda _: None
) -> Backup:
    """Copy a data directory while it is served; loading and publishing wait that long.

    Holds the releases, the work store, what is refused and every other file in the directory, such as keys. Files that
    are made of a release when asked for are left out. `link` makes hard links of what never changes.

    Raises:
        InvalidArgument: there is no data directory, or the target exists.
        WorkLocked: another process has been writing for `wait_seconds`.
        OSError: the target cannot be written; nothing of it is left.
    """
    if not WorkFolder(data).path.is_dir():
        raise InvalidArgument(f"{data} is no data directory")
    if target.exists():
        raise InvalidArgument(f"{target} exists already; name a folder that does not")
    beside = target.with_name(f".{target.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    copied = WorkFolder(beside)
    try:
        progress("waiting for whoever writes")
        with open_work(data, wait_seconds) as work:
            progress("work store")
            copied.path.mkdir()
            work.store.checkpoint(copied.store)
            _copy(data, beside, _rest(data), link=False)
            published = Releases(data)
            serving = published.current_number()
            for number in published.numbers():
                progress(f"release {number}")
                folder = data / "releases" / str(number)
                names = (f"releases/{number}/{name}" for name in files_of(folder))
                _copy(data, beside, names, link=link)
        if not link:
            _separate(copied.store)
        progress("computing checksums")
        paths = [path for path in sorted(beside.rglob("*")) if path.is_file()]
        for path in paths:
            sync_file(path)
        files = {str(path.relative_to(beside)): sha256_of(path) for path in paths}
        created = datetime.now(UTC).isoformat(timespec="seconds")
        made = Backup(created, serving, sum(path.stat().st_size for path in paths), files)
        write_json(beside / _MANIFEST, asdict(made))
        beside.rename(target)
        sync_folder(target.parent)
        _note(data, target, made)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return made


def backups_made(data: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the backups that were made of a data directory: where, when, and whether they are there still."""
    try:
        found = json.loads((data / _MADE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple({**each, "exists": Path(each["path"]).exists()} for each in found)


def _note(data: Path, target: Path, made: Backup) -> None:
    before = [{"path": each["path"], "created": each["created"]} for each in backups_made(data)]
    write_json(data / _MADE, [*before, {"path": str(target.absolute()), "created": made.created}])


def restore(source: Path, data: Path, progress: Progress = lambda _: None) -> Backup:
    """Fill an empty data directory from a backup. The release that served then serves last, when all is in place.

    Raises:
        InvalidArgument: the source is no backup, or the directory holds something.
        StoreUnavailable: a file of the backup is missing or differs from its checksum; nothing was restored.
        OSError: the directory cannot be written; the next restore begins again.
    """
    made = read_backup(source)
    unfinished = (data / RESTORING).exists()
    held = sorted(path.name for path in data.iterdir() if path.name != LOCK) if data.is_dir() else []
    if held and not unfinished:
        raise InvalidArgument(f"{data} is not empty (it holds {', '.join(held[:3])}); nothing is overwritten")
    progress("comparing checksums")
    damaged = [
        name for name, sum_ in made.files.items() if not (source / name).is_file() or _differs(source / name, sum_)
    ]
    if damaged:
        raise StoreUnavailable(f"the backup {source} is damaged: {', '.join(damaged[:5])}")
    with writing(data, restoring=True):
        for path in data.iterdir():  # of a restore that was interrupted: the directory was empty before it
            if path.name not in (LOCK, RESTORING):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (data / RESTORING).touch()
        sync_folder(data)
        progress("copying")
        _copy(source, data, made.files, link=False)
        for name in made.files:
            sync_file(data / name)
        if made.serving is not None:
            point_to(data / "current", f"releases/{made.serving}")
        (data / RESTORING).unlink()
        sync_folder(data)
    return made


def read_backup(source: Path) -> Backup:
    """Return what a backup says of itself.

    Raises:
        InvalidArgument: it is none, or not whole.
    """
    try:
        made = Backup(**json.loads((source / _MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InvalidArgument(f"{source} is no backup: it needs a readable {_MANIFEST}") from error
    if any(name.startswith("/") or ".." in Path(name).parts for name in made.files):
        raise InvalidArgument(f"{source} is no backup: it names files outside it")
    return made


def _rest(data: Path) -> Iterator[str]:
    work = WorkFolder(data)
    places = (work.sources, work.unpublished, work.held, work.default_graph, work.touched, work.esco)
    yield from (str(path.relative_to(data)) for path in (*places, *sorted(work.published.glob("*.json"))))
    for top in sorted(data.iterdir()):
        if top == work.path or top.name in _LEFT_OUT or top.name.startswith("."):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                yield str(path.relative_to(data))


def _copy(source: Path, target: Path, names: Iterator[str] | Mapping[str, str], *, link: bool) -> None:
    for name in names:
        if not (source / name).exists():
            continue  # nothing was loaded yet, or the audit of a running server was rotated
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if link:
            try:
                os.link(source / name, path)
                continue
            except OSError:
                pass  # another file system, or one without links
        shutil.copy2(source / name, path)


def _separate(folder: Path) -> None:
    # A checkpoint shares its files with the store: damage to one would be damage to the other.
    for path in folder.iterdir():
        if path.stat().st_nlink > 1:
            copy = path.with_name(f".{path.name}.partial")
            shutil.copy2(path, copy)
            copy.replace(path)


def _differs(path: Path, checksum: str) -> bool:
    return not path.is_file() or sha256_of(path) != checksum

"""Releases, each an immutable numbered folder: listed, rolled back to, compared with their checksums, pruned."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import Gone, InvalidArgument, NotFound, StoreUnavailable
from ..files import point_to, sha256_of, sync_folder, write_json
from ..work_store.folder import WorkFolder
from ..work_store.putting_back import put_back
from ..work_store.work_store import ORIGIN, finish_exchanges
from .made_files import FOLDER as MADE

logger = logging.getLogger(__name__)

_LONGEST_NAME = 100
_NEEDED = {"created", "base_url", "counts", "sources", "checksum", "files"}


@dataclass(frozen=True, slots=True)
class Release:
    """A published release: `about` is its release.json."""

    number: int
    path: Path
    about: Mapping[str, Any]

    @property
    def tag(self) -> str:
        """Return what tells this release from every other one: its number and the start of its checksum."""
        return f"{self.number}-{self.about['checksum'][:12]}"


class Releases:
    """The releases of a data directory, and the pointer to the one that serves."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.folder = data / "releases"
        self._pointer = data / "current"
        self._work = WorkFolder(data)
        self._held = self._work.held
        self._kept = data / "kept.json"
        self._notice = data / "exchanged.json"

    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the kept releases, oldest first, damaged ones included."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdigit()))

    def releases(self) -> tuple[Release, ...]:
        """Return every kept release, oldest first; one whose description cannot be read is left out and logged."""
        found = []
        for number in self.numbers():
            try:
                found.append(self.release(number))
            except (NotFound, Gone):
                continue  # pruned at this moment
            except StoreUnavailable as error:
                logger.warning("%s", error)
        return tuple(found)

    def release(self, number: int) -> Release:
        """Return one release.

        Raises:
            NotFound: there is no such release.
            Gone: there was one, and it was pruned; the message names the nearest one.
            StoreUnavailable: its description cannot be read.
        """
        path = self.folder / str(number)
        if not path.is_dir():
            kept = self.numbers()
            if kept and 0 < number < kept[-1]:
                nearest = min(kept, key=lambda other: (abs(other - number), -other))
                raise Gone(f"release {number} is no longer kept; the nearest that is kept is {nearest}")
            raise NotFound(f"there is no release {number}")
        try:
            about = json.loads((path / "release.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreUnavailable(f"release {number} has no readable description: {error}") from error
        if not isinstance(about, dict) or not about.keys() >= _NEEDED:
            raise StoreUnavailable(f"release {number} has no whole description")
        return Release(number, path, about)

    def current_number(self) -> int | None:
        """Return the number of the release that serves, or None; costs one system call."""
        try:
            return int(self._pointer.readlink().name)
        except (OSError, ValueError):
            return None

    def changed(self) -> datetime:
        """Return when what can be told of the releases changed last: which there are, which serves, what was made."""
        places = [self.folder, self._pointer, *(self.folder / str(number) / MADE for number in self.numbers())]
        moments = []
        for place in places:
            with suppress(FileNotFoundError):
                moments.append(place.lstat().st_mtime)
        return datetime.fromtimestamp(max(moments, default=0), UTC)

    def next_number(self) -> int:
        """Return the number that the next publication gets; costs one listing."""
        return max(self.numbers(), default=0) + 1

    @property
    def is_held(self) -> bool:
        """Tell whether nothing is published by itself, since an operator let an older release serve again."""
        return self._held.exists()

    def roll_back(self, number: int, *, hold: bool = True) -> Release:
        """Make an older, or newer, release the one that serves.

        The work store still holds what the newer ones brought. So, unless told not to `hold`, nothing that is written
        is published until an operator publishes, or lets the newest release serve again.

        Raises:
            NotFound: there is no such release.
            StoreUnavailable: its files are not what was published.
        """
        release = self.release(number)
        damage = self.damage(number)
        if damage:
            raise StoreUnavailable(f"release {number} is damaged: {damage}")
        is_newest = number == max(self.numbers())
        if hold and not is_newest and self._held.parent.is_dir():
            self._held.touch()  # first: what is wrong must not come back between the two
        self.serve(number)
        if is_newest:
            self._held.unlink(missing_ok=True)
        return release

    def roll_back_work(self, number: int) -> Release:
        """Make a release the one that serves, and put the work store back to it: nothing is held afterwards.

        What was written since, and what newer releases brought, is in the work store no longer; they stay readable.

        Raises:
            NotFound, StoreUnavailable: as `roll_back` does.
            OSError: there is no room; the release serves, and publication is held.
        """
        release = self.roll_back(number)
        put_back(
            self._data, release.path / "store", self._sources(release), f"{release.about['base_url']}/graph/derived"
        )
        return release

    def _sources(self, release: Release) -> Sequence[Mapping[str, Any]]:
        try:
            found = json.loads(self._work.sources_at(release.number).read_text(encoding="utf-8"))
        except FileNotFoundError:  # of before that list was kept
            found = [_row(source) for source in release.about["sources"]]
        rows: Sequence[Mapping[str, Any]] = found
        return rows

    def damage(self, number: int) -> str:
        """Return what is wrong with the files of a release, in words; empty when nothing is. Reads them all.

        Raises:
            NotFound: there is no such release.
        """
        try:
            return ", ".join(damaged_files(self.release(number)))
        except StoreUnavailable as error:
            return str(error)

    def release_hold(self) -> None:
        """Let what is written be published by itself again."""
        self._held.unlink(missing_ok=True)

    def serve(self, number: int) -> None:
        """Move the pointer to a release that is known to be whole."""
        point_to(self._pointer, f"releases/{number}")

    def exchange(self, number: int, folder: Path) -> None:
        """Let a folder that is whole, beside the others, be a release in place of what was; readers take notice.

        A kill between the two renamings is made good by whoever opens the work store next.
        """
        made = self.folder / f".{number}.redacted"
        folder.rename(made)
        sync_folder(self.folder)
        deque(finish_exchanges(self.folder), maxlen=0)
        self._notice.parent.mkdir(exist_ok=True)
        write_json(self._notice, {"exchanged": time.time_ns()})

    @property
    def exchanged(self) -> int:
        """Return what changes whenever releases were exchanged for others of their number; one system call."""
        try:
            return self._notice.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def kept(self) -> Mapping[int, str]:
        """Return the releases that are kept for good, with the name of each."""
        try:
            found = json.loads(self._kept.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {int(number): str(name) for number, name in found.items()}

    def check_name(self, name: str) -> None:
        """Refuse a name that no release can be kept under.

        Raises:
            InvalidArgument: it is empty or long, or another release has it.
        """
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidArgument(f"a release is kept under a name of 1 to {_LONGEST_NAME} characters, got {name!r}")
        taken = next((number for number, other in self.kept().items() if other == name), None)
        if taken is not None:
            raise InvalidArgument(f"release {taken} is kept as {name!r} already")

    def keep(self, number: int, name: str) -> None:
        """Keep a release for good, under a name; pruning passes it by.

        Raises:
            InvalidArgument: see `check_name`.
            NotFound, Gone, StoreUnavailable: there is no such release, or it cannot be read.
        """
        self.check_name(name)
        self.release(number)
        write_json(self._kept, {**{str(each): other for each, other in self.kept().items()}, str(number): name})

    def prune(self, keep: int) -> None:
        """Remove all but the newest releases, those kept for good and the one that serves."""
        serving, for_good = self.current_number(), self.kept()
        for number in [each for each in self.numbers() if each not in for_good][:-keep]:
            if number != serving:
                # Under another name it is gone at once for readers, and nobody makes files in it any more.
                (self.folder / str(number)).rename(self.folder / f".{number}.pruned")
        for path in self.folder.glob(".*.pruned"):
            shutil.rmtree(path, ignore_errors=True)
        kept = {str(number) for number in self.numbers()}
        for path in self._work.published.glob("*.json"):
            if path.stem not in kept:
                path.unlink()


def _row(source: Mapping[str, Any]) -> Mapping[str, Any]:
    # Whence files came no release says: a load into such a graph must name it.
    return {**source, "origins": [ORIGIN] if source["format"] == ORIGIN else []}


def incomplete_files(release: Release) -> tuple[str, ...]:
    """Return the files of a release that are missing or not as long as they were; reads none of them."""
    sizes: Mapping[str, int] = release.about.get("sizes", {})
    return tuple(
        name
        for name in release.about["files"]
        if not (path := release.path / name).is_file() or path.stat().st_size != sizes.get(name, path.stat().st_size)
    )


def damaged_files(release: Release) -> tuple[str, ...]:
    """Return the files of a release that are missing or differ from their checksum; reads them all."""
    return tuple(name for name in release.about["files"] if is_damaged(release, name))


def is_damaged(release: Release, name: str) -> bool:
    """Tell whether one file of a release is missing or differs from its checksum."""
    try:
        return bool(sha256_of(release.path / name) != release.about["files"][name])
    except OSError:
        return True

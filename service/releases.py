"""Releases: publish the work store as an immutable numbered folder, list, roll back, prune."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .derived import derive
from .description import describe_release
from .errors import NotFound, StoreUnavailable
from .files import point_to, sha256_of, sync_folder, write_json, write_whole
from .fingerprints import record_kinds
from .oxigraph import OxigraphStore, text_from_triples
from .queries import NamedQuery
from .read_model_build import build_index
from .settings import Settings
from .stacking.matrix_build import build_matrix
from .tombstones import write_tombstones
from .work import Work

Progress = Callable[[str], None]


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


class Shelf:
    """The releases of a data directory, and the pointer to the one that serves."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folder = data / "releases"
        self._pointer = data / "current"

    def releases(self) -> tuple[Release, ...]:
        """Return every whole release, oldest first."""
        if not self._folder.is_dir():
            return ()
        numbers = sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit())
        return tuple(self.release(number) for number in numbers)

    def release(self, number: int) -> Release:
        """Return one release.

        Raises:
            NotFound: there is no such release.
            StoreUnavailable: its description cannot be read.
        """
        path = self._folder / str(number)
        if not path.is_dir():
            raise NotFound(f"there is no release {number}")
        try:
            return Release(number, path, json.loads((path / "release.json").read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise StoreUnavailable(f"release {number} has no readable description: {error}") from error

    def current_number(self) -> int | None:
        """Return the number of the release that serves, or None; costs one system call."""
        try:
            return int(self._pointer.readlink().name)
        except (OSError, ValueError):
            return None

    def next_number(self) -> int:
        """Return the number that the next publication gets; costs one listing."""
        if not self._folder.is_dir():
            return 1
        return max((int(path.name) for path in self._folder.iterdir() if path.name.isdigit()), default=0) + 1

    def roll_back(self, number: int) -> Release:
        """Make an older, or newer, release the one that serves.

        Raises:
            NotFound: there is no such release.
            StoreUnavailable: its files are not what was published.
        """
        release = self.release(number)
        damaged = damaged_files(release)
        if damaged:
            raise StoreUnavailable(f"release {number} is damaged: {', '.join(damaged)}")
        point_to(self._pointer, f"releases/{number}")
        return release

    def publish(
        self, work: Work, settings: Settings, queries: Mapping[str, NamedQuery], progress: Progress = lambda _: None
    ) -> Release:
        """Publish what the work store holds and let it serve.

        A checkpoint of the store, the derived graph, the read model and the description are made in a folder that
        no reader sees; then it gets its number and the pointer moves. A failure leaves the last release serving.

        Raises:
            OSError: the disk is full or cannot be written; nothing has changed.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        number = self.next_number()
        beside = self._folder / f".{number}.partial"
        try:
            self._build(beside, number, work, settings, queries, progress)
            beside.rename(self._folder / str(number))
        except BaseException:
            gc.collect()
            shutil.rmtree(beside, ignore_errors=True)
            raise
        sync_folder(self._folder)
        point_to(self._pointer, f"releases/{number}")
        work.published()
        self._prune(settings.keep_releases)
        return self.release(number)

    def _build(
        self,
        folder: Path,
        number: int,
        work: Work,
        settings: Settings,
        queries: Mapping[str, NamedQuery],
        progress: Progress,
    ) -> None:
        folder.mkdir()
        created = datetime.now(UTC)
        progress("copying the work store")
        work.store.checkpoint(folder / "store")
        progress("deriving skills, programmes and prerequisites")
        store = OxigraphStore.writable(folder / "store")
        try:
            store.add(derive(store), f"{settings.base_url}/graph/derived")
            store.seal()
        finally:
            store.close()
        gc.collect()  # RocksDB keeps its lock until the last reference is gone
        reader = OxigraphStore.read_only(folder / "store")
        try:
            progress("indexing")
            build_index(reader, folder / "index.sqlite")
            build_matrix(reader, folder / "stacking.npz")
            sources = [
                {"graph": s.graph, "format": s.format, "files": s.files, "loaded": s.loaded, "quads": s.quads,
                 "records": s.records, "profile": s.profile}
                for s in work.sources()
            ]  # fmt: skip
            write_tombstones(folder, number, created, record_kinds(reader), self._folder / str(number - 1))
            progress("describing")
            triples = describe_release(reader, number, settings.base_url, created, sources)
            write_whole(folder / "description.nt", text_from_triples(triples, "application/n-triples"))
            counts = {
                row["kind"].value: int(row["count"].value) for row in reader.select(queries["statistics"].text).rows
            }
        finally:
            reader.close()
        gc.collect()
        progress("computing checksums")
        checksums = {name: sha256_of(folder / name) for name in _files(folder)}
        about = {
            "release": number,
            "created": created.isoformat(timespec="seconds"),
            "base_url": settings.base_url,
            "counts": counts,
            "sources": sources,
            "checksum": _checksum_of(checksums),
            "files": checksums,
        }
        write_json(folder / "release.json", about)

    def _prune(self, keep: int) -> None:
        serving = self.current_number()
        for release in self.releases()[:-keep]:
            if release.number != serving:
                # Under another name it is gone at once for readers, and nobody makes files in it any more.
                release.path.rename(self._folder / f".{release.number}.pruned")
        for path in self._folder.glob(".*.pruned"):
            shutil.rmtree(path, ignore_errors=True)


def damaged_files(release: Release) -> tuple[str, ...]:
    """Return the files of a release that are missing or differ from their checksum; reads them all."""
    return tuple(
        name
        for name, checksum in release.about["files"].items()
        if not (release.path / name).is_file() or sha256_of(release.path / name) != checksum
    )


def _checksum_of(checksums: Mapping[str, str]) -> str:
    import hashlib

    lines = "".join(f"{checksum}  {name}\n" for name, checksum in sorted(checksums.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _files(folder: Path) -> Iterator[str]:
    # RocksDB writes LOG on every open and LOCK holds nothing: neither is data.
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in ("LOCK", "LOG") and not path.name.startswith("LOG.old"):
            yield str(path.relative_to(folder))

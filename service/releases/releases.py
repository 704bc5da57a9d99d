"""Releases: publish the work store as an immutable numbered folder, list, roll back, prune."""

from __future__ import annotations

import gc
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..catalogue.read_model.build import build_index
from ..catalogue.read_model.columns import Teaching, read_columns
from ..errors import NotFound, StoreUnavailable
from ..files import point_to, sha256_of, sync_folder, write_json, write_whole
from ..rdf.syntax import text_from_triples
from ..settings import Settings
from ..sparql.named_queries import NamedQuery
from ..stacking.matrix.build import build_matrix
from ..store.oxigraph import OxigraphStore
from ..work_store.compaction import merge_derived, merge_files
from ..work_store.work_store import WorkStore
from .checksums import checksum_of, checksums_of, files_of
from .derived import derive
from .description import describe_release
from .fingerprints import record_kinds
from .tombstones import write_tombstones

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]

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
        self._folder = data / "releases"
        self._pointer = data / "current"

    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the kept releases, oldest first, damaged ones included."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit()))

    def releases(self) -> tuple[Release, ...]:
        """Return every kept release, oldest first; one whose description cannot be read is left out and logged."""
        found = []
        for number in self.numbers():
            try:
                found.append(self.release(number))
            except NotFound:
                continue  # pruned at this moment
            except StoreUnavailable as error:
                logger.warning("%s", error)
        return tuple(found)

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

    def next_number(self) -> int:
        """Return the number that the next publication gets; costs one listing."""
        return max(self.numbers(), default=0) + 1

    def roll_back(self, number: int) -> Release:
        """Make an older, or newer, release the one that serves.

        Raises:
            NotFound: there is no such release.
            StoreUnavailable: its files are not what was published.
        """
        release = self.release(number)
        damage = self.damage(number)
        if damage:
            raise StoreUnavailable(f"release {number} is damaged: {damage}")
        point_to(self._pointer, f"releases/{number}")
        return release

    def damage(self, number: int) -> str:
        """Return what is wrong with the files of a release, in words; empty when nothing is. Reads them all.

        Raises:
            NotFound: there is no such release.
        """
        try:
            return ", ".join(damaged_files(self.release(number)))
        except StoreUnavailable as error:
            return str(error)

    def publish(
        self,
        work: WorkStore,
        settings: Settings,
        queries: Mapping[str, NamedQuery],
        progress: Progress = lambda _: None,
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
        work: WorkStore,
        settings: Settings,
        queries: Mapping[str, NamedQuery],
        progress: Progress,
    ) -> None:
        folder.mkdir()
        created = datetime.now(UTC)
        previous = self._folder / str(number - 1)
        progress("copying the work store")
        merge_files(work)
        work.store.checkpoint(folder / "store")
        progress("deriving skills, programmes and prerequisites")
        teaching = _add_derived(folder, f"{settings.base_url}/graph/derived")
        progress("indexing and describing")
        sources = [
            {"graph": s.graph, "format": s.format, "files": s.files, "loaded": s.loaded, "quads": s.quads,
             "records": s.records, "profile": s.profile}
            for s in work.sources()
        ]  # fmt: skip
        reader, stored = OxigraphStore.read_only(folder / "store"), tuple(files_of(folder))
        try:
            # The engine and SQLite work without holding the interpreter, so two threads use two cores.
            with ThreadPoolExecutor(2) as pool:
                # The first to begin, so that nobody waits for it for ever.
                columns = pool.submit(read_columns, reader, teaching).result
                index = pool.submit(build_index, reader, folder / "index.sqlite", columns)
                matrix = pool.submit(build_matrix, reader, folder / "stacking.npz", columns)
                description = pool.submit(describe_release, reader, number, settings.base_url, created, sources)
                records = pool.submit(record_kinds, reader)
                statistics = pool.submit(reader.select, queries["statistics"].text)
                early = pool.submit(checksums_of, folder, stored, previous)
                text = text_from_triples(description.result(), "application/n-triples")
                write_whole(folder / "description.nt", text)
                write_tombstones(folder, number, created, records.result(), previous)
                counts = {row["kind"].value: int(row["count"].value) for row in statistics.result().rows}
                index.result()
                matrix.result()
                checksums = early.result()
        finally:
            reader.close()
        gc.collect()
        checksums |= checksums_of(folder, set(files_of(folder)) - set(stored), previous)
        sizes = {name: (folder / name).stat().st_size for name in checksums}
        about = {
            "release": number,
            "created": created.isoformat(timespec="seconds"),
            "base_url": settings.base_url,
            "counts": counts,
            "sources": sources,
            "checksum": checksum_of(checksums),
            "files": checksums,
            "sizes": sizes,
        }
        write_json(folder / "release.json", about)

    def _prune(self, keep: int) -> None:
        serving = self.current_number()
        for number in self.numbers()[:-keep]:
            if number != serving:
                # Under another name it is gone at once for readers, and nobody makes files in it any more.
                (self._folder / str(number)).rename(self._folder / f".{number}.pruned")
        for path in self._folder.glob(".*.pruned"):
            shutil.rmtree(path, ignore_errors=True)


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


def _add_derived(folder: Path, graph: str) -> Teaching:
    path = folder / "derived.nq"
    store = OxigraphStore.writable(folder / "store")
    try:
        found = derive(store)
        with path.open("w", encoding="utf-8") as file:
            statements = sum(file.write(lines) and lines.count("\n") for lines in found.lines(graph))
        store.load(path)
        store.flush()
        merge_derived(store, statements)
    finally:
        store.close()
    path.unlink()
    gc.collect()  # RocksDB keeps its lock until the last reference is gone
    return found.teaching

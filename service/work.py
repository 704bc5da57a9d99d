"""The work store: everything loaded, one writer at a time, and a redo journal that survives a kill."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import WorkLocked
from .files import write_json
from .oxigraph import OxigraphStore


@dataclass(frozen=True, slots=True)
class Source:
    """One loaded graph: where it came from and what became of it.

    `files` pairs each name with its SHA-256; `origins` are the paths as they were called, which no release repeats.
    """

    graph: str
    format: str
    files: tuple[tuple[str, str], ...]
    loaded: str
    profile: str
    quads: int
    records: dict[str, int] = field(default_factory=dict)
    origins: tuple[str, ...] = ()


class Work:
    """The open work store of a data directory. Made by `open_work` only."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "work"
        self.staged = self.folder / "staged"
        self.quarantine = data / "quarantine"
        for folder in (self.staged, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True)
        self._journal = self.folder / "journal.json"
        self._announced = self.folder / "journal.nq"
        self._sources = self.folder / "sources.json"
        self.store = OxigraphStore.writable(self.folder / "store")
        self.recovered = (*_remove_unfinished(data), *self._recover())

    def sources(self) -> tuple[Source, ...]:
        """Return what is loaded, in order of graph name."""
        if not self._sources.exists():
            return ()
        rows = json.loads(self._sources.read_text(encoding="utf-8"))
        return tuple(_source(row) for row in rows)

    def replace(self, source: Source, nquads: Path) -> None:
        """Make the graph of `source` hold exactly the N-Quads file, which is taken over. Then a kill loses nothing.

        The intention is written first, so that the next command finishes what a kill, an interrupt or a full disk
        leaves in the middle.
        """
        with nquads.open("rb") as file:
            os.fsync(file.fileno())
        nquads.replace(self._announced)
        write_json(self._journal, {"source": asdict(source)})
        self._redo()

    def remove(self, graph: str) -> bool:
        """Remove a graph; False when it was not loaded. Announced and finished as `replace` is."""
        if all(source.graph != graph for source in self.sources()):
            return False
        write_json(self._journal, {"removed": graph})
        self._redo()
        return True

    def _redo(self) -> str:
        entry = json.loads(self._journal.read_text(encoding="utf-8"))
        source = _source(entry["source"]) if "source" in entry else None
        graph = source.graph if source else entry["removed"]
        whole = source is not None and self._announced.exists()
        self.store.remove_graph(graph)
        if whole:
            self.store.load(self._announced)
        self.store.flush()
        rows = [other for other in self.sources() if other.graph != graph]
        if source and whole:
            rows = sorted([*rows, source], key=lambda other: other.graph)
        write_json(self._sources, [asdict(row) for row in rows])
        self._journal.unlink()
        self._announced.unlink(missing_ok=True)
        if source is None:
            return f"finished an interrupted removal of {graph}"
        return f"finished an interrupted load of {graph}" if whole else f"{graph} was lost half loaded; load it again"

    def _recover(self) -> Iterator[str]:
        if self._journal.exists():
            yield self._redo()
        left = [*sorted(self.staged.iterdir()), *([self._announced] if self._announced.exists() else ())]
        for path in left:
            path.unlink()
        if left:
            yield f"discarded {len(left)} files of a load that had not been accepted yet; load it again"


def _source(row: dict[str, Any]) -> Source:
    files = tuple((name, digest) for name, digest in row["files"])
    return Source(**{**row, "files": files, "origins": tuple(row.get("origins", ()))})


def _remove_unfinished(data: Path) -> Iterator[str]:
    for leftover in sorted((data / "releases").glob(".*.partial")):
        shutil.rmtree(leftover)
        yield f"removed release {leftover.name.split('.')[1]}, whose publication was interrupted; publish again"


@contextmanager
def writing(data: Path) -> Iterator[None]:
    """Hold the one writer's lock of a data directory; the system lets go of it however the process ends.

    Raises:
        WorkLocked: another process holds it; the message names it.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise WorkLocked(f"another process is writing to {data} ({holder}); wait for it to end") from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC).isoformat(timespec='seconds')}")
        file.flush()
        yield


@contextmanager
def open_work(data: Path) -> Iterator[Work]:
    """Open the work store for writing, finishing or discarding what an interrupted command left.

    Raises:
        WorkLocked: another process is writing.
        StoreUnavailable: the store is damaged.
    """
    with writing(data):
        work = Work(data)
        try:
            yield work
        finally:
            work.store.close()

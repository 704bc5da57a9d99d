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
    """One loaded graph: where it came from and what became of it. `files` pairs each name with its SHA-256."""

    graph: str
    format: str
    files: tuple[tuple[str, str], ...]
    loaded: str
    profile: str
    quads: int
    records: dict[str, int] = field(default_factory=dict)


class Work:
    """The open work store of a data directory. Made by `open_work` only."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "work"
        self.staged = self.folder / "staged"
        self.quarantine = data / "quarantine"
        for folder in (self.staged, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True)
        self._journal = self.folder / "journal.json"
        self._sources = self.folder / "sources.json"
        self.store = OxigraphStore.writable(self.folder / "store")
        self.recovered = tuple(self._recover())

    def sources(self) -> tuple[Source, ...]:
        """Return what is loaded, in order of graph name."""
        if not self._sources.exists():
            return ()
        rows = json.loads(self._sources.read_text(encoding="utf-8"))
        return tuple(_source(row) for row in rows)

    def replace(self, source: Source, nquads: Path) -> None:
        """Make the graph of `source` hold exactly the N-Quads file. Once this returns, a kill loses nothing.

        The intention is written first, so a kill in the middle is finished by the next command.
        """
        with nquads.open("rb") as file:
            os.fsync(file.fileno())
        write_json(self._journal, {"source": asdict(source), "file": nquads.name})
        self._redo()

    def remove(self, graph: str) -> bool:
        """Remove a graph; False when it was not loaded."""
        kept = [source for source in self.sources() if source.graph != graph]
        if len(kept) == len(self.sources()):
            return False
        self.store.remove_graph(graph)
        self.store.flush()
        write_json(self._sources, [asdict(source) for source in kept])
        return True

    def _redo(self) -> Source:
        entry = json.loads(self._journal.read_text(encoding="utf-8"))
        source, staged = _source(entry["source"]), self.staged / entry["file"]
        self.store.remove_graph(source.graph)
        self.store.load(staged)
        self.store.flush()
        others = [other for other in self.sources() if other.graph != source.graph]
        rows = sorted([*others, source], key=lambda other: other.graph)
        write_json(self._sources, [asdict(row) for row in rows])
        self._journal.unlink()
        staged.unlink()
        return source

    def _recover(self) -> Iterator[str]:
        if self._journal.exists():
            source = self._redo()
            yield f"finished an interrupted load of {source.graph}"
        left = sorted(self.staged.iterdir())
        for path in left:
            path.unlink()
        if left:
            yield f"discarded {len(left)} files of a load that had not been accepted yet; load it again"


def _source(row: dict[str, Any]) -> Source:
    return Source(**{**row, "files": tuple((name, digest) for name, digest in row["files"])})


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
        for leftover in (data / "releases").glob(".*.partial"):
            shutil.rmtree(leftover)
        work = Work(data)
        try:
            yield work
        finally:
            work.store.close()

"""The work store: everything loaded, one writer at a time, and a redo journal that survives a kill."""

from __future__ import annotations

import gc
import json
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import StoreUnavailable
from ..files import sync_file, sync_folder, write_json
from ..rdf.media_types import N_QUADS
from ..rdf.statements import Triple
from ..rdf.syntax import nquads_from_triples, triples_from_text
from ..store.statement_store import StatementStore
from .change_log import ChangeLog
from .folder import STORE, WorkFolder
from .lock import writing
from .putting_back import exchange, finish_putting_back
from .touched import TouchedFile

# To take a statement out of the default graph by itself takes as long as to put three in with all others.
_TAKEN_OUT = 3


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


@dataclass(frozen=True, slots=True)
class Change:
    """Statements that go out of a graph and statements that come in."""

    graph: str
    removed: tuple[Triple, ...]
    added: tuple[Triple, ...]


class WorkStore:
    """The open work store of a data directory. Made by `open_work` only."""

    def __init__(self, data: Path) -> None:
        places = self._places = WorkFolder(data)
        self.folder, self.staged, self.trial = places.path, places.staged, places.trial
        shutil.rmtree(self.trial, ignore_errors=True)
        put_back = tuple(finish_putting_back(places))
        self.quarantine = data / "quarantine"
        for folder in (self.staged, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True)
        self._journal, self._announced = places.journal, places.announced
        self._sources, self._unpublished = places.sources, places.unpublished
        self._in_doubt = False
        self._log = ChangeLog(places.log)
        self.touched = TouchedFile(places.touched)
        self._default_graph = places.default_graph
        is_new = not places.store.exists()
        self.store = StatementStore.writable(places.store)
        if is_new:
            self._default_graph.touch()
        self._rows = tuple(_source(row) for row in self._read_sources())
        self.recovered = (*put_back, *_remove_unfinished(data), *self._make_default_graph(), *self._recover())

    def sources(self) -> tuple[Source, ...]:
        """Return what is loaded, in order of graph name."""
        return self._rows

    def source(self, graph: str) -> Source | None:
        """Return what is known of a graph, None when nothing was put into it."""
        return next((source for source in self._rows if source.graph == graph), None)

    def change(self, changes: Sequence[Change], sources: Sequence[Source]) -> None:
        """Make some changes, all or none; when this returns a kill, or a power cut, loses nothing of them.

        They are written down first, so that the next one to open the store makes them again. `sources` are the rows of
        the graphs they touch as they shall be; a row without statements goes.

        Raises:
            StoreUnavailable: they cannot be written down; nothing has changed.
        """
        self._finish()
        entry = {"changes": [_text(change) for change in changes], "sources": [asdict(source) for source in sources]}
        self._log.append(entry)
        self._in_doubt = True  # until the store holds all of it; if it never does, the log must stay
        self._apply(entry)
        self._in_doubt = False

    def settle(self) -> None:
        """Bring every change from the log into the store's own files.

        Raises:
            StoreUnavailable: a change could not be made whole, such as on a full disk; the next opening makes it.
        """
        if self._in_doubt:
            raise StoreUnavailable("the work store could not take a change that is written down; it will be made later")
        if self._log:
            self.touched.add(_subjects(self._log.entries()))
            self.store.flush()
            self._write_sources(self._rows)
            self.expect_publication()
            self._log.clear()

    def expect_publication(self) -> None:
        """Note that there is something to publish, which a server that starts anew sees to."""
        self._unpublished.touch()
        sync_folder(self._unpublished.parent)

    @property
    def awaits_publication(self) -> bool:
        """Tell whether something was written through the interfaces that no release holds yet."""
        return bool(self._log) or self._unpublished.exists()

    def exchange(self, sources: Sequence[Source]) -> None:
        """Let the store that was made in the folder `back` be the work store, with these sources; what waits, waits on.

        Raises:
            OSError: there is no room; nothing has changed.
        """
        self._finish()
        self.settle()
        self.store.close()
        gc.collect()  # RocksDB keeps its lock until the last reference is gone
        rows = [asdict(source) for source in sources]
        exchange(self._places, rows, keeps_default=True, forget=False)
        self.store = StatementStore.writable(self._places.store)
        self.store.trust_default_graph()
        self._rows = tuple(_source(row) for row in self._read_sources())

    def publishing(self, release: int) -> None:
        """Keep the list of sources, which a release does not repeat whole, for when the store is put back to it."""
        path = self._places.sources_at(release)
        path.parent.mkdir(exist_ok=True)
        write_json(path, [asdict(row) for row in self._rows])

    def published(self) -> None:
        """Note that all there is has been published."""
        self._unpublished.unlink(missing_ok=True)
        self.touched.clear()

    def close(self) -> None:
        """Settle, and let go of the store. What cannot be settled, on a full disk, the next one to open it does."""
        try:
            if not self._in_doubt:
                self.settle()
        finally:
            self.store.close()

    def replace(self, source: Source, nquads: Path) -> None:
        """Make the graph of `source` hold exactly the N-Quads file, which is taken over. Then a kill loses nothing.

        The intention is written first, so that the next command finishes what a kill, an interrupt or a full disk
        leaves in the middle.
        """
        self._finish()
        self.settle()
        self.touched.add({source.graph: None})
        sync_file(nquads)
        nquads.replace(self._announced)
        write_json(self._journal, {"source": asdict(source)})
        self._redo()

    def remove(self, graph: str) -> bool:
        """Remove a graph; False when it was not loaded. Announced and finished as `replace` is."""
        self._finish()
        if all(source.graph != graph for source in self.sources()):
            return False
        self.settle()
        self.touched.add({graph: None})
        write_json(self._journal, {"removed": graph})
        self._redo()
        return True

    def _finish(self) -> None:
        # What failed halfway, such as on a full disk, must not be forgotten for what comes after it.
        if self._journal.exists():
            self._redo()

    def _redo(self) -> str:
        entry = json.loads(self._journal.read_text(encoding="utf-8"))
        source = _source(entry["source"]) if "source" in entry else None
        graph = source.graph if source else entry["removed"]
        # The file goes before the journal does: without it, what sources.json has already was stored whole.
        whole = source is not None and (self._announced.exists() or source in self.sources())
        if not whole or self._announced.exists():
            self.store.remove_graph(graph, large=self._is_large(graph))
            if whole:
                self.store.load(self._announced)
            else:
                self._default_graph.unlink(missing_ok=True)  # it may hold some of what was lost
                deque(self._make_default_graph(), maxlen=0)
            self.store.flush()
            rows = [other for other in self.sources() if other.graph != graph]
            if source and whole:
                rows = sorted([*rows, source], key=lambda other: other.graph)
            self._write_sources(rows)
        self._announced.unlink(missing_ok=True)
        self._journal.unlink()
        if source is None:
            return f"finished an interrupted removal of {graph}"
        return f"finished an interrupted load of {graph}" if whole else f"{graph} was lost half loaded; load it again"

    def _is_large(self, graph: str) -> bool:
        sizes = {row.graph: row.quads for row in self._rows}
        size = sizes.get(graph, 0)
        return size * _TAKEN_OUT > sum(sizes.values()) - size

    def _make_default_graph(self) -> Iterator[str]:
        """Make the default graph of a store of before it was kept, or of which nobody knows that it is whole."""
        if self._default_graph.exists():
            self.store.trust_default_graph()
            return
        self.store.make_default_graph()
        self.store.flush()
        self._default_graph.touch()
        sync_folder(self._default_graph.parent)
        yield "made the default graph of the work store, which holds each statement once"

    def _apply(self, entry: dict[str, Any]) -> None:
        for change in entry["changes"]:
            self.store.apply(change["graph"], _triples(change["removed"]), _triples(change["added"]))
        rows = {row.graph: row for row in self._rows}
        for row in map(_source, entry["sources"]):
            rows[row.graph] = row
        self._rows = tuple(rows[graph] for graph in sorted(rows) if rows[graph].quads)

    def _read_sources(self) -> list[dict[str, Any]]:
        if not self._sources.exists():
            return []
        rows: list[dict[str, Any]] = json.loads(self._sources.read_text(encoding="utf-8"))
        return rows

    def _write_sources(self, rows: Sequence[Source]) -> None:
        self._rows = tuple(rows)
        write_json(self._sources, [asdict(row) for row in rows])

    def _recover(self) -> Iterator[str]:
        # A load is only announced when the log is empty, so the order of the two is the order of events.
        if self._log:
            found = 0
            for entry in self._log.entries():
                self._apply(entry)
                found += 1
            self.settle()
            yield f"finished {found} changes that were acknowledged"
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


def _text(change: Change) -> dict[str, str]:
    parts = {"removed": change.removed, "added": change.added}
    return {"graph": change.graph} | {
        name: nquads_from_triples(triples, change.graph).decode() for name, triples in parts.items()
    }


def _subjects(entries: Iterable[dict[str, Any]]) -> dict[str | None, set[str] | None]:
    found: dict[str | None, set[str] | None] = {}
    for entry in entries:
        for change in entry["changes"]:
            for side in ("removed", "added"):
                subjects = {triple.subject.value for triple in _triples(change[side])}
                found[change["graph"]] = (found.get(change["graph"]) or set()) | subjects
    return found


def _triples(nquads: str) -> Iterator[Triple]:
    return triples_from_text(nquads.encode(), N_QUADS)


@contextmanager
def copy_of(work: WorkStore) -> Iterator[Path]:
    """Give a folder with a copy of the work store in `store`, to try a change on (hard links: milliseconds)."""
    work.settle()
    work.trial.mkdir()
    try:
        work.store.checkpoint(work.trial / STORE)
        yield work.trial
    finally:
        shutil.rmtree(work.trial, ignore_errors=True)


def finish_exchanges(releases: Path) -> Iterator[str]:
    """Let releases that were made anew be those of their number; doing it twice is the same."""
    for made in sorted(releases.glob(".*.redacted")):
        number = made.name.split(".")[1]
        if (releases / number).is_dir():
            (releases / number).rename(releases / f".{number}.pruned")
        made.rename(releases / number)
        sync_folder(releases)
        shutil.rmtree(releases / f".{number}.pruned", ignore_errors=True)
        yield f"finished redacting release {number}"


def _remove_unfinished(data: Path) -> Iterator[str]:
    yield from finish_exchanges(data / "releases")
    for leftover in sorted((data / "releases").glob(".*.partial")):
        shutil.rmtree(leftover)
        yield f"removed release {leftover.name.split('.')[1]}, whose publication was interrupted; publish again"
    for leftover in sorted((data / "releases").glob(".*.pruned")):
        shutil.rmtree(leftover)
        yield f"finished pruning release {leftover.name.split('.')[1]}"


@contextmanager
def open_work(data: Path, wait_seconds: float = 0) -> Iterator[WorkStore]:
    """Open the work store for writing, finishing or discarding what an interrupted command left.

    Raises:
        WorkLocked: another process is writing.
        StoreUnavailable: the store is damaged.
    """
    with writing(data, wait_seconds):
        work = WorkStore(data)
        try:
            yield work
        finally:
            work.close()


ORIGIN = "api"
"""What a source that is written through the interfaces has for its origin: no command may take it for a file's."""

"""Opens releases for reading, and switches to another one when the pointer moves."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue.catalogue import Catalogue
from ..catalogue.read_model.columns import Columns, read_columns, with_listed
from ..catalogue.read_model.read_model import ReadModel
from ..errors import Gone, NotFound, StoreUnavailable
from ..processes.scratch import scratch
from ..settings import Settings
from ..sparql.named_queries import NamedQuery
from ..stacking.matrix.build import build_matrix
from ..store.graph_table import read_table
from ..store.protocol import Store
from ..store.remote import RemoteStore
from ..store.statement_store import StatementStore
from .changes import count_changes
from .release_files import MATRIX, with_listed_name
from .releases import Release, Releases, incomplete_files, is_damaged
from .tombstones import tombstones

if TYPE_CHECKING:
    from .engine import EngineRelease, EngineReleases

logger = logging.getLogger(__name__)

# So many releases stay open beside the one that serves: those asked for last.
_KEEP_OPEN = 3
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Reader:
    """One open release and when it was made.

    `path` is None when a remote engine answers. One that others fill has no releases: then `number` is 0, `created`
    None and `tag` empty, nothing may be cached, and `matrix`, the file that planning reads, is made anew each hour.
    """

    number: int
    path: Path | None
    store: Store
    catalogue: Catalogue
    tag: str
    matrix: Callable[[], Path]
    created: datetime | None = None
    sources: Sequence[Mapping[str, Any]] = ()
    with_listed: Callable[[], Path] | None = None
    """The matrix for questions that let the plan use what is listed with gaps; None where nothing is."""

    def matrix_for(self, *, listed: bool) -> Path:
        """Return the matrix of micro-credentials, or that with what is listed with gaps, too, where something is."""
        return self.with_listed() if self.with_listed is not None and listed else self.matrix()

    def source(self, graph: str) -> Mapping[str, Any] | None:
        """Return what the release says of one of its sources; None for a graph that is none."""
        return next((source for source in self.sources if source["graph"] == graph), None)


class Readers:
    """Hands out the reader of the release that serves. Safe to share between threads."""

    def __init__(self, settings: Settings, queries: Mapping[str, NamedQuery], *, verify: bool = False) -> None:
        """Take settings and named queries; `verify` compares each release with its checksums beside the work."""
        self._settings = settings
        self._queries = queries
        self._releases = Releases(settings.data)
        self._open: dict[int, Reader] = {}
        self._lock = threading.Lock()
        self._reported: set[tuple[int, int]] = set()
        self._verify = verify
        self._damaged: dict[int, str] = {}
        self._compared: set[str] = set()
        self._closed = threading.Event()
        self._exchanged = self._releases.exchanged
        self._held = ExitStack()
        self._held_lock = threading.Lock()
        self._made: Path | None = None
        self._engine = _engine_releases(settings) if settings.store else None

    def current(self) -> Reader:
        """Return the reader of the serving release; costs three system calls when it is open already.

        Raises:
            StoreUnavailable: nothing is published yet, or the release is damaged and no older one can serve.
        """
        if self._engine is not None:
            return self._in_engine(self._engine, self._engine.serving())
        self._take_notice()
        number = self._releases.current_number()
        if number is None:
            raise StoreUnavailable(
                f"nothing is published in {self._settings.data} yet: run `pinoamo load`, then `pinoamo publish`"
            )
        return self._opened(number) or self._serving(number)

    def serving_tag(self) -> str:
        """Return the tag of the serving release when it is open, else an empty text; costs three system calls."""
        self._take_notice()
        number = None if self._engine is not None else self._releases.current_number()
        reader = None if number is None else self._opened(number)
        return f"{reader.tag}{self._exchanged or ''}" if reader else ""

    def _take_notice(self) -> None:
        """Let go of every open release when some were exchanged for others of their number, as redacting them does."""
        exchanged = self._releases.exchanged
        if exchanged != self._exchanged:
            with self._lock:
                self._exchanged = exchanged
                self._open.clear()
                self._damaged.clear()
                for kept in (tombstones, count_changes, read_table):
                    kept.cache_clear()

    def look(self) -> tuple[Reader, str]:
        """Look whether the serving release is whole on disk; return what serves, and what is wrong, in words.

        One that is not whole is not asked any more: the newest older one that is serves in its place.

        Raises:
            StoreUnavailable: nothing can serve.
        """
        reader = self.current()
        number = None if self._engine is not None else self._releases.current_number()
        if number is None:
            return reader, ""
        try:
            missing = ", ".join(incomplete_files(self._releases.release(number)))
        except (NotFound, Gone, StoreUnavailable):
            missing = "release.json"
        if missing and reader.number == number:
            with self._lock:
                self._open.pop(number, None)
            reader = self.current()
        return reader, f"release {number} is not whole on disk: {missing}" if missing else ""

    def _opened(self, number: int) -> Reader | None:
        """Return a release that is open, unless its folder has vanished since; costs one system call."""
        reader = self._open.get(number)
        return reader if reader is not None and (reader.path is None or reader.path.is_dir()) else None

    def at(self, number: int) -> Reader:
        """Return the reader of one release, opening it if need be (10–35 ms).

        Raises:
            NotFound: there is no such release; a remote engine keeps none.
            Gone: there was one, and it was pruned.
            StoreUnavailable: it cannot be opened.
        """
        if self._engine is not None:
            return self._in_engine(self._engine, self._engine.release(number))
        self._take_notice()
        with self._lock:
            release = self._releases.release(number)
            reader = self._open.pop(number, None) or self._open_release(release)
            self._open[number] = reader
            serving = self._releases.current_number()
            others = [each for each in self._open if each != serving]
            for old in others[:-_KEEP_OPEN]:
                del self._open[old]  # closes with the last request that holds it
            return reader

    def close(self) -> None:
        """Let go of every release."""
        self._closed.set()
        with self._lock:
            self._open.clear()
            self._held.close()

    def _made_folder(self) -> Path:
        """Return where the matrices of a remote engine are put; it is gone with the readers."""
        with self._held_lock:
            if self._made is None:
                self._made = self._held.enter_context(scratch())
            return self._made

    def _serving(self, number: int) -> Reader:
        """Return the reader of the release pointed to or, when that is damaged, of the newest older one that opens."""
        try:
            return self.at(number)
        except (NotFound, Gone, StoreUnavailable) as error:
            moved = self._releases.current_number()
            if moved not in (None, number):  # pruned between the two looks, since a newer one serves
                return self.current()
            reason = error
        for older in reversed([other for other in self._releases.numbers() if other < number]):
            with suppress(NotFound, Gone, StoreUnavailable):
                reader = self._open.get(older) or self.at(older)
                if (number, older) not in self._reported:
                    self._reported.add((number, older))
                    logger.error("release %d cannot serve (%s); release %d serves instead", number, reason, older)
                return reader
        raise StoreUnavailable(f"release {number} cannot serve, and no older one can: {reason}") from reason

    def _open_release(self, release: Release) -> Reader:
        damage = self._damaged.get(release.number) or ", ".join(incomplete_files(release))
        if damage:
            raise StoreUnavailable(f"release {release.number} is damaged: {damage}")
        store = StatementStore.read_only(release.path / "store")
        index = ReadModel(release.path / "index.sqlite")
        created = datetime.fromisoformat(release.about["created"]).astimezone(UTC)
        catalogue = Catalogue(store, self._queries, index)
        if self._verify and release.tag not in self._compared:
            self._compared.add(release.tag)
            threading.Thread(target=self._compare, args=(release,), daemon=True).start()
        path, sources = release.path, release.about["sources"]
        matrix = path / release.about.get("matrix", MATRIX)
        whole = with_listed_name(matrix)
        listing = (lambda: whole) if whole.exists() else None
        return Reader(release.number, path, store, catalogue, release.tag, lambda: matrix, created, sources, listing)

    def _compare(self, release: Release) -> None:
        files = (name for name in release.about["files"] if not self._closed.is_set())
        damaged = next((name for name in files if is_damaged(release, name)), "")
        if damaged and not self._closed.is_set() and release.path.is_dir():  # else it was pruned meanwhile
            with self._lock:
                self._damaged[release.number] = damaged
                self._open.pop(release.number, None)
            logger.error("release %d is damaged: %s is not what was published", release.number, damaged)

    def _in_engine(self, engine: EngineReleases, release: EngineRelease | None) -> Reader:
        number, tag = (release.number, release.tag) if release else (0, "")
        with self._lock:
            known = self._open.get(number)
            if known is not None and known.tag == tag:
                return known
            if release is None:  # others fill the engine, and nothing tells when
                store = RemoteStore(self._settings.store, self._settings.query_seconds, self._settings.store_token)
            else:
                store = engine.store(release)
            matrix = _MadeMatrix(self._made_folder, store, float("inf") if release else _HOUR)
            created = release.created if release else None
            whole = _MadeMatrix(self._made_folder, store, float("inf") if release else _HOUR, listed=True)
            catalogue = Catalogue(store, self._queries)
            reader = Reader(number, None, store, catalogue, tag, matrix.path, created, with_listed=whole.path)
            self._open[number] = reader
            for old in [each for each in self._open if each != number][:-_KEEP_OPEN]:
                del self._open[old]
            return reader


def _engine_releases(settings: Settings) -> EngineReleases:
    from .engine import EngineReleases  # its client takes half a second to import

    return EngineReleases(settings)


class _MadeMatrix:
    """The stacking matrix of what an engine holds: a file, made when first asked for, and again when it is too old."""

    def __init__(self, folder: Callable[[], Path], store: Store, seconds: float, *, listed: bool = False) -> None:
        self._listed = listed
        self._folder = folder
        self._store = store
        self._seconds = seconds
        self._lock = threading.Lock()
        self._made: list[tuple[float, Path]] = []

    def _with_listed(self) -> Columns:
        return with_listed(read_columns(self._store))

    def path(self) -> Path:
        """Return the file. The one before it stays, for who has been told of it but has not read it yet."""
        with self._lock:
            if not self._made or time.monotonic() - self._made[-1][0] > self._seconds:
                path = self._folder() / f"{uuid.uuid4().hex}.npz"
                build_matrix(self._store, path, self._with_listed if self._listed else None)
                self._made.append((time.monotonic(), path))
                for _, old in self._made[:-2]:
                    old.unlink(missing_ok=True)
                self._made = self._made[-2:]
            return self._made[-1][1]

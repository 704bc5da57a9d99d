"""Publishes: makes a release as files and then, where a remote engine answers, sends it there."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..catalogue.read_model.build import build_index
from ..catalogue.read_model.columns import Teaching, read_columns
from ..errors import StoreUnavailable
from ..files import sync_folder, write_json, write_whole
from ..loading.esco_versions import gone_concepts, keep_newest
from ..rdf.media_types import N_TRIPLES
from ..rdf.statements import Triple
from ..rdf.syntax import text_from_triples
from ..settings import Settings
from ..sparql.named_queries import NamedQuery
from ..stacking.matrix.build import build_matrix
from ..store.graph_table import make_table, properties_of, write_table
from ..store.oxigraph import OxigraphStore
from ..store.statement_store import StatementStore
from ..work_store.compaction import merge_derived, merge_files
from ..work_store.folder import WorkFolder
from ..work_store.work_store import WorkStore
from .checksums import checksum_of, checksums_of, files_of
from .derived import derive
from .description import describe_release
from .engine_state import awaits_engine
from .fingerprints import record_kinds
from .history import History
from .releases import Release, Releases
from .steps import catch_up, write_step
from .tombstones import write_tombstones

Progress = Callable[[str], None]


def publish(
    work: WorkStore, settings: Settings, queries: Mapping[str, NamedQuery], progress: Progress = lambda _: None
) -> Release:
    """Publish what the work store holds and let it serve.

    Raises:
        OSError: the disk is full or cannot be written; nothing has changed.
        StoreUnavailable: the release is made, and the engine did not take it; what served there serves on.
    """
    release = make_release(work, settings, queries, progress)
    send(release, settings, progress)
    return release


def make_release(
    work: WorkStore, settings: Settings, queries: Mapping[str, NamedQuery], progress: Progress = lambda _: None
) -> Release:
    """Make a release of what the work store holds and let it serve from here; no engine is told.

    A checkpoint of the store, the derived graph, the read model and the description are made in a folder that
    no reader sees; then it gets its number and the pointer moves. A failure leaves the last release serving.

    Raises:
        OSError: the disk is full or cannot be written; nothing has changed.
    """
    published = Releases(settings.data)
    published.folder.mkdir(parents=True, exist_ok=True)
    keep_newest(work)
    history = catch_up(settings.data, settings.keep_changes_days)
    number = published.next_number()
    beside = published.folder / f".{number}.partial"
    try:
        _build(beside, number, work, settings, queries, history, progress)
        work.publishing(number)
        beside.rename(published.folder / str(number))
    except BaseException:
        gc.collect()
        shutil.rmtree(beside, ignore_errors=True)
        raise
    sync_folder(published.folder)
    published.serve(number)
    work.published()
    published.release_hold()
    catch_up(settings.data, settings.keep_changes_days)
    published.prune(settings.keep_releases)
    return published.release(number)


def publish_what_waits(work: WorkStore, settings: Settings, queries: Mapping[str, NamedQuery]) -> int:
    """Publish what was written through the interfaces, or send what the engine has not taken; return the release.

    While an operator holds publication nothing is published.

    Raises:
        OSError, StoreUnavailable: as `publish` does.
    """
    published = Releases(settings.data)
    if work.awaits_publication and not published.is_held:
        return publish(work, settings, queries).number
    serving = published.current_number()
    if serving is not None and awaits_engine(settings):
        send(published.release(serving), settings)
    return published.next_number() - 1


def send(release: Release, settings: Settings, progress: Progress = lambda _: None) -> None:
    """Send a release to the engine that is filled from here, when there is one, and let it serve there.

    Raises:
        StoreUnavailable: the engine did not take it; what served there serves on.
    """
    if not settings.store_graphs:
        return
    from .engine import EngineReleases  # its client takes half a second to import

    try:
        EngineReleases(settings).push(release, progress)
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"release {release.number} is made, but the engine did not take it ({error}); `pinoamo push` tries again"
        ) from error


def _build(
    folder: Path,
    number: int,
    work: WorkStore,
    settings: Settings,
    queries: Mapping[str, NamedQuery],
    history: History,
    progress: Progress,
) -> None:
    folder.mkdir()
    created = datetime.now(UTC)
    previous = folder.with_name(str(number - 1))
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
    touched = work.touched.read()
    reader, stored = StatementStore.read_only(folder / "store"), tuple(files_of(folder))
    try:
        # The engine and SQLite work without holding the interpreter, so two threads use two cores.
        with ThreadPoolExecutor(2) as pool:
            # The first to begin, so that nobody waits for it for ever.
            columns = pool.submit(read_columns, reader, teaching).result
            index = pool.submit(build_index, reader, folder / "index.sqlite", columns)
            matrix = pool.submit(build_matrix, reader, folder / "stacking.npz", columns)
            description = pool.submit(_describe, reader, folder, number, settings.base_url, created, sources)
            records = pool.submit(record_kinds, reader)
            statistics = pool.submit(reader.select, queries["statistics"].text)
            step = pool.submit(write_step, folder, number, history, reader, touched)
            early = pool.submit(checksums_of, folder, stored, previous)
            text = text_from_triples(description.result(), N_TRIPLES)
            write_whole(folder / "description.nt", text)
            gone = tuple(gone_concepts(reader, WorkFolder(settings.data)))
            write_tombstones(folder, number, created, records.result(), previous, gone)
            counts = {row["kind"].value: int(row["count"].value) for row in statistics.result().rows}
            index.result()
            matrix.result()
            step.result()
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


def _describe(
    reader: OxigraphStore,
    folder: Path,
    number: int,
    base_url: str,
    created: datetime,
    sources: Sequence[Mapping[str, Any]],
) -> Sequence[Triple]:
    properties = properties_of(reader)
    write_table(folder, make_table(reader, properties))
    return describe_release(reader, number, base_url, created, sources, properties)


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

"""Publishes: makes a release as files and then, where a remote engine answers, sends it there."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ..errors import StoreUnavailable
from ..files import sync_folder
from ..loading.esco_versions import gone_concepts, keep_newest
from ..settings import Settings
from ..sparql.named_queries import NamedQuery
from ..store.statement_store import StatementStore
from ..work_store.compaction import merge_files
from ..work_store.folder import WorkFolder
from ..work_store.work_store import WorkStore
from .engine_state import awaits_engine
from .history import History
from .release_files import About, make_files
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
    sources = [
        {"graph": s.graph, "format": s.format, "files": s.files, "loaded": s.loaded, "quads": s.quads,
         "records": s.records, "profile": s.profile}
        for s in work.sources()
    ]  # fmt: skip
    touched = work.touched.read()

    def write_changes(reader: StatementStore, records: Mapping[str, str]) -> None:
        gone = tuple(gone_concepts(reader, WorkFolder(settings.data)))
        write_tombstones(folder, number, created, records, previous, gone)
        write_step(folder, number, history, reader, touched)

    about = About(number, created, settings.base_url, sources)
    make_files(folder, about, queries, write_changes, previous, progress)

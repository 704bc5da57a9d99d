"""To publish: a release as files and then, where an engine answers, the same in the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import StoreUnavailable
from ..settings import Settings
from ..sparql.named_queries import NamedQuery
from ..work_store.work_store import WorkStore
from .engine_state import awaits_engine
from .releases import Release, Releases

Progress = Callable[[str], None]


def publish(
    work: WorkStore, settings: Settings, queries: Mapping[str, NamedQuery], progress: Progress = lambda _: None
) -> Release:
    """Publish what the work store holds and let it serve.

    Raises:
        OSError: the disk is full or cannot be written; nothing has changed.
        StoreUnavailable: the release is made, and the engine did not take it; what served there serves on.
    """
    release = Releases(settings.data).publish(work, settings, queries, progress)
    send(release, settings, progress)
    return release


def publish_what_waits(work: WorkStore, settings: Settings, queries: Mapping[str, NamedQuery]) -> int:
    """Publish what was written through the interfaces, or send what the engine has not taken; return the release.

    Raises:
        OSError, StoreUnavailable: as `publish` does.
    """
    published = Releases(settings.data)
    if work.awaits_publication:
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

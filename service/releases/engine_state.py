"""Notes which release the remote engine has, in a file beside the work store, so that nobody need ask the engine."""

from __future__ import annotations

import json

from ..files import write_json
from ..settings import Settings
from ..work_store.folder import WorkFolder
from .releases import Releases


def note_sent(settings: Settings) -> None:
    """Note that the engine serves what is to be served, so that no release made until now is owed to it."""
    mark = WorkFolder(settings.data).sent
    mark.parent.mkdir(parents=True, exist_ok=True)
    write_json(mark, {"engine": settings.store_graphs, "release": _newest(settings)})


def newest_served(settings: Settings) -> int:
    """Return the newest release that was made and, where an engine answers, taken by it; 0 when there is none."""
    if not settings.store_graphs:
        return _newest(settings)
    try:
        noted = json.loads(WorkFolder(settings.data).sent.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0
    return int(noted["release"]) if noted["engine"] == settings.store_graphs else 0


def awaits_engine(settings: Settings) -> bool:
    """Tell whether there is a release that the engine has not taken."""
    return newest_served(settings) < _newest(settings)


def _newest(settings: Settings) -> int:
    published = Releases(settings.data)
    newest, serving = published.next_number() - 1, published.current_number() or 0
    # A release is made a moment before it serves: nobody is told so in between.
    return serving if serving == newest - 1 and not published.is_held else newest

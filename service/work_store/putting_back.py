"""Puts the work store back to what a release holds: prepared beside it, then exchanged whole, whatever is killed."""

from __future__ import annotations

import gc
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import sync_file, sync_folder, write_json
from ..store.statement_store import StatementStore
from .folder import STORE, WorkFolder
from .touched import TouchedFile

_SHARED = ".sst"
"""What RocksDB never writes to again; all its other files are copied."""
_SOURCES = "sources.json"
_WHOLE = "whole"


def put_back(data: Path, store: Path, sources: Sequence[Mapping[str, Any]], derived: str) -> None:
    """Make the work store hold what a release does, but for its derived graph; the caller holds the lock.

    `store` is that of the release, `sources` the list of sources as it was when that was made.

    What was written since and is in no release is gone. From the moment that the copy is whole, whoever opens the
    work store next finishes this.

    Raises:
        OSError: there is no room; nothing has changed.
    """
    places = WorkFolder(data)
    shutil.rmtree(places.back, ignore_errors=True)
    places.back.mkdir(parents=True)
    _link(store, places.back / STORE)
    copy = StatementStore.writable(places.back / STORE)
    try:
        keeps_default = copy.keeps_default_graph
        copy.remove_graph(derived)
        copy.flush()
    finally:
        copy.close()
    del copy
    gc.collect()  # RocksDB keeps its lock until the last reference is gone
    exchange(places, sources, keeps_default=keeps_default)


def exchange(
    places: WorkFolder, sources: Sequence[Mapping[str, Any]], *, keeps_default: bool, forget: bool = True
) -> None:
    """Exchange the work store, which nobody has open, for the one that was made in `back`.

    `forget` says that what waited for publication is gone with the old one.

    From the moment that this one is told to be whole, whoever opens the work store next finishes it.

    Raises:
        OSError: there is no room; nothing has changed.
    """
    rows = sorted(sources, key=lambda row: str(row["graph"]))
    write_json(places.back / _SOURCES, {"default_graph": keeps_default, "sources": rows, "forget": forget})
    sync_folder(places.back / STORE)
    (places.back / _WHOLE).touch()
    sync_folder(places.back)
    deque(finish_putting_back(places), maxlen=0)


def finish_putting_back(places: WorkFolder) -> Iterator[str]:
    """Exchange the work store for a copy that is whole, or forget one that is not; doing it twice is the same."""
    if not places.back.is_dir():
        return
    if not (places.back / _WHOLE).exists():
        shutil.rmtree(places.back)
        yield "discarded a copy of a release that was not whole; run `pinoamo rollback --work` again"
        return
    if (places.back / STORE).is_dir():
        shutil.rmtree(places.store, ignore_errors=True)
        (places.back / STORE).rename(places.store)
        sync_folder(places.path)
    found = json.loads((places.back / _SOURCES).read_text(encoding="utf-8"))
    write_json(places.sources, found["sources"])
    TouchedFile(places.touched).add({None: None})
    marks = (places.unpublished, places.held) if found["forget"] else ()
    for path in (places.log, places.journal, places.announced, places.merged, *marks):
        path.unlink(missing_ok=True)
    if found["default_graph"]:
        places.default_graph.touch()
    else:
        places.default_graph.unlink(missing_ok=True)
    sync_folder(places.path)
    (places.back / _WHOLE).unlink()
    shutil.rmtree(places.back)
    yield "put the work store back to what a release holds"


def _link(source: Path, target: Path) -> None:
    """Copy a closed store, sharing the files that never change."""
    target.mkdir()
    for path in source.iterdir():
        if path.name == "LOCK":
            continue
        if path.suffix == _SHARED:
            try:
                os.link(path, target / path.name)
                continue
            except OSError:
                pass  # a file system without links
        shutil.copy2(path, target / path.name)
        sync_file(target / path.name)

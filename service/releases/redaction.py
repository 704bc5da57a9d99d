"""Takes a thing out of a data directory for good: releases, work store, log, quarantine and imports are made anew."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import NotFound, StoreUnavailable
from ..files import write_json, write_whole
from ..settings import Settings
from ..sparql.named_queries import NamedQuery
from ..store.statement_store import StatementStore
from ..work_store.folder import STORE, WorkFolder
from ..work_store.graph_contents import kind_of
from ..work_store.record_nodes import exclusive, nodes_of
from ..work_store.work_store import WorkStore
from .backup import backups_made
from .history import History
from .release_files import MATRIX, About, make_files
from .releases import Release, Releases
from .steps import FILE as STEP
from .tombstones import Tombstone, read_tombstones, save_tombstones

Progress = Callable[[str], None]

_LOGS = ("quarantine/*.jsonl", "imports/*/report.jsonl")


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was taken out: statements of the work store, and of which releases and files; and where it may still be."""

    statements: int
    releases: tuple[int, ...]
    files: tuple[str, ...]
    backups: tuple[Mapping[str, Any], ...]


def redact(
    work: WorkStore,
    settings: Settings,
    queries: Mapping[str, NamedQuery],
    iri: str,
    progress: Progress = lambda _: None,
) -> Redacted:
    """Take out what is said of a thing and its parts, everywhere; only its name stays, with the note that it is gone.

    Stores are written anew from what is left: an engine keeps the texts of statements that were removed. So every
    kept release gets new files and a new checksum under its number, and says when it was redacted. What other things
    say of this one, such as that they require it, stays. Doing it again finishes what was interrupted.

    Raises:
        NotFound: neither the work store, nor a release, nor the log knows it.
        OSError: there is no room; releases that were done are done.
    """
    published, history = Releases(settings.data), History(settings.data)
    work.settle()
    whole = [release for release in published.releases() if not published.damage(release.number)]
    stores = {release.number: release.path / "store" for release in whole}
    kind = _kind(work.store, iri) or next((found for path in stores.values() if (found := _kind_at(path, iri))), "")
    if not kind and not any(iri in read_tombstones(release.path) for release in whole):
        raise NotFound(f"nothing is known of {iri}, neither in the work store nor in a kept release")
    moment = datetime.now(UTC)
    progress("work store")
    gone = _redact_work(work, settings, iri)
    history.redact(iri)
    files = tuple(_redact_lines(settings.data, iri))
    for release in whole:
        progress(f"release {release.number}")
        _redact_release(published, release, queries, iri, kind or "thing", moment)
    return Redacted(gone, tuple(stores), files, backups_made(settings.data))


def _redact_work(work: WorkStore, settings: Settings, iri: str) -> int:
    """Exchange the work store for one without the thing, and return how many statements went."""
    places = WorkFolder(settings.data)
    shutil.rmtree(places.back, ignore_errors=True)
    places.back.mkdir()
    gone = _write_without(work.store, iri, places.back, "")
    work.exchange([replace(each, quads=each.quads - gone.get(each.graph, 0)) for each in work.sources()])
    return sum(gone.values())


def _redact_release(
    published: Releases,
    release: Release,
    queries: Mapping[str, NamedQuery],
    iri: str,
    kind: str,
    moment: datetime,
) -> None:
    folder = published.folder / f".{release.number}.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    about = release.about
    derived = f"{about['base_url']}/graph/derived"
    store = StatementStore.read_only(release.path / "store")
    try:
        gone = _write_without(store, iri, folder, derived)
    finally:
        store.close()
    when = moment.isoformat(timespec="seconds")
    redactions = [*about.get("redacted", ()), when]
    sources = [{**s, "quads": s["quads"] - gone.get(s["graph"], 0)} for s in about["sources"]]

    def write_changes(reader: StatementStore, records: Mapping[str, str]) -> None:
        found = dict(read_tombstones(release.path))
        if iri not in records:
            found[iri] = Tombstone(iri, kind, release.number, when, redacted=True)
        save_tombstones(folder, found)
        _redact_step(release.path / STEP, folder / STEP, iri)

    created = datetime.fromisoformat(about["created"])
    told = About(
        release.number, created, about["base_url"], sources, f"{len(redactions)}-{MATRIX}",
        {"redacted": redactions, "matrix": f"{len(redactions)}-{MATRIX}"},
    )  # fmt: skip
    make_files(folder, told, queries, write_changes, folder / "nothing")
    published.exchange(release.number, folder)


def _write_without(store: StatementStore, iri: str, folder: Path, derived: str) -> Mapping[str, int]:
    """Make a store in a folder that holds what another one does, but for a thing; return what went, by graph."""
    gone: dict[str, int] = {}
    path = folder / "kept.nq"
    with path.open("wb") as file:
        for graph in store.graphs():
            if graph == derived:
                continue
            nodes = _nodes(store, graph, iri)
            starts = (*(f"<{node}>".encode() for node in nodes), f"<{iri}#".encode())
            end = f" <{graph}> .\n".encode()
            for line in store.lines(graph):
                if line.startswith(starts):
                    gone[graph] = gone.get(graph, 0) + 1
                else:
                    file.write(line.removesuffix(b" .\n") + end)
    copy = StatementStore.writable(folder / STORE)
    try:
        copy.load(path)
        copy.compact()
    finally:
        copy.close()
    del copy
    gc.collect()
    path.unlink()
    return gone


def _nodes(store: StatementStore, graph: str, iri: str) -> frozenset[str]:
    nodes = nodes_of(store, graph, iri)
    return (exclusive(store, graph, nodes) | nodes.own) - {node for node in nodes.organisations if node != iri}


def _kind(store: StatementStore, iri: str) -> str:
    graphs = dict.fromkeys(graph for graph, _ in store.said_of(iri))
    return next((found for graph in graphs if (found := kind_of(store, graph, iri))), "thing" if graphs else "")


def _kind_at(path: Path, iri: str) -> str:
    try:
        store = StatementStore.read_only(path)
    except StoreUnavailable:
        return ""
    try:
        return _kind(store, iri)
    finally:
        store.close()


def _redact_step(old: Path, new: Path, iri: str) -> None:
    """Write what a release changed again, with no more of a thing than that it is not there."""
    if not old.exists():
        return
    found = json.loads(old.read_text(encoding="utf-8"))
    write_json(new, {**found, "rows": [row for row in found["rows"] if row[0] != iri]})


def _redact_lines(data: Path, iri: str) -> Iterator[str]:
    """Take the lines that name a thing out of quarantine and reports; yield the files that had some."""
    marks: Sequence[bytes] = (iri.encode(), json.dumps(iri).strip('"').encode())
    for path in sorted(path for pattern in _LOGS for path in data.glob(pattern)):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not any(mark in line for mark in marks)]
        if len(kept) < len(lines):
            write_whole(path, b"".join(kept))
            yield str(path.relative_to(data))

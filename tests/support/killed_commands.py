"""What a killed process was doing: commands over a small data directory, each announced before and told after."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from service.errors import ServiceError
from service.rdf.syntax import triples_from_text
from service.releases.publishing import make_release
from service.releases.releases import Releases
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.work_store.work_store import Change, Source, WorkStore, open_work

SIZE = 4
KEEP = 2
BASE = "http://localhost:8000"
GRAPHS = tuple(f"{BASE}/graph/{name}" for name in ("alpha", "beta", "gamma"))
SHARED = f"{BASE}/id/organisation/shared"
"""What every graph states the same of."""
TITLE = "http://purl.org/dc/terms/title"
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential>"
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "shutil.rmtree", "sqlite3.connect"}

Command = tuple[str, ...]
"""`load GRAPH VERSION`, `write GRAPH VERSION`, `unload GRAPH`, `publish` or `rollback NUMBER`."""

# Forked children start from here: what is imported already is no garbage of theirs.
gc.collect()
gc.freeze()


def settings_of(data: Path) -> Settings:
    """Return the settings of the loop: few releases are kept, so that nearly every publication prunes."""
    return Settings(data=data, keep_releases=KEEP, workers=1)


def title_of(graph: str, version: str) -> str:
    """Return the one title that all records of a version of a graph have."""
    return f"{graph.rpartition('/')[2]} {version}"


def stage(work: WorkStore, graph: str, version: str) -> tuple[Source, Path]:
    """Write what a load would have accepted: so many records with the title of this version."""
    file = work.staged / f"{version}.nq"
    name = graph.rpartition("/")[2]
    iris = [f"<{BASE}/id/credential/{name}-{number}>" for number in range(SIZE)]
    title = title_of(graph, version)
    lines = [f'{i} {_TYPE} <{graph}> .\n{i} <{TITLE}> "{title}"@en <{graph}> .\n' for i in iris]
    file.write_text("".join([*lines, f'<{SHARED}> <{BASE}/name> "Shared" <{graph}> .\n']))
    return Source(graph, "test", ((version, "0" * 64),), "2026-01-01T00:00:00+00:00", "eu", 2 * SIZE + 1), file


def change_to(work: WorkStore, graph: str, version: str) -> tuple[list[Change], list[Source]]:
    """Return the change that a written record or an update would be: other statements in place of those there."""
    source, file = stage(work, graph, version)
    added = tuple(triples_from_text(file.read_bytes(), "application/n-quads"))
    file.unlink()
    return [Change(graph, tuple(work.store.statements(graph)), added)], [source]


def run(data: Path, command: Command, acknowledge: Callable[[], None] = lambda: None) -> int | None:
    """Run one command as the command line does; a release answers with its number.

    A write is acknowledged as a server does it: when it is written down, with the store still open.
    """
    match command:
        case ("write", graph, version):
            with open_work(data) as work:
                work.change(*change_to(work, graph, version))
                acknowledge()
        case ("load", graph, version):
            with open_work(data) as work:
                work.replace(*stage(work, graph, version))
        case ("unload", graph):
            with open_work(data) as work:
                work.remove(graph)
        case ("publish",):
            with open_work(data) as work:
                return make_release(work, settings_of(data), load_queries()).number
        case ("rollback", number):
            return Releases(data).roll_back(int(number)).number
        case _:
            raise AssertionError(f"no such command: {command}")
    return None


def act(data: Path, commands: Sequence[Command], told: Connection, die_at: int | None = None) -> None:
    """Run commands and tell of each; `die_at` ends the process just before that change of the disk, counted from 0.

    After the last command the number of changes is told.
    """
    changes = _watched(data, die_at)
    for command in commands:
        told.send(("begun", command, None))
        number = run(data, command, partial(told.send, ("done", command, None)))
        told.send(("done", command, number))
    told.send(("changes", (), next(changes)))


def act_on_full_disk(data: Path, command: Command, told: Connection, room: int) -> None:
    """Run a command where no file may grow beyond `room` bytes, as on a full disk; tell what it died of."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    told.send(("begun", command, None))
    try:
        told.send(("done", command, run(data, command)))
    except (OSError, ServiceError) as error:
        told.send(("failed", command, str(error)))


def _watched(data: Path, die_at: int | None) -> Iterator[int]:
    count = 0

    def see(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in ("os.remove", "os.rmdir") and arguments[1] != -1:
            return  # one of the many files of a folder that goes; the folder itself is counted
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in _CHANGES or (writes and str(data) in str(arguments[0])):
            if count == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

    sys.addaudithook(see)

    def counted() -> Iterator[int]:
        while True:
            yield count

    return counted()

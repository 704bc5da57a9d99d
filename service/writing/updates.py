"""Runs a SPARQL update on a copy of the work store, in a process that can be killed, and judges its outcome."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import Forbidden, Overloaded, TimedOut, TooLarge
from ..processes.child import ENVIRONMENT
from ..processes.frames import error_from_json
from ..processes.limits import end_with
from ..rdf.syntax import statements_by_graph
from ..settings import Settings
from ..sparql.update_text import refuse_outside, with_dataset
from ..store.statement_store import StatementStore
from ..work_store.folder import STORE
from ..work_store.work_store import Change, WorkStore, copy_of
from .graphs import MOST_STATEMENTS, Gatekeeper, GraphOrder, GraphsWritten, change_graphs


@dataclass(frozen=True, slots=True)
class Update:
    """The text of an update, and the graphs that the parameters of the protocol name."""

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


def run_update(
    work: WorkStore, order: GraphOrder, update: Update, settings: Settings, gatekeeper: Gatekeeper
) -> GraphsWritten:
    """Carry out an update, all of it or nothing, once every record that it touches passes the gate.

    Raises:
        QueryRefused: it holds LOAD or SERVICE.
        QuerySyntaxError, BadRequest: it is malformed, or names graphs twice.
        TimedOut, Overloaded: it takes more time or memory than an update may.
        Forbidden, NotPermitted: it writes to a graph that it may not.
        RecordRefused: what it makes of a record is not let in.
    """
    refuse_outside(update.text)
    text = with_dataset(update.text, update.default_graphs, update.named_graphs, work.store.graphs())
    with copy_of(work) as folder:
        (folder / "asked.rq").write_text(update.text, encoding="utf-8")
        (folder / "update.rq").write_text(text, encoding="utf-8")
        _run(folder, settings)
        changes = list(_changes(folder))
        after = StatementStore.read_only(folder / STORE)
        try:
            return change_graphs(work, order, changes, after, gatekeeper, folder)
        finally:
            after.close()


def _run(folder: Path, settings: Settings) -> None:
    command = [
        sys.executable,
        "-m",
        "service.writing.update_program",
        str(folder.absolute()),
        str(settings.check_memory_mb),
    ]
    parent = os.getpid()
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, **ENVIRONMENT}, start_new_session=True, preexec_fn=lambda: end_with(parent),
    )  # fmt: skip
    try:
        said, _ = child.communicate(timeout=settings.update_seconds)
    except subprocess.TimeoutExpired as error:
        raise TimedOut(f"the update met its time limit of {settings.update_seconds:g} seconds") from error
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode == 1 and said:
        raise error_from_json(json.loads(said))
    if child.returncode:
        raise Overloaded(f"the update took more than the {settings.check_memory_mb} MiB of memory it may have")


def _changes(folder: Path) -> Iterator[Change]:
    files = {name: folder / f"{name}.nq" for name in ("removed", "added")}
    lines = sum(_lines(path) for path in files.values())
    if lines > MOST_STATEMENTS:
        raise TooLarge(f"one request may change {MOST_STATEMENTS:,} statements, got {lines:,}; send more as an import")
    sides = {name: statements_by_graph(path.read_bytes()) for name, path in files.items()}
    if "" in sides["added"]:
        raise Forbidden("the default graph holds nothing here: name a graph, by GRAPH or WITH")
    for graph in sorted(sides["removed"].keys() | sides["added"].keys()):
        yield Change(graph, sides["removed"].get(graph, ()), sides["added"].get(graph, ()))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)

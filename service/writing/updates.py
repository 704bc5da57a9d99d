"""Runs a SPARQL update on a copy of the work store, in a process that can be killed, and judges its outcome."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import EngineFailed, Forbidden, NotPermitted, Overloaded, TimedOut, TooLarge
from ..processes.child import ENVIRONMENT
from ..processes.frames import error_from_json
from ..processes.limits import end_with
from ..rdf.syntax import statements_by_graph
from ..settings import Settings
from ..sparql.update_text import operations_of, refuse_outside, with_dataset, with_graphs_cleared_by_name
from ..store.statement_store import StatementStore
from ..work_store.folder import STORE
from ..work_store.work_store import Change, WorkStore, copy_of
from .graphs import MOST_STATEMENTS, Gatekeeper, GraphOrder, GraphsWritten, change_graphs, check_graph

_WALL_TIMES = 3  # seconds on the clock for each one of the processor; others wait for their turn to write meanwhile
_IRI = re.compile(r"<([^<>\s]+)>")
_NO_MEMORY = 3  # what `update_program` exits with


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
        QueryTooComplex, UnknownFunction: it nests too deep, or calls a function that is not known here.
        TimedOut, Overloaded: it takes more time or memory than an update may.
        Forbidden, NotPermitted: it writes to a graph that it may not.
        RecordRefused: what it makes of a record is not let in.
    """
    refuse_outside(update.text)
    graphs = work.store.graphs()
    named = [*graphs, *(iri for iri in _IRI.findall(update.text) if iri not in graphs)]  # it may make some first
    asked = with_graphs_cleared_by_name(
        update.text, [graph for graph in dict.fromkeys(named) if _may_write(order, graph)]
    )
    steps = steps_of(asked, update, graphs)
    with copy_of(work) as folder:
        (folder / "asked.rq").write_text(asked, encoding="utf-8")
        (folder / "steps.json").write_text(json.dumps(steps), encoding="utf-8")
        _run(folder, settings, f"{order.base_url}/sparql/update")
        changes = list(_changes(folder))
        after = StatementStore.read_only(folder / STORE)
        try:
            return change_graphs(work, order, changes, after, gatekeeper, folder)
        finally:
            after.close()


def steps_of(asked: str, update: Update, graphs: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the texts to carry out one after another, and of each whether all graphs are merged for its patterns.

    What counts finds a statement of two graphs once. Merging takes time, so all else goes by the names of the graphs.
    """
    operations = operations_of(asked)
    given = bool(update.default_graphs or update.named_graphs)
    if given or not any(operation.counts for operation in operations):
        return [(with_dataset(asked, update.default_graphs, update.named_graphs, graphs), False)]
    if any(operation.counts and operation.writes_default_graph for operation in operations):
        raise _no_default_graph()
    return [
        (operation.text if operation.counts else with_dataset(operation.text, (), (), graphs), operation.counts)
        for operation in operations
    ]


def _no_default_graph() -> Forbidden:
    return Forbidden("the default graph holds nothing here: name a graph, by GRAPH or WITH")


def _may_write(order: GraphOrder, graph: str) -> bool:
    try:
        check_graph(order, graph)
    except (Forbidden, NotPermitted):
        return False
    return True


def _run(folder: Path, settings: Settings, base_iri: str) -> None:
    command = [
        sys.executable,
        "-m",
        "service.writing.update_program",
        str(folder.absolute()),
        str(settings.check_memory_mb),
        str(settings.update_seconds),
        base_iri,
    ]
    parent = os.getpid()
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, **ENVIRONMENT}, start_new_session=True, preexec_fn=lambda: end_with(parent),
    )  # fmt: skip
    try:
        said, _ = child.communicate(timeout=settings.update_seconds * _WALL_TIMES)
    except subprocess.TimeoutExpired as error:
        raise _timed_out(settings) from error
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode == 1 and said:
        raise error_from_json(json.loads(said))
    if child.returncode == -signal.SIGPROF:
        raise _timed_out(settings)
    if child.returncode in (-signal.SIGABRT, -signal.SIGKILL, _NO_MEMORY):
        raise Overloaded(f"the update took more than the {settings.check_memory_mb} MiB of memory it may have")
    if child.returncode:
        raise EngineFailed(f"the engine ended the process of the update (exit code {child.returncode})")


def _timed_out(settings: Settings) -> TimedOut:
    seconds, clock = settings.update_seconds, settings.update_seconds * _WALL_TIMES
    return TimedOut(f"the update met its limit of {seconds:g} seconds of the processor, or {clock:g} on the clock")


def _changes(folder: Path) -> Iterator[Change]:
    files = {name: folder / f"{name}.nq" for name in ("removed", "added")}
    lines = sum(_lines(path) for path in files.values())
    if lines > MOST_STATEMENTS:
        raise TooLarge(f"one request may change {MOST_STATEMENTS:,} statements, got {lines:,}; send more as an import")
    sides = {name: statements_by_graph(path.read_bytes()) for name, path in files.items()}
    if "" in sides["added"]:
        raise _no_default_graph()
    for graph in sorted(sides["removed"].keys() | sides["added"].keys()):
        yield Change(graph, sides["removed"].get(graph, ()), sides["added"].get(graph, ()))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)

"""The program that carries out an update on a copy of the work store and tells what it changed.

It is started for one update, with limits on memory and time, and may be killed: the copy is thrown away in any case.
Arguments: a folder with `store` (the copy), `asked.rq` (the update as it was sent) and `steps.json` (its operations
with the datasets of their patterns, and whether all graphs are merged for them), the address-space limit in MiB, the
seconds of the processor it may have, and the base of relative IRIs.
It writes `removed.nq` and `added.nq` there, or says on standard output, as JSON, what was wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO

from ..errors import ServiceError
from ..processes.frames import error_to_json
from ..processes.limits import be_nice, deepen_stack, limit_memory
from ..rdf.media_types import N_QUADS
from ..sparql.update_text import graphs_it_may_write
from ..store.statement_store import StatementStore
from ..work_store.folder import STORE

_NICENESS = 10


def run(folder: Path, base_iri: str) -> None:
    """Carry out the update of a folder and write down what it changed.

    Raises:
        ServiceError: it does not parse, or the engine fails.
    """
    steps = json.loads((folder / "steps.json").read_text(encoding="utf-8"))
    store = StatementStore.writable(folder / STORE)
    if not steps[0][1]:
        store.give_up_default_graph()  # nobody writes there, and between operations it would not follow
    before = store.graphs()
    reach = graphs_it_may_write((folder / "asked.rq").read_text(encoding="utf-8"), before)
    for number, graph in enumerate(reach):
        _dump(store, graph, folder / f"before-{number}.nq")
    for number, (text, merged) in enumerate(steps):
        if merged and (number or not store.keeps_default_graph):
            store.make_default_graph()
        store.update(text, base_iri)
        if merged:
            store.give_up_default_graph()
    added = [graph for graph in store.graphs() if graph not in before]
    with (folder / "removed.nq").open("wb") as removed, (folder / "added.nq").open("wb") as new:
        if not store.default_graph_is_empty():
            new.write(b"<urn:x> <urn:x> <urn:x> .\n")
        for number, graph in enumerate((*reach, *added)):
            was = folder / f"before-{number}.nq"
            now = folder / "after.nq"
            _dump(store, graph, now)
            if number >= len(reach):
                was.touch()
            _tell_apart(was, now, graph, removed, new)
    store.flush()
    store.close()


def _dump(store: StatementStore, graph: str, path: Path) -> None:
    with path.open("wb") as file:
        store.dump(file, N_QUADS, graph=graph)


def _tell_apart(was: Path, now: Path, graph: str, removed: IO[bytes], added: IO[bytes]) -> None:
    """Write the lines that only one of two files has, with the name of their graph.

    Both are in the order of the store, so that what is in memory at any time is about as much as the difference.
    """
    gone, new = set[bytes](), set[bytes]()
    for old_line, new_line in _side_by_side(was, now):
        if old_line == new_line:
            continue
        if old_line is not None and old_line not in new:
            gone.add(old_line)
        new.discard(old_line or b"")
        if new_line is not None and new_line not in gone:
            new.add(new_line)
        gone.discard(new_line or b"")
    end = f"<{graph}> .\n".encode()
    removed.writelines(line.removesuffix(b".\n") + end for line in gone)
    added.writelines(line.removesuffix(b".\n") + end for line in new)


def _side_by_side(was: Path, now: Path) -> Iterator[tuple[bytes | None, bytes | None]]:
    with was.open("rb") as old, now.open("rb") as new:
        yield from zip_longest(old, new)


def main() -> None:
    """Carry out the update; exit with 1 when it is refused, otherwise than by a refusal with something else."""
    folder, memory, seconds = Path(sys.argv[1]), int(sys.argv[2]) * 1024 * 1024, float(sys.argv[3])
    limit_memory(memory)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    deepen_stack()
    be_nice(os.getpid(), _NICENESS)
    try:
        run(folder, sys.argv[4])
    except ServiceError as error:
        print(json.dumps(error_to_json(error)))
        sys.exit(1)
    except MemoryError:
        os._exit(3)


if __name__ == "__main__":
    main()

"""The program that checks documents in a process of its own, which is killed when it meets a limit.

`check_pool` starts it and talks to it in frames: a task as JSON and the document's bytes in, what became of it as
JSON and the answer's bytes out. What a document says is written nowhere and logged nowhere.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from ..errors import CheckFailed, ServiceError, UnsupportedMedia
from ..loading.known_things import KnownThings
from ..loading.table_check import TABLES, check_table
from ..processes.frames import error_to_json, failure_to_json, read_frame, take_answers, write_frames
from ..processes.limits import OUT_OF_MEMORY, be_nice, end_with_parent, limit_memory, peak_bytes
from ..resources import CODE_LISTS, QUERIES, SHAPES
from ..settings import Settings
from ..sparql.named_queries import load_queries
from ..store.oxigraph import OxigraphStore
from ..validation.brought_shapes.official import OfficialShapes, load_shapes
from ..validation.context import KnownContext, ListedConcepts
from ..validation.documents import (
    Document,
    Held,
    answer_of,
    conforms_to_all,
    hold,
    read_document,
    read_documents,
)
from ..validation.engines.engine import DISAGREEMENTS, EngineName
from ..validation.listing import shape_groups
from ..validation.profiles import Profile, load_profiles
from ..validation.recognition import rows_of
from ..validation.report import document_report
from .check_task import CheckAnswer, CheckTask

_ARCHIVES = (".zip",)
_NICENESS = 10  # the server's own answers go first


class Checker:
    """Answers tasks; profiles, shapes and code lists are read once and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._profiles: dict[tuple[tuple[str, ...], date], dict[str, Profile]] = {}
        self._shapes: dict[tuple[tuple[str, ...], tuple[str, ...]], OfficialShapes] = {}
        self._lists: ListedConcepts | None = None

    def answer(self, task: CheckTask, data: bytes) -> CheckAnswer:
        """Return the JSON `{"documents": […]}`, or the report as Turtle.

        Raises:
            InvalidArgument: a profile, a file or the shapes cannot be used.
        """
        files = shape_groups(self._settings.shapes)
        others: list[OfficialShapes] = []
        profiles: list[Profile] = []
        for name in task.profiles:
            if name in files:
                others.append(self._official([str(path) for path in files[name]]))
            profiles.append(others[-1].profile if name in files else self._profile(name, task.recognition))
        if task.shapes:
            others.append(self._official(task.shapes, task.background))
            profiles.append(others[-1].profile)
        rows = [self._profile(name, task.recognition) for name in task.recognition]
        context = self._context(task.store)
        if task.media_type in TABLES:
            return self._table(task, data, profiles, context)
        documents = self._documents(task, data)
        if task.report:
            reports = [document_report(document, profiles, context, task.engine, task.strict) for document in documents]
            return CheckAnswer(b"".join(each.body for each in reports), all(each.conforms for each in reports))
        checked = [_checked(document, profiles, rows, context, task.engine) for document in documents]
        found: dict[str, Any] = {"documents": checked}
        if others:
            found["workarounds"] = [fix._asdict() for official in others for fix in official.workarounds]
        conforms = bool(checked) and all(conforms_to_all(each, task.strict) for each in checked)
        return CheckAnswer(json.dumps(found, ensure_ascii=False).encode(), conforms)

    def _table(self, task: CheckTask, data: bytes, profiles: Sequence[Profile], context: KnownContext) -> CheckAnswer:
        if task.report or task.recognition or not all(profile.checks for profile in profiles):
            raise UnsupportedMedia("a table is checked against the definitions here, and answered as JSON")
        limits = self._settings.model_copy(update={"loader_seconds": task.seconds})
        found = check_table(data, task.media_type, task.source, profiles, context, limits)
        conforms = not found["error"] and all(each["outcome"] == "conforms" for each in found["verdicts"])
        return CheckAnswer(json.dumps({"documents": [found]}, ensure_ascii=False).encode(), conforms)

    def _documents(self, task: CheckTask, data: bytes) -> Iterator[Document]:
        limits = self._settings.model_copy(update={"loader_seconds": task.seconds})
        if not task.paths:
            yield replace(read_document(data, task.media_type, limits), source=task.source)
        elif task.paths[0].endswith(_ARCHIVES):
            yield from read_documents([Path(path) for path in task.paths], limits)
        else:
            read = read_documents([Path(path) for path in task.paths], limits)
            for path, document in zip(task.paths, read, strict=True):
                yield replace(document, source=path)

    def _profile(self, name: str, together: Sequence[str]) -> Profile:
        """Return a profile, from the graph that all of a matrix share when it is one of those."""
        names = tuple(together) if name in together else (name,)
        key = names, date.today()
        if key not in self._profiles:
            self._profiles = {known: kept for known, kept in self._profiles.items() if known[1] == key[1]}
            self._profiles[key] = dict(zip(names, load_profiles(SHAPES, names, key[1]), strict=True))
        return self._profiles[key][name]

    def _official(self, files: Sequence[str], background: Sequence[str] = ()) -> OfficialShapes:
        key = tuple(files), tuple(background)
        if key not in self._shapes:
            self._shapes[key] = load_shapes([Path(file) for file in files], [Path(file) for file in background])
        return self._shapes[key]

    def _context(self, store: str) -> KnownContext:
        if store:
            return KnownThings(OxigraphStore.read_only(Path(store)), load_queries(QUERIES / "gate"))
        if self._lists is None:
            self._lists = ListedConcepts(CODE_LISTS)
        return self._lists


def _checked(
    document: Document,
    profiles: Sequence[Profile],
    rows: Sequence[Profile],
    context: KnownContext,
    engine: EngineName | None,
) -> dict[str, Any]:
    held = hold(document, [*profiles, *rows], context, engine=engine)
    found = answer_of(document, Held(held.verdicts[: len(profiles)], held.error))
    if rows:
        found["recognition"] = [row.to_json() for row in rows_of(rows, held.verdicts[len(profiles) :])]
    return found


class _Disagreements(logging.Handler):
    """Keeps the messages of a logger until somebody takes them."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())

    def take(self) -> list[str]:
        messages, self._messages = self._messages, []
        return messages


def _serve(requests: IO[bytes], answers: IO[bytes], checker: Checker, memory: int) -> None:
    disagreements = _Disagreements()
    DISAGREEMENTS.addHandler(disagreements)
    write_frames(answers, json.dumps({"ready": True}).encode(), b"")
    while (frame := read_frame(requests)) is not None:
        data = read_frame(requests) or b""
        head: dict[str, Any] = {}
        body = b""
        try:
            body, head["conforms"] = checker.answer(CheckTask(**json.loads(frame)), data)
        except ServiceError as error:
            head = error_to_json(error)
        except (MemoryError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
            head = failure_to_json(
                error, CheckFailed(f"checking broke down: {type(error).__name__}: {str(error)[:500]}")
            )
        head["disagreements"] = disagreements.take()
        # Memory that a large document has taken does not come back whole.
        head["recycle"] = peak_bytes() > memory // 2
        write_frames(answers, json.dumps(head).encode(), body)


def main() -> None:
    """Serve tasks until standard input ends; the arguments are the address-space limit in MiB and settings as JSON."""
    end_with_parent()
    memory = int(sys.argv[1]) * 1024 * 1024
    # The hard limit stays: the loader, which this program starts, has a limit of its own.
    limit_memory(memory, hard=False)
    be_nice(os.getpid(), _NICENESS)
    answers = take_answers()
    try:
        _serve(sys.stdin.buffer, answers, Checker(Settings(**json.loads(sys.argv[2]))), memory)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()

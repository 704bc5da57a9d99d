"""Runs bulk imports as jobs, one after another, a process each: watched, cancelled, remembered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from ..errors import NotFound, Overloaded, TooLate
from ..files import locked, write_json
from ..metrics import Metrics
from ..processes.child import Child
from ..settings import Settings
from ..work_store.folder import WorkFolder
from .queue import PASSED_ON, WriteQueue

logger = logging.getLogger(__name__)

State = Literal["waiting", "reading", "checking", "storing", "finished", "failed", "cancelled", "interrupted"]
RUNNING: tuple[State, ...] = ("reading", "checking", "storing")

_MOST_WAITING = 16
_MOST_KEPT = 200
_KEPT_FOR = timedelta(days=14)
_FILE = "job.json"
_LOCK = ".lock"
_PASSED_ON = PASSED_ON | {"loader_seconds", "loader_memory_mb", "confirm_refused", "confirm_share", "lost_share"}


@dataclass(frozen=True, slots=True)
class Job:
    """An import and how far it is. `done` counts bytes while reading, and records from checking on.

    `records` are counts by decision, `release` the number of the one that holds it, or will, once it is stored.
    `changes` is what it added, changed and removed; `force` lets it lose a good part of what its source held.
    `is_bound`, `namespaces` and `taken` say what its key may speak of.
    """

    id: str
    key: str
    format: str
    source: str
    file: str
    created: str
    state: State = "waiting"
    done: int = 0
    ended: str | None = None
    graph: str = ""
    records: Mapping[str, int] = field(default_factory=dict)
    stored: bool = False
    release: int | None = None
    message: str | None = None
    version: str = ""
    strict: bool = False
    is_bound: bool = False
    namespaces: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    force: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing will become of it any more."""
        return self.state not in ("waiting", *RUNNING)


class ImportJobs:
    """The jobs of a data directory. For one event loop, which it never blocks for long."""

    def __init__(self, settings: Settings, metrics: Metrics, writes: WriteQueue) -> None:
        self._settings = settings
        self._metrics = metrics
        self._writes = writes
        self._folder = settings.data / "imports"
        self._jobs: dict[str, Job] = {}
        self._locks: dict[str, contextlib.ExitStack] = {}
        self._children: dict[str, Child] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._one = asyncio.Semaphore(1)

    async def close(self) -> None:
        """Break off what runs; the next server says that it was interrupted."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @contextlib.contextmanager
    def receiving(self) -> Iterator[Path]:
        """Give a new folder for a job, to put its file into; it is gone again unless a job is made of it.

        Raises:
            Overloaded: too many jobs wait already.
        """
        waiting = sum(not job.has_ended for job in self._jobs.values())
        if waiting >= _MOST_WAITING:
            raise Overloaded(f"{waiting} imports wait already; try again later")
        self._forget_old()
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(parents=True)
        with contextlib.ExitStack() as lock:
            lock.enter_context(locked(folder / _LOCK))
            try:
                yield folder
            finally:
                if folder.name in self._jobs:
                    self._locks[folder.name] = lock.pop_all()  # held until the job has ended, or this process has
                else:
                    shutil.rmtree(folder, ignore_errors=True)

    def start(self, job: Job) -> Job:
        """Remember a job and carry it out when its turn comes."""
        self._keep(job)
        self._tasks[job.id] = asyncio.create_task(self._run(job.id))
        return job

    def job(self, number: str) -> Job:
        """Return a job as it is now.

        Raises:
            NotFound: there is none, or no longer.
        """
        if number in self._jobs:
            return self._jobs[number]
        if not number.isalnum() or not (self._folder / number / _FILE).is_file():
            raise NotFound(f"there is no import {number[:50]!r}, or it is remembered no longer")
        return self._left_behind(number)

    def every(self) -> tuple[Job, ...]:
        """Return every job that is remembered, newest first."""
        names = [path.parent.name for path in self._folder.glob(f"*/{_FILE}")]
        return tuple(sorted((self.job(name) for name in names), key=lambda job: job.created, reverse=True))

    def report(self, number: str, offset: int, limit: int) -> tuple[list[str], bool]:
        """Return lines of a job's report, and whether there are more."""
        self.job(number)
        path = self._folder / number / "report.jsonl"
        if not path.exists():
            return [], False
        found: list[str] = []
        with path.open(encoding="utf-8") as file:
            for place, line in enumerate(file):
                if place >= offset + limit:
                    return found, True
                if place >= offset:
                    found.append(line)
        return found, False

    async def cancel(self, number: str) -> None:
        """Break off a job, of which nothing is stored then; forget one that has ended.

        Raises:
            NotFound: there is none.
            TooLate: it is being stored at this moment.
        """
        job = self.job(number)
        if job.has_ended:
            self._forget(number)
            return
        if job.state == "storing":
            raise TooLate(f"import {number} is being stored and can no longer be cancelled")
        self._end(number, state="cancelled")
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, number: str) -> None:
        try:
            async with self._one:
                await self._carry_out(number)
        except (EOFError, OSError) as error:
            logger.error("import %s ended early: %s", number, error)
            self._end(number, state="failed", message="the import ended early, perhaps for want of memory")
        finally:
            self._tasks.pop(number, None)
            job = self._jobs[number]
            if job.has_ended:
                self._metrics.writes.labels("import", job.state).inc()
                (self._folder / number / job.file).unlink(missing_ok=True)
            lock = self._locks.pop(number, None)
            if lock is not None:
                lock.close()

    async def _carry_out(self, number: str) -> None:
        job = self._jobs[number]
        asked = {
            "folder": str((self._folder / number).absolute()), "file": job.file, "format": job.format,
            "source": job.source, "stamp": job.created, "version": job.version, "strict": job.strict,
            "is_bound": job.is_bound, "namespaces": job.namespaces, "taken": job.taken, "force": job.force,
        }  # fmt: skip
        settings = self._settings.model_dump_json(include=_PASSED_ON)
        async with Child.started("service.writing.import_program", settings, json.dumps(asked)) as child:
            while not (frame := await child.read_json()).get("end"):
                if "ready" in frame:
                    self._change(number, state="storing", graph=frame["graph"], **_counted(frame["records"]))
                    await child.send(b'{"go": true}')
                elif self._jobs[number].state != "storing":
                    stage = "reading" if frame["stage"] == "reading" else "checking"
                    self._change(number, state=stage, done=frame["done"])
        if "error" in frame:
            self._end(number, state="failed", message=frame["message"])
            return
        reported = {name: frame[name] for name in ("stored", "graph", "release", "changes") if name in frame}
        self._end(number, state="finished", **reported, **_counted(frame.get("records", {})))
        if frame["stored"]:
            self._writes.publish()

    def _left_behind(self, number: str) -> Job:
        """Return a job that this process did not start: that of another server, or of one that is no more."""
        folder = self._folder / number
        job = Job(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
        if job.has_ended:
            return job
        with contextlib.ExitStack() as lock:
            try:
                lock.enter_context(locked(folder / _LOCK, 0))
            except BlockingIOError:
                return job
            ended = {"ended": _now()}
            if job.state == "storing" and WorkFolder(self._settings.data).holds(job.graph, job.created):
                job = replace(job, state="finished", stored=True, **ended)  # type: ignore[arg-type]
            else:
                why = "the server ended before the import did; send it again"
                job = replace(job, state="interrupted", message=why, **ended)  # type: ignore[arg-type]
            write_json(folder / _FILE, asdict(job))
            (folder / job.file).unlink(missing_ok=True)
        return job

    def _keep(self, job: Job) -> None:
        self._jobs[job.id] = job
        write_json(self._folder / job.id / _FILE, asdict(job))

    def _change(self, number: str, **values: Any) -> None:
        job = self._jobs[number]
        if job.has_ended:
            return
        changed = replace(job, **values)
        if changed.state != job.state:
            self._keep(changed)
        else:
            self._jobs[number] = changed

    def _end(self, number: str, **values: Any) -> None:
        self._change(number, ended=_now(), **values)

    def _forget_old(self) -> None:
        before = (datetime.now(UTC) - _KEPT_FOR).isoformat()
        for place, job in enumerate(self.every()):
            if job.has_ended and (place >= _MOST_KEPT or job.created < before):
                self._forget(job.id)

    def _forget(self, number: str) -> None:
        self._jobs.pop(number, None)
        shutil.rmtree(self._folder / number, ignore_errors=True)


def new_job(folder: Path, key: str, source_format: str, source: str, file: str, version: str, strict: bool) -> Job:
    """Return a job that waits; its folder gives it its number."""
    return Job(folder.name, key, source_format, source, file, _now(), version=version, strict=strict)


def _counted(records: Mapping[str, int]) -> dict[str, Any]:
    """Return the counts by decision, and how many were checked in all: progress is told by the hundred only."""
    return {"records": records, "done": sum(records.values())}


def _now() -> str:
    return datetime.now(UTC).isoformat()

"""Hands writes to the one process that writes, many at a time, and has releases made of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import Overloaded, ServiceError, StoreUnavailable
from ..loading.bodies import Body
from ..metrics import Metrics
from ..processes.child import Child
from ..processes.frames import error_from_json
from ..releases.engine_state import awaits_engine, newest_served
from ..releases.releases import Releases
from ..settings import Settings
from ..work_store.folder import WorkFolder
from .graphs import GraphOrder
from .records import RecordOrder
from .updates import Update

logger = logging.getLogger(__name__)

_START_SECONDS = 60.0
_AGAIN_SECONDS = 30.0
_CLOSE_SECONDS = 10.0
_MOST_AT_ONCE = 200
PASSED_ON = {
    "update_seconds",
    "check_memory_mb",
    "data",
    "base_url",
    "keep_releases",
    "keep_changes_days",
    "write_profile",
    "write_wait_seconds",
    "vocabularies",
}
_ENGINE = {"store", "store_graphs", "store_user", "query_seconds"}


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What the writer says of a task that is done, durably, and the number of the release that will hold it."""

    result: dict[str, Any]
    release: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    task: dict[str, Any]
    done: asyncio.Future[WriteOutcome]


class WriteQueue:
    """The queue before the writer. For one event loop, which it never blocks."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._releases = Releases(settings.data)
        self._work = WorkFolder(settings.data)
        self._queue: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self._failure = ""
        self._due: float | None = None
        self._child: Child | None = None
        self._loop: asyncio.Task[None] | None = None
        self._under_way: asyncio.Task[None] | None = None

    async def start(self, *, expected: bool = False) -> None:
        """Publish what was acknowledged before the last server ended and is in no release yet.

        When writes are `expected` the writer is started now, so that the first one does not wait for it.
        """
        if expected:
            self._attend()
        if self._work.awaits_publication or (self._settings.store_graphs and awaits_engine(self._settings)):
            self._publish_after(0)

    async def close(self) -> None:
        """Let the batch under way end; what waits is told to come again."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
        if self._under_way is not None:
            await asyncio.wait((self._under_way,), timeout=_CLOSE_SECONDS)
        for waiting in self._queue:
            _fail(waiting, Overloaded("the service is being stopped; nothing was changed"))
        if self._child is not None:
            await self._child.end()

    async def put(self, order: RecordOrder) -> WriteOutcome:
        """Write a record; see `records.put_record` for what it may raise."""
        return await self._submit("put", {"order": asdict(order)})

    async def remove(self, order: RecordOrder) -> WriteOutcome:
        """Remove a record; see `records.remove_record` for what it may raise."""
        return await self._submit("delete", {"order": asdict(order)})

    async def write_graph(self, method: str, order: GraphOrder, body: Body | None = None) -> WriteOutcome:
        """Replace (PUT), add to (POST) or remove (DELETE) a graph; see `graphs` for what it may raise."""
        task = {"nquads": str(body.nquads) if body else "", "issues": body.issues if body else ()}
        return await self._submit("graph", {"method": method, "order": asdict(order), **task})

    async def update(self, order: GraphOrder, update: Update) -> WriteOutcome:
        """Carry out an update; see `updates.run_update` for what it may raise."""
        return await self._submit("update", {"order": asdict(order), **asdict(update)})

    def publish(self) -> None:
        """Have a release made of what was stored by another process, as soon as after any other write."""
        self._publish_after(self._settings.publish_seconds)

    async def published(self, release: int, seconds: float) -> bool:
        """Wait until a release of this number, or a later one, serves; False when it does not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_published(release) and not self._failure and not self.is_held:
                    await self._news.wait()
        return self.is_published(release)

    @property
    def is_held(self) -> bool:
        """Tell whether nothing is published until an operator does, after a roll-back."""
        return self._releases.is_held

    def is_published(self, release: int) -> bool:
        """Tell whether a release of this number, or a later one, has been made and taken by the engine, if any."""
        return newest_served(self._settings) >= release

    def missing(self, release: int) -> str:
        """Return in words what a release lacks before it serves; empty when it does."""
        if self.is_published(release):
            return ""
        if self.is_held:
            return f"it is held: release {self._releases.current_number()} serves again until an operator publishes"
        if self._settings.store_graphs and self._releases.next_number() > release:
            return "the engine that answers here has not taken the release yet; it is sent again"
        return "the release is not made yet"

    async def _submit(self, kind: str, task: dict[str, Any]) -> WriteOutcome:
        """Return what became of a task, once it is durable.

        Raises:
            Overloaded: too many wait, or another process writes for too long; nothing has changed.
            StoreUnavailable: the writer came to an end: it may be done, or not.
        """
        if len(self._queue) >= self._settings.write_queue:
            raise Overloaded(f"{len(self._queue)} writes wait already; try again later")
        waiting = _Waiting({"kind": kind, **task}, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._attend()
        word = "failed"
        try:
            outcome = await waiting.done
            word = "done" if outcome.result.get("changed", True) else "unchanged"
            return outcome
        except ServiceError as error:
            word = error.slug
            raise
        finally:
            self._metrics.writes.labels(kind, word).inc()
            if waiting in self._queue:  # nobody waits for it any more, and nobody has begun with it
                self._queue.remove(waiting)

    def _attend(self) -> None:
        self._wake.set()
        if self._loop is None:
            self._loop = asyncio.create_task(self._run())

    def _publish_after(self, seconds: float) -> None:
        due = asyncio.get_running_loop().time() + seconds
        self._due = due if self._due is None else min(due, self._due)
        self._attend()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            await self._writer()
        except (EOFError, OSError):  # the first batch tries again, and tells
            await self._drop_writer()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._due):
                    await self._wake.wait()
            self._wake.clear()
            batch, self._queue = self._queue[:_MOST_AT_ONCE], self._queue[_MOST_AT_ONCE:]
            is_due = self._due is not None and self._due <= clock()
            if batch or is_due:
                # To be stopped does not break off a batch: what it has promised shall be answered.
                self._under_way = asyncio.create_task(self._batch(batch, is_due))
                await asyncio.shield(self._under_way)
            if self._queue:
                self._wake.set()

    async def _batch(self, batch: list[_Waiting], is_due: bool) -> None:
        now = self._settings.publish_seconds == 0
        publish = "now" if is_due else "if-changed" if now else "no"
        if is_due:
            self._due = None
        try:
            child = await self._writer()
            await child.send(json.dumps({"tasks": [each.task for each in batch], "publish": publish}).encode())
            while not (frame := await child.read_json()).get("end"):
                self._take(frame, batch)
        except (EOFError, OSError) as error:
            logger.error("the writer ended in the middle of a batch: %s", error)
            await self._drop_writer()
            self._failure = "the writer ended"
            self._tell()
            self._publish_after(_AGAIN_SECONDS)
        for each in batch:
            _fail(each, StoreUnavailable("the writer ended before it had answered: send the request again"))

    def _take(self, frame: dict[str, Any], batch: list[_Waiting]) -> None:
        if "waited" in frame:
            self._metrics.write_lock_seconds.observe(frame["waited"])
        elif "locked" in frame:
            logger.warning("%s", frame["locked"])
            for each in batch:
                _fail(each, error_from_json(frame))
            if self._due is None and self._work.unpublished.exists():
                self._publish_after(_AGAIN_SECONDS)
        elif "task" in frame:
            each = batch[frame["task"]]
            if "error" in frame:
                _fail(each, error_from_json(frame))
                return
            if not self._settings.publish_seconds and frame["result"].get("changed", True):
                self._failure = ""  # it is published, or not, with this batch
            if not each.done.done():
                each.done.set_result(WriteOutcome(frame["result"], frame["release"]))
            if self._settings.publish_seconds and frame["result"].get("changed", True):
                self._publish_after(self._settings.publish_seconds)
        else:
            self._take_publication(frame["publication"])

    def _take_publication(self, publication: dict[str, Any]) -> None:
        self._failure = publication.get("error", "")
        if self._failure:
            logger.error("publishing failed, and is tried again: %s", self._failure)
            self._publish_after(_AGAIN_SECONDS)
        else:
            self._metrics.publish_seconds.observe(publication["seconds"])
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _drop_writer(self) -> None:
        if self._child is not None:
            await self._child.end()
            self._child = None

    async def _writer(self) -> Child:
        if self._child is None or not self._child.alive:
            settings = self._settings
            self._child = await Child.start(
                "service.writing.writer_program",
                settings.model_dump_json(include=PASSED_ON | (_ENGINE if settings.store else set())),
            )
            secrets = {name: getattr(settings, name) for name in ("store_password", "store_token")}
            shown = {name: secret.get_secret_value() for name, secret in secrets.items() if secret}
            await self._child.send(json.dumps(shown).encode())
            async with asyncio.timeout(_START_SECONDS):
                await self._child.read_json()
        return self._child


def _fail(waiting: _Waiting, error: ServiceError) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(error)

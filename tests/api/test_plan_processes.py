"""Questions of stacking are answered in processes of their own: in turn, in time, and only while somebody waits."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, TypeVar

import pytest
from fastapi.testclient import TestClient

from service.errors import InvalidArgument, Overloaded, TimedOut
from service.metrics import Metrics
from service.processes.frames import Frame
from service.releases.readers import Readers
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.stacking.asking import ask
from service.stacking.matrix.matrix import Matrix
from service.validation import documents
from service.workers.plan_pool import PlanPool
from service.workers.plan_task import PlanTask
from service.workers.task_processes import TaskProcesses
from tests.faults.test_floods import BBA, MANY_HELD, SKILL, document
from tests.support.serving import address_of, running_server

pytestmark = pytest.mark.system

T = TypeVar("T")


@pytest.fixture(scope="module")
def matrix(demo_settings: Settings) -> str:
    readers = Readers(demo_settings, load_queries())
    try:
        return str(readers.current().matrix())
    finally:
        readers.close()


def run(settings: Settings, work: Callable[[PlanPool], Awaitable[T]]) -> T:
    async def whole() -> T:
        pool = PlanPool(settings, Metrics())
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(whole())


def question(**more: object) -> bytes:
    return json.dumps({"target": BBA, **more}).encode()


def test_all_documents_of_a_question_are_read_by_one_process(
    demo_settings: Settings, matrix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    real = documents.run_loader

    def counted(settings: Settings, name: str, sources: Any, *more: Any) -> Any:
        started.append(len(sources))
        return real(settings, name, sources, *more)

    monkeypatch.setattr(documents, "run_loader", counted)
    answered = ask(MANY_HELD, Matrix.load(matrix), demo_settings, date(2026, 1, 1), only_held=True)  # type: ignore[arg-type]
    assert started == [30]
    assert len(answered.question.problem.held) == 30


def test_one_document_that_is_none_refuses_the_question(demo_settings: Settings, matrix: str) -> None:
    held = [{"document": document(1)}, {"document": {"@context": {}, "@id": "http://example.org/x"}}]
    with pytest.raises(InvalidArgument, match="not a credential"):
        ask({"target": BBA, "held": held}, Matrix.load(matrix), demo_settings, date(2026, 1, 1))  # type: ignore[arg-type]


def test_more_documents_than_may_be_read_are_413(demo: TestClient) -> None:
    held = [{"document": document(number)} for number in range(51)]
    answer = demo.post("/api/v1/audits", json={"target": {"skills": [SKILL]}, "held": held})
    assert answer.status_code == 413
    assert "50" in answer.json()["detail"]


def test_cancelled_question_ends_its_process_and_the_next_is_served(demo_settings: Settings, matrix: str) -> None:
    async def work(pool: PlanPool) -> bool:
        await pool.run(PlanTask("ready", matrix))
        queue = pool._processes._queue
        running = asyncio.create_task(pool.run(PlanTask("path", matrix), question()))
        while not queue.lent:
            await asyncio.sleep(0)
        child = queue._lent[0].worker
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await child.ended()
        return json.loads(await pool.run(PlanTask("path", matrix), question()))["status"] != ""

    assert run(demo_settings.model_copy(update={"workers": 1}), work)


def test_more_questions_than_may_wait_are_refused_at_once(demo_settings: Settings, matrix: str) -> None:
    async def work(pool: PlanPool) -> list[Any]:
        tasks = [asyncio.create_task(pool.run(PlanTask("path", matrix), question())) for _ in range(3)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    settings = demo_settings.model_copy(update={"workers": 1, "query_queue": 1})
    first, second, third = run(settings, work)
    assert json.loads(first)["plan"]
    assert json.loads(second)["plan"]
    assert isinstance(third, Overloaded)


def test_question_that_does_not_end_is_ended(demo_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What never answers is a program that waits for its input: nothing here depends on a clever question."""
    monkeypatch.setattr("service.workers.plan_pool._MOST_SECONDS", 0.0)

    async def work(pool: PlanPool) -> bytes:
        return await pool.run(PlanTask("path", "nowhere"), question())

    with pytest.raises(TimedOut):
        run(demo_settings, work)


DOCUMENT = ("text/turtle", b"<http://example.org/x> a <http://data.europa.eu/snb/model/elm/Qualification> .")


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("/api/v1/paths", "application/json", question()),
        ("/api/v1/audits", "application/json", question()),
        ("/api/v1/validations", *DOCUMENT),
        ("/api/v1/recognitions", *DOCUMENT),
    ],
)
def test_work_ends_when_its_client_leaves(
    demo_settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str, media_type: str, body: bytes
) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def endless(self: TaskProcesses, task: Frame, *more: object) -> tuple[Frame, bytes]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    monkeypatch.setattr(TaskProcesses, "run", endless)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    with running_server(demo_settings) as server:
        port = int(address_of(server).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head.encode() + body)
            assert begun.wait(600)
        assert ended.wait(600)


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [("/api/v1/paths", "application/json", question()), ("/api/v1/validations", *DOCUMENT)],
)
def test_turns_are_taken_by_client(
    demo: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, media_type: str, body: bytes
) -> None:
    clients: list[str] = []

    async def refused(
        self: TaskProcesses, task: Frame, data: bytes, seconds: float, client: str, *more: object
    ) -> None:
        clients.append(client)
        raise Overloaded("not now")

    monkeypatch.setattr(TaskProcesses, "run", refused)
    assert demo.post(path, content=body, headers={"Content-Type": media_type}).status_code == 503
    assert clients == ["testclient"]

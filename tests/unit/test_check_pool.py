"""Processes that check: each limit holds, whoever comes next is served, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from service.errors import InvalidArgument, Overloaded, TimedOut
from service.settings import Settings
from service.workers.check_pool import CheckPool
from service.workers.check_task import CheckTask
from tests.support.bad_documents import (
    ENDLESS_PATTERN,
    ENDLESS_SHAPES,
    HIDDEN_PATTERN,
    PREFIXES,
    TRAPPED,
    TURTLE,
    data_of,
)
from tests.support.records import record

pytestmark = pytest.mark.system

NQUADS = "application/n-quads"
GOOD = CheckTask(profiles=("eu",), media_type=NQUADS, source="good", seconds=300)

T = TypeVar("T")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("checks") / "var", workers=1, query_queue=1)


Run = Callable[[Callable[[CheckPool], Awaitable[T]]], T]


@pytest.fixture(scope="module")
def run(settings: Settings) -> Iterator[Run[Any]]:
    """Do something with the one set of processes of this module; whatever a test did to it, the next one is served."""
    with asyncio.Runner() as runner:
        checkers = CheckPool(settings)

        async def whole(work: Callable[[CheckPool], Awaitable[T]]) -> T:
            return await work(checkers)

        yield lambda work: runner.run(whole(work))
        runner.run(checkers.close())


def run_alone(settings: Settings, work: Callable[[CheckPool], Awaitable[T]]) -> T:
    """Do something with a set of processes that is closed afterwards."""

    async def whole() -> T:
        checkers = CheckPool(settings)
        try:
            return await work(checkers)
        finally:
            await checkers.close()

    return asyncio.run(whole())


def shapes(folder: Path, pattern: str) -> str:
    path = folder / "endless.ttl"
    path.write_text(ENDLESS_SHAPES.replace("PATTERN", pattern), "utf-8")
    return str(path)


def test_document_past_the_time_limit_is_ended_and_the_next_one_served(run: Run[Any], tmp_path: Path) -> None:
    trap = CheckTask(shapes=(shapes(tmp_path, HIDDEN_PATTERN),), media_type=TURTLE, source="trap", seconds=8)

    async def work(checkers: CheckPool) -> bool:
        with pytest.raises(TimedOut):
            await checkers.run(trap, data_of(TRAPPED))
        return (await checkers.run(GOOD, record("a").encode())).conforms

    assert run(work)


def test_pattern_that_repeats_a_repetition_is_refused_before_it_is_tried(run: Run[Any], tmp_path: Path) -> None:
    trap = CheckTask(shapes=(shapes(tmp_path, ENDLESS_PATTERN),), media_type=TURTLE, source="trap", seconds=300)
    with pytest.raises(InvalidArgument, match="repeats a repetition"):
        run(lambda checkers: checkers.run(trap, data_of(TRAPPED)))


def test_file_without_shapes_is_refused(run: Run[Any], tmp_path: Path) -> None:
    path = tmp_path / "none.ttl"
    path.write_text(PREFIXES + "ex:x a elm:Qualification .", "utf-8")
    with pytest.raises(InvalidArgument, match="no shapes"):
        run(lambda checkers: checkers.run(CheckTask(shapes=(str(path),), media_type=TURTLE, seconds=300), b""))


def test_process_that_dies_is_an_overload_and_the_next_document_is_served(run: Run[Any]) -> None:
    async def work(checkers: CheckPool) -> bool:
        await checkers.run(GOOD, record("a").encode())
        queue = checkers._processes._queue
        running = asyncio.create_task(checkers.run(GOOD, record("a").encode()))
        while not queue.lent:
            await asyncio.sleep(0)
        queue._lent[0].worker.kill()
        with pytest.raises(Overloaded):
            await running
        return (await checkers.run(GOOD, record("a").encode())).conforms

    assert run(work)


def test_more_than_may_wait_are_refused_at_once(run: Run[Any]) -> None:
    async def work(checkers: CheckPool) -> list[Any]:
        tasks = [asyncio.create_task(checkers.run(GOOD, record("a").encode())) for _ in range(3)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = run(work)
    assert first.conforms
    assert second.conforms
    assert isinstance(third, Overloaded)


def test_one_process_serves_one_document_after_another(run: Run[Any]) -> None:
    async def work(checkers: CheckPool) -> tuple[int, int]:
        used = []
        for _ in range(2):
            await checkers.run(GOOD, record("a").encode())
            used.append(checkers._processes._queue._free[-1])
        return checkers.count, len(set(used))

    assert run(work) == (1, 1)


def test_document_waits_for_the_process_that_is_getting_ready(settings: Settings) -> None:
    async def work(checkers: CheckPool) -> int:
        checkers.warm(("eu",))
        checkers.warm(("eu",))
        assert (await checkers.run(GOOD, record("a").encode())).conforms
        return checkers.count

    assert run_alone(settings.model_copy(update={"workers": 2}), work) == 1


def test_nothing_is_left_behind(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    answer = run_alone(settings, lambda checkers: checkers.run(GOOD, record("a").encode()))
    assert json.loads(answer.body)["documents"][0]["verdicts"][0]["outcome"] == "conforms"
    assert list(scratch.iterdir()) == []
    assert not settings.data.exists()

"""Whose turn it is: order, the place that slow clients leave to others, and nothing lost when somebody goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.workers.fair_queue import FairQueue, Loan, QueueFull

TAKEN: list[str] = []
"""Workers taken back while their query ran."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def queue_of(*workers: str, places: int = 10) -> tuple[FairQueue[str], Clock]:
    clock = Clock()
    queue: FairQueue[str] = FairQueue(
        len(workers), places, lambda worker: not worker.startswith("dead"), TAKEN.append, clock
    )
    for worker in reversed(workers):  # the last one is lent first
        queue.add(worker)
    return queue, clock


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(scenario(), 10)

    asyncio.run(whole())


async def waiting(queue: FairQueue[str], client: str) -> asyncio.Task[Loan[str]]:
    task = asyncio.create_task(queue.take(client))
    await asyncio.sleep(0)
    return task


async def be_slow(queue: FairQueue[str], clock: Clock, client: str) -> None:
    turn = await queue.take(client)
    clock.now += 5
    queue.end(turn)


def test_who_waits_is_served_in_order() -> None:
    async def scenario() -> None:
        queue, _ = queue_of("w")
        first = await queue.take("a")
        tasks = [await waiting(queue, name) for name in ("b", "c")]
        queue.end(first)
        second = await tasks[0]
        assert second.client == "b"
        assert not tasks[1].done()
        queue.end(second)
        assert (await tasks[1]).client == "c"

    run(scenario)


def test_slow_clients_together_leave_one_worker_to_others() -> None:
    async def scenario() -> None:
        queue, clock = queue_of("w1", "w2", "w3")
        for name in ("slow-1", "slow-2"):
            await be_slow(queue, clock, name)
        queue.end(await queue.take("quick"))
        held = [await queue.take("slow-1"), await queue.take("slow-2")]
        third = await waiting(queue, "slow-1")
        assert not third.done()
        quick = await queue.take("quick")
        queue.end(quick)
        await asyncio.sleep(0)
        assert not third.done()
        queue.end(held[0])
        assert (await third).client == "slow-1"

    run(scenario)


def test_client_whose_query_runs_for_a_second_does_not_get_the_last_worker_too() -> None:
    async def scenario() -> None:
        queue, clock = queue_of("w1", "w2")
        queue.end(await queue.take("quick"))
        await queue.take("slow")
        clock.now += 1.5
        second = await waiting(queue, "slow")
        assert (await queue.take("quick")).client == "quick"
        assert not second.done()

    run(scenario)


@pytest.mark.parametrize(
    ("holders", "waits", "taken"),
    [
        (("a", "a"), "b", ["w2"]),  # its newest query
        (("a", "c"), "b", []),  # each holds one only
        (("a", "a"), "a", []),  # it waits for itself
    ],
)
def test_worker_is_taken_back_from_a_client_that_holds_several(
    holders: tuple[str, str], waits: str, taken: list[str]
) -> None:
    async def scenario() -> None:
        TAKEN.clear()
        queue, clock = queue_of("w1", "w2")
        held = []
        for holder in holders:
            held.append(await queue.take(holder))
            clock.now += 0.5
        task = await waiting(queue, waits)
        [place] = queue._line
        clock.now += 1.0
        queue.look_after(place)
        queue.look_after(place)
        assert taken == TAKEN
        assert [queue.was_reclaimed(turn) for turn in held] == [False, bool(taken)]
        queue.end(held[1], worker_back=not taken)
        queue.end(held[0])
        assert (await task).client == waits

    run(scenario)


@pytest.mark.parametrize("others", [[], ["slow too"]])
def test_slow_client_gets_every_worker_while_nobody_quick_asks(others: list[str]) -> None:
    """Behind a proxy nobody named, all clients are one: a free worker must not stay idle while they wait."""

    async def scenario() -> None:
        queue, clock = queue_of("w1", "w2")
        for client in (*others, "slow"):
            await be_slow(queue, clock, client)
        assert {(await queue.take("slow")).worker for _ in range(2)} == {"w1", "w2"}

    run(scenario)


def test_slow_client_is_an_ordinary_one_after_a_minute() -> None:
    async def scenario() -> None:
        queue, clock = queue_of("w1", "w2")
        await be_slow(queue, clock, "a")
        clock.now += 61
        assert {(await queue.take("a")).worker for _ in range(2)} == {"w1", "w2"}

    run(scenario)


def test_one_worker_serves_slow_clients_too() -> None:
    async def scenario() -> None:
        queue, clock = queue_of("w")
        await be_slow(queue, clock, "a")
        assert (await queue.take("a")).worker == "w"

    run(scenario)


def test_line_has_so_many_places_and_slow_clients_half_of_them() -> None:
    async def scenario() -> None:
        queue, clock = queue_of("w1", "w2", places=4)
        queue.end(await queue.take("quick"))
        await be_slow(queue, clock, "slow")
        await queue.take("slow")
        for _ in range(2):
            await waiting(queue, "slow")
        with pytest.raises(QueueFull):
            await queue.take("slow")
        await queue.take("quick")
        for _ in range(2):
            await waiting(queue, "quick")
        with pytest.raises(QueueFull):
            await queue.take("quick")
        assert queue.waiting == 4

    run(scenario)


def test_who_goes_away_gives_back_what_it_was_lent() -> None:
    async def scenario() -> None:
        queue, _ = queue_of("w")
        first = await queue.take("a")
        leaving = await waiting(queue, "b")
        next_one = await waiting(queue, "c")
        queue.end(first)  # b has the worker now, and has not noticed
        leaving.cancel()
        assert (await next_one).client == "c"
        assert queue.waiting == 0

    run(scenario)


def test_worker_that_has_ended_is_not_lent() -> None:
    async def scenario() -> None:
        queue, _ = queue_of("dead-1", "w", "dead-2")
        assert (await queue.take("a")).worker == "w"
        late = await waiting(queue, "b")
        assert not late.done()
        queue.add("new")
        assert (await late).worker == "new"

    run(scenario)

"""Lends free workers in order of arrival, but slow clients always leave one worker to the others."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

SLOW_SECONDS = 0.5
REMEMBERED_SECONDS = 60.0
_MOST_SEEN = 1000

T = TypeVar("T")


class QueueFull(Exception):
    """Too many wait already."""


@dataclass(frozen=True, slots=True)
class Loan(Generic[T]):
    """A worker lent to a client."""

    worker: T
    client: str
    started: float


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    client: str
    loan: asyncio.Future[Loan[T]]


class FairQueue(Generic[T]):
    """Lends `size` workers at a time, of as many or more. For one event loop.

    A client whose query holds a worker for more than half a second counts as slow, up to a minute after it. All slow
    clients together get one worker fewer than there are, and half the places in the line, as long as others ask too:
    whatever slow clients ask, those are served.
    Where one client holds several workers as others wait, `reclaim` is called to end its newest slow query.
    The worker that came back last is lent first: it knows best what is asked.
    """

    def __init__(
        self,
        size: int,
        places: int,
        alive: Callable[[T], bool],
        reclaim: Callable[[T], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._alive = alive
        self._reclaim = reclaim
        self._reclaimed: list[Loan[T]] = []
        self._clock = clock
        self._size = size
        self._most_slow = max(1, size - 1)
        self._lent: list[Loan[T]] = []
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._slow_until: dict[str, float] = {}
        self._free: list[T] = []
        self._line: list[_Waiting[T]] = []

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._line)

    @property
    def lent(self) -> int:
        """Return how many workers are lent."""
        return len(self._lent)

    def add(self, worker: T) -> None:
        """Let a new worker be lent."""
        self._free.append(worker)
        self._lend()

    async def take(self, client: str) -> Loan[T]:
        """Return the client's turn as soon as it comes; whoever takes it must `end` it.

        Raises:
            QueueFull: too many wait already.
        """
        place: _Waiting[T] = _Waiting(client, asyncio.get_running_loop().create_future())
        self._line.append(place)
        self._lend()
        if place in self._line and self._too_many(client):
            self._line.remove(place)
            raise QueueFull
        self._look_later(place)
        try:
            return await place.loan
        except asyncio.CancelledError:
            if place in self._line:
                self._line.remove(place)
            elif place.loan.done() and not place.loan.cancelled():
                self.end(place.loan.result())  # it came in the same moment
            raise

    def was_reclaimed(self, loan: Loan[T]) -> bool:
        """Tell whether the worker was taken from the client, for others."""
        return loan in self._reclaimed

    def end(self, loan: Loan[T], *, worker_back: bool = True) -> None:
        """Take a worker back, or only note that it is gone."""
        now = self._clock()
        if now - loan.started > SLOW_SECONDS:
            self._slow_until = {client: until for client, until in self._slow_until.items() if until > now}
            self._slow_until[loan.client] = now + REMEMBERED_SECONDS
        self._lent.remove(loan)
        if loan in self._reclaimed:
            self._reclaimed.remove(loan)
        if worker_back:
            self._free.append(loan.worker)
        self._lend()

    def _look_later(self, place: _Waiting[T]) -> None:
        """See to it that whoever waits for long does not wait for one client that holds several workers."""
        if not place.loan.done():
            loop = asyncio.get_running_loop()
            loop.call_later(SLOW_SECONDS, self.look_after, place)

    def look_after(self, place: _Waiting[T]) -> None:
        """Take back a worker for somebody who waits, if a client holds several with slow queries."""
        if place not in self._line:
            return
        self._look_later(place)
        now = self._clock()
        held = [loan for loan in self._lent if now - loan.started > SLOW_SECONDS]
        [(client, most)] = Counter(loan.client for loan in held).most_common(1) or [("", 0)]
        if most < 2 or len(self._lent) < self._size or self._reclaimed or self._is_slow(place.client):
            return
        newest = max((loan for loan in held if loan.client == client), key=lambda loan: loan.started)
        self._reclaimed.append(newest)
        self._reclaim(newest.worker)

    def _lend(self) -> None:
        for place in tuple(self._line):
            while self._free and not self._alive(self._free[-1]):
                self._free.pop()
            if not self._free or len(self._lent) >= self._size:
                return
            if self._must_wait(place.client):
                continue
            self._line.remove(place)
            if place.loan.cancelled():
                continue
            loan = Loan(self._free.pop(), place.client, self._clock())
            self._lent.append(loan)
            self._see(loan)
            place.loan.set_result(loan)

    def _must_wait(self, client: str) -> bool:
        if not self._is_slow(client) or sum(self._is_slow(loan.client) for loan in self._lent) < self._most_slow:
            return False
        since = self._clock() - REMEMBERED_SECONDS
        others = (name for name, seen in self._seen.items() if name != client and seen > since)
        return any(not self._is_slow(name) for name in others)

    def _see(self, loan: Loan[T]) -> None:
        self._seen[loan.client] = loan.started
        self._seen.move_to_end(loan.client)
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)

    def _too_many(self, client: str) -> bool:
        # Whoever could be served were the worker ready that is being started does not count.
        if len(self._line) - (self._size - len(self._lent)) > self._places:
            return True
        return self._is_slow(client) and sum(self._is_slow(p.client) for p in self._line) > max(1, self._places // 2)

    def _is_slow(self, client: str) -> bool:
        now = self._clock()
        held = (now - loan.started > SLOW_SECONDS for loan in self._lent if loan.client == client)
        return self._slow_until.get(client, 0.0) > now or any(held)

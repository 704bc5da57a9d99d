"""What one connection may send, how slowly it may do so, and how many there may be: told by a clock of the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from service.settings import Settings
from service.web.edge.http_protocol import LEAST_RATE, bounded_http

HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /api/v1/paths HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"


class Timer:
    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.when, self.call, self.is_off = when, call, False

    def cancel(self) -> None:
        self.is_off = True


class Task:
    def add_done_callback(self, call: object) -> None:
        """Nothing is ever done: no application answers here."""


class Loop:
    """An event loop that has only a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[Timer] = []

    def call_later(self, seconds: float, call: Callable[..., None], *arguments: object) -> Timer:
        self._timers.append(Timer(self.now + seconds, lambda: call(*arguments)))
        return self._timers[-1]

    def create_task(self, work: Coroutine[Any, Any, None], **_: object) -> Task:
        work.close()
        return Task()

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self._timers if not timer.is_off and timer.when <= end]:
            first = min(due, key=lambda timer: timer.when)
            self.now = max(self.now, first.when)
            first.is_off = True
            first.call()
        self.now = end


class Transport:
    """What the client gets; `state` is open, half (no more is sent), closed or aborted."""

    def __init__(self, address: str) -> None:
        self.sent, self.state, self.paused, self._peer = b"", "open", False, (address, 4711)

    def get_extra_info(self, name: str) -> object:
        return self._peer if name == "peername" else None

    def write(self, data: bytes) -> None:
        self.sent += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.state = "half"

    def close(self) -> None:
        self.state = "closed"

    def abort(self) -> None:
        self.state = "aborted"

    def is_closing(self) -> bool:
        return self.state in ("closed", "aborted")

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    @property
    def status(self) -> int:
        return int(self.sent.split()[1]) if self.sent else 0

    @property
    def problem(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.sent.partition(b"\r\n\r\n")[2])
        return found


class Door:
    """Opens connections to one server."""

    def __init__(self, **settings: Any) -> None:
        self.loop = Loop()
        self._class = bounded_http(Settings(request_seconds=10, stalled_seconds=20, **settings))

        async def nothing(scope: object, receive: object, send: object) -> None:
            """Answer nothing."""

        self._config = uvicorn.Config(nothing, ws="none", interface="asgi3", log_config=None)
        self._state = ServerState()

    def open(self, address: str = "192.0.2.1") -> tuple[HttpToolsProtocol, Transport]:
        loop = cast("asyncio.AbstractEventLoop", self.loop)
        protocol = self._class(config=self._config, server_state=self._state, app_state={}, _loop=loop)
        transport = Transport(address)
        protocol.connection_made(cast("asyncio.Transport", transport))
        return protocol, transport


@pytest.fixture
def door() -> Door:
    return Door()


def test_connection_on_which_nothing_is_asked_is_closed(door: Door) -> None:
    _, transport = door.open()
    door.loop.pass_time(9.9)
    assert transport.state == "open"
    door.loop.pass_time(0.2)
    assert (transport.state, transport.sent) == ("closed", b"")


def test_half_a_head_is_408_however_it_trickles_in(door: Door) -> None:
    protocol, transport = door.open()
    for place in range(len(HEAD)):
        if transport.state == "open":
            protocol.data_received(HEAD[place : place + 1])
            door.loop.pass_time(0.5)
    assert (transport.status, transport.problem["status"]) == (408, 408)
    assert transport.problem["type"].endswith("/problems/request-timeout")
    door.loop.pass_time(5)
    assert transport.state == "aborted"


def test_second_request_has_its_own_time(door: Door) -> None:
    """No answer is sent here, so the first one is under way: the head of the next may wait for it."""
    protocol, transport = door.open()
    protocol.data_received(HEAD + b"\r\n")
    door.loop.pass_time(60)
    assert transport.state == "open"
    protocol.data_received(HEAD)
    door.loop.pass_time(60)
    assert transport.state == "open"
    cast("Any", protocol).cycle.response_complete = True
    door.loop.pass_time(60)
    assert transport.status == 408


def test_body_that_stops_is_408_and_the_application_hears_of_it(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(POST + b"{")
    door.loop.pass_time(11)
    assert transport.status == 408
    assert protocol.cycle.disconnected
    assert protocol.cycle.message_event.is_set()


def test_body_that_trickles_in_is_408(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(POST)
    for _ in range(60):
        if transport.state == "open":
            protocol.data_received(b"x")
            door.loop.pass_time(1)
    assert transport.status == 408


def test_long_body_that_keeps_coming_has_its_time(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(POST)
    for _ in range(100):
        protocol.data_received(b"x" * LEAST_RATE)
        protocol.cycle.body.clear()
        protocol.flow.resume_reading()
        door.loop.pass_time(1)
    assert transport.state == "open"


def test_time_in_which_the_server_does_not_read_is_not_the_clients(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(POST + b"x" * 100_000)
    assert transport.paused
    door.loop.pass_time(600)
    assert transport.state == "open"
    protocol.flow.resume_reading()
    door.loop.pass_time(60)
    assert transport.status == 408


def test_client_that_waits_to_be_asked_for_its_body_is_waited_for(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(POST.replace(b"Host", b"Expect: 100-continue\r\nHost"))
    door.loop.pass_time(600)
    assert transport.state == "open"


def test_answer_that_is_left_lying_ends_its_connection(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(HEAD + b"\r\n")
    protocol.pause_writing()
    door.loop.pass_time(19)
    protocol.resume_writing()
    door.loop.pass_time(60)
    assert transport.state == "open"
    protocol.pause_writing()
    door.loop.pass_time(21)
    assert transport.state == "aborted"


def test_rest_of_a_closed_connection_is_not_waited_for_for_ever(door: Door) -> None:
    protocol, transport = door.open()
    protocol.data_received(HEAD + b"\r\n")
    protocol.cycle.response_complete = True
    protocol.on_response_complete()
    door.loop.pass_time(6)
    assert transport.state == "closed", "keep-alive is over"
    door.loop.pass_time(60)
    assert transport.state == "aborted"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /" + b"x" * 200_000, 414),
        (HEAD + b"X-Long: " + b"x" * 200_000, 431),
        (HEAD + b"x" * 200_000, 431),
        (HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)), 431),
        (b"\r\n" * 200_000, 431),
    ],
    ids=["address", "value", "name", "many", "nothing"],
)
def test_endless_head_is_refused_before_it_is_kept(door: Door, data: bytes, status: int) -> None:
    """In pieces of a packet: no more of it than 128 KiB is ever read."""
    protocol, transport = door.open()
    for place in range(0, len(data), 1400):
        if transport.state == "open":
            protocol.data_received(data[place : place + 1400])
            read = place
    assert transport.status == status
    assert read < 130 * 1024


@pytest.mark.parametrize(
    "body",
    [b"1\r\nx\r\n0\r\nX-Long: " + b"x" * 200_000, b"1;" + b"x" * 200_000],
    ids=["trailer", "extension of a chunk"],
)
def test_endless_line_after_the_head_is_refused_too(door: Door, body: bytes) -> None:
    protocol, transport = door.open()
    protocol.data_received(b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for place in range(0, len(body), 1400):
        protocol.data_received(body[place : place + 1400])
    assert transport.status in (400, 431)


def test_what_follows_a_refusal_is_dropped_and_soon_not_read(door: Door) -> None:
    protocol, transport = door.open()
    for _ in range(100):
        protocol.data_received(b"GET /" + b"x" * 65_536)
    assert transport.paused
    assert transport.sent.count(b"HTTP/1.1") == 1


def test_one_address_has_so_many_connections_and_no_more() -> None:
    door = Door(client_connections=2)
    first, _ = door.open()
    door.open()
    _, third = door.open()
    assert (third.status, third.problem["status"]) == (503, 503)
    assert b"retry-after" in third.sent
    assert door.open("192.0.2.2")[1].state == "open", "others have theirs"
    first.connection_lost(None)
    assert door.open()[1].state == "open"


@pytest.mark.parametrize(("one", "other", "alike"), [
    ("2001:db8::1", "2001:db8::2", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
])  # fmt: skip
def test_one_subscriber_is_one_address(one: str, other: str, alike: bool) -> None:
    door = Door(client_connections=1)
    door.open(one)
    assert (door.open(other)[1].status == 503) is alike


def test_trusted_proxies_and_a_limit_of_none_have_any_number() -> None:
    for door in (Door(client_connections=1, trusted_proxies="192.0.2.0/24"), Door(client_connections=0)):
        assert {door.open()[1].state for _ in range(5)} == {"open"}


def test_connection_that_was_refused_takes_nobodys_place() -> None:
    door = Door(client_connections=1)
    first, _ = door.open()
    refused, _ = door.open()
    refused.connection_lost(None)
    assert door.open()[1].status == 503
    first.connection_lost(None)
    assert door.open()[1].state == "open"

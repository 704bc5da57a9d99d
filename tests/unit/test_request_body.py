"""A body is read as far as its limit, and not a byte further is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from service.app import create_app
from service.errors import Overloaded, TooLarge
from service.settings import Settings
from service.web.edge.body import BodyRoom, KeptBody, limited, read_limited
from service.web.edge.middleware import Envelope


def request_of(*pieces: bytes) -> Request:
    waiting = list(pieces)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


@pytest.mark.parametrize("pieces", [(b"abcde",), (b"abc", b"", b"de"), (b"",)])
def test_a_body_of_just_the_limit_is_whole(pieces: tuple[bytes, ...]) -> None:
    assert asyncio.run(read_limited(request_of(*pieces), 5, "no more than 5")) == b"".join(pieces)


@pytest.mark.parametrize("pieces", [(b"abcdef",), (b"abc", b"def"), (b"abcde", b"f")])
def test_one_byte_more_is_refused_in_the_words_given(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(TooLarge, match=r"^no more than 5$"):
        asyncio.run(read_limited(request_of(*pieces), 5, "no more than 5"))


@pytest.mark.parametrize("declared", ["6", "99999999999", "9" * 100])
def test_a_declared_length_that_is_too_much_is_refused_before_any_of_it_is_read(declared: str) -> None:
    async def receive() -> dict[str, object]:
        raise AssertionError("nothing is to be read")

    headers = [(b"content-length", declared.encode())]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    with pytest.raises(TooLarge, match=r"^no more than 5$"):
        asyncio.run(read_limited(request, 5, "no more than 5"))


def test_a_client_that_leaves_within_its_body_is_no_fault_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """ASGI tells of a broken body and of a client that hung up alike: `http.disconnect`."""
    app, sent = create_app(Settings(data=tmp_path)), []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/sparql-query"), (b"host", b"localhost")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/api/v1/paths",
        "raw_path": b"/api/v1/paths", "root_path": "", "scheme": "http", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip

    async def asked() -> None:
        async with app.router.lifespan_context(app):
            await app(scope, receive, send)

    asyncio.run(asked())
    assert sent[0]["status"] == 499
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_nothing_is_asked_for_after_the_piece_that_is_too_much() -> None:
    asked = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            asked.append(1)
            yield b"abc"

    async def read() -> list[bytes]:
        return [chunk async for chunk in limited(endless(), 7, "too much")]

    with pytest.raises(TooLarge):
        asyncio.run(read())
    assert len(asked) == 3


MEGABYTE = 1024 * 1024


def held(room: BodyRoom, client: str, request: Request) -> KeptBody:
    return KeptBody(room, client, request.scope)


def test_bodies_take_room_until_their_requests_end() -> None:
    room, request = BodyRoom(8, 2), request_of(b"x" * MEGABYTE, b"y" * MEGABYTE)
    body = held(room, "a", request)
    asyncio.run(read_limited(request, 4 * MEGABYTE, "too much"))
    assert room.taken == 2 * MEGABYTE
    body.let_go()
    body.let_go()
    assert room.taken == 0


def test_one_client_has_half_of_the_room_and_all_have_the_whole() -> None:
    room = BodyRoom(8, 2)
    room.take("a", 4 * MEGABYTE)
    with pytest.raises(Overloaded):
        room.take("a", 1)
    room.take("b", 3 * MEGABYTE)
    with pytest.raises(Overloaded):
        room.take("c", 2 * MEGABYTE)
    room.give_back("a", 4 * MEGABYTE)
    room.take("c", 2 * MEGABYTE)


def test_largest_body_has_room_however_little_there_is() -> None:
    room = BodyRoom(2, 10)
    room.take("a", 10 * MEGABYTE)


def test_body_that_is_refused_for_want_of_room_takes_none() -> None:
    room, request = BodyRoom(8, 2), request_of(b"x" * MEGABYTE, b"y" * 4 * MEGABYTE)
    body = held(room, "a", request)
    with pytest.raises(Overloaded):
        asyncio.run(read_limited(request, 100 * MEGABYTE, "too much"))
    body.let_go()
    assert room.taken == 0


@pytest.mark.system
def test_body_without_room_is_503_and_the_next_is_answered(demo_settings: Settings) -> None:
    settings = demo_settings.model_copy(update={"bodies_mb": 2, "upload_mb": 1})
    app = create_app(settings)
    with TestClient(app) as client:
        envelope = app.middleware_stack
        while not isinstance(envelope, Envelope):
            envelope = envelope.app  # type: ignore[union-attr]
        envelope._room.take("testclient", 2 * MEGABYTE)
        question = {"target": {"skills": ["http://example.org/x"]}}
        refused = client.post("/api/v1/paths", json=question)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        envelope._room.give_back("testclient", 2 * MEGABYTE)
        assert client.post("/api/v1/paths", json=question).status_code == 404
        assert envelope._room.taken == 0

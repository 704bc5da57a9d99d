"""A body is read as far as its limit, and not a byte further is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import Request

from service.errors import TooLarge
from service.web.edge.body import limited, read_limited


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

"""The body of a request in memory, never larger than allowed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable

from fastapi import Request

from ...errors import TooLarge


async def read_limited(request: Request, limit: int, refusal: str) -> bytes:
    """Return the body of a request.

    Raises:
        TooLarge: it has more bytes than the limit; `refusal` says so to the client.
    """
    return b"".join([chunk async for chunk in limited(request.stream(), limit, refusal)])


async def limited(chunks: AsyncIterable[bytes], limit: int, refusal: str) -> AsyncGenerator[bytes, None]:
    """Yield pieces of a body as long as they are within the limit.

    Raises:
        TooLarge: they have more bytes than the limit; `refusal` says so to the client.
    """
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(refusal)
        yield chunk

"""Ends work for a client that goes away before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request, Response

T = TypeVar("T")

_CLOSED = 499


class ClientLeft(Exception):
    """Nobody is there any more to be answered."""


def nobody_there() -> Response:
    """Return the answer to a client that has left: nobody reads it, but the figures of the service do."""
    return Response(status_code=_CLOSED)


async def unless_client_left(request: Request, work: Awaitable[T]) -> T:
    """Return what the work gives; when the client goes away first, the work is cancelled. The body is read already.

    Raises:
        ClientLeft: the client went away.
    """
    running = asyncio.ensure_future(work)
    watching = asyncio.create_task(_left(request))
    try:
        await asyncio.wait((running, watching), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
        raise ClientLeft
    finally:
        watching.cancel()
        running.cancel()
        await asyncio.gather(watching, running, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

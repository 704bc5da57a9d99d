"""The body of a request in memory, never larger than allowed, and all of them within a room that clients share."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, MutableMapping
from typing import Any

from fastapi import Request

from ...errors import Overloaded, TooLarge

_KEPT = "kept_body"


class BodyRoom:
    """Bytes that the bodies of all requests may take while they are kept; one client may have half. For one loop."""

    def __init__(self, most_mb: int, largest_mb: int) -> None:
        """Take the room, and how large a body may be, which one client always has room for."""
        self._share = max(most_mb // 2, largest_mb + 1) * 1024 * 1024
        self._most = max(most_mb * 1024 * 1024, self._share)
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """Return how many bytes are taken."""
        return self._taken.total()

    def take(self, client: str, size: int) -> None:
        """Take room for some more bytes.

        Raises:
            Overloaded: there is none.
        """
        if self.taken + size > self._most or self._taken[client] + size > self._share:
            raise Overloaded("the bodies of other requests take all the room there is; try again later")
        self._taken[client] += size

    def give_back(self, client: str, size: int) -> None:
        """Give room back."""
        self._taken[client] -= size
        if not self._taken[client]:
            del self._taken[client]


class KeptBody:
    """What the body of one request takes of the room, until the request ends."""

    def __init__(self, room: BodyRoom, client: str, scope: MutableMapping[str, Any]) -> None:
        self._room = room
        self._client = client
        self._size = 0
        scope.setdefault("state", {})[_KEPT] = self

    def take(self, size: int) -> None:
        """Count some more bytes."""
        self._room.take(self._client, size)
        self._size += size

    def let_go(self) -> None:
        """Count none any more."""
        if self._size:
            self._room.give_back(self._client, self._size)
            self._size = 0


async def read_limited(request: Request, limit: int, refusal: str) -> bytes:
    """Return the body of a request.

    Raises:
        TooLarge: it has more bytes than the limit; `refusal` says so to the client.
        Overloaded: there is no room for it beside those of others.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise TooLarge(refusal)  # before anything of it is waited for
    return b"".join([chunk async for chunk in kept(request, limited(request.stream(), limit, refusal))])


async def kept(request: Request, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield pieces of a body that stays in memory until its request ends.

    Raises:
        Overloaded: there is no room for it beside those of others.
    """
    held: KeptBody | None = request.scope.get("state", {}).get(_KEPT)
    async for chunk in chunks:
        if held is not None:
            held.take(len(chunk))
        yield chunk


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

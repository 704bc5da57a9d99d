"""Keeps answers as they were sent: a release never changes, so the same request gets the same bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from .compression import accepts_gzip
from .middleware import Application, Message, Receive, Scope, Send

_ASKED = (b"accept", b"accept-language")
# What these ask for is not the plain answer, or not for everyone.
_OWN = {b"if-none-match", b"if-modified-since", b"authorization", b"cookie", b"range"}
_VARIES = {"accept", "accept-language", "accept-encoding"}
# One answer may take this part of the room.
_SHARE = 64

Key = tuple[bytes, ...]


class _KeptAnswer(NamedTuple):
    start: Message
    body: bytes
    release: object


class KeptAnswers:
    """An ASGI application around another one, for one event loop. Keeps whole answers to GET that any cache may keep.

    An answer is kept under the release that serves, the address with its parameters, and what the client accepts. All
    go when another release serves, and the one asked for longest ago when there is no more room.
    """

    def __init__(self, app: Application, serving: Callable[[], str], room_mb: int, below: tuple[str, ...]) -> None:
        """Take an application, what tells the serving release (empty: keep nothing), MiB, and starts of addresses."""
        self._app = app
        self._serving = serving
        self._room = room_mb * 2**20
        self._below = below
        self._tag = ""
        self._size = 0
        self._kept: OrderedDict[Key, _KeptAnswer] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        key = self._key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        found = self._kept.get(key)
        if found is None:
            listener = _Listener(send)
            await self._app(scope, receive, listener)
            if listener.is_whole and self._tag == self._serving():
                self._keep(key, listener.answer(scope))
            return
        self._kept.move_to_end(key)
        scope["state"]["release"] = found.release
        await send(found.start)
        await send({"type": "http.response.body", "body": found.body})

    def _key(self, scope: Scope) -> Key | None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(self._below):
            return None
        tag = self._serving()
        if tag != self._tag:
            self._kept.clear()
            self._tag, self._size = tag, 0
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if not tag or scope.get("state", {}).get("head") or any(name in _OWN for name, _ in headers):
            return None
        asked = (b"\n".join(value for name, value in headers if name == wanted) for wanted in _ASKED)
        packed = b"gzip" if accepts_gzip(headers) else b""
        return (scope.get("raw_path") or scope["path"].encode(), scope["query_string"], packed, *asked)

    def _keep(self, key: Key, answer: _KeptAnswer) -> None:
        size = len(answer.body) + sum(map(len, key))
        if size * _SHARE > self._room or key in self._kept:
            return
        self._kept[key] = answer
        self._size += size
        while self._size > self._room:
            oldest, gone = self._kept.popitem(last=False)
            self._size -= len(gone.body) + sum(map(len, oldest))


class _Listener:
    """Hands an answer on and remembers it when it came in one piece."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        if len(self._messages) < 3:
            self._messages.append(message)
        await self._send(message)

    @property
    def is_whole(self) -> bool:
        """Tell whether the answer came in one piece and any cache may keep it."""
        if len(self._messages) != 2 or self._messages[0]["status"] != 200 or self._messages[1].get("more_body"):
            return False
        headers = {name.lower(): value.decode("latin-1") for name, value in self._messages[0]["headers"]}
        varies = {name.strip().lower() for name in headers.get(b"vary", "").split(",")} - {""}
        return b"etag" in headers and headers.get(b"cache-control", "").startswith("public") and varies <= _VARIES

    def answer(self, scope: Scope) -> _KeptAnswer:
        return _KeptAnswer(self._messages[0], self._messages[1].get("body", b""), scope["state"].get("release"))

"""Compresses answers by gzip for clients that ask for it: equal answers to equal bytes, under a tag of their own."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from fastapi.concurrency import run_in_threadpool

from .middleware import Application, Message, Receive, Scope, Send

_LEAST_BYTES = 860
"""Below this an answer fits one packet either way."""
_LEVEL = 5
_IN_THREAD = 64 * 1024
_TEXTS = ("json", "xml", "text/", "n-triples", "n-quads", "trig", "sparql", "javascript", "yaml")
SUFFIX = "-gzip"
"""What a strong entity tag of a compressed answer ends in: it tells other bytes."""

Headers = list[tuple[bytes, bytes]]


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a client takes gzip (RFC 9110, 12.5.3)."""
    asked: dict[str, float] = {}
    for name, value in headers:
        if name == b"accept-encoding":
            for part in value.decode("latin-1").lower().split(","):
                coding, _, parameters = part.partition(";")
                asked[coding.strip()] = _quality(parameters)
    return asked.get("gzip", asked.get("x-gzip", asked.get("*", 0))) > 0


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0


class Compressed:
    """An ASGI application around another one."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "POST"):
            is_head = bool(scope.get("state", {}).get("head"))  # served as a GET, without its body
            send = _Answer(send, accepts_gzip(scope["headers"]), is_read=scope["method"] == "GET", is_head=is_head)
        await self._app(scope, receive, send)


class _Answer:
    """The way back. The first message waits for the second, which tells how long the answer is."""

    def __init__(self, send: Send, wanted: bool, is_read: bool, is_head: bool) -> None:
        self._send = send
        self._wanted = wanted
        self._is_read = is_read
        self._is_head = is_head
        self._start: Message | None = None
        self._gzip: zlib._Compress | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._is_compressible(message):
                self._start = {**message, "headers": _varied(message["headers"])}
            else:
                await self._send(message)
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            await self._begin(self._start, message)
        elif self._gzip is not None:
            await self._send({**message, "body": await self._packed(message)})
        else:
            await self._send(message)

    def _is_compressible(self, message: Message) -> bool:
        headers = {name.lower(): value for name, value in message["headers"]}
        media_type = headers.get(b"content-type", b"").decode("latin-1").lower()
        return (
            message["status"] == 200
            and b"content-encoding" not in headers
            and any(text in media_type for text in _TEXTS)
            # The tag of an answer to a write is the state that it left, which a later one names.
            and (self._is_read or b"etag" not in headers)
        )

    async def _begin(self, start: Message, message: Message) -> None:
        self._start = None
        whole = not message.get("more_body")
        if self._is_head and self._wanted and whole and not message.get("body"):
            await self._send(_packed_head(start))
            await self._send(message)
            return
        if not self._wanted or (whole and len(message.get("body", b"")) < _LEAST_BYTES):
            await self._send(start)
            await self._send(message)
            return
        self._gzip = zlib.compressobj(_LEVEL, wbits=31)
        body = await self._packed(message)
        length = [(b"content-length", str(len(body)).encode())] if whole else []
        await self._send({**start, "headers": [*map(_tagged, _without_length(start["headers"])), _CODED, *length]})
        await self._send({**message, "body": body})

    async def _packed(self, message: Message) -> bytes:
        data, last = message.get("body", b""), not message.get("more_body")
        if len(data) > _IN_THREAD:
            return await run_in_threadpool(self._pack, data, last)
        return self._pack(data, last)

    def _pack(self, data: bytes, last: bool) -> bytes:
        assert self._gzip is not None
        return self._gzip.compress(data) + self._gzip.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


_CODED = (b"content-encoding", b"gzip")


def _packed_head(start: Message) -> Message:
    """Return the head as it would stand before the body, which is known by its length alone: one tag for both."""
    length = next((int(value) for name, value in start["headers"] if name.lower() == b"content-length"), _LEAST_BYTES)
    if length < _LEAST_BYTES:
        return start
    return {**start, "headers": [*map(_tagged, _without_length(start["headers"])), _CODED]}


def _varied(headers: Headers) -> Headers:
    named = [value for name, value in headers if name.lower() == b"vary"]
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    return [*others, (b"vary", b", ".join([*named, b"Accept-Encoding"]))]


def _without_length(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() != b"content-length"]


def _tagged(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    name, value = header
    if name.lower() == b"etag" and value.endswith(b'"'):
        return name, value[:-1] + SUFFIX.encode() + b'"'
    return header

"""Wraps every request: an id, HEAD, preflights, security headers, metrics, and an answer even to our bugs."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from ...metrics import Metrics
from .body import BodyRoom, KeptBody
from .client_rate import client_of
from .logs import REQUEST

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Failed = Callable[[str, Scope], tuple[list[tuple[bytes, bytes]], bytes]]
"""Makes the headers and the body of the 500 answer from an incident IRI and the request."""
Allowed = Callable[[Scope], str]
"""Makes the `Allow` header of an address; empty where there is nothing."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"strict-origin-when-cross-origin",
    b"content-security-policy": _POLICY.encode(),
    b"access-control-allow-origin": b"*",
    b"access-control-expose-headers": b"Link, Location, ETag, Retry-After, Content-Language, Content-Location, "
    b"Allow, Preference-Applied, X-Pinoamo-Release, "
    b"X-Pinoamo-Truncated, X-Request-ID",
}
_OF_A_BODY = (b"content-length", b"content-type", b"content-encoding")
_READING = "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match, X-Request-ID"
_UNSAFE = re.compile("POST|PUT|DELETE|PATCH")
_WRITING = "Authorization, Content-Encoding, If-Match, Prefer"


class Envelope:
    """An ASGI application around another one. A header that the inner one sets is left as it is."""

    def __init__(
        self, app: Application, metrics: Metrics, failed: Failed, allowed: Allowed, begun: datetime, room: BodyRoom
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._failed = failed
        self._allowed = allowed
        self._begun = (b"last-modified", format_datetime(begun, usegmt=True).encode())
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _SentAnswer(send, scope, self._begun)
        body = KeptBody(self._room, client_of((scope.get("client") or ("",))[0]), scope)
        started = time.perf_counter()
        try:
            await self._serve(scope, receive, answer)
        finally:
            body.let_go()
            method = scope["method"]
            self._metrics.requests.labels(method if method in _METHODS else "other", str(answer.status)).inc()
            seconds = time.perf_counter() - started
            self._metrics.request_seconds.observe(seconds)
            if logger.isEnabledFor(logging.INFO):
                logger.info("request", extra={REQUEST: answer.fields(method, scope["path"], seconds)})

    async def _serve(self, scope: Scope, receive: Receive, answer: _SentAnswer) -> None:
        allowed = self._allowed(scope) if scope["method"] == "OPTIONS" else ""
        if allowed:
            named = f"{_READING}, {_WRITING}" if _UNSAFE.search(allowed) else _READING
            told = {"allow": allowed, "access-control-allow-methods": allowed, "access-control-allow-headers": named}
            told["access-control-max-age"] = "86400"
            await answer.whole(204, [(name.encode(), value.encode()) for name, value in told.items()], b"")
            return
        if answer.head:
            scope = {**scope, "method": "GET"}
        try:
            await self._app(scope, receive, answer)
        except Exception:  # a bug of ours must become an answer, and the next request must be served
            incident = uuid.uuid4().urn
            logger.exception("incident %s", incident, extra={REQUEST: {"request_id": answer.request_id}})
            if answer.status:
                raise  # too late to say so: the server must break the connection
            headers, body = self._failed(incident, scope)
            await answer.whole(500, headers, body)


class _SentAnswer:
    """The way back: adds headers, drops the body of a HEAD or of what did not change, remembers the status."""

    def __init__(self, send: Send, scope: Scope, begun: tuple[bytes, bytes]) -> None:
        self._send = send
        self._begun = begun
        self.head = scope["method"] == "HEAD"
        self.status = 0
        self._bytes = 0
        asked = dict(scope["headers"])
        self._reading = reading = scope["method"] in ("GET", "HEAD")
        tags = asked.get(b"if-none-match")
        self._any = reading and tags is not None and tags.strip() == b"*"
        # RFC 9110, 13.1.3: the date counts only where no tag is sent, and means nothing when it is none.
        self._since = _date(asked.get(b"if-modified-since", b"")) if reading and tags is None else None
        given = asked.get(b"x-request-id", b"").decode("latin-1")
        self.request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        self._state = scope.setdefault("state", {})
        self._state.update(request_id=self.request_id, head=self.head)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._reading and self.status == 200 and self._is_of_the_program(message["headers"]):
                message = {**message, "headers": [*message["headers"], self._begun]}
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(name, value) for name, value in _ALWAYS.items() if name not in present]
            headers = [*message["headers"], *extra, (b"x-request-id", self.request_id.encode())]
            if "release" in self._state:  # the edge that opened a release notes it there
                headers.append((b"x-pinoamo-release", str(self._state["release"]).encode()))
            # RFC 9110, 13.1.2: `*` means any answer there is, which is known only when there is one; so does a date.
            if self.status == 200 and ((self._any and b"etag" in present) or self._is_known(message["headers"])):
                self.status, self.head = 304, True
                headers = [header for header in headers if header[0].lower() not in _OF_A_BODY]
            message = {**message, "status": self.status, "headers": headers}
        elif message["type"] == "http.response.body":
            if self.head:
                message = {**message, "body": b""}
            self._bytes += len(message.get("body", b""))
        await self._send(message)

    def _is_of_the_program(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Tell whether an answer may be kept by a client, comes from no store and does not say yet when it changed."""
        named = {name.lower(): value for name, value in headers}
        kept = b"last-modified" not in named and b"no-store" not in named.get(b"cache-control", b"")
        return kept and not self._state.get("of_a_store")

    def _is_known(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Tell whether the answer did not change since the date that the client sent.

        A roll-back serves data older than a client may have: then only the very date that was told is this answer's.
        """
        made = next((_date(value) for name, value in headers if name.lower() == b"last-modified"), None)
        if self._since is None or made is None:
            return False
        return self._since == made or (self._since > made and not self._state.get("rolled_back"))

    def fields(self, method: str, path: str, seconds: float) -> dict[str, object]:
        """Return what the log says of the request: never its query, its body or who sent it."""
        return {
            "request_id": self.request_id,
            "method": method,
            "path": quote(path),
            "status": self.status,
            "seconds": round(seconds, 4),
            "bytes": self._bytes,
            "release": self._state.get("release"),
        }

    async def whole(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send a complete answer."""
        if status != 204:
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def _date(value: bytes) -> datetime | None:
    """Return an HTTP date; None when it is none, or has no time zone."""
    try:
        found = parsedate_to_datetime(value.decode("latin-1"))
    except (ValueError, OverflowError, TypeError, IndexError):  # whatever a client sends
        return None
    return found if found.tzinfo is not None else None

"""The HTTP/1.1 of the server with bounds on what one connection may send, how slowly, and how many one client has.

Whatever is refused before the application sees it is a problem document.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections import Counter
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ...errors import Overloaded
from ...settings import Settings
from .client_rate import client_of
from .problems import MEDIA_TYPE, document

MOST_BYTES = 60 * 1024
"""Longest address, and most bytes of headers; the parser itself cannot read an address of 64 KiB."""

LEAST_RATE = 8 * 1024
"""Bytes of a body a second that a client must send, on average, once the time for a request is over."""

# An address and headers that are each within their limit, and what stands between them.
_MOST_UNPARSED = 2 * MOST_BYTES + 8 * 1024
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 1024 * 1024
_AGAIN_SECONDS = 5.0
_ANSWERS = {
    400: ("bad-request", "The request breaks the protocol", "this is no HTTP/1.1 request"),
    408: ("request-timeout", "The request did not come in time", "send the whole request, and without long pauses"),
    414: ("uri-too-long", "The address is too long", f"it may be {MOST_BYTES:,} bytes long: send a long query by POST"),
    431: ("headers-too-large", "The headers are too large", f"all headers together may be {MOST_BYTES:,} bytes long"),
    503: ("overloaded", "Service unavailable", "too many connections are open from this address: reuse them"),
}  # fmt: skip


class _OpenConnections:
    """How many connections each direct address has open; trusted proxies speak for many, so they are not counted."""

    def __init__(self, most: int, exempt: str) -> None:
        self._most = most
        self._exempt = tuple(ipaddress.ip_network(entry) for entry in exempt.split())
        self._open: Counter[str] = Counter()

    def add(self, address: str) -> str | None:
        """Count one more and return under which name, empty when it is not counted; None when there are too many."""
        client = client_of(address)
        if not self._most or self._is_exempt(client):
            return ""
        if self._open[client] >= self._most:
            return None
        self._open[client] += 1
        return client

    def remove(self, client: str) -> None:
        """Count one fewer."""
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]

    def _is_exempt(self, client: str) -> bool:
        try:
            address = ipaddress.ip_network(client).network_address
        except ValueError:
            return True  # no address: a socket of this machine
        return any(address in network for network in self._exempt)


def bounded_http(settings: Settings) -> type[HttpToolsProtocol]:
    """Return the protocol; its problem documents name their kind below the base URL."""
    connections = _OpenConnections(settings.client_connections, settings.trusted_proxies)

    class BoundedHttp(HttpToolsProtocol):
        _status = 400
        _refused = False
        _dropped = 0
        _counted = ""
        _header_bytes = 0
        # Bytes since the parser has last made something whole of them: of a head, of a trailer, of lengths of chunks.
        _unparsed = 0
        _body_bytes = 0
        _in_body = False
        _waited = 0.0
        _coming: asyncio.TimerHandle | None = None
        _going: asyncio.TimerHandle | None = None
        _closing: asyncio.TimerHandle | None = None

        # --- connections ---

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            counted = connections.add(self.client[0] if self.client else "")
            if counted is None:
                self._refuse(503)
                return
            self._counted = counted
            self._await_rest()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._counted:
                connections.remove(self._counted)
                self._counted = ""
            for timer in (self._coming, self._going, self._closing):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

        # --- what a client sends ---

        def data_received(self, data: bytes) -> None:
            if self._refused:  # read and dropped for a while, or the client would not see the answer
                self._dropped += len(data)
                if self._dropped > _LINGER_BYTES:
                    self.transport.pause_reading()
                return
            self._unparsed += len(data)
            super().data_received(data)
            if self._refused or self.transport.is_closing():
                return
            if self._unparsed > _MOST_UNPARSED:
                self._refuse(431)
            elif self._unparsed and self._coming is None and not self._in_body:
                self._await_rest()

        def on_message_begin(self) -> None:
            self._header_bytes = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            super().on_url(url)
            if len(self.url) > MOST_BYTES:
                self._status = 414
                raise ValueError("the address is too long")

        def on_header(self, name: bytes, value: bytes) -> None:
            self._header_bytes += len(name) + len(value)
            if self._header_bytes > MOST_BYTES:
                self._status = 431
                raise ValueError("the headers are too large")
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._unparsed = self._body_bytes = 0
            self._in_body = True
            self._await_rest()
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._unparsed = 0
            self._body_bytes += len(body)
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._unparsed = 0
            self._in_body = False
            if self._coming is not None:
                self._coming.cancel()
                self._coming = None
            super().on_message_complete()

        def _await_rest(self) -> None:
            """Give the client its time, from now on, for the head of a request or for its body."""
            if self._coming is not None:
                self._coming.cancel()
            self._waited = 0.0
            self._coming = self.loop.call_later(settings.request_seconds, self._look, settings.request_seconds)

        def _look(self, waited: float) -> None:
            """End a request that does not come in; while we do not read it, that is not the client's fault."""
            self._waited += waited
            cycle = self.cycle
            answering = cycle is not None and not cycle.response_complete
            # The head of the next request may wait for the answer to this one.
            ours = answering and (not self._in_body or self.flow.read_paused or cycle.waiting_for_100_continue)
            if ours:
                self._waited -= waited
            allowed = settings.request_seconds + (self._body_bytes / LEAST_RATE if self._in_body else 0)
            left = allowed - self._waited
            if left > 0 or ours:
                again = min(max(left, 0.1), _AGAIN_SECONDS)
                self._coming = self.loop.call_later(again, self._look, again)
                return
            self._coming = None
            # Where nothing was asked yet, or the answer is sent already, nothing need be said.
            if answering or (self._unparsed and not self._in_body):
                self._refuse(408)
            else:
                self.transport.close()

        # --- what a client takes ---

        def pause_writing(self) -> None:
            super().pause_writing()
            if self._going is None:
                self._going = self.loop.call_later(settings.stalled_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._going is not None:
                self._going.cancel()
                self._going = None

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self._closing is not None:
                self._closing.cancel()
            # What is closed waits for the client to take the rest, for ever if it does not.
            seconds = self.timeout_keep_alive + settings.stalled_seconds
            self._closing = self.loop.call_later(seconds, self._abort_if_closing)

        def _abort_if_closing(self) -> None:
            if self.transport.is_closing():
                self.transport.abort()

        # --- refusals ---

        def send_400_response(self, msg: str) -> None:
            self._refuse(self._status)

        def _refuse(self, status: int) -> None:
            self._refused = True
            self._unset_keepalive_if_required()
            if self._coming is not None:
                self._coming.cancel()
                self._coming = None
            cycle = self.cycle
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
                if cycle.response_started:  # nothing else can be said within an answer
                    self.transport.abort()
                    return
            slug, title, detail = _ANSWERS[status]
            body = json.dumps(document(slug, title, status, detail, settings.base_url)).encode()
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
                f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n"
                "access-control-allow-origin: *\r\n"
            )
            retry = f"retry-after: {Overloaded.retry_after_seconds}\r\n" if status == 503 else ""
            self.transport.write(f"{head}{retry}\r\n".encode() + body)
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self._closing = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)

    return BoundedHttp

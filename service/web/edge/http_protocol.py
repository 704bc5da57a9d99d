"""The HTTP/1.1 of the server with bounds on the request line and the headers, refused as problem documents."""

from __future__ import annotations

import json
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .problems import MEDIA_TYPE, document

MOST_BYTES = 60 * 1024
"""Longest address, and most bytes of headers; the parser itself cannot read an address of 64 KiB."""

_LINGER_SECONDS = 2.0
_ANSWERS = {
    414: ("uri-too-long", "The address is too long", f"it may be {MOST_BYTES:,} bytes long: send a long query by POST"),
    431: ("headers-too-large", "The headers are too large", f"all headers together may be {MOST_BYTES:,} bytes long"),
    400: ("bad-request", "The request breaks the protocol", "this is no HTTP/1.1 request"),
}


def bounded_http(base_url: str) -> type[HttpToolsProtocol]:
    """Return the protocol; its problem documents name their kind below `base_url`."""

    class BoundedHttp(HttpToolsProtocol):
        _status = 400
        _refused = False
        _header_bytes = 0

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

        def data_received(self, data: bytes) -> None:
            if not self._refused:  # what else the client sends is read and dropped, or it would not see the answer
                super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            self._refused = True
            slug, title, detail = _ANSWERS[self._status]
            body = json.dumps(document(slug, title, self._status, detail, base_url)).encode()
            head = (
                f"HTTP/1.1 {self._status} {HTTPStatus(self._status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
                f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n"
                "access-control-allow-origin: *\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
            self.transport.write_eof()
            self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    return BoundedHttp

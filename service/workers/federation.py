"""Carries calls of SERVICE to the listed endpoints: a listener on loopback that checks each before it goes on.

The engine makes its calls itself and cannot be told how. So each endpoint is given to it as an address here (`guard`
writes it into the query), and only this module reaches out: to an endpoint of the list, at an address that was checked,
within limits of time and size (docs/decisions/0011-service.md).
"""

from __future__ import annotations

import http.client
import ipaddress
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

from ..errors import InvalidArgument, ServiceError, ServiceFailed, TimedOut
from ..rdf.media_types import PLAIN, RESULTS_JSON, RESULTS_XML, SPARQL_QUERY
from ..rdf.results import check_solutions
from ..sparql.endpoints import Endpoint, Place, place_of
from ..sparql.guard import SILENT

_RESULTS = (RESULTS_JSON, RESULTS_XML)
_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 3
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # all that is assigned to the public internet (RFC 4291, 2.4)
_MOST_CALLS = 20  # EXISTS calls once for each row: nobody's endpoint is to be flooded through us


class Federation:
    """Carries the calls of one query after another. `failure` is why one failed, `calls` counts by outcome.

    Who asked must look at `failure` in any case: the engine takes a failed call inside EXISTS for an answer.
    """

    def __init__(self, endpoints: Sequence[Endpoint], seconds: float, most_bytes: int) -> None:
        self.endpoints = endpoints
        self.failure: ServiceError | None = None
        self.calls = {"answered": 0, "failed": 0}
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._path = f"/{secrets.token_urlsafe(16)}/"
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.prefix_iri = f"http://127.0.0.1:{server.server_port}{self._path}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def begin(self) -> None:
        """Forget the calls of the query before."""
        self.failure = None
        self.calls = {"answered": 0, "failed": 0}

    def carry(self, path: str, body: bytes) -> tuple[str, bytes]:
        """Return media type and body of what an endpoint answers to a query.

        Raises:
            ServiceError: why there is no answer; `failure` remembers it unless the call is a SILENT one.
        """
        try:
            found = self._carry(self._endpoint(path), body)
        except ServiceError as error:
            if not path.endswith(SILENT):
                self.failure = self.failure or error
            self.calls["failed"] += 1
            raise
        self.calls["answered"] += 1
        return found

    def _endpoint(self, path: str) -> Endpoint:
        start, number = path[: len(self._path)], path[len(self._path) :].removesuffix(SILENT)
        # Other programs of this machine can reach the port; they do not know the path.
        if not secrets.compare_digest(start.encode(), self._path.encode()) or not number.isdecimal():
            raise ServiceFailed("there is no such endpoint here")
        if sum(self.calls.values()) >= _MOST_CALLS:
            raise ServiceFailed(f"one query may call other endpoints {_MOST_CALLS} times")
        return self.endpoints[int(number)]

    def _carry(self, endpoint: Endpoint, body: bytes) -> tuple[str, bytes]:
        if self._path.encode() in body:
            raise ServiceFailed("a SERVICE clause inside another one cannot be called from here")
        deadline = time.monotonic() + self._seconds
        try:
            return self._ask(endpoint, body, deadline)
        except (OSError, UnicodeError, http.client.HTTPException, ServiceFailed) as error:
            if time.monotonic() >= deadline:
                raise TimedOut(f"{endpoint.iri} did not answer within {self._seconds:g} seconds") from error
            if isinstance(error, ServiceFailed):
                raise
            raise ServiceFailed(f"{endpoint.iri} could not be asked: {type(error).__name__}") from error

    def _ask(self, endpoint: Endpoint, body: bytes, deadline: float) -> tuple[str, bytes]:
        address, place, private = endpoint.iri, endpoint.place, endpoint.private
        for _ in range(_MOST_REDIRECTS + 1):
            with _connected(place, private, deadline) as connection:
                parts = urlsplit(address)
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("POST", target, body, _HEADERS)
                answer = connection.getresponse()
                led = answer.getheader("Location")
                if answer.status in _REDIRECTS and led is not None:
                    address = urljoin(address, led)
                    place, private = self._followed(endpoint, place, address)
                    continue
                return self._read(endpoint, answer, deadline)
        raise ServiceFailed(f"{endpoint.iri} leads on and on")

    def _followed(self, endpoint: Endpoint, place: Place, address: str) -> tuple[Place, bool]:
        """Return where a redirect leads: to an endpoint of the list, to the same host, also by https, or nowhere."""
        try:
            target = place_of(address)
        except ValueError as error:
            raise ServiceFailed(f"{endpoint.iri} leads to an address that cannot be asked") from error
        for known in self.endpoints:
            if address == known.iri:  # not merely its host: who is trusted there is that one address
                return target, known.private
        if target in (endpoint.place, Place("https", place.host, 443)):
            return target, endpoint.private
        raise ServiceFailed(
            f"{endpoint.iri} leads to {target.host}, to an address that is not among the endpoints that may be called"
        )

    def _read(self, endpoint: Endpoint, answer: http.client.HTTPResponse, deadline: float) -> tuple[str, bytes]:
        media_type = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        if answer.status != 200:
            raise ServiceFailed(f"{endpoint.iri} answered with status {answer.status}")
        if media_type not in _RESULTS:
            raise ServiceFailed(f"{endpoint.iri} answered with {media_type[:100]!r}, which holds no solutions")
        data = answer.read(self._most_bytes + 1)
        if time.monotonic() >= deadline:
            raise TimeoutError
        if len(data) > self._most_bytes:
            raise ServiceFailed(f"{endpoint.iri} answered with more than {self._most_bytes // 1024**2} MiB")
        if answer.length:
            raise http.client.IncompleteRead(data)
        try:
            check_solutions(
                data, media_type
            )  # whole: the engine would have used its first rows before it met the fault
        except InvalidArgument as error:
            raise ServiceFailed(f"{endpoint.iri} answered with malformed results") from error
        return media_type, data


_HEADERS = {
    "Accept": ", ".join(_RESULTS),
    "Content-Type": SPARQL_QUERY,
    "User-Agent": "Pinoamo",
    "Connection": "close",
}


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet: no loopback, private, link-local or reserved one.

    An IPv4 address written as an IPv6 one counts as what it means.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found not in _GLOBAL_UNICAST or found.sixtofour is not None or found.teredo is not None:
            return False  # a tunnel may lead anywhere
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


@contextmanager
def _connected(place: Place, private: bool, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """Connect to an address that was checked; the name is not looked up again, but for `Host` and the certificate."""
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    known = list(dict.fromkeys(str(address[0]) for *_, address in found))
    if not private and not all(map(is_public, known)):
        raise ServiceFailed(f"{place.host} has an address that is not public")
    with closing(_first(known, place.port, deadline)) as plain:
        # A timeout of the socket is for each byte; this one is for all of them.
        twin = plain.dup()
        watch = threading.Timer(_left(deadline), _end, [twin])
        watch.start()
        try:
            if place.scheme == "https":
                connection: http.client.HTTPConnection = http.client.HTTPSConnection(place.host, place.port)
                connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=place.host)
            else:
                connection = http.client.HTTPConnection(place.host, place.port)
                connection.sock = plain
            with closing(connection):
                yield connection
        finally:
            watch.cancel()
            twin.close()


def _first(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=_left(deadline))
    return socket.create_connection((addresses[-1], port), timeout=_left(deadline))


def _left(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _handler(federation: Federation) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                media_type, data = federation.carry(self.path, body)
                status = 200
            except ServiceError as error:
                status, media_type, data = 502, PLAIN, str(error).encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing: the outcome is counted."""

    return Handler

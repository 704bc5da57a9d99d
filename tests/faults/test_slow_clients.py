"""Clients that send or take too much, too slowly or not at all, before a server as the command runs it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from service.server import Server
from service.settings import Settings
from service.web.edge.services import services_in
from tests.support.server_processes import process, wait_until
from tests.support.serving import address_of, running_as_served

pytestmark = pytest.mark.system

MEGABYTE = 1024 * 1024
EVERYTHING = "SELECT * WHERE { ?a ?b ?c . ?s a ?o }"
HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server(demo_settings: Settings) -> Iterator[Server]:
    limits = {"request_seconds": 0.5, "stalled_seconds": 0.5, "spool_mb": 64, "query_rows": 60_000}
    with running_as_served(demo_settings.model_copy(update=limits)) as server:
        yield server


@contextlib.contextmanager
def connection(address: str, buffer: int = 0) -> Iterator[socket.socket]:
    place = urlsplit(address)
    with socket.socket() as found:
        found.settimeout(600)
        if buffer:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        found.connect((place.hostname, place.port))
        yield found


def rest(found: socket.socket) -> bytes:
    """Return what comes until the server ends the connection, in whichever way."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := found.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD.replace(b"GET", b"POST") + b"Content-Length: 9\r\n\r\n{"])
def test_what_is_sent_by_half_ends_in_time(server: Server, sent: bytes) -> None:
    with connection(address_of(server)) as found:
        found.sendall(sent)
        answer = rest(found)
    # The third one is answered before its body is asked for: 405. Then nothing more need be said.
    assert answer[9:12] in ({b""} if not sent else {b"408", b"405"})


def test_answer_that_nobody_reads_is_let_go(server: Server) -> None:
    room = services_in(server._app).query_pool.room
    with connection(address_of(server), buffer=4096) as found:
        found.sendall(f"GET /sparql?query={quote(EVERYTHING)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: room.taken > 4 * MEGABYTE)
        wait_until(lambda: room.taken == 0)
        assert b"\r\n0\r\n\r\n" not in rest(found)


def test_answer_is_let_go_when_its_client_leaves(server: Server) -> None:
    room = services_in(server._app).query_pool.room
    with connection(address_of(server), buffer=4096) as found:
        found.sendall(f"GET /sparql?query={quote(EVERYTHING)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: room.taken > 0)
    wait_until(lambda: room.taken == 0)


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_header_of_200_megabytes_costs_next_to_nothing(demo_settings: Settings) -> None:
    """36 s of the processor once: each piece was put behind all that had come before."""
    with process(demo_settings.data) as (server, address), connection(address) as found:
        before = processor_seconds(server.pid)
        sent = 0
        with contextlib.suppress(ConnectionError):
            found.sendall(HEAD + b"X-Long: ")
            while sent < 200 * MEGABYTE:
                found.sendall(b"x" * MEGABYTE)
                sent += MEGABYTE
        assert sent < 200 * MEGABYTE, "the server did not end it"
        assert processor_seconds(server.pid) - before < 2

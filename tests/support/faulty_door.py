"""A door in front of a real engine that passes everything on, until it is told to misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["", "hangs", "drips", "half", "resets", "no-http", "other-json", "html"]

_OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: "
_OTHER = {
    "no-http": b"220 mail.example ESMTP\r\n",
    "other-json": _OK + b'application/sparql-results+json\r\n\r\n{"head": 7}',
    "html": _OK + b"text/html\r\n\r\n<h1>Welcome to nginx</h1>",
}


class Door:
    """Where to reach the engine, and what is wrong with it from now on."""

    def __init__(self, engine: str, listener: socket.socket) -> None:
        self.fault: Fault = ""
        self._engine = urlsplit(engine)
        self._listener = listener
        self._end = threading.Event()
        self.address = self._engine._replace(netloc=f"127.0.0.1:{listener.getsockname()[1]}").geturl()

    def serve(self) -> None:
        """Take one connection after another, each in a thread of its own, until closed."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no more connections, and let go of those that hang."""
        self._end.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, client: socket.socket) -> None:
        fault = self.fault
        with client, contextlib.suppress(OSError):
            asked = _message(client)
            if fault == "hangs":
                self._end.wait()
            elif fault in _OTHER:
                client.sendall(_OTHER[fault])
            else:
                answer = self._ask(asked)
                if fault == "half":
                    client.sendall(answer[: len(answer) - 10])
                elif fault == "resets":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                    client.sendall(answer[: len(answer) - 10])
                elif fault == "drips":
                    head, _, body = answer.partition(b"\r\n\r\n")
                    client.sendall(head + b"\r\n\r\n")
                    for byte in body[:-1]:
                        client.sendall(bytes([byte]))
                        if self._end.wait(0.1):
                            return
                    self._end.wait()
                else:
                    client.sendall(answer)

    def _ask(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"host:", b"connection:"))]
        host = f"Host: {self._engine.netloc}".encode()
        with socket.create_connection((self._engine.hostname, self._engine.port)) as engine:
            engine.sendall(b"\r\n".join([*lines, host, b"Connection: close"]) + b"\r\n\r\n" + body)
            answer = b"".join(iter(lambda: engine.recv(1 << 16), b""))
        return answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)  # here a connection has one request


def _message(connection: socket.socket) -> bytes:
    """Return one request, whose body is as long as its head says."""
    found = b""
    while b"\r\n\r\n" not in found:
        if not (part := connection.recv(1 << 16)):
            return found
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    sizes = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = int(sizes[0]) - len(body) if sizes else 0
    while missing > 0:
        if not (part := connection.recv(1 << 16)):
            return found
        found += part
        missing -= len(part)
    return found


@contextlib.contextmanager
def door(engine: str) -> Iterator[Door]:
    """Open a door in front of an engine."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    found = Door(engine, listener)
    thread = threading.Thread(target=found.serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.close()
        thread.join(10)

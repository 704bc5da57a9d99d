"""Starts the HTTP server, and stops it without losing a request."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from contextlib import suppress
from types import FrameType

import uvicorn

from .app import create_app
from .settings import Settings
from .web.edge.http_protocol import bounded_http
from .web.edge.logs import configure_logging


class Server(uvicorn.Server):
    """Serves one app. SIGTERM: not ready at once, then no new connections, then an end when requests are answered.

    The pause between the first two (`drain_seconds`) lets a load balancer notice; another SIGTERM ends it. SIGINT has
    none. Requests get `shutdown_seconds` to end.
    """

    def __init__(self, settings: Settings) -> None:
        self._draining = asyncio.Event()  # that of `threading` locks, and one signal may interrupt another
        self._drain_seconds = settings.drain_seconds
        self._stop_at = float("inf")
        super().__init__(
            uvicorn.Config(
                create_app(settings, self._draining), log_config=None, access_log=False, server_header=False,
                proxy_headers=False, timeout_graceful_shutdown=settings.shutdown_seconds,
                http=bounded_http(settings.base_url),
            )
        )  # fmt: skip

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        first = not self._draining.is_set()
        self._draining.set()
        if sig == signal.SIGINT:
            super().handle_exit(sig, frame)
        else:
            self._stop_at = time.monotonic() + (self._drain_seconds if first else 0)

    async def on_tick(self, counter: int) -> bool:
        """Tell whether it is time to stop; asked ten times a second."""
        return await super().on_tick(counter) or time.monotonic() >= self._stop_at


def serve(settings: Settings, listener: socket.socket) -> bool:
    """Serve until told to stop; False when it could not start."""
    configure_logging(settings.log_format, settings.log_level)
    server = Server(settings)
    with suppress(KeyboardInterrupt):  # the way to end it
        server.run(sockets=[listener])
    return server.started

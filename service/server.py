"""Starts the HTTP server, and stops it without losing a request."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import FrameType
from typing import Any

import uvicorn

from .app import create_app
from .errors import KeysUnreadable, ServiceError, StartFailed
from .settings import Settings
from .web.api.stacking import get_ready
from .web.edge.http_protocol import bounded_http
from .web.edge.logs import configure_logging
from .web.edge.services import services_in
from .writing.keys import KeyRing

logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Serves one app. SIGTERM: not ready at once, then no new connections, then an end when requests are answered.

    The pause between the first two (`drain_seconds`) lets a load balancer notice; another SIGTERM ends it. SIGINT has
    none. Requests get `shutdown_seconds` to end. `fault` is why it could not start, if it could not.
    """

    def __init__(self, settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
        """Take settings, and what is to be called once requests are answered."""
        self._draining = asyncio.Event()  # that of `threading` locks, and one signal may interrupt another
        self._app = create_app(settings, self._draining)
        self._ready = ready
        self.fault: Exception | None = None
        self._open = self._app.router.lifespan_context
        self._app.router.lifespan_context = self._watched
        self._drain_seconds = settings.drain_seconds
        self._getting_ready: asyncio.Task[None] | None = None
        self._stop_at = float("inf")
        super().__init__(
            uvicorn.Config(
                self._app, log_config=None, access_log=False, server_header=False,
                proxy_headers=False, timeout_graceful_shutdown=settings.shutdown_seconds,
                http=bounded_http(settings), ws="none",
            )
        )  # fmt: skip

    @asynccontextmanager
    async def _watched(self, app: Any) -> AsyncIterator[Any]:
        try:
            async with self._open(app) as state:
                yield state
        except Exception as error:
            self.fault = error
            raise

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open what the app needs and begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._ready()
            self._getting_ready = asyncio.create_task(get_ready(services_in(self._app)))

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


def announce(words: str) -> Callable[[], None]:
    """Return what puts words into the log, whatever its level is."""

    def say() -> None:
        logger.handle(logger.makeRecord(logger.name, logging.INFO, __file__, 0, words, (), None))

    return say


def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until told to stop; `ready` is called once requests are answered.

    Raises:
        StartFailed: it could not start.
    """
    configure_logging(settings.log_format, settings.log_level)
    try:
        # A list of keys that is damaged later is told by health and refuses writes; at the start somebody is looking.
        KeyRing(settings).every()
    except KeysUnreadable as error:
        raise StartFailed(f"the server cannot start: {error}") from error
    server = Server(settings, ready)
    framework = logging.getLogger("uvicorn.error")
    # What uvicorn says of a start that failed is a stack without its reason: that is told here, in a sentence.
    framework.addFilter(lambda _: server.started or server.fault is None)
    with suppress(KeyboardInterrupt, SystemExit):  # the way to end it, and how uvicorn says that it could not start
        server.run(sockets=[listener])
    if not server.started:
        raise StartFailed(f"the server cannot start: {_reason(server.fault)}") from server.fault


def _reason(fault: Exception | None) -> str:
    if isinstance(fault, ServiceError):
        return str(fault)
    if isinstance(fault, OSError):
        return f"{fault.filename or 'the system'}: {fault.strerror or fault}"
    return f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}" if fault else "it was stopped before"

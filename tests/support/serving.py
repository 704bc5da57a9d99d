"""A published release and a running server for tests, both made and ended by whoever asks."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvicorn

from service.app import create_app
from service.releases.publishing import make_release
from service.releases.releases import Release
from service.server import Server
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.work_store.work_store import Source, open_work


def publish(settings: Settings, graphs: Mapping[str, str]) -> Release:
    """Put N-Triples, by name of their graph, past the gate into the work store and publish."""
    with open_work(settings.data) as work:
        for name, triples in graphs.items():
            lines = [line.strip() for line in triples.splitlines() if line.strip()]
            file = work.staged / "test.nq"
            file.write_text("".join(f"{line.removesuffix('.')} <{name}> .\n" for line in lines), "utf-8")
            source = Source(name, "test", (("test.nq", "0" * 64),), "2026-01-01T00:00:00+00:00", "eu", len(lines))
            work.replace(source, file)
        return make_release(work, settings, load_queries())


@contextlib.contextmanager
def running(settings: Settings, port: int = 0) -> Iterator[str]:
    """Serve on a loopback port, a free one by default; yield the address without a final slash."""
    with running_server(settings, port) as server:
        yield address_of(server)


@contextlib.contextmanager
def running_server(settings: Settings, port: int = 0) -> Iterator[uvicorn.Server]:
    """Serve on a loopback port, a free one by default; yield the server, whose `config.app` is the application."""
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="error", proxy_headers=False)
    server = uvicorn.Server(config)
    with _in_thread(server):
        yield server


@contextlib.contextmanager
def _in_thread(server: uvicorn.Server) -> Iterator[None]:
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 600
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def running_as_served(settings: Settings) -> Iterator[Server]:
    """Serve as `pinoamo serve` does, on a free loopback port, in this process; yield the server."""
    server = Server(settings)
    server.config.port = 0
    with _in_thread(server):
        yield server


def address_of(server: uvicorn.Server) -> str:
    """Return the address of a running server."""
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://127.0.0.1:{port}"


def store_path(data: Path) -> Path:
    """Return the store of the release that serves."""
    return (data / "current" / "store").resolve()

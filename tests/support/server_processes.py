"""A server in a process of its own, that may be killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import httpx

from service.settings import Settings
from service.writing.keys import KeyRing
from tests.conftest import ROOT
from tests.support.engines import free_port
from tests.support.serving import publish

GRAPHS = {"http://localhost:8000/graph/x": "<http://x/a> <http://x/p> <http://x/b> ."}


@contextlib.contextmanager
def process(
    data: Path, stderr: IO[bytes] | int = subprocess.DEVNULL, **more: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve a data directory; yield the process and its address once it is ready."""
    port = free_port()
    environment = {**os.environ, "PINOAMO_DATA": str(data), "PINOAMO_WORKERS": "1", **more}
    command = [sys.executable, "-m", "service.cli.main", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/ready", 200))
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def answers(address: str, status: int) -> bool:
    """Tell whether an address answers with a status."""
    try:
        return httpx.get(address, timeout=600).status_code == status
    except httpx.HTTPError:
        return False


def wait_until(met: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 600
    while not met():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def prepared(data: Path, *scopes: str) -> str:
    """Publish something, and return a key with which records may be written, and what the scopes allow besides."""
    settings = Settings(data=data)
    publish(settings, GRAPHS)
    return KeyRing(settings).create("platform", ["credentials:write", *scopes])

"""A million rows go through the server without staying in its memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.settings import Settings
from tests.conftest import ROOT
from tests.support.engines import free_port
from tests.support.serving import publish

BASE = "http://data.example"
ROWS = 1_000_000
QUERY = "SELECT ?s ?t { ?s <http://e/p> ?x . ?t <http://e/p> ?y }"
MEBIBYTE = 1024 * 1024
MOST_GROWTH = 32 * MEBIBYTE
"""The answer has 36 MB; a server that held it, once as rows or twice as text, would take several times that."""


class Server:
    """A server in a process of its own, whose memory is its own."""

    def __init__(self, address: str, process: int) -> None:
        self.address = address
        self.process = process

    def peak(self) -> int:
        """Return the most memory it has ever held at once, in bytes."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE)
    publish(settings, {f"{BASE}/graph/one": "\n".join(f'<http://e/{n}> <http://e/p> "{n}" .' for n in range(1000))})
    limits = {
        "PINOAMO_DATA": str(settings.data), "PINOAMO_BASE_URL": BASE, "PINOAMO_WORKERS": "1",
        "PINOAMO_QUERY_ROWS": str(ROWS), "PINOAMO_QUERY_SECONDS": "300", "PINOAMO_QUERY_MEMORY_MB": "512",
    }  # fmt: skip
    port = free_port()
    command = [sys.executable, "-m", "service.cli.main", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **limits}, stderr=subprocess.DEVNULL)
    found = Server(f"http://127.0.0.1:{port}", process.pid)
    try:
        deadline = time.monotonic() + 600
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{found.address}/health/ready")
                break
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_million_rows_are_streamed_with_flat_memory(server: Server) -> None:
    address, headers = f"{server.address}/sparql", {"Accept": "text/csv"}
    httpx.get(address, params={"query": QUERY + " LIMIT 100000"}, headers=headers, timeout=600)
    before = server.peak()
    lines, last = 0, b""
    with httpx.stream(
        "GET", f"{server.address}/sparql", params={"query": QUERY}, headers=headers, timeout=600
    ) as answer:
        assert answer.status_code == 200
        assert "x-pinoamo-truncated" not in answer.headers
        for chunk in answer.iter_bytes():
            lines += chunk.count(b"\n")
            last = chunk
    assert lines == ROWS + 1
    assert last.endswith(b"\r\n")
    assert server.peak() - before < MOST_GROWTH

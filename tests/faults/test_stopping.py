"""Stopping a server: requests under way are answered, new ones go elsewhere, and it ends in bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from service.settings import Settings
from tests.support.engines import free_port
from tests.unit.test_cli import environment

BODY = b"ASK { ?s ?p ?o }"


@contextlib.contextmanager
def server(data: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `pinoamo serve`; yield the process and its port once it is ready."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli.main", "serve", "--port", str(port), "--workers", "1"],
        env=environment(data, **settings), stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        until(lambda: status(port, "/health/ready") == 200)
        until(lambda: httpx.get(f"http://127.0.0.1:{port}/sparql", params={"query": BODY.decode()}).status_code == 200)
        yield process, port
    finally:
        process.kill()
        process.wait()


def until(met: Callable[[], bool], seconds: float = 600) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def status(port: int, path: str) -> int:
    """Return the status of an address, 0 when nobody listens."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=600).status_code
    except httpx.TransportError:
        return 0


def half_a_request(port: int) -> socket.socket:
    """Send the head of a request and the first half of its body, and wait until the server has begun with it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=600)
    lines = (
        "POST /sparql HTTP/1.1", "Host: localhost", "Content-Type: application/sparql-query",
        f"Content-Length: {len(BODY)}", "Expect: 100-continue", "Connection: close",
    )  # fmt: skip
    head = "".join(f"{line}\r\n" for line in (*lines, ""))
    connection.sendall(head.encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100"), "the application asks for the body"
    connection.sendall(BODY[:5])
    return connection


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_request_under_way_is_answered_and_new_ones_are_refused(demo_settings: Settings, how: signal.Signals) -> None:
    with server(demo_settings.data) as (process, port), half_a_request(port) as connection:
        process.send_signal(how)
        until(lambda: status(port, "/health/live") == 0)
        assert process.poll() is None
        connection.sendall(BODY[5:])
        answer = b""
        while part := connection.recv(65536):
            answer += part
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"boolean": true' in answer or b'"boolean":true' in answer
        assert process.wait(600) == 0


def test_request_that_does_not_end_is_given_up_in_time(demo_settings: Settings) -> None:
    with server(demo_settings.data, PINOAMO_SHUTDOWN_SECONDS="1") as (process, port), half_a_request(port):
        process.send_signal(signal.SIGTERM)
        assert process.wait(600) == 0


def test_server_told_to_stop_is_not_ready_but_answers_for_a_while(demo_settings: Settings) -> None:
    with server(demo_settings.data, PINOAMO_DRAIN_SECONDS="600") as (process, port):
        process.send_signal(signal.SIGTERM)
        until(lambda: status(port, "/health/ready") == 503)
        assert status(port, "/health/live") == 200
        assert status(port, "/api/v1/credentials") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(600) == 0


def test_killed_load_takes_its_loader_with_it(tmp_path: Path) -> None:
    table = tmp_path / "courses.csv"
    table.write_text("id,title@en\n" + "".join(f"c{number},Course {number}\n" for number in range(100_000)))
    load = subprocess.Popen(
        [sys.executable, "-m", "service.cli.main", "load", "table", str(table)],
        env=environment(tmp_path / "var"), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: load.poll() is not None or bool(children_of(load.pid)))
        (loader,) = children_of(load.pid)
        os.kill(loader, signal.SIGSTOP)  # so that it does not end by itself
        until(lambda: state_of(loader) == "T")
    finally:
        load.kill()
        load.wait()
    try:
        until(lambda: state_of(loader) in ("", "Z"), 20)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(loader, signal.SIGKILL)


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started and that have become other programs."""
    found = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in found if _stat(pid)[1:2] == [str(parent)] and b"loaders" in _command(pid)]


def state_of(pid: int) -> str:
    """Return the letter that stands for the state of a process, empty when it is gone."""
    return "".join(_stat(pid)[:1])


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

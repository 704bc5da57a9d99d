"""Real SPARQL servers for tests and benchmarks, on free loopback ports, ended by whoever started them."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

VIRTUOSO = shutil.which("virtuoso-t")
ISQL = shutil.which("isql-vt")

_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DirsAllowed = {folder}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
ServerThreads = 20
MaxClientConnections = 20
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerThreads = 16
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 600
"""


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def virtuoso(folder: Path, nquads: Path, buffers: int = 20_000) -> Iterator[str]:
    """Run Virtuoso over an N-Quads file; yield the address of its SPARQL endpoint."""
    assert VIRTUOSO, "install the Debian package virtuoso-opensource-7"
    sql_port, http_port = free_port(), free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(
        _INI.format(folder=folder, sql_port=sql_port, http_port=http_port, buffers=buffers, dirty=buffers * 3 // 4)
    )
    server = subprocess.Popen(
        [VIRTUOSO, "+foreground", "+configfile", str(ini)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    endpoint = f"http://127.0.0.1:{http_port}/sparql"
    try:
        _wait_for(endpoint + "?query=ASK%7B%7D", server, 90)
        shutil.copy(nquads, folder / "data.nq")
        # 512: every statement is a quad of its own graph; log_enable 2: no transaction log.
        _isql(
            sql_port,
            "log_enable(2,1); DB.DBA.TTLP_MT(file_open('{}'), '', 'urn:none', 512, 2);".format(folder / "data.nq"),
        )
        yield endpoint
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def empty_engine(kind: str, folder: Path) -> Iterator[dict[str, object]]:
    """Run an empty engine that may be written to; yield the settings that lead to it."""
    (folder / "empty.nq").write_text("")
    if kind == "virtuoso":
        if not VIRTUOSO:
            pytest.skip(reason="needs Virtuoso: the Debian package virtuoso-opensource-7")
        with virtuoso(folder, folder / "empty.nq") as endpoint:
            graph_store = endpoint.replace("/sparql", "/sparql-graph-crud-auth")
            yield {
                "store": endpoint, "store_graphs": graph_store, "store_user": "dba", "store_password": SecretStr("dba")
            }  # fmt: skip
    else:
        with oxigraph_server(folder, folder / "empty.nq", writable=True) as endpoint:
            yield {"store": endpoint, "store_graphs": endpoint.replace("/query", "/store")}


@contextlib.contextmanager
def oxigraph_server(folder: Path, nquads: Path, *, writable: bool = False, port: int = 0) -> Iterator[str]:
    """Run an Oxigraph server over an N-Quads file; yield the address of its SPARQL endpoint."""
    program = str(Path(sys.executable).parent / "oxigraph")
    port = port or free_port()
    location = str(folder / "oxigraph")
    subprocess.run([program, "load", "--location", location, "--file", str(nquads)], check=True, capture_output=True)
    command = [
        program,
        "serve" if writable else "serve-read-only",
        "--location",
        location,
        "--bind",
        f"127.0.0.1:{port}",
        "--union-default-graph",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}/query"
    try:
        _wait_for(endpoint + "?query=ASK%7B%7D", server, 600)
        yield endpoint
    finally:
        server.kill()
        server.wait()


def _isql(port: int, statements: str) -> None:
    assert ISQL
    done = subprocess.run(
        [ISQL, f"127.0.0.1:{port}", "dba", "dba", "VERBOSE=OFF", f"exec={statements}"],
        capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert "Error" not in done.stdout + done.stderr, done.stdout + done.stderr


def _wait_for(address: str, server: subprocess.Popen[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with code {server.returncode}")
        try:
            urllib.request.urlopen(address, timeout=600).read()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)

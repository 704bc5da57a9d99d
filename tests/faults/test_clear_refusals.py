"""A damaged list of keys, a release that vanishes, a full temporary folder: each is said, and the rest goes on."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.web.edge.logs import configure_logging
from service.writing.keys import KeyRing
from tests.support.server_processes import process, wait_until
from tests.support.serving import publish

pytestmark = pytest.mark.system

GRAPHS = {"http://localhost:8000/graph/x": "<http://x/a> <http://x/p> <http://x/b> ."}
TURTLE = {"Content-Type": "text/turtle"}
DOCUMENT = "<http://x/a> a <http://data.europa.eu/snb/model/elm/Qualification> ."
KEY = {"Authorization": "Bearer pinoamo_no-such-key"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("whole") / "var"
    publish(Settings(data=data), GRAPHS)
    return data


@pytest.fixture
def data(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "var", symlinks=True))


DAMAGED = {
    "cut short": b'[{"name": "a", "checks',
    "no list": b"{}",
    "nested": b"[" * 100_000,
    "not text": b"\xff\xfe",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_keys_close_writing_and_nothing_else(data: Path, damage: str) -> None:
    KeyRing(Settings(data=data)).create("a", ["update"])
    (data / "keys.json").write_bytes(DAMAGED[damage])
    with TestClient(create_app(Settings(data=data))) as client:
        refused = client.put("/api/v1/credentials/a", content=DOCUMENT, headers={**TURTLE, **KEY})
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "keys-unreadable")
        assert "keys" in refused.json()["detail"]
        assert str(data) not in refused.text
        assert client.get("/sparql", headers={"Accept": "text/turtle"}).status_code == 200
        assert client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True
        ready = client.get("/health/ready")
        assert (ready.status_code, len(ready.json()["faults"])) == (200, 1)
        assert "keys" in ready.json()["faults"][0]


def test_keys_that_are_a_folder_are_damaged_too(data: Path) -> None:
    (data / "keys.json").mkdir()
    with TestClient(create_app(Settings(data=data))) as client:
        assert client.put("/api/v1/credentials/a", content=DOCUMENT, headers={**TURTLE, **KEY}).status_code == 503


READING = ("/api/v1/credentials", "/api/v1/search?q=x", "/en/", "/void", "/id/x", "/sparql?query=ASK%7B%7D")


@pytest.mark.parametrize("gone", ["releases/1", "releases", "releases/1/index.sqlite", "releases/1/release.json"])
def test_release_that_vanishes_is_a_503_and_readiness_tells_it(data: Path, gone: str) -> None:
    with TestClient(create_app(Settings(data=data)), raise_server_exceptions=False) as client:
        assert client.get("/health/ready").status_code == 200
        path = data / gone
        path.unlink() if path.is_file() else shutil.rmtree(path)
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.headers["content-type"]) == (503, "application/problem+json")
        for address in READING:
            answer = client.get(address, headers={"Accept": "application/json, */*;q=0.1"})
            assert (address, answer.status_code) == (address, 503)
            assert answer.json()["detail"]
            assert str(data) not in answer.text


def test_release_that_vanishes_unnoticed_is_a_503(data: Path) -> None:
    """Nobody has asked for readiness, which looks."""
    with TestClient(create_app(Settings(data=data)), raise_server_exceptions=False) as client:
        client.get("/api/v1/credentials")
        shutil.rmtree(data / "releases" / "1")
        assert {client.get(address).status_code for address in READING} == {503}


def test_older_release_serves_when_the_newest_vanishes(data: Path) -> None:
    publish(Settings(data=data), {"http://localhost:8000/graph/y": "<http://x/a> <http://x/p> <http://x/c> ."})
    with TestClient(create_app(Settings(data=data))) as client:
        assert client.get("/health/ready").json() == {"status": "ready", "release": 2}
        (data / "releases" / "2" / "index.sqlite").unlink()
        ready = client.get("/health/ready").json()
        assert (ready["release"], "release 2" in ready["faults"][0]) == (1, True)
        assert client.get("/api/v1/credentials").headers["x-pinoamo-release"] == "1"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 KiB, mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(reason="needs the right to mount a disk of its own")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_full_temporary_folder_is_said_and_look_ups_go_on(data: Path, small_disk: Path) -> None:
    with process(data, TMPDIR=str(small_disk)) as (_, address), httpx.Client(base_url=address, timeout=600) as client:
        # A process that starts now would look for another folder.
        assert client.post("/api/v1/validations", content=DOCUMENT, headers=TURTLE).status_code == 200
        with (small_disk / "filling").open("wb", 0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["type"].rpartition("/")[2]) == (503, "no-space")
        asked = [
            client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"}),
            client.post("/api/v1/validations", content=DOCUMENT, headers=TURTLE),
        ]
        assert [answer.status_code for answer in asked] == [503, 503]
        assert {answer.json()["type"].rpartition("/")[2] for answer in asked} == {"no-space"}
        assert client.get("/api/v1/credentials").status_code == 200
        assert client.get("/health/live").status_code == 200
        (small_disk / "filling").unlink()
        assert client.get("/health/ready").status_code == 200
        assert client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True


def test_every_line_of_the_log_is_json(data: Path, tmp_path: Path) -> None:
    """From the announcement of the address on, whatever breaks in the processes of the server."""
    log = tmp_path / "log"
    with log.open("wb") as file, process(data, stderr=file, PINOAMO_LOG_FORMAT="json") as (_, address):
        store = data / "releases" / "1" / "store"
        for table in store.glob("*.sst"):
            table.write_bytes(b"no table")
        shutil.rmtree(store, ignore_errors=True)
        for path in ("/sparql?query=SELECT*%7B%3Fs%20%3Fp%20%3Fo%7D", "/health/ready", "/api/v1/credentials"):
            httpx.get(address + path, timeout=600)
        (data / "keys.json").write_text("{")
        httpx.get(address + "/health/ready", timeout=600)
        wait_until(lambda: log.read_bytes().count(b"\n") > 2)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert lines[0]["message"].startswith("Serving on http")
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in lines))


def test_what_python_prints_by_itself_is_a_line_of_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    import sys
    import threading
    import warnings

    before = sys.unraisablehook, threading.excepthook
    try:
        configure_logging("json", "warning")
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=1)
        found = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    finally:
        sys.unraisablehook, threading.excepthook = before
        import logging

        logging.captureWarnings(False)
    assert [line.get("error") for line in found if line["message"] == "a thread ended"] == ["ZeroDivisionError"]
    assert any("old" in line["message"] for line in found)

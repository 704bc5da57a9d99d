"""Writes over HTTP under kills and rivals: what was acknowledged is served, and nobody waits without end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from service.releases.releases import Releases
from service.settings import Settings
from service.work_store.lock import writing
from tests.conftest import ROOT
from tests.support.server_processes import GRAPHS, answers, prepared, process, wait_until
from tests.support.serving import publish, running
from tests.support.writing import TURTLE, bearer, turtle

X, Y = "/api/v1/credentials/x", "/api/v1/credentials/y"


def hold(data: Path, ready: object, end: object) -> None:
    """Hold the writer's lock until told to end."""
    with writing(data):
        ready.set()  # type: ignore[attr-defined]
        end.wait(600)  # type: ignore[attr-defined]


def test_a_write_that_was_acknowledged_before_a_kill_is_published_by_the_next_server(tmp_path: Path) -> None:
    token = prepared(tmp_path)
    with process(tmp_path, PINOAMO_PUBLISH_SECONDS="3600") as (server, address):
        answer = httpx.put(address + X, content=turtle(), headers={**TURTLE, **bearer(token)}, timeout=600)
        assert answer.status_code == 202, answer.text
        missing = "the release is not made yet"
        assert answer.json()["release"] == {"number": 2, "published": False, "missing": missing}
        assert httpx.get(address + X, timeout=600).status_code == 404
        server.send_signal(signal.SIGKILL)
        server.wait()
    with process(tmp_path, PINOAMO_PUBLISH_SECONDS="3600") as (_, address):
        wait_until(lambda: answers(address + X, 200))
        assert httpx.get(address + X, timeout=600).headers["x-pinoamo-release"] == "2"


def test_writes_that_come_before_the_release_is_due_share_it(tmp_path: Path) -> None:
    token = prepared(tmp_path)
    with running(Settings(data=tmp_path, workers=1, publish_seconds=3600)) as address:
        headers = {**TURTLE, **bearer(token)}
        both = [httpx.put(address + each, content=turtle(), headers=headers, timeout=600) for each in (X, Y)]
        assert [(answer.status_code, answer.json()["release"]["number"]) for answer in both] == [(202, 2), (202, 2)]


def test_a_client_may_wait_for_writes_that_are_gathered(tmp_path: Path) -> None:
    token = prepared(tmp_path)
    with running(Settings(data=tmp_path, workers=1, publish_seconds=0.2)) as address:
        headers = {**TURTLE, **bearer(token), "Prefer": "wait=60"}
        answer = httpx.put(address + X, content=turtle(), headers=headers, timeout=600)
        assert answer.status_code == 201, answer.text
        assert answer.headers["preference-applied"] == "wait=60"
        assert httpx.get(address + X, timeout=600).status_code == 200


def test_a_write_waits_for_another_process_only_so_long_and_a_command_may_load_meanwhile(tmp_path: Path) -> None:
    token = prepared(tmp_path)
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(tmp_path, ready, end))
    headers = {**TURTLE, **bearer(token)}
    with running(Settings(data=tmp_path, workers=1, write_wait_seconds=0.2)) as address:
        holder.start()
        try:
            assert ready.wait(600)
            answer = httpx.put(address + X, content=turtle(), headers=headers, timeout=600)
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
            assert str(holder.pid) not in answer.text
        finally:
            end.set()
            holder.join(600)
        table = tmp_path / "courses.csv"
        table.write_text("id,title@en\na,First\n")
        environment = {**os.environ, "PINOAMO_DATA": str(tmp_path)}
        load = [sys.executable, "-m", "service.cli.main", "load", "table", str(table)]
        assert subprocess.run(load, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 1
        assert httpx.put(address + X, content=turtle(), headers=headers, timeout=600).status_code == 201
        assert httpx.get(address + X, timeout=600).status_code == 200


def test_the_writer_that_is_killed_is_replaced(tmp_path: Path) -> None:
    token = prepared(tmp_path)
    with running(Settings(data=tmp_path, workers=1)) as address:
        headers = {**TURTLE, **bearer(token)}
        assert httpx.put(address + X, content=turtle(), headers=headers, timeout=600).status_code == 201
        found = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
        (writer,) = [
            int(line.split()[0])
            for line in found.splitlines()
            if "service.writing.writer_program" in line and str(tmp_path) in line
        ]
        os.kill(writer, signal.SIGKILL)
        tries = [httpx.put(address + Y, content=turtle(), headers=headers, timeout=600) for _ in range(2)]
        assert tries[-1].status_code in (200, 201)
        assert httpx.get(address + Y, timeout=600).status_code == 200


def test_what_a_killed_server_had_put_aside_for_a_moment_is_removed_by_the_next(tmp_path: Path) -> None:
    prepared(tmp_path / "var")
    aside = tmp_path / "aside"
    aside.mkdir()
    with process(tmp_path / "var", TMPDIR=str(aside)) as (server, _):
        server.kill()
        server.wait()
    (left,) = aside.iterdir()
    with process(tmp_path / "var", TMPDIR=str(aside)):
        assert not left.exists()
        assert len(list(aside.iterdir())) == 1


def test_commands_that_move_the_pointer_wait_for_whoever_writes(tmp_path: Path) -> None:
    data = tmp_path / "var"
    for _ in range(2):
        publish(Settings(data=data), GRAPHS)
    (data / "releases" / "2" / "index.sqlite").write_bytes(b"damaged")
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(data, ready, end))
    holder.start()
    try:
        assert ready.wait(600)
        environment = {**os.environ, "PINOAMO_DATA": str(data), "PINOAMO_WRITE_WAIT_SECONDS": "60"}
        waiting = [
            subprocess.Popen(
                [sys.executable, "-m", "service.cli.main", *words], cwd=ROOT, env=environment, stderr=subprocess.PIPE
            )
            for words in (["verify", "--fall-back"], ["backup", str(tmp_path / "copy")])
        ]
        assert waiting[0].stderr is not None
        assert b"Another process is writing" in waiting[0].stderr.readline()
        assert [each.poll() for each in waiting] == [None, None]
    finally:
        end.set()
        holder.join(600)
    for each in waiting:
        each.communicate(timeout=600)
    assert [each.returncode for each in waiting] == [1, 0]  # 1: a release is damaged
    assert Releases(data).current_number() == 1
    assert (tmp_path / "copy" / "backup.json").exists()

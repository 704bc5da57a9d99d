"""A full disk, a read-only one, and files that are not what they were: the last whole release serves."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.app import create_app
from service.cli.main import app
from service.errors import StoreUnavailable, TimedOut
from service.metrics import Metrics
from service.releases.readers import Readers
from service.releases.releases import Releases
from service.sparql.named_queries import load_queries
from service.store.oxigraph import OxigraphStore
from service.work_store.work_store import open_work
from service.workers.query_pool import QueryAnswer, QueryPool
from service.workers.query_task import QueryTask
from tests.faults.conftest import Start
from tests.support.killed_commands import GRAPHS, Command, run, settings_of, stage
from tests.support.ledger import Ledger, hear


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two releases, the second of which serves, and a load that is not published yet."""
    ledger = Ledger(tmp_path_factory.mktemp("disk") / "var")
    do(ledger, ("load", GRAPHS[0], "1"), ("publish",), ("load", GRAPHS[1], "2"), ("publish",), ("load", GRAPHS[0], "3"))
    return ledger


@pytest.fixture
def ledger(template: Ledger, tmp_path: Path) -> Ledger:
    """A copy of the template, to be damaged."""
    shutil.copytree(template.data, tmp_path / "var", symlinks=True)
    return replace(template, data=tmp_path / "var", sources={**template.sources}, releases={**template.releases})


def do(ledger: Ledger, *commands: Command) -> None:
    """Run commands in this process."""
    for command in commands:
        ledger.take(("begun", command, None))
        ledger.take(("done", command, run(ledger.data, command)))


def serving(data: Path) -> int:
    """Return the number of the release that answers."""
    readers = Readers(settings_of(data), load_queries())
    try:
        reader = readers.current()
        assert reader.store.ask("ASK { ?s ?p ?o }")
        return reader.number
    finally:
        readers.close()


@pytest.mark.parametrize("room", [0, 2000, 20_000], ids="{}-bytes".format)
@pytest.mark.parametrize(
    "command",
    [
        ("load", GRAPHS[2], "4"),
        ("load", GRAPHS[0], "5"),
        ("write", GRAPHS[0], "6"),
        ("unload", GRAPHS[0]),
        ("publish",),
    ],
    ids=" ".join,
)
def test_full_disk_fails_the_command_and_loses_nothing(
    ledger: Ledger, start: Start, command: Command, room: int
) -> None:
    process, told = start(ledger.data, [command], room=room)
    process.join(600)
    hear(ledger, told)
    assert process.exitcode == 0, "it must fail with a reason, not die"
    failed = ledger.pending is not None
    assert failed or room > 0
    assert serving(ledger.data) == ledger.serving
    ledger.check()
    do(ledger, command, ("publish",))
    ledger.check()


def test_full_disk_does_not_stop_a_roll_back(ledger: Ledger, start: Start) -> None:
    process, told = start(ledger.data, [("rollback", "1")], room=0)
    process.join(600)
    hear(ledger, told)
    assert ledger.serving == 1
    assert serving(ledger.data) == 1


def test_load_after_one_that_failed_halfway_finishes_that_one_first(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with open_work(ledger.data) as work:
        with monkeypatch.context() as patch:
            patch.setattr(OxigraphStore, "load", fail)
            with pytest.raises(OSError, match="No space"):
                work.replace(*stage(work, GRAPHS[0], "8"))
        work.replace(*stage(work, GRAPHS[2], "9"))
        assert {source.graph: source.files[0][0] for source in work.sources()} == {
            GRAPHS[0]: "8", GRAPHS[1]: "2", GRAPHS[2]: "9"
        }  # fmt: skip


@pytest.fixture
def read_only(ledger: Ledger) -> Iterator[Path]:
    """The data directory where nothing can be written: mounted so, since permissions do not stop root."""
    target = ledger.data.with_name("read-only")
    target.mkdir()
    for options in (["--bind", str(ledger.data), str(target)], ["-o", "remount,ro,bind", str(target)]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            subprocess.run(["umount", "--lazy", str(target)], capture_output=True, check=False)
            pytest.skip(reason="needs the right to mount a folder read-only")
    yield target
    subprocess.run(["umount", "--lazy", str(target)], check=True)


def test_read_only_directory_is_served_and_every_writer_is_told(read_only: Path) -> None:
    with TestClient(create_app(settings_of(read_only))) as client:
        assert client.get("/api/v1/credentials").json()["total"] == 8
        assert client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True
        refused = client.get("/dumps/2/pinoamo.nq.gz")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert str(read_only) not in refused.text
    for command in (("publish",), ("unload", GRAPHS[0])):
        with pytest.raises(OSError, match="Read-only"):
            run(read_only, command)
    assert serving(read_only) == 2


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_a_block(folder: Path) -> None:
    victim = max((folder / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[5] ^= 0xFF  # in its first block of data, which opening does not read
    victim.write_bytes(data)


SEEN_AT_ONCE: dict[str, Callable[[Path], object]] = {
    "release.json truncated": lambda folder: truncate(folder / "release.json"),
    "release.json empty": lambda folder: (folder / "release.json").write_text("{}"),
    "release.json missing": lambda folder: (folder / "release.json").unlink(),
    "index.sqlite missing": lambda folder: (folder / "index.sqlite").unlink(),
    "index.sqlite truncated": lambda folder: truncate(folder / "index.sqlite"),
    "matrix missing": lambda folder: (folder / "stacking.npz").unlink(),
    "store missing": lambda folder: shutil.rmtree(folder / "store"),
    "store without a manifest": lambda folder: next((folder / "store").glob("MANIFEST*")).unlink(),
    "folder missing: current dangles": shutil.rmtree,
}


@pytest.mark.parametrize("fault", SEEN_AT_ONCE)
def test_release_that_is_not_whole_does_not_serve_and_the_previous_one_does(ledger: Ledger, fault: str) -> None:
    SEEN_AT_ONCE[fault](ledger.data / "releases" / "2")
    assert serving(ledger.data) == 1
    do(ledger, ("publish",))
    assert serving(ledger.data) == ledger.serving
    assert ledger.serving != 1


def test_running_server_keeps_answering_when_the_release_it_should_switch_to_is_damaged(ledger: Ledger) -> None:
    readers = Readers(settings_of(ledger.data), load_queries())
    assert readers.current().number == 2
    do(ledger, ("publish",))
    (ledger.data / "releases" / "3" / "index.sqlite").unlink()
    assert readers.current().number == 2
    do(ledger, ("publish",))
    assert readers.current().number == 4
    readers.close()


def test_nothing_whole_is_told_as_unavailable(ledger: Ledger) -> None:
    for number in (1, 2):
        (ledger.data / "releases" / str(number) / "index.sqlite").unlink()
    with pytest.raises(StoreUnavailable, match="no older one can"):
        serving(ledger.data)


def test_changed_byte_is_found_by_the_checksum_and_the_previous_release_serves(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINOAMO_DATA", str(ledger.data))
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
    damage_a_block(ledger.data / "releases" / "2")
    with pytest.raises(StoreUnavailable, match=r"release 2 is damaged: store/\d+\.sst"):
        Releases(ledger.data).roll_back(2)
    found = CliRunner().invoke(app, ["verify", "--fall-back"])
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert lines[0] == "release 1: whole"
    assert lines[1].startswith("release 2: damaged: store/")
    assert Releases(ledger.data).current_number() == 1
    assert serving(ledger.data) == 1


def test_damage_that_only_checksums_show_is_found_by_the_server_and_the_previous_release_serves(
    ledger: Ledger,
) -> None:
    # Oxigraph 0.5 may go on for ever with a query that meets such a block: nothing must be asked of it.
    damage_a_block(ledger.data / "releases" / "2")
    readers = Readers(settings_of(ledger.data), load_queries(), verify=True)
    deadline = time.monotonic() + 600
    while readers.current().number != 1:
        assert time.monotonic() < deadline, "the damage was not found"
        time.sleep(0.01)
    with pytest.raises(StoreUnavailable, match=r"release 2 is damaged: store/\d+\.sst"):
        readers.at(2)
    do(ledger, ("publish",))
    assert readers.current().number == 3
    readers.close()


def test_query_of_the_public_over_a_damaged_store_fails_within_its_time(ledger: Ledger) -> None:
    blocks = sorted((ledger.data / "releases" / "2" / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    for block in blocks[1:]:  # the smallest holds the version of the store, which opening reads
        block.write_bytes(bytes(30) + block.read_bytes()[30:])
    task = QueryTask(str(ledger.data / "releases" / "2" / "store"), "SELECT * { ?s ?p ?o }", seconds=2)

    async def ask() -> QueryAnswer:
        workers = QueryPool(settings_of(ledger.data), Metrics())
        await workers.start()
        try:
            return await workers.run(task)
        finally:
            await workers.close()

    with pytest.raises((StoreUnavailable, TimedOut)):
        asyncio.run(ask())


def test_damaged_release_is_listed_nowhere_and_stops_nobody(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINOAMO_DATA", str(ledger.data))
    truncate(ledger.data / "releases" / "1" / "release.json")
    listed = json.loads(CliRunner().invoke(app, ["releases", "--json"]).stdout)
    assert [(entry["release"], entry["serves"]) for entry in listed] == [(2, True)]
    do(ledger, ("publish",), ("publish",))
    assert Releases(ledger.data).numbers() == (3, 4), "the damaged one is pruned in its turn"

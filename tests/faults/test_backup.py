"""Backup and restore: consistent while others write and read, whole or absent, nothing overwritten."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.main import app
from service.errors import InvalidArgument, StoreUnavailable, WorkLocked
from service.releases.backup import back_up, restore
from service.releases.releases import Releases
from service.work_store.lock import RESTORING, writing
from service.work_store.work_store import open_work
from tests.support.killed_commands import GRAPHS, run
from tests.support.ledger import Ledger


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two releases, the first of which serves again, a load that is not published, and a file of keys."""
    ledger = Ledger(tmp_path_factory.mktemp("backup") / "var")
    load = [("load", graph, "1") for graph in GRAPHS]
    for command in (load[0], ("publish",), load[1], ("publish",), ("rollback", "1"), load[2]):
        ledger.take(("done", command, run(ledger.data, command)))
    (ledger.data / "keys.json").write_text('["kept"]')
    (ledger.data / "quarantine" / "refused.jsonl").write_text("{}\n")
    return ledger


def restored(ledger: Ledger, data: Path) -> Ledger:
    """Return what is known of the original as what the copy must hold."""
    return Ledger(data, {**ledger.sources}, ledger.serving, {**ledger.releases})


@pytest.mark.parametrize("link", [False, True], ids=["copies", "links"])
def test_restored_directory_holds_what_was_backed_up_and_goes_on_from_there(
    ledger: Ledger, tmp_path: Path, link: bool
) -> None:
    made = back_up(ledger.data, tmp_path / "copy", link=link)
    assert made.serving == 1
    shared = {name for name in made.files if (tmp_path / "copy" / name).stat().st_nlink > 1}
    assert bool(shared) is link
    copy = restored(ledger, tmp_path / "new")
    restore(tmp_path / "copy", copy.data)
    assert copy.check() == ()
    assert Releases(copy.data).numbers() == (1, 2)
    assert (copy.data / "keys.json").read_text() == '["kept"]'
    assert (copy.data / "quarantine" / "refused.jsonl").exists()
    copy.take(("done", ("publish",), run(copy.data, ("publish",))))
    assert copy.check() == ()
    assert restored(ledger, ledger.data).check() == (), "the original is as it was"


def test_backup_waits_for_no_reader_but_refuses_beside_a_writer(ledger: Ledger, tmp_path: Path) -> None:
    with writing(ledger.data), pytest.raises(WorkLocked):
        back_up(ledger.data, tmp_path / "copy", link=False)
    assert list(tmp_path.iterdir()) == []


def test_backup_overwrites_nothing_and_needs_a_data_directory(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(InvalidArgument, match="exists already"):
        back_up(ledger.data, tmp_path / "taken", link=False)
    with pytest.raises(InvalidArgument, match="no data directory"):
        back_up(tmp_path / "nowhere", tmp_path / "copy", link=False)


def test_backup_that_cannot_be_finished_leaves_nothing(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("service.releases.backup.write_json", fail)
    with pytest.raises(OSError, match="No space"):
        back_up(ledger.data, tmp_path / "copy", link=False)
    assert list(tmp_path.iterdir()) == []


def test_restore_refuses_what_is_damaged_missing_or_no_backup(ledger: Ledger, tmp_path: Path) -> None:
    copy, data = tmp_path / "copy", tmp_path / "new"
    made = back_up(ledger.data, copy, link=False)
    victim = copy / next(name for name in made.files if name.endswith("index.sqlite"))
    whole = victim.read_bytes()
    for spoiled in (whole[:-1] + bytes([whole[-1] ^ 1]), None):
        victim.unlink()
        if spoiled:
            victim.write_bytes(spoiled)
        with pytest.raises(StoreUnavailable, match=r"damaged: releases/1/index\.sqlite"):
            restore(copy, data)
    assert not data.exists()
    with pytest.raises(InvalidArgument, match="is no backup"):
        restore(tmp_path, data)
    about = json.loads((copy / "backup.json").read_text())
    (copy / "backup.json").write_text(json.dumps({**about, "files": {"../../outside": "00"}}))
    with pytest.raises(InvalidArgument, match="names files outside"):
        restore(copy, data)


def test_restore_overwrites_nothing(ledger: Ledger, tmp_path: Path) -> None:
    back_up(ledger.data, tmp_path / "copy", link=False)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "precious").write_text("kept")
    with pytest.raises(InvalidArgument, match="holds precious"):
        restore(tmp_path / "copy", tmp_path / "new")
    assert os.listdir(tmp_path / "new") == ["precious"]


def test_interrupted_restore_serves_nothing_and_is_begun_again(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(ledger.data, tmp_path / "copy", link=False)
    data = tmp_path / "new"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("service.releases.backup.point_to", stop)
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "copy", data)
    assert Releases(data).current_number() is None
    with pytest.raises(StoreUnavailable, match="run `pinoamo restore` again"), open_work(data):
        pytest.fail("a half restored store was written to")
    restore(tmp_path / "copy", data)
    assert not (data / RESTORING).exists()
    assert restored(ledger, data).check() == ()


def test_commands_say_what_they_did(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINOAMO_DATA", str(ledger.data))
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "copy")])
    assert done.exit_code == 0
    assert "Backed up" in done.stderr
    monkeypatch.setenv("PINOAMO_DATA", str(tmp_path / "new"))
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "copy")])
    assert done.exit_code == 0
    assert "release 1 serves" in done.stderr
    listed = json.loads(CliRunner().invoke(app, ["releases", "--json"]).stdout)
    assert [(entry["release"], entry["serves"]) for entry in listed] == [(1, True), (2, False)]

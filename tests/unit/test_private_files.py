"""What the commands write is for the user of the service alone; what the user names has the usual mode."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.records import record

pytestmark = pytest.mark.system

COMMAND = [sys.executable, "-m", "service.cli.main"]


def run(data: Path, *words: str) -> None:
    environment = {**os.environ, "PINOAMO_DATA": str(data)}
    subprocess.run([*COMMAND, *words], cwd=ROOT, env=environment, check=True, capture_output=True, umask=0o022)


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder.parent)): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink()
    }


def test_data_are_for_their_user_alone_and_files_that_are_asked_for_are_as_usual(tmp_path: Path) -> None:
    data, source, report, export = (tmp_path / name for name in ("var", "a.nq", "report.jsonl", "out.nq"))
    source.write_text(record("a"), "utf-8")
    run(data, "keys", "create", "a", "--scope", "update")
    run(data, "load", "elm", str(source), "--report", str(report))
    run(data, "publish")
    run(data, "export", "nq", "--out", str(export))
    found = modes(data)
    assert "var/keys.json" in found
    assert any(name.endswith("index.sqlite") for name in found)
    assert any("/text/" in name for name in found)
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (report, export)} == {0o644}

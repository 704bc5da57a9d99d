"""Folders for a moment: gone afterwards, kept while they are in use, removed when their process was killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from service.processes.scratch import remove_what_was_left, scratch
from tests.conftest import ROOT

HELD = """
from service.processes.scratch import scratch
with scratch() as folder:
    (folder / "document.json").write_text("a learner's")
    print(folder, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders for a moment are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_folder_is_empty_and_gone_afterwards_whatever_happens(place: Path) -> None:
    with scratch() as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
    assert list(place.iterdir()) == []
    with pytest.raises(ZeroDivisionError), scratch():
        raise ZeroDivisionError
    assert list(place.iterdir()) == []


@pytest.mark.system
def test_only_what_nobody_uses_is_removed(place: Path) -> None:
    (place / "pinoamo-of-somebody").mkdir()
    with scratch() as mine:
        holder = subprocess.Popen(
            [sys.executable, "-c", HELD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert holder.stdout is not None
            theirs = Path(holder.stdout.readline().strip())
            assert theirs.is_relative_to(place)
            assert remove_what_was_left() == 0
            assert mine.exists()
            assert (theirs / "document.json").exists()
        finally:
            holder.kill()
            holder.communicate()
        assert theirs.exists(), "killed, it could not clean up"
        assert remove_what_was_left() == 1
        assert not theirs.exists()
        assert mine.exists()
    assert [path.name for path in place.iterdir()] == ["pinoamo-of-somebody"]


def test_folders_that_another_user_has_closed_are_passed_over(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that runs as an ordinary user could not start beside them."""

    def closed(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    (place / "pinoamo-of-root").mkdir()
    monkeypatch.setattr(Path, "is_file", closed)
    assert remove_what_was_left() == 0

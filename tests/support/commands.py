"""The `pinoamo` command as a user runs it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest import mock

from service.cli.main import main
from tests.conftest import ROOT


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of a command over one data directory."""
    return {**os.environ, "PINOAMO_DATA": str(data), "PYTHONPATH": str(ROOT), **more}


def pinoamo(data: Path, *words: str | Path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, with no terminal."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli.main", *map(str, words)],
        env=environment(data, **more), input=stdin, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def called(data: Path, *words: str | Path, **more: str) -> Told:
    """Run the command inside this process, which saves starting one: for commands that neither serve nor are killed."""
    out, errors = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    settings = {"PINOAMO_DATA": str(data), **more}
    code: object = 0
    with (
        mock.patch.dict(os.environ, settings), mock.patch.object(sys, "argv", ["pinoamo", *map(str, words)]),
        redirect_stdout(out), redirect_stderr(errors),
    ):  # fmt: skip
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    gc.collect()  # RocksDB keeps its lock until the last reference is gone
    texts = [stream.buffer.getvalue().decode() for stream in (out, errors)]  # type: ignore[attr-defined]
    assert isinstance(code, int)
    return Told(code, *texts)

"""Runs a loader as a child process, `python -m loaders`, with limits on memory and time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InvalidArgument, LoadFailed
from ..resources import IMPORT_ROOT
from ..settings import Settings
from .limits import end_with, limit_memory_of_next

Progress = Callable[[str, int], None]
"""Called with the name of a stage and how many records or bytes it has done."""

_OWN_WORDS = re.compile(r"^(python -m [\w.]+: )?error: ")


def run_loader(
    settings: Settings,
    source_format: str,
    sources: Sequence[str],
    output: Path,
    report: Path,
    progress: Progress,
    options: Sequence[str] = (),
    keep: Callable[[Mapping[str, Any]], bool] = lambda entry: True,
) -> tuple[Mapping[str, Any], ...]:
    """Run `python -m loaders` with memory and time limits; return its report, the summary last.

    Of the report only the entries that are to be kept are held in memory; `keep` is told of each.
    `options` are more words for its command line, such as `--version 1.2.1`.

    Raises:
        InvalidArgument: the loader says that the call is wrong.
        LoadFailed: it could not read its source, met a limit or died.
    """
    command = [sys.executable, "-m", "loaders", source_format, *sources]
    command += ["--base", settings.base_url, "--report", str(report), *options]
    environment = {**os.environ, "PYTHONPATH": str(IMPORT_ROOT), "PYTHONIOENCODING": "utf-8"}
    limit, parent = settings.loader_memory_mb * 1024 * 1024, os.getpid()

    def prepare() -> None:
        limit_memory_of_next(limit)
        end_with(parent)

    with output.open("wb") as stdout:
        child = subprocess.Popen(
            command, stdout=stdout, stderr=subprocess.PIPE, env=environment, stdin=subprocess.DEVNULL,
            preexec_fn=prepare,
        )  # fmt: skip
        try:
            message = _wait(child, output, settings.loader_seconds, progress)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    entries = tuple(filter(keep, _report(report))) if report.exists() else ()
    if child.returncode in (0, 1):
        return entries
    reasons = [sentence(entry) for entry in entries if entry.get("severity") == "error"] or [
        message or "no reason given"
    ]
    if child.returncode == 2 and entries:
        raise LoadFailed("; ".join(reasons[:5]), tuple(entry for entry in entries if "severity" in entry))
    if child.returncode == 2:
        raise InvalidArgument(reasons[0])
    raise LoadFailed(f"the {source_format} loader stopped (code {child.returncode}): {reasons[0]}")


def _wait(child: subprocess.Popen[bytes], output: Path, seconds: float, progress: Progress) -> str:
    # The pipe is small and only read at the end of each wait, so a talkative child cannot block on it.
    waited = 0.0
    step = 0.25
    while True:
        try:
            _, errors = child.communicate(timeout=step)
            lines = errors.decode("utf-8", "replace").strip().splitlines()
            return _OWN_WORDS.sub("", lines[-1])[:500] if lines else ""
        except subprocess.TimeoutExpired:
            waited += step
            progress("reading", output.stat().st_size)
            if waited >= seconds:
                child.kill()
                child.communicate()
                raise LoadFailed(f"the loader did not end within {seconds:g} seconds") from None


def _report(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def sentence(entry: Mapping[str, Any]) -> str:
    """Return a reported issue as words: the place and the field, as far as they are known, and the message."""
    place = ":".join(str(entry[part]) for part in ("source", "line") if entry.get(part))
    where = " ".join(filter(None, (place, entry.get("field"))))
    return f"{where}: {entry['message']}" if where else str(entry["message"])

"""Loading: a loader as a child process, the gate, the quarantine, the work store."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from .errors import InvalidArgument, LoadFailed
from .files import sha256_of
from .gate import GatedRecord, gate
from .queries import QUERIES, load_queries
from .settings import Settings
from .validation.profiles import Profile
from .vocabulary import KnownThings
from .work import Source, Work

Progress = Callable[[str, int], None]
"""Called with the name of a stage and how many records or bytes it has done."""

_ROOT = Path(__file__).parent.parent
_GRAPH = re.compile(rb"<([^<>]*)> \.\s*\Z")


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What became of a load: counts by decision, what the loader reported, and where refused records are kept."""

    graph: str
    quads: int
    records: Mapping[str, int]
    issues: tuple[Mapping[str, Any], ...]
    refused: tuple[Mapping[str, Any], ...]
    warned: tuple[Mapping[str, Any], ...]
    quarantine: Path | None
    stored: bool

    @property
    def clean(self) -> bool:
        """Return whether nothing was refused, by the loader or by the gate."""
        return not self.refused and not any(issue["severity"] == "error" for issue in self.issues)


def run_loader(
    settings: Settings, source_format: str, sources: Sequence[str], output: Path, report: Path, progress: Progress
) -> tuple[Mapping[str, Any], ...]:
    """Run `python -m loaders` with memory and time limits; return its report, the summary last.

    Raises:
        InvalidArgument: the loader says that the call is wrong.
        LoadFailed: it could not read its source, met a limit or died.
    """
    command = [sys.executable, "-m", "loaders", source_format, *sources]
    command += ["--base", settings.base_url, "--report", str(report)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"}
    limit = settings.loader_memory_mb * 1024 * 1024
    with output.open("wb") as stdout:
        child = subprocess.Popen(
            command, stdout=stdout, stderr=subprocess.PIPE, env=environment, stdin=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )  # fmt: skip
        try:
            message = _wait(child, output, settings.loader_seconds, progress)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    entries = tuple(_report(report)) if report.exists() else ()
    if child.returncode in (0, 1):
        return entries
    reasons = [_sentence(entry) for entry in entries if entry.get("severity") == "error"] or [
        message or "no reason given"
    ]
    if child.returncode == 2 and entries:
        raise LoadFailed("; ".join(reasons[:5]))
    if child.returncode == 2:
        raise InvalidArgument(reasons[0])
    raise LoadFailed(f"the {source_format} loader stopped (code {child.returncode}): {reasons[0]}")


def load(
    work: Work,
    settings: Settings,
    profile: Profile,
    source_format: str,
    sources: Sequence[str],
    *,
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda stage, done: None,
) -> LoadOutcome:
    """Load sources into the work store: their graph then holds what the gate let through, and nothing older.

    When everything was refused the graph keeps what it held before. Refused records go to the quarantine folder,
    one JSON object a line with the findings and the record's own N-Quads.

    Raises:
        InvalidArgument: the call is wrong.
        LoadFailed: the source could not be read.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    raw, report = work.staged / f"{stamp}.raw.nq", work.staged / f"{stamp}.report.jsonl"
    accepted = work.staged / f"{stamp}.nq"
    quarantine = work.quarantine / f"{stamp}.jsonl"
    try:
        issues = run_loader(settings, source_format, sources, raw, report, progress)
        graph = _graph_of(raw)
        known = KnownThings(work.store, load_queries(QUERIES / "gate")["known-types"])
        gated = gate(raw, profile=profile, context=known, strict=strict)
        with accepted.open("wb") as output:
            tally = _Tally(output, quarantine)
            for number, record in enumerate(gated, start=1):
                tally.take(record)
                if number % 100 == 0:
                    progress("checking", number)
        stored = bool(tally.quads) and not dry_run
        if stored:
            progress("storing", tally.quads)
            files = tuple((Path(name).name, sha256_of(path)) for name in sources for path in _files_of(Path(name)))
            now = datetime.now(UTC).isoformat(timespec="seconds")
            work.replace(
                Source(graph, source_format, files, now, profile.id, tally.quads, dict(tally.decisions)), accepted
            )
        return LoadOutcome(
            graph, tally.quads, tally.decisions, tuple(i for i in issues if "severity" in i),
            tuple(tally.refused), tuple(tally.warned), tally.close(), stored,
        )  # fmt: skip
    finally:
        for path in (raw, report, accepted):
            path.unlink(missing_ok=True)


class _Tally:
    """Sends each gated record where it belongs and counts."""

    def __init__(self, output: IO[bytes], quarantine: Path) -> None:
        self._output = output
        self._path = quarantine
        self._quarantine: IO[str] | None = None
        self.decisions: Counter[str] = Counter()
        self.quads = 0
        self.refused: list[Mapping[str, Any]] = []
        self.warned: list[Mapping[str, Any]] = []

    def take(self, record: GatedRecord) -> None:
        if record.iri:
            self.decisions[record.decision] += 1
        if record.decision == "refused":
            entry = record.to_json()
            self.refused.append(entry)
            if self._quarantine is None:
                self._quarantine = self._path.open("w", encoding="utf-8")
            line = {**entry, "nquads": record.nquads.decode("utf-8", "replace")}
            self._quarantine.write(json.dumps(line, ensure_ascii=False) + "\n")
            return
        if record.decision == "warned":
            self.warned.append(record.to_json())
        self._output.write(record.nquads)
        self.quads += record.nquads.count(b"\n")

    def close(self) -> Path | None:
        if self._quarantine is None:
            return None
        self._quarantine.close()
        return self._path


def _wait(child: subprocess.Popen[bytes], output: Path, seconds: float, progress: Progress) -> str:
    # The pipe is small and only read at the end of each wait, so a talkative child cannot block on it.
    waited = 0.0
    step = 0.25
    while True:
        try:
            _, errors = child.communicate(timeout=step)
            lines = errors.decode("utf-8", "replace").strip().splitlines()
            return lines[-1][:500] if lines else ""
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


def _sentence(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('source', '')}:{entry.get('line', '')} {entry.get('field') or ''} {entry['message']}".strip()


def _graph_of(nquads: Path) -> str:
    with nquads.open("rb") as file:
        for line in file:
            found = None if line.startswith(b"#") else _GRAPH.search(line)
            if found:
                return found[1].decode()
    return ""


def _files_of(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(child for child in path.rglob("*") if child.is_file())
    elif path.is_file():
        yield path

"""Loading: the loader, the gate, the quarantine, the work store."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from .files import sha256_of
from .gate import GatedRecord, gate
from .loader_process import Progress, run_loader
from .queries import QUERIES, load_queries
from .settings import Settings
from .validation.profiles import Profile
from .vocabulary import KnownThings
from .work import Source, Work

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


def load(
    work: Work,
    settings: Settings,
    profile: Profile,
    source_format: str,
    sources: Sequence[str],
    *,
    strict: bool = False,
    dry_run: bool = False,
    options: Sequence[str] = (),
    progress: Progress = lambda stage, done: None,
) -> LoadOutcome:
    """Load sources into the work store: their graph then holds what the gate let through, and nothing older.

    When everything was refused the graph keeps what it held before. Refused records go to the quarantine folder,
    one JSON object a line with the findings and the record's own N-Quads. `options` go to the loader as they are.

    Raises:
        InvalidArgument: the call is wrong.
        LoadFailed: the source could not be read.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    raw, report = work.staged / f"{stamp}.raw.nq", work.staged / f"{stamp}.report.jsonl"
    accepted = work.staged / f"{stamp}.nq"
    quarantine = work.quarantine / f"{stamp}.jsonl"
    try:
        issues = run_loader(settings, source_format, sources, raw, report, progress, options)
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

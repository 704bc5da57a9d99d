"""Loads a source: loader process, gate, quarantine, work store."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ..errors import InvalidArgument, WouldLose
from ..files import sha256_of
from ..processes.loader import Progress, run_loader
from ..resources import QUERIES
from ..settings import Settings
from ..sparql.named_queries import load_queries
from ..store.statement_store import StatementStore
from ..validation.engines.confirming import Confirmation
from ..validation.profiles import Profile
from ..work_store.folder import STORE
from ..work_store.graph_contents import Thing, kinds_in_file, things_in
from ..work_store.work_store import Source, WorkStore, copy_of
from . import esco_versions
from .admission import admit
from .catalogue_terms import CatalogueTerms
from .conditions import Conditions
from .gate import GatedRecord, gate
from .giving_way import give_way
from .known_things import KnownThings
from .summary import Causes
from .what_changes import NOTHING, WhatChanges, refuse_loss, what_changes

_GRAPH = re.compile(rb"<([^<>]*)> \.\s*\Z")


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What became of a load: counts by decision, what the loader reported, and where refused records are kept.

    Of what was found `found` has the causes with their counts; the rest holds what was found first of each.
    `warned` holds listed records too. `gave_way` is what keys had written of things that the load describes; it is in
    quarantine too. `changes` tells what was added, changed and removed, or would be; `would_lose` is why a load that
    is only tried would be refused, empty when it would not. `replaced` are graphs of older versions of ESCO that went.
    """

    graph: str
    quads: int
    records: Mapping[str, int]
    issues: tuple[Mapping[str, Any], ...]
    refused: tuple[Mapping[str, Any], ...]
    warned: tuple[Mapping[str, Any], ...]
    quarantine: Path | None
    stored: bool
    gave_way: tuple[Mapping[str, Any], ...] = ()
    changes: WhatChanges = NOTHING
    would_lose: str = ""
    replaced: tuple[str, ...] = ()
    found: Causes | None = None

    @property
    def clean(self) -> bool:
        """Return whether nothing was refused, by the loader or by the gate."""
        return not self.refused and not any(issue["severity"] == "error" for issue in self.issues)

    def causes(self) -> Causes:
        """Return what was found by cause."""
        return Causes(self.issues, self.refused, self.warned) if self.found is None else self.found


def load(
    work: WorkStore,
    settings: Settings,
    profile: Profile,
    source_format: str,
    sources: Sequence[str],
    *,
    strict: bool = False,
    dry_run: bool = False,
    force: bool = False,
    named: bool = False,
    yielding: Collection[str] = (),
    options: Sequence[str] = (),
    conditions: Conditions | None = None,
    progress: Progress = lambda stage, done: None,
) -> LoadOutcome:
    """Load sources into the work store: their graph then holds what the gate let through, and nothing older.

    When every record was refused the graph keeps what it held before. Refused records go to the quarantine folder,
    one JSON object a line with the findings and the record's own N-Quads. `options` go to the loader as they are.
    With `conditions` a record that states what they ask for is listed instead of refused, with its gaps.
    `named` says that the caller chose the name of the graph, and so may replace what another source put there. What
    graphs that are `yielding` say of the same things goes to quarantine too, see `giving_way`.

    Unless `force` says so, a source loses no more than a share of its things (`PINOAMO_LOST_SHARE`).

    Raises:
        InvalidArgument: the call is wrong, or the graph was loaded from another source.
        LoadFailed: the source could not be read.
        WouldLose: it would lose a good part of what it holds; nothing was stored.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    raw, report = work.staged / f"{stamp}.raw.nq", work.staged / f"{stamp}.report.jsonl"
    accepted = work.staged / f"{stamp}.nq"
    quarantine = work.quarantine / f"{stamp}.jsonl"
    try:
        found = Causes()

        def keep(entry: Mapping[str, Any]) -> bool:
            return "severity" not in entry or found.take_issue(entry)

        issues = run_loader(settings, source_format, sources, raw, report, progress, options, keep)
        issues = (*issues, *filter(keep, admit(raw, CatalogueTerms(settings.vocabularies.split()))))
        graph = graph_in(raw)
        origins = tuple(str(Path(name).absolute()) for name in sources)
        if source_format == esco_versions.FORMAT:
            esco_versions.refuse_older(work, graph)
        if not named:
            _refuse_other_source(work, graph, source_format, origins)
        known = KnownThings(work.store, load_queries(QUERIES / "gate"), graph, yielding=yielding)
        kept = None if dry_run else quarantine
        of_source = conditions.of_source(graph.rpartition("/")[2]) if conditions else None
        tally = judge_file(
            raw, accepted, kept, known, settings, profile, strict=strict, conditions=of_source, progress=progress,
            causes=found,
        )  # fmt: skip
        stored = not dry_run and tally.is_worth_storing
        old = things_in(work.store, graph) if work.source(graph) else {}
        would_lose = ""
        try:
            if tally.is_worth_storing and not force:
                refuse_loss(graph, old, kinds_in_file(accepted), settings.lost_share)
        except WouldLose as error:
            if stored:
                raise
            would_lose = str(error)
        changes = NOTHING
        if dry_run and tally.is_worth_storing:
            changes = _tried(work, graph, old, accepted)
        gave_way: tuple[Mapping[str, Any], ...] = ()
        replaced: tuple[str, ...] = ()
        if stored:
            progress("storing", tally.quads)
            files = tuple((Path(name).name, sha256_of(path)) for name in sources for path in _files_of(Path(name)))
            now = datetime.now(UTC).isoformat(timespec="seconds")
            counts = dict(tally.decisions)
            work.replace(Source(graph, source_format, files, now, profile.id, tally.quads, counts, origins), accepted)
            gave_way = give_way(work, yielding, work.quarantine / f"{stamp}.gave-way.jsonl")
            if source_format == esco_versions.FORMAT:
                for older in esco_versions.replaced_ones(work):
                    old = {**old, **things_in(work.store, older)}
                replaced = esco_versions.keep_newest(work)
            changes = what_changes(old, things_in(work.store, graph), work.store)
        return LoadOutcome(
            graph, tally.quads, tally.decisions, tuple(i for i in issues if "severity" in i),
            tuple(tally.refused), tuple(tally.warned), tally.kept, stored, gave_way, changes,
            would_lose, replaced, found,
        )  # fmt: skip
    finally:
        for path in (raw, report, accepted):
            path.unlink(missing_ok=True)


def _tried(work: WorkStore, graph: str, old: Mapping[str, Thing], accepted: Path) -> WhatChanges:
    """Return what a file would change, by a copy of the work store that goes again."""
    with copy_of(work) as folder:
        copy = StatementStore.writable(folder / STORE)
        try:
            copy.give_up_default_graph()  # nobody asks it anything that needs one
            copy.remove_graph(graph)
            copy.load(accepted)
            return what_changes(old, things_in(copy, graph), copy)
        finally:
            copy.close()


def judge_file(
    raw: Path,
    accepted: Path,
    quarantine: Path | None,
    known: KnownThings,
    settings: Settings,
    profile: Profile,
    *,
    strict: bool = False,
    hold: Callable[[GatedRecord], GatedRecord] = lambda record: record,
    conditions: Conditions | None = None,
    progress: Progress = lambda stage, done: None,
    causes: Causes | None = None,
) -> Tally:
    """Hold what a loader wrote against a definition: what passes goes to `accepted`, the rest to the quarantine file.

    `known` tells of things referred to, and which records another source describes; without a quarantine file nothing
    is kept of what is refused. `hold` has the last word on what passes the gate. Where `causes` are counted only what
    is found first of each is kept in memory.
    """
    gated = gate(
        raw, profile=profile, context=known, strict=strict, stored=known, conditions=conditions,
        confirmation=Confirmation(settings.confirm_refused, settings.confirm_share),
    )  # fmt: skip
    with accepted.open("wb") as output, Tally(output, quarantine, causes) as tally:
        for number, record in enumerate(gated, start=1):
            tally.take(hold(record))
            if number % 100 == 0:
                progress("checking", number)
    return tally


class Tally:
    """Sends each gated record where it belongs and counts; `kept` is the quarantine file once there is one."""

    def __init__(self, output: IO[bytes], quarantine: Path | None, causes: Causes | None = None) -> None:
        self._output = output
        self._causes = causes
        self._path = quarantine
        self._quarantine: IO[str] | None = None
        self.kept: Path | None = None
        self.decisions: Counter[str] = Counter()
        self.quads = 0
        self.refused: list[Mapping[str, Any]] = []
        self.warned: list[Mapping[str, Any]] = []

    @property
    def is_worth_storing(self) -> bool:
        """Tell whether something passed: a source of which nothing does keeps what it held before."""
        passed = self.decisions.total() - self.decisions["refused"]
        return bool(self.quads) and (passed > 0 or not self.decisions)

    def __enter__(self) -> Tally:
        return self

    def __exit__(self, *_: object) -> None:
        if self._quarantine is not None:
            self._quarantine.close()

    def take(self, record: GatedRecord) -> None:
        """Send a record where it belongs."""
        if record.iri:
            self.decisions[record.decision] += 1
        if record.decision == "refused":
            self._refuse(record)
            return
        if record.decision in ("warned", "listed") or (record.findings and not record.iri):
            self._keep(self.warned, record.to_json())
        self._output.write(record.nquads)
        self.quads += record.nquads.count(b"\n") - record.nquads.startswith(b"#")

    def _keep(self, entries: list[Mapping[str, Any]], entry: Mapping[str, Any]) -> None:
        # What is found first in all must stay: it tells that something was refused at all.
        if self._causes is None or self._causes.take_entry(entry) or not entries:
            entries.append(entry)

    def _refuse(self, record: GatedRecord) -> None:
        entry = record.to_json()
        self._keep(self.refused, entry)
        if self._path is None:
            return
        if self._quarantine is None:
            self._quarantine = self._path.open("w", encoding="utf-8")
            self.kept = self._path
        line = {**entry, "nquads": record.nquads.decode("utf-8", "replace")}
        self._quarantine.write(json.dumps(line, ensure_ascii=False) + "\n")


def _refuse_other_source(work: WorkStore, graph: str, source_format: str, origins: tuple[str, ...]) -> None:
    for source in work.sources():
        if source.graph == graph and (source.format, source.origins) != (source_format, origins):
            name = graph.rpartition("/")[2]
            raise InvalidArgument(
                f"{graph} holds what was loaded from {', '.join(source.origins) or source.format} on {source.loaded}; "
                f"give this source a name of its own with --graph, or `--graph {name}` to replace that one"
            )


def graph_in(nquads: Path) -> str:
    """Return the graph that N-Quads name first; empty when there are none."""
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

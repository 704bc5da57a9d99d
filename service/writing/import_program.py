"""The program that carries out one import: loader, gate, and, once it is told to go on, the work store.

`import_jobs` starts it and talks to it in frames, four bytes of length and JSON. It may be killed at any moment until
it has been told to store; from then on what is announced is finished by whoever opens the work store next. It holds the
writer's lock for a copy of the store, to know other sources by, and for storing, not while it reads and judges.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import InvalidArgument, LoadFailed, NotPermitted, Overloaded, ServiceError, WorkLocked
from ..files import sha256_of
from ..loading.across_records import Across
from ..loading.admission import admit
from ..loading.catalogue_terms import CatalogueTerms
from ..loading.known_things import KnownThings
from ..loading.loading import Tally, graph_in, judge_file
from ..loading.own_vocabulary import ensure_vocabulary
from ..loading.what_changes import refuse_loss, what_changes
from ..processes.frames import error_to_json, read_json, take_answers, write_json
from ..processes.limits import be_nice
from ..processes.loader import run_loader
from ..releases.releases import Releases
from ..resources import ONTOLOGY, QUERIES, SHAPES
from ..settings import Settings
from ..sparql.named_queries import load_queries
from ..store.statement_store import StatementStore
from ..validation.profiles import load_profile
from ..work_store.folder import STORE
from ..work_store.graph_contents import kinds_in_file, things_in
from ..work_store.work_store import ORIGIN, Source, WorkStore, open_work
from .import_ownership import ImportOwnership, refuse_conflicts
from .other_sources import OtherSources, official_graphs
from .ownership import Owner

_LOCK_SECONDS = 600.0
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Import:
    """What to import: the file that was sent, its format, and the name of the source that it becomes.

    `stamp` is the time that the list of sources will tell, by which an import that was stored can be found again. A key
    that `is_bound` to the source speaks of its own only: see `ownership.Owner`.
    """

    folder: Path
    file: str
    format: str
    source: str
    stamp: str
    version: str = ""
    strict: bool = False
    is_bound: bool = False
    namespaces: Sequence[str] = ()
    taken: Sequence[str] = ()
    force: bool = False


class Importer:
    """Carries out one import, telling how far it is."""

    def __init__(self, settings: Settings, job: Import, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._settings = settings
        self._job = job
        self._requests = requests
        self._answers = answers
        self._official = frozenset[str]()

    def run(self) -> None:
        """Import, and tell what became of it; a refusal is told, not raised."""
        try:
            self._import()
        except WorkLocked:
            self._fail(Overloaded("another process wrote for too long; nothing was stored, send it again"))
        except ServiceError as error:
            self._fail(error)
        except OSError as error:
            self._fail(Overloaded(f"the disk does not take it: {error.strerror}"))

    def _import(self) -> None:
        job, settings = self._job, self._settings
        raw, report, accepted = (job.folder / name for name in ("raw.nq", "loader.jsonl", "accepted.nq"))
        options = ["--graph", job.source, *(["--version", job.version] if job.version else [])]
        self._tell("reading", 0)
        try:
            issues = run_loader(settings, job.format, [str(job.folder / job.file)], raw, report, self._tell, options)
        except LoadFailed as error:
            self._report(error.issues, None)
            raise
        issues = (*issues, *admit(raw, CatalogueTerms(settings.vocabularies.split())))
        graph = graph_in(raw)
        store = self._copy(graph)
        known = KnownThings(store, load_queries(QUERIES / "gate"), graph)
        profile = load_profile(SHAPES, settings.write_profile)
        quarantine = settings.data / "quarantine" / f"{ORIGIN}-import-{job.folder.name}.jsonl"
        owner = Owner(graph, settings.base_url, job.namespaces, job.taken) if job.is_bound else None
        held = ImportOwnership(raw, owner, OtherSources(store, graph, self._official)) if owner else None
        tally = judge_file(
            raw, accepted, quarantine, known, settings, profile, strict=job.strict, progress=self._tell,
            hold=held.hold if held else lambda record: record,
        )  # fmt: skip
        self._report(issues, tally)
        counts = dict(tally.decisions)
        row = Source(
            graph, job.format, ((job.file, sha256_of(job.folder / job.file)),), job.stamp, profile.id, tally.quads,
            counts, (ORIGIN,),
        )  # fmt: skip
        if not tally.is_worth_storing:
            write_json(self._answers, {"end": True, "records": counts, "stored": False, "graph": graph})
            return
        old = things_in(store, graph)
        if not job.force:
            refuse_loss(graph, old, kinds_in_file(accepted), settings.lost_share)
        write_json(self._answers, {"ready": True, "records": counts, "graph": graph})
        if not self._may_go_on():
            return
        with open_work(settings.data, _LOCK_SECONDS) as work:
            _check_owner(work, graph)
            _check_conflicts(work, graph, accepted)
            if owner:
                now = OtherSources(work.store, graph, official_graphs(work.sources()))
                refuse_conflicts(ImportOwnership(accepted, owner, now), accepted)
            work.expect_publication()
            work.replace(row, accepted)
            changes = what_changes(old, things_in(work.store, graph), work.store)
            release = Releases(settings.data).next_number()
        self._add_to_report({"stage": "dangling", **each.to_json()} for each in changes.dangling)
        write_json(
            self._answers,
            {"end": True, "records": counts, "stored": True, "graph": graph, "release": release,
             "changes": changes.to_json()},
        )  # fmt: skip

    def _copy(self, graph: str) -> StatementStore:
        with open_work(self._settings.data, _LOCK_SECONDS) as work:
            ensure_vocabulary(work, ONTOLOGY, self._settings.base_url)
            _check_owner(work, graph)
            work.settle()
            self._official = official_graphs(work.sources())
            work.store.checkpoint(self._job.folder / STORE)
        return StatementStore.read_only(self._job.folder / STORE)

    def _report(self, issues: Any, tally: Tally | None) -> None:
        entries = [{"stage": "loader", **issue} for issue in issues if "severity" in issue]
        if tally is not None:
            entries += [{"stage": "gate", **entry} for entry in (*tally.refused, *tally.warned)]
        self._add_to_report(entries)

    def _add_to_report(self, entries: Iterable[Mapping[str, Any]]) -> None:
        with (self._job.folder / "report.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)

    def _may_go_on(self) -> bool:
        frame = read_json(self._requests)
        return frame is not None and bool(frame.get("go"))

    def _tell(self, stage: str, done: int) -> None:
        write_json(self._answers, {"stage": stage, "done": done})

    def _fail(self, error: ServiceError) -> None:
        write_json(self._answers, {"end": True, **error_to_json(error)})


def _check_owner(work: WorkStore, graph: str) -> None:
    source = work.source(graph)
    if source is not None and source.origins != (ORIGIN,):
        raise NotPermitted(f"{graph} is loaded from files by the operator; choose another name for the source")


def _check_conflicts(work: WorkStore, graph: str, accepted: Path) -> None:
    # Somebody may have written to another source since the copy was made.
    known = KnownThings(work.store, load_queries(QUERIES / "gate"), graph)
    found = list(Across(accepted, known).conflicts())
    if found:
        first = f"{found[0].node}: {found[0].message['en']}"
        raise InvalidArgument(f"{len(found)} records are at odds with what others wrote meanwhile: {first}")


def main() -> None:
    """Import once; the arguments are the settings and the import as JSON."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    be_nice(os.getpid(), _NICENESS)
    answers = take_answers()
    asked = json.loads(sys.argv[2])
    job = Import(**{**asked, "folder": Path(asked["folder"])})
    with suppress(BrokenPipeError):
        Importer(Settings(**json.loads(sys.argv[1])), job, sys.stdin.buffer, answers).run()
    for name in (STORE, "raw.nq", "accepted.nq", "loader.jsonl"):
        path = job.folder / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()

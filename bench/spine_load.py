"""Load ESCO and the synthetic catalogue through the gate, publish, and publish again after one change, timed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from service.loading.gate import gate
from service.loading.known_things import KnownThings
from service.loading.own_vocabulary import ensure_vocabulary
from service.rdf.statements import Triple
from service.rdf.terms import Term, text_literal
from service.releases.publishing import make_release
from service.resources import ONTOLOGY, QUERIES, SHAPES
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.validation.profiles import load_profile
from service.work_store.work_store import Source, WorkStore, open_work

from .measure import peak_memory_mb

ROOT = Path(__file__).parent.parent
NA = "–"
GRAPH = "http://localhost:8000/graph/"


def load_all(folder: Path, esco: Path | None, credentials: int) -> list[list[str]]:
    """Load, publish twice; leave `var`, `catalogue.nq` and `manifest.json` in the folder; return rows of a table."""
    settings = Settings(data=folder / "var", keep_releases=2)  # type: ignore[call-arg]
    steps: list[list[str]] = []
    esco_nq, catalogue_nq = folder / "esco.nq", folder / "catalogue.nq"
    if esco:
        folders = [str(esco / name) for name in ("en", "relations", "derived")]
        report = ["--version", "1.1.1", "--report", str(folder / "report")]
        with esco_nq.open("wb") as output:
            loader = [sys.executable, "-m", "loaders", "esco", *folders, *report]
            seconds, memory, code = peak_memory_mb(loader, stdout=output, cwd=ROOT)
        steps.append([f"loader `esco`, v1.1.1 whole (exit {code})", f"{seconds:.1f} s", NA, f"{memory:.0f} MB"])
    source = esco_nq if esco else ROOT / "data" / "demo" / "esco.ttl"
    generator = [sys.executable, str(ROOT / "bench" / "synthetic.py"), "--credentials", str(credentials)]
    generator += ["--esco", str(source), "--out", str(catalogue_nq), "--manifest", str(folder / "manifest.json")]
    subprocess.run([*generator, "--defects", "0"], check=True)

    def step(name: str, work: Callable[[], object]) -> tuple[float, float]:
        wall, processor = time.perf_counter(), time.process_time()
        work()
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        steps.append([name, f"{wall:.1f} s", f"{processor:.1f} s", NA])
        return wall, processor

    files = list(filter(Path.exists, (esco_nq, catalogue_nq)))
    bare = step("bare `bulk_load` of the same N-Quads", lambda: _bare(folder / "bare", files))
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ONTOLOGY, settings.base_url)
        accepted = work.staged / "accepted.nq"
        esco_taken = step("ESCO into the work store", lambda: esco and _replace(work, "esco-1.1.1", esco_nq))
        gated = step("the gate", lambda: _judge(work, catalogue_nq, accepted))
        stored = step("accepted records into the work store", lambda: _replace(work, "synthetic", accepted))
        wall, processor = (sum(parts) for parts in zip(esco_taken, gated, stored, strict=True))
        ratio = f"{wall / bare[0]:.1f} × bare, {processor / bare[1]:.1f} × in processor time"
        steps.append([f"load, gate included: {ratio}", f"{wall:.1f} s", f"{processor:.1f} s", NA])
        queries = load_queries()
        step(
            "publish, files of the work store merged first",
            lambda: make_release(work, settings, queries),
        )
        parameters = json.loads((folder / "manifest.json").read_text())["parameters"]
        _change(work, parameters)
        step("publish after one record was changed", lambda: make_release(work, settings, queries))
    return steps


def _bare(path: Path, files: list[Path]) -> None:
    store = ox.Store(str(path))
    for file in files:
        store.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS)
    store.flush()


def _judge(work: WorkStore, source: Path, accepted: Path) -> None:
    known = KnownThings(work.store, load_queries(QUERIES / "gate"))
    with accepted.open("wb") as output:
        for record in gate(source, profile=load_profile(SHAPES, "eu"), context=known, strict=False):
            if record.decision != "refused":
                output.write(record.nquads)


def _replace(work: WorkStore, name: str, path: Path) -> None:
    staged = work.staged / f"{name}.load.nq"
    if path.parent == staged.parent:
        path.rename(staged)
    else:
        staged.write_bytes(path.read_bytes())
    with staged.open("rb") as file:
        quads = sum(not line.startswith(b"#") for line in file)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    work.replace(Source(GRAPH + name, "n", (), now, "eu", quads), staged)


def _change(work: WorkStore, parameters: Mapping[str, str]) -> None:
    title = text_literal("A title in one more language", "et")
    added = Triple(Term("iri", parameters["credential"]), "http://purl.org/dc/terms/title", title)
    work.store.apply(f"{GRAPH}synthetic", (), (added,))
    work.store.flush()

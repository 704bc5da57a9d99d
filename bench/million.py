"""One very large catalogue, from nothing to answers: time, memory and disk of each stage, then look-ups.

    python -m bench.million --credentials 1000000 --esco ../shared/data/esco/v1.1.1 --folder /big/disk/million

Each stage runs in a process of its own and leaves a JSON file, so that a run that was stopped goes on with the stage
it was in. What a stage has used up it deletes: to measure one again, delete its `STAGE.json` and all from
`generate.json` on. Without `--esco` the slice of the demo is used. Expect 3 ms of processor time a credential for the
gate, 1.5 ms to store, 2.5 ms to publish with 7 kB of memory, and 45 kB of disk at the fullest: for a million an hour
and a half, 8 GB and 45 GB. 20,000 take some five minutes. Prints Markdown for bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from service.catalogue.records import Filters
from service.loading.gate import gate
from service.loading.known_things import KnownThings
from service.loading.own_vocabulary import ensure_vocabulary
from service.processes.limits import peak_bytes
from service.releases.publishing import make_release
from service.releases.readers import Readers
from service.resources import ONTOLOGY, QUERIES, SHAPES
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.validation.profiles import load_profile
from service.work_store.work_store import Source, open_work

from .measure import machine, peak_memory_mb, table

ROOT = Path(__file__).parent.parent
STAGES = ("esco", "generate", "gate", "store", "publish", "ask")
SAMPLE = 200
NA = "–"
Figures = dict[str, float | str]


def settings_of(folder: Path) -> Settings:
    """Return the settings of the run."""
    return Settings(data=folder / "var", keep_releases=1)  # type: ignore[call-arg]


def size_mb(path: Path) -> float:
    """Return what a file or folder takes; files that share their blocks count in each."""
    paths = path.rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in paths if each.is_file()) / 1e6


def run_esco(folder: Path, esco: Path | None) -> Figures:
    """Read official ESCO with its loader."""
    if esco is None:
        return {"note": "the slice of the demo"}
    folders = [str(esco / name) for name in ("en", "relations", "derived")]
    command = [sys.executable, "-m", "loaders", "esco", *folders, "--version", "1.1.1", "--report", str(folder / "r")]
    with (folder / "esco.nq").open("wb") as output:
        seconds, memory, code = peak_memory_mb(command, stdout=output, cwd=ROOT)
    assert code in (0, 1), f"the loader ended with {code}"
    return {"seconds": seconds, "memory_mb": memory, "disk_mb": size_mb(folder / "esco.nq")}


def run_generate(folder: Path, esco: Path | None, credentials: int) -> Figures:
    """Write the synthetic catalogue as a stream."""
    source = folder / "esco.nq" if esco else ROOT / "data" / "demo" / "esco.ttl"
    out, manifest = folder / "catalogue.nq", folder / "manifest.json"
    command = [sys.executable, str(ROOT / "bench" / "synthetic.py"), "--credentials", str(credentials)]
    command += ["--esco", str(source), "--out", str(out), "--manifest", str(manifest)]
    seconds, memory, code = peak_memory_mb(command)
    assert code == 0
    quads = json.loads(manifest.read_text())["quads"]
    return {"seconds": seconds, "memory_mb": memory, "disk_mb": size_mb(out), "note": f"{quads:,} statements"}


def run_gate(folder: Path, esco: Path | None) -> Figures:
    """Hold every record against the definition; ESCO is stored before it, and counted in."""
    settings = settings_of(folder)
    decisions: Counter[str] = Counter()
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ONTOLOGY, settings.base_url)
        if esco:
            _replace(folder, "esco-1.1.1", folder / "esco.nq", work)
        else:
            _replace(folder, "esco", _demo_slice(folder), work)
        known = KnownThings(work.store, load_queries(QUERIES / "gate"))
        with (folder / "accepted.nq").open("wb") as output:
            for record in gate(
                folder / "catalogue.nq", profile=load_profile(SHAPES, "eu"), context=known, strict=False
            ):
                if record.iri:
                    decisions[record.decision] += 1
                if record.decision != "refused":
                    output.write(record.nquads)
    (folder / "catalogue.nq").unlink()
    return {"note": ", ".join(f"{count:,} {name}" for name, count in decisions.items())}


def run_store(folder: Path) -> Figures:
    """Put what passed into the work store."""
    with open_work(settings_of(folder).data) as work:
        _replace(folder, "synthetic", folder / "accepted.nq", work)
    (folder / "accepted.nq").unlink()
    return {"disk_mb": size_mb(folder / "var" / "work")}


def run_publish(folder: Path) -> Figures:
    """Make a release."""
    settings = settings_of(folder)
    steps: list[tuple[str, float]] = []
    with open_work(settings.data) as work:
        release = make_release(work, settings, load_queries(), lambda step: steps.append((step, time.perf_counter())))
    ends = [moment for _, moment in steps[1:]] + [time.perf_counter()]
    spent = (f"{step} {end - begin:.0f} s" for (step, begin), end in zip(steps, ends, strict=True))
    return {"disk_mb": size_mb(release.path), "note": "; ".join(spent)}


def run_ask(folder: Path) -> Figures:
    """Ask what users ask: each call with other arguments each time, so that nothing is remembered."""
    parameters = json.loads((folder / "manifest.json").read_text())["parameters"]
    readers = Readers(settings_of(folder), load_queries())
    begin = time.perf_counter()
    catalogue = readers.current().catalogue
    opened = time.perf_counter() - begin
    rng = random.Random(1)
    total = catalogue.statistics()["credential"]
    prefix = parameters["credential"].rpartition("/")[0]
    names = [page.iri for page in catalogue.credentials(Filters(), limit=1).items]
    stem = names[0].rpartition("-")[0] if names else f"{prefix}/synthetic"
    words = ("data", "design", "care", "food", "law", "music", "energy", "teach")

    def some() -> str:
        return f"{stem}-{rng.randrange(total)}"

    level = "http://data.europa.eu/snb/eqf/"
    calls: dict[str, Callable[[], object]] = {
        "everything about one": lambda: catalogue.describe(parameters["credential"]),
        "skills of one": lambda: catalogue.credential_skills(some()),
        "label of one": lambda: catalogue.item(some()),
        "prerequisites, closure": lambda: catalogue.prerequisites(parameters["deep_credential"]),
        "filtered page": lambda: catalogue.credentials(
            Filters(level=(f"{level}{rng.randint(4, 8)}",), min_ects=Decimal(rng.randint(1, 9))),
            limit=20, offset=rng.randrange(2000),
        ),
        "facets, unfiltered": lambda: catalogue.facets(Filters()),
        "facets, one level": lambda: catalogue.facets(Filters(level=(f"{level}{rng.randint(4, 8)}",))),
        "search, two words": lambda: catalogue.search(f"{rng.choice(words)} {rng.choice(words)}"),
        "suggest": lambda: catalogue.suggest(rng.choice(words)[: rng.randint(3, 5)]),
        "credentials of a skill": lambda: catalogue.skill_credentials(parameters["skill"]),
        "credentials of an occupation": lambda: catalogue.occupation_credentials(parameters["occupation"]),
    }  # fmt: skip
    figures: Figures = {"note": f"opened in {opened * 1000:.0f} ms"}
    for name, call in calls.items():
        taken = []
        for _ in range(SAMPLE):
            begin = time.perf_counter()
            call()
            taken.append((time.perf_counter() - begin) * 1000)
            if sum(taken) > 20_000:
                break
        ordered = sorted(taken)
        figures[f"call:{name}"] = "|".join(
            f"{value:.2f}" for value in (taken[0], statistics.median(ordered), ordered[int(len(ordered) * 0.95)])
        )
    readers.close()
    return figures


def _replace(folder: Path, name: str, path: Path, work: object) -> None:
    staged = work.staged / f"{name}.nq"  # type: ignore[attr-defined]
    staged.unlink(missing_ok=True)
    os.link(path, staged)  # no copy: the file is as large as the store
    with path.open("rb") as file:
        quads = sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))  # with a mark a record
    now = datetime.now(UTC).isoformat(timespec="seconds")
    work.replace(Source(f"http://localhost:8000/graph/{name}", "n", (), now, "eu", quads), staged)  # type: ignore[attr-defined]


def _demo_slice(folder: Path) -> Path:
    from service.rdf.syntax import nquads_from_triples, triples_from_text

    path = folder / "slice.nq"
    with (ROOT / "data" / "demo" / "esco.ttl").open("rb") as file:
        triples = triples_from_text(file, "text/turtle")
        path.write_bytes(nquads_from_triples(triples, "http://localhost:8000/graph/esco"))
    return path


def run_stage(stage: str, folder: Path, esco: Path | None, credentials: int) -> None:
    """Run one stage in this process and leave its figures."""
    begin, cpu = time.perf_counter(), time.process_time()
    match stage:
        case "esco":
            found = run_esco(folder, esco)
        case "generate":
            found = run_generate(folder, esco, credentials)
        case "gate":
            found = run_gate(folder, esco)
        case "store":
            found = run_store(folder)
        case "publish":
            found = run_publish(folder)
        case _:
            found = run_ask(folder)
    own: Figures = {"memory_mb": peak_bytes() / 2**20, "processor": time.process_time() - cpu}
    figures = {"seconds": time.perf_counter() - begin, **own, **found}
    (folder / f"{stage}.json").write_text(json.dumps(figures, indent=1))


def report(folder: Path, credentials: int) -> None:
    """Print the tables."""
    found = {stage: json.loads((folder / f"{stage}.json").read_text()) for stage in STAGES}
    print(f"{credentials:,} credentials, {machine()}\n")
    rows = [
        [
            stage,
            f"{figures['seconds']:.0f} s",
            f"{figures['processor']:.0f} s" if figures["processor"] > 0.5 else NA,
            f"{figures['memory_mb']:.0f} MB",
            f"{figures['disk_mb']:.0f} MB" if "disk_mb" in figures else NA,
            str(figures.get("note", "")),
        ]
        for stage, figures in found.items()
    ]
    print(table(("stage", "time", "processor", "peak memory", "on disk", ""), rows), "\n")
    calls = [
        [name.removeprefix("call:"), *value.split("|")]
        for name, value in found["ask"].items()
        if name.startswith("call:")
    ]
    print(table(("ms for one call", "first", "median", "p95"), calls))


def main() -> None:
    """Run the stages that have no figures yet, then print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--credentials", type=int, default=1_000_000)
    parser.add_argument("--esco", type=Path)
    parser.add_argument("--folder", type=Path, required=True, help="where everything is kept; delete it afterwards")
    parser.add_argument("--stage", choices=STAGES, help="run this one here, whatever there is")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.stage:
        run_stage(given.stage, given.folder, given.esco, given.credentials)
        return
    for stage in STAGES:
        if not (given.folder / f"{stage}.json").exists():
            print(f"{datetime.now():%H:%M:%S} {stage}", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, "-m", "bench.million", *sys.argv[1:], "--stage", stage], check=True)
    report(given.folder, given.credentials)


if __name__ == "__main__":
    main()

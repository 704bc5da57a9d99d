"""One record after another through pySHACL, the fast engine and the gate: time, memory, and whether they agree.

    python -m bench.validation --sizes 1000 10000 100000

Each figure is of a process of its own. *pySHACL* is its own `validate()` with shapes parsed once, as its documentation
has it, on the first `--stock` records; *reference* is the engine of this project over it, up to 10,000 records. About
nine minutes of processor time, and one without the last size. Prints Markdown for bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

import pyshacl
from rdflib import RDF, SH

from service.loading.gate import gate
from service.processes.limits import peak_bytes
from service.rdf.syntax import triples_from_text
from service.validation.blocks import read_blocks
from service.validation.context import ListedConcepts, surroundings
from service.validation.engines.confirming import Confirmation
from service.validation.engines.engine import engine_for
from service.validation.engines.rdflib_graphs import graph_from_triples
from service.validation.profiles import load_profile
from service.validation.results import without_words

from .measure import machine, table

ROOT = Path(__file__).parent.parent
LISTS = (ROOT / "ontology" / "concepts", ROOT / "data" / "demo")
MOST_REFERENCE = 10_000

Marks = tuple[int, int]
"""Checksums of what was found in a record: in full, and as pairs of focus node and shape, for stock pySHACL."""


def records(path: Path) -> Iterator[bytes]:
    """Yield records with what the code lists say of the things they refer to."""
    lists = ListedConcepts(*LISTS)
    for block in read_blocks(path):
        if block.iri and b"ns#MicroCredential>" in block.nquads:
            triples = list(triples_from_text(block.nquads, "application/n-quads"))
            added = "".join(f"<{s.value}> <{p}> <{o.value}> .\n" for s, p, o in surroundings(triples, lists)[0])
            yield block.nquads + added.encode()


def _checksum(found: object) -> int:
    return crc32(repr(found).encode())


def _own_engine(name: str) -> Callable[[bytes], Marks]:
    engine = engine_for(load_profile(ROOT / "shapes", "eu"), "fast" if name == "fast" else "reference")

    def run(record: bytes) -> Marks:
        results = engine.run_text(record)
        return _checksum(without_words(results)), _checksum(sorted({(r.focus.value, r.shape) for r in results}))

    return run


def _stock_pyshacl() -> Callable[[bytes], Marks]:
    shapes = load_profile(ROOT / "shapes", "eu").graph

    def run(record: bytes) -> Marks:
        data = graph_from_triples(triples_from_text(record, "application/n-quads"))
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
        found = report.objects(report.value(predicate=RDF.type, object=SH.ValidationReport), SH.result)
        pairs = {(str(report.value(r, SH.focusNode)), str(report.value(r, SH.sourceShape))) for r in found}
        return 0, _checksum(sorted(pairs))

    return run


def run_engine(path: Path, stage: str, most: int) -> None:
    """Validate records one by one; print what it took, and checksums of each record's results."""
    run = _stock_pyshacl() if stage == "pySHACL" else _own_engine(stage)
    run(next(records(path)))
    seconds = cpu = 0.0
    marks = []
    for one in islice(records(path), most):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        marks.append(run(one))
        seconds, cpu = seconds + time.perf_counter() - begin, cpu + time.process_time() - begin_cpu
    _tell(len(marks), seconds, cpu, results=marks)


def run_gate(path: Path) -> None:
    """Send the file through the gate, with the confirmation it has by default; print what it took and the decisions."""
    profile, lists = load_profile(ROOT / "shapes", "eu"), ListedConcepts(*LISTS)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    gated = gate(path, profile=profile, context=lists, confirmation=Confirmation())
    decisions = Counter(one.decision for one in gated if one.iri)
    _tell(decisions.total(), time.perf_counter() - begin, time.process_time() - begin_cpu, decisions=decisions)


def _tell(count: int, seconds: float, cpu: float, **more: object) -> None:
    print(json.dumps({"records": count, "seconds": seconds, "cpu": cpu, "peak": peak_bytes() / 2**20, **more}))


def _measured(stage: str, file: Path, most: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.validation", "--stage", stage, "--file", str(file), "--most", str(most)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(stage: str, found: dict[str, Any]) -> list[str]:
    count = found["records"]
    each = f"{found['cpu'] / count * 1000:.2f}"
    return [stage, f"{count:,}", f"{found['seconds']:.1f}", f"{found['cpu']:.1f}", each, f"{found['peak']:.0f}"]


def main() -> None:
    """Generate the records, run each stage in a process of its own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--stock", type=int, default=300, help="records for pySHACL's own validate()")
    parser.add_argument("--stage", choices=["fast", "reference", "pySHACL", "gate"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage == "gate":
        return run_gate(options.file)
    if options.stage:
        return run_engine(options.file, options.stage, options.most)
    print(f"{machine()}. Profile `eu`; one record in twenty has a planted defect.\n")
    rows: list[list[str]] = []
    notes: list[str] = []
    for size in options.sizes:
        _measure(size, options.stock, rows, notes)
    print(table(["stage", "records", "s", "CPU s", "CPU ms a record", "peak MiB"], rows))
    print("\n" + "\n".join(f"* {note}" for note in notes))


def _measure(size: int, stock: int, rows: list[list[str]], notes: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "catalogue.nq")
        generate = [sys.executable, "-m", "bench.synthetic", "--credentials", str(size), "--defects", "0.05"]
        generate += ["--out", str(file), "--manifest", str(Path(folder, "manifest.json"))]
        subprocess.run(generate, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        found = {"fast": _measured("fast", file, size), "gate": _measured("gate", file, size)}
        if size <= MOST_REFERENCE:
            found["reference"] = _measured("reference", file, size)
            found["pySHACL"] = _measured("pySHACL", file, min(stock, size))
    rows += [_row(stage, one) for stage, one in found.items()]
    decisions = ", ".join(f"{count:,} {decision}" for decision, count in sorted(found["gate"]["decisions"].items()))
    notes.append(f"{size:,}: the gate: {decisions}.")
    if "reference" in found:
        ratios = {stage: _each(found[stage]) / _each(found["fast"]) for stage in ("pySHACL", "reference")}
        same = _same(found["reference"]["results"], found["fast"]["results"], 0)
        same = same and _same(found["pySHACL"]["results"], found["fast"]["results"], 1)
        notes.append(
            f"{size:,}: the fast engine is {ratios['pySHACL']:.0f} times as fast as pySHACL and "
            f"{ratios['reference']:.0f} times as fast as the reference; the results are "
            f"{'the same' if same else 'NOT THE SAME'}."
        )


def _each(found: dict[str, Any]) -> float:
    return float(found["cpu"] / found["records"])


def _same(some: Sequence[Marks], others: Sequence[Marks], which: int) -> bool:
    return [one[which] for one in some] == [one[which] for one in others[: len(some)]]


if __name__ == "__main__":
    main()

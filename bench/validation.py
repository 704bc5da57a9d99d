"""One record after another through pySHACL, the fast engine and the gate: time, memory, and whether they agree.

    python -m bench.validation --credentials 10000 --reference 1000

pySHACL runs on the first `--reference` records only. Prints Markdown for bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from zlib import crc32

from service.gate import gate
from service.oxigraph import triples_from_text
from service.validation.blocks import read_blocks
from service.validation.context import CodeLists, surroundings
from service.validation.engine import EngineName, engine_for
from service.validation.profiles import load_profile

from .measure import machine, peak_memory_mb, table

ROOT = Path(__file__).parent.parent
LISTS = (ROOT / "ontology" / "concepts", ROOT / "data" / "demo")


def records(path: Path) -> Iterator[bytes]:
    """Yield records with what the code lists say of the things they refer to."""
    lists = CodeLists(*LISTS)
    for block in read_blocks(path):
        if block.iri and b"ns#MicroCredential>" in block.nquads:
            triples = list(triples_from_text(block.nquads, "application/n-quads"))
            added = "".join(f"<{s.value}> <{p}> <{o.value}> .\n" for s, p, o in surroundings(triples, lists)[0])
            yield block.nquads + added.encode()


def run_engine(path: Path, engine: EngineName, most: int) -> None:
    """Validate records one by one with one engine; print what it took, and a checksum of each record's results."""
    found = engine_for(load_profile(ROOT / "shapes", "eu"), engine)
    found.run_text(next(records(path)))
    seconds = cpu = 0.0
    marks = []
    for one in islice(records(path), most):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        results = found.run_text(one)
        seconds, cpu = seconds + time.perf_counter() - begin, cpu + time.process_time() - begin_cpu
        marks.append(crc32(repr(results).encode()))
    print(json.dumps({"records": len(marks), "seconds": seconds, "cpu": cpu, "results": marks}))


def run_gate(path: Path) -> None:
    """Send the file through the gate; print what it took and the decisions."""
    profile, lists = load_profile(ROOT / "shapes", "eu"), CodeLists(*LISTS)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    decisions = Counter(one.decision for one in gate(path, profile=profile, context=lists) if one.iri)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    print(json.dumps({"records": decisions.total(), "seconds": seconds, "cpu": cpu, "decisions": decisions}))


def main() -> None:
    """Generate the records, run each stage in a process of its own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--reference", type=int, default=1000, help="records for pySHACL")
    parser.add_argument("--stage", choices=["fast", "reference", "gate"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage == "gate":
        return run_gate(options.file)
    if options.stage:
        return run_engine(options.file, options.stage, options.credentials)
    with tempfile.TemporaryDirectory() as folder:
        file, output, manifest = Path(folder, "catalogue.nq"), Path(folder, "out.json"), Path(folder, "manifest.json")
        generate = [sys.executable, "-m", "bench.synthetic", "--credentials", str(options.credentials)]
        generate += ["--defects", "0.05", "--out", str(file), "--manifest", str(manifest)]
        subprocess.run(generate, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        rows, answers = [], {}
        stages = (("fast", options.credentials), ("gate", options.credentials), ("reference", options.reference))
        # Peak memory of children only grows, so the leanest goes first.
        for stage, count in stages:
            command = [sys.executable, "-m", "bench.validation", "--stage", stage, "--file", str(file)]
            with output.open("wb") as stream:
                _, memory, _ = peak_memory_mb([*command, "--credentials", str(count)], stdout=stream, cwd=ROOT)
            answer = answers[stage] = json.loads(output.read_text())
            each = answer["seconds"] / answer["records"] * 1000
            figures = (f"{answer['records']:,}", f"{answer['seconds']:.2f}", f"{answer['cpu']:.2f}", f"{each:.2f}")
            rows.append([stage, *figures, f"{memory:.0f}"])
    print(f"{machine()}. Profile `eu`.\n")
    print(table(["stage", "records", "s", "CPU s", "ms a record", "peak MiB"], rows))
    fast, reference = answers["fast"], answers["reference"]
    ratio = (reference["seconds"] / reference["records"]) / (fast["seconds"] / fast["records"])
    same = reference["results"] == fast["results"][: len(reference["results"])]
    decisions = ", ".join(f"{count:,} {decision}" for decision, count in answers["gate"]["decisions"].items())
    print(f"\nOne record in twenty has a planted defect; the gate: {decisions}.")
    print(f"The fast engine is {ratio:.0f} times as fast; the results are {'the same' if same else 'NOT THE SAME'}.")


if __name__ == "__main__":
    main()

"""Time the search with what learners type, and count how often they get what they wanted.

    python bench/search.py --index var/releases/1/index.sqlite [--cases tests/data/search.tsv]

`--index` is the read model of a release; its text index lies beside it. A case holds language, kind, query and the keys
of what satisfies it, with `|` between; of occupations the beginnings of keys. Times are those of the first page of a
search not asked before, in milliseconds of processor time and of the clock.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from service.catalogue.read_model.read_model import ReadModel
from service.linking.words import warm

ROOT = Path(__file__).parent.parent
FIRST = 5


def main() -> None:
    """Print the figures and the searches that missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--cases", type=Path, default=ROOT / "tests" / "data" / "search.tsv")
    options = parser.parse_args()
    warm()
    model = ReadModel(options.index)
    with options.cases.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file, delimiter="\t"))
    missed: list[str] = []
    how: Counter[str] = Counter()
    times: list[tuple[float, float]] = []
    for case in cases:
        processor, wall = time.thread_time(), time.perf_counter()
        hits = model.search(case["query"], (case["kind"],), None, 20, 0).items  # type: ignore[arg-type]  # cases name kinds
        times.append(((time.thread_time() - processor) * 1000, (time.perf_counter() - wall) * 1000))
        how[hits[0].how if hits else "nothing"] += 1
        wanted = tuple(case["wanted"].split("|"))
        keys = [hit.item.iri.rpartition("/")[2] for hit in hits[:FIRST]]
        if not any(key in wanted or (case["kind"] == "occupation" and key.startswith(wanted)) for key in keys):
            missed.append(f"{case['lang']} {case['query']}")
    print(f"wanted among the first {FIRST}: {len(cases) - len(missed)} of {len(cases)}; missed: {', '.join(missed)}")
    print(f"found by: {dict(how)}")
    for name, column in zip(("processor", "clock"), zip(*times, strict=True), strict=True):
        ordered = sorted(column)
        p50, p95 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95))
        print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {ordered[-1]:.1f} ms")


if __name__ == "__main__":
    main()

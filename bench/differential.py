"""Both engines over synthetic records with every kind of defect planted: do they find it, and do they agree?

    python -m bench.differential --records 10000

Takes about four minutes of processor time for 10,000 records, nearly all of it pySHACL's; `--reference 2000` asks it
about the first 2,000 only. Prints Markdown for bench/RESULTS.md; exit 1 when anything is amiss.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from service.rdf.syntax import triples_from_text
from service.validation.context import ListedConcepts, surroundings
from service.validation.engines.engine import engine_for
from service.validation.results import without_words
from tests.conformance.manifest import CASES, included, profile

from .measure import machine, table
from .planted import Record, planted

LISTS = Path(__file__).parent.parent / "ontology" / "concepts"


def main() -> int:
    """Judge the records and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--reference", type=int, default=None, help="records for pySHACL; all unless given")
    options = parser.parse_args()
    asked = options.records if options.reference is None else options.reference
    lists = ListedConcepts(LISTS)
    counts: dict[str, Counter[str]] = {}
    spent = Counter[str]()
    for number, record in enumerate(planted(options.records)):
        row = counts.setdefault(record.case.profile, Counter())
        row["records"] += 1
        _judge(record, lists, row, spent, with_reference=number < asked)
    rows = []
    for name, row in sorted(counts.items()):
        checks = [shape for shape in profile(name, CASES[0].day).checks if shape not in included(name)]
        figures = (row[key] for key in ("records", "fast", "reference", "asked", "agree"))
        rows.append([name, str(len(checks)), *(f"{figure:,}" for figure in figures)])
    print(f"{machine()}. Processor time: fast {spent['fast']:.1f} s, pySHACL {spent['reference']:.1f} s.\n")
    print(table(["profile", "checks", "records", "as planted: fast", "pySHACL", "of", "engines agree"], rows))
    whole = Counter[str]()
    for row in counts.values():
        whole.update(row)
    return int(whole["fast"] < whole["records"] or min(whole["reference"], whole["agree"]) < whole["asked"])


def _judge(
    record: Record, lists: ListedConcepts, row: Counter[str], spent: Counter[str], *, with_reference: bool
) -> None:
    shapes = profile(record.case.profile, record.case.day)
    triples = list(triples_from_text(record.nquads, "application/n-quads"))
    triples += surroundings(triples, lists)[0]
    found = {}
    for name in ("fast", "reference") if with_reference else ("fast",):
        begin = time.process_time()
        found[name] = engine_for(shapes, name).run(triples)
        spent[name] += time.process_time() - begin
        row[name] += {(one.shape, one.severity) for one in found[name]} == record.case.expected
    if with_reference:
        row["asked"] += 1
        row["agree"] += without_words(found["fast"]) == without_words(found["reference"])


if __name__ == "__main__":
    sys.exit(main())

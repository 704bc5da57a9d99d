"""Stacking to an occupation and to a degree, over synthetic catalogues of growing size, beside plain HiGHS in one run.

    python -m bench.stacking --esco esco.nq --sizes 1000 10000 100000

`--esco` is RDF that holds ESCO (what `python -m loaders esco` writes); without it the slice of the demo is used. The
catalogues are those of bench/synthetic.py. Each size and each step has a process of its own. Two minutes for the three
sizes, most of it the making of catalogues. Prints Markdown for bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import highspy
import numpy as np

from service.processes.limits import peak_bytes
from service.stacking.answers.audit import find_path
from service.stacking.matrix.matrix import FORMAT, SETS, Matrix
from service.stacking.matrix.reduce import Offers
from service.stacking.problem.answer import Answer
from service.stacking.problem.problem import Problem
from service.stacking.requirements.from_json import json_from_tree, tree_from_json
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Requirement, Skill
from service.stacking.verifier.verify import faults

from .measure import machine, table
from .synthetic import ELM, MC, Catalogue, Skills, read_skills

ROOT = Path(__file__).parent.parent
BASE = "http://localhost:8000"
TODAY = date(2026, 11, 23)
SKILLS = 60
MODULES = (6, 9, 12)
LIMIT_SECONDS = 120.0
_PLACES = {
    "outcomes": ELM + "relatedESCOSkill",
    "languages": "http://purl.org/dc/terms/language",
    "modes": ELM + "mode",
    "fields": ELM + "ISCEDFCode",
    "providers": ELM + "awardingBody",
}


def matrix_of(records: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the stacking matrix of synthetic records is made of, read from their statements without a store."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        head = record[: record.index(">")].partition("<")[2]
        if "/credential/" in head:
            found[head] = _facts(record)
    iris = sorted(found)
    arrays: dict[str, Any] = {
        "ects": np.array([found[iri]["ects"] * 100 for iri in iris], np.int32),
        "level": np.array([found[iri]["level"] for iri in iris], np.int32),
        "cost": np.full(len(iris), -1, np.int32),
    }
    texts: dict[str, Any] = {
        "format": FORMAT,
        "iris": iris,
        "requirements": {},
        "faults": {},
        "owners": {},
        "admits": [],
    }
    texts |= {"broader": {}, "occupations": {}}
    for name in SETS:
        names = sorted({value for iri in iris for value in found[iri][name]})
        places = {value: place for place, value in enumerate(names)}
        rows = [sorted(places[value] for value in found[iri][name]) for iri in iris]
        arrays[f"{name}_starts"] = np.cumsum([0, *map(len, rows)], dtype=np.int32)
        arrays[f"{name}_values"] = np.array([place for row in rows for place in row], np.int32)
        texts[name] = names
    texts["corequisites"] = [""] * len(iris)
    texts["prerequisites"] = [_prerequisite(iri, found[iri]["needs"]) for iri in iris]
    return arrays, texts


def _facts(record: str) -> dict[str, Any]:
    sets: dict[str, set[str]] = {name: set() for name in SETS}
    facts: dict[str, Any] = {"ects": 0, "level": 0, "needs": []}
    for line in record.splitlines()[1:]:
        _, predicate, rest = line.split(" ", 2)
        value = rest.partition(" ")[0][1:-1]
        predicate = predicate[1:-1]
        if predicate == ELM + "point":
            facts["ects"] = int(value)
        elif predicate == ELM + "EQFLevel":
            facts["level"] = int(value.rpartition("/")[2])
        elif predicate == MC + "credential":
            facts["needs"].append(value)
        for name, slot in _PLACES.items():
            if predicate == slot:
                sets[name].add(value)
    return facts | sets


def _prerequisite(iri: str, needs: Sequence[str]) -> str:
    if not needs:
        return ""
    asked = Count(f"{iri}#prerequisite", len(needs), filter=Filter(credentials=frozenset(needs)))
    return json.dumps(json_from_tree(asked))


def occupation(skills: Skills) -> tuple[str, Requirement]:
    """Return the occupation with the nearest to 60 essential skills, 60 at most of them asked for."""
    name = min(skills.essential, key=lambda iri: (abs(len(skills.essential[iri]) - SKILLS), iri))
    asked = sorted(skills.essential[name])[:SKILLS]
    return name, AllOf("target", tuple(Skill(f"skill-{place}", skill) for place, skill in enumerate(asked)))


def degree(skills: Skills, modules: int) -> Requirement:
    """Return a degree of modules that compete for credentials: 25 ECTS each, from fifteen skills, of level 5 or 6."""
    pool = sorted({skill for some in sorted(skills.essential)[: modules * 3] for skill in skills.essential[some]})
    parts = []
    for place in range(modules):
        some = frozenset(pool[(place * 9 + step) % len(pool)] for step in range(15))
        parts.append(Credits(f"module-{place}", Decimal(25), None, Filter(skills=some, minimum_level=5 + place % 2)))
    return AllOf("degree", tuple(parts))


def plain(matrix: Matrix, target: AllOf) -> tuple[str, float, float]:
    """Solve the whole, unreduced model of a set of skills with HiGHS as it comes; return (status, ECTS, seconds)."""
    begin = time.perf_counter()
    offers = Offers(matrix)
    places = matrix.numbers
    rows: list[tuple[float, dict[int, float]]] = []
    for part in target.parts:
        assert isinstance(part, Skill)
        teaching = matrix.sets["outcomes"].rows([part.skill])
        if len(teaching):
            rows.append((1.0, dict.fromkeys(map(int, teaching), 1.0)))
    for iri, place in places.items():
        needed = None if matrix.free[place] else offers[iri].prerequisite
        if isinstance(needed, Count):
            rows.extend((0.0, {places[other]: 1.0, place: -1.0}) for other in sorted(needed.filter.credentials))
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("time_limit", LIMIT_SECONDS), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(option, value)
    count = len(places)
    numbers = np.arange(count, dtype=np.int32)
    solver.addVars(count, np.zeros(count), np.ones(count))
    solver.changeColsCost(count, numbers, matrix.ects.astype(float) / 100)
    solver.changeColsIntegrality(count, numbers, np.array([highspy.HighsVarType.kInteger] * count))
    starts = np.cumsum([0, *(len(row) for _, row in rows)], dtype=np.int32)
    solver.addRows(
        len(rows), np.array([least for least, _ in rows]), np.full(len(rows), highspy.kHighsInf),
        int(starts[-1]), starts[:-1],
        np.array([column for _, row in rows for column in row], np.int32),
        np.array([value for _, row in rows for value in row.values()]),
    )  # fmt: skip
    solver.run()
    status = str(solver.getModelStatus()).rpartition(".k")[2]
    return status, solver.getObjectiveValue(), time.perf_counter() - begin


class Times(NamedTuple):
    """What a call gave and took: wall clock and processor, in seconds, the medians of some calls, and the worst."""

    answer: Answer
    wall: float
    worst: float
    processor: float


def timed(question: Problem, times: int = 5) -> Times:
    """Answer a question several times; the indexes that a release builds once are there before."""
    walls, processors = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        answer = find_path(question)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return Times(answer, statistics.median(walls), max(walls), statistics.median(processors))


def ours(matrix: Matrix, target: Requirement) -> list[str]:
    """Return a row of figures, named in `HEAD`."""
    offers = Offers(matrix)
    question = Problem(target, (), offers, today=TODAY, select=offers.select, seconds=60)
    kept = len(offers.select(question))
    first, best = timed(replace(question, seconds=0)), timed(question)
    begin = time.perf_counter()
    assert faults(question, best.answer) == () == faults(question, first.answer)
    checked = time.perf_counter() - begin
    reached = f"{best.answer.status}, {len(best.answer.nobody_offers)} leaves nobody offers"
    optimum, greedy = best.answer.plan.total_ects, first.answer.plan.total_ects
    return [
        str(kept), f"{greedy} / {first.answer.lower_bound}", _share(greedy, first.answer.lower_bound),
        _share(greedy, optimum), _ms(first.wall), _ms(first.processor),
        reached if best.answer.nobody_offers else best.answer.status, f"{optimum} / {best.answer.lower_bound}",
        _ms(best.wall), _ms(best.worst), _ms(best.processor), _ms(checked / 2),
    ]  # fmt: skip


HEAD = (
    "kept", "first plan: ECTS / bound", "gap stated", "above the optimum", "wall", "processor",
    "proved", "ECTS / bound", "wall", "worst", "processor", "verifier",
)  # fmt: skip


def _share(more: Decimal, less: Decimal) -> str:
    return f"{float((more - less) / more) * 100:.1f} %" if more else "0 %"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def make(path: Path, size: int, skills: Skills) -> None:
    """Write the stacking matrix of a synthetic catalogue, as a release holds it."""
    arrays, texts = matrix_of(Catalogue(skills, size, 0.0, 7, BASE).records())
    np.savez(path, allow_pickle=False, **arrays, texts=np.frombuffer(json.dumps(texts).encode(), np.uint8))


def measure(step: str, path: Path, targets: Path) -> list[list[str]]:
    """Return rows of figures of one step; each step has a process of its own, so that its memory is its own."""
    matrix = Matrix.load(path)
    target, *degrees = (tree_from_json(tree) for tree in json.loads(targets.read_text()))
    if step == "plain":
        assert isinstance(target, AllOf)
        status, ects, seconds = plain(matrix, target)
        return [[status, f"{ects:g}", _ms(seconds), f"{peak_bytes() >> 20} MB"]]
    if step == "degree":
        return [[f"{modules} modules", *ours(matrix, tree)] for modules, tree in zip(MODULES, degrees, strict=True)]
    loaded = peak_bytes() >> 20
    return [[*ours(matrix, target), f"{loaded} MB", f"{peak_bytes() >> 20} MB"]]


def in_a_process(step: str, path: Path, targets: Path) -> list[list[str]]:
    """Return what `measure` returns there."""
    command = [sys.executable, "-m", "bench.stacking", "--step", step, str(path), str(targets)]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found: list[list[str]] = json.loads(text.splitlines()[-1])  # after the solver's banner
    return found


def main() -> None:
    """Measure and print; with `--step`, one step in this process, as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--esco", type=Path, default=ROOT / "data" / "demo" / "esco.ttl")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--degree-size", type=int, default=10_000)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(measure(given.step[0], Path(given.step[1]), Path(given.step[2]))))
        return
    skills = read_skills(given.esco)
    name, target = occupation(skills)
    assert isinstance(target, AllOf)
    print(f"\n{machine()}. Synthetic catalogues, seed 7; {len(skills.labels)} skills; occupation {name}.\n")
    rows, degrees, plains = [], [], []
    with TemporaryDirectory() as folder:
        targets = Path(folder) / "targets.json"
        trees = [target, *(degree(skills, modules) for modules in MODULES)]
        targets.write_text(json.dumps([json_from_tree(tree) for tree in trees]))
        for size in given.sizes:
            path = Path(folder) / f"{size}.npz"
            make(path, size, skills)
            rows.extend([f"{size:,}", *row] for row in in_a_process("ours", path, targets))
            plains.extend([f"{size:,}", *row] for row in in_a_process("plain", path, targets))
            if size == given.degree_size:
                degrees = in_a_process("degree", path, targets)
    print(f"Occupation, {len(target.parts)} essential skills (all objectives, relaxations and proof included):\n")
    print(table(["catalogue", *HEAD, "memory, matrix read", "peak memory"], rows))
    print("\nPlain HiGHS over the unreduced model, ECTS only, proved to the end:\n")
    print(table(["catalogue", "status", "ECTS", "wall", "peak memory"], plains))
    if degrees:
        print(f"\nModules of 25 ECTS that compete for {given.degree_size:,} credentials, nothing counted twice:\n")
        print(table(["degree", *HEAD], degrees))


if __name__ == "__main__":
    main()

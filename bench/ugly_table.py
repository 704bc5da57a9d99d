"""Loads a catalogue of ugly rows as an operator would: `python -m bench.ugly_table [--rows N] [--keep DIR]`.

HTML, capitals, entities, repeated rows, prose where codes are asked, mixed units, drafts, nothing on quality: 50,000
rows unless said otherwise. It is mapped, listed by conditions, and loaded once more with quality assurance by provider.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .measure import machine, table

ROOT = Path(__file__).parent.parent
HEADER = (
    "Codice", "Titolo", "description@it", "provider", "provider_name@it", "Paese", "learning_outcomes@it",
    "SCQF credits", "hours", "Lingua", "assessment", "prerequisites", "mode", "Level", "status", "semester", "subject",
)  # fmt: skip
_SUBJECTS = ("diritto", "economia", "informatica", "storia", "chimica", "marketing", "statistica", "linguistica")
_KINDS = ("introduzione al", "laboratorio di", "fondamenti di", "metodi per il", "seminario di")
_ASSESSMENTS = (
    "Esame scritto.", "La prova consiste in un <b>colloquio orale</b>.", "Prova scritta e prova orale",
    "L'esame si svolge in forma orale e verte sui testi di riferimento.", "", "written exam",
)  # fmt: skip
_PREREQUISITES = (
    "Nessuno", "Si consiglia di aver letto molto &amp; bene prima del corso.", "", "<p>Basic knowledge of maths</p>",
)  # fmt: skip
_LANGUAGES = ("Italiano", "ITALIANO", "Inglese", "it", "")
_MODES = ("Convenzionale", "100 % online", "in presenza", "Blended learning", "Aula 3")
_LEVELS = ("SCQF Level 11", "Laurea", "EQF 6", "Undergraduate", "", "Livello 7")
_CODES = ("IUS/04", "ING-INF/05", "SPS/07", "NN", "0613", "")
_CONDITIONS = 'must = ["M2", "M3", "M4"]\n'
_QUALITY = 'quality_assurance = "institutional-quality-assurance"\naccreditor = "An Agency"\n'


def main() -> None:
    """Write the table, load it, print how long each step took, its peak memory, and what a person is told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--keep", type=Path, help="folder to leave the files in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True, parents=True)
        source = folder / "corsi.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows((HEADER, *rows(options.rows)))
        (folder / "conditions.toml").write_text(_CONDITIONS, "utf-8")
        (folder / "defaults.toml").write_text(f"[all]\n{_QUALITY}", "utf-8")
        proposed, report = folder / "map.toml", folder / "report.jsonl"
        load = ("load", "table", source, "--map", proposed, "--conditions", folder / "conditions.toml")
        steps = [
            ("map", ("map", source, "--out", proposed)),
            ("load, listed", (*load, "--report", report)),
            ("load again, with quality assurance", (*load, "--defaults", folder / "defaults.toml")),
        ]
        lines, told = [], ""
        for name, words in steps:
            seconds, cpu, peak, code, said = run(folder / "var", *map(str, words))
            lines.append((name, f"{seconds:.1f}", f"{cpu:.1f}", f"{peak:.0f}", str(code), str(len(said.splitlines()))))
            print(" · ".join(lines[-1]), file=sys.stderr, flush=True)
            told = said if name == "load, listed" else told
        size = source.stat().st_size / 2**20
        print(f"{machine()}; {options.rows:,} rows, {size:.0f} MiB; report {report.stat().st_size / 2**20:.2f} MiB")
        print(table(("step", "seconds", "CPU seconds", "peak MiB", "exit", "lines told"), lines))
        print(told)


def run(data: Path, *words: str) -> tuple[float, float, float, int, str]:
    """Run a command; return its seconds, processor seconds, peak MiB of its largest process, exit code and words."""
    command = [sys.executable, "-m", "service.cli.main", *words]
    begin = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PINOAMO_DATA": str(data)}, stderr=errors, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        errors.seek(0)
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, errors.read()


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield rows that are always the same ones; each fiftieth stands there twice."""
    choose = random.Random(21)
    for number in range(count):
        title = f"{choose.choice(_KINDS)} {choose.choice(_SUBJECTS)} {number % 997}"
        outcomes = "".join(f"<li>Conosce la parte {n} di {title}</li>" for n in range(choose.randint(0, 3)))
        row = (
            f"c{number}",
            title.upper() if choose.random() < 0.6 else title,
            f"<p>Il corso &egrave; dedicato a {title}.</p>\n        <p>{'Testo lungo. ' * choose.randint(5, 20)}</p>",
            f"uni{number % 40}",
            f"Universit&agrave; {number % 40}",
            choose.choice(("Italia", "IT", "Scotland", "Italy")),
            f"<ul>{outcomes}</ul>" if outcomes else "",
            choose.choice(("20", "10", "15,0", "5 ECTS", "0.0", "")),
            choose.choice(("125", "60 h", "")),
            choose.choice(_LANGUAGES),
            choose.choice(_ASSESSMENTS),
            choose.choice(_PREREQUISITES),
            choose.choice(_MODES),
            choose.choice(_LEVELS),
            "Archived" if number % 25 == 24 else "Published",
            choose.choice(("Primo semestre", "Semester 2", "")),
            choose.choice(_CODES),
        )
        yield row
        if number % 50 == 0:
            yield row


if __name__ == "__main__":
    main()

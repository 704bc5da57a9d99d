"""Time and peak memory of the loaders: `python -m bench.loader_memory [--esco DIR]… [--catalogue FILE] [--rdf-mb N]`.

`--esco` names the folders of ESCO CSV packs, of one version (default: v1.1.1 beside the checkout, where it is held).
`--rdf-mb` also loads two made-up ESCO releases in Turtle, one of N MiB and one of half that, to show that memory does
not grow with the source. `--catalogue` is an RDF catalogue for the `elm` loader, such as `bench/synthetic.py` writes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .measure import machine, table

ROOT = Path(__file__).parent.parent
ESCO_PACKS = [ROOT.parent / "shared" / "data" / "esco" / "v1.1.1" / name for name in ("en", "relations", "derived")]
LANGUAGES = ("en", "fi", "sv", "de", "fr", "es", "it", "pl", "et", "lv")
ID = "http://data.europa.eu/esco/"
PREFIXES = f"""\
@prefix esco: <{ID}model#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> . @prefix dct: <http://purl.org/dc/terms/> .
"""


def main() -> None:
    """Load each source once, in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--esco", type=Path, action="append", help="folder or zip of an ESCO pack")
    parser.add_argument("--catalogue", type=Path, help="RDF catalogue")
    parser.add_argument("--rdf-mb", type=int, default=0, help="size of a made-up ESCO release")
    options = parser.parse_args()
    packs = options.esco or [path for path in ESCO_PACKS if path.exists()]
    rows = [run("ESCO CSV packs", "esco", packs)] if packs else []
    if options.catalogue:
        rows.append(run(f"ELM, {size_mb(options.catalogue):.0f} MiB", "elm", [options.catalogue]))
    for size in (options.rdf_mb // 2, options.rdf_mb) if options.rdf_mb else ():
        with tempfile.TemporaryDirectory() as folder:
            release = Path(folder) / "esco-v1.2.0.ttl"
            write_release(release, size)
            rows.append(run(f"ESCO Turtle, {size_mb(release):.0f} MiB", "esco", [release]))
    print(machine())
    print(table(("source", "seconds", "CPU seconds", "peak MiB", "quads", "errors"), rows))


def run(name: str, source_format: str, sources: Sequence[Path]) -> tuple[str, ...]:
    """Run one loader with its output thrown away; return a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.jsonl"
        command = [sys.executable, "-m", "loaders", source_format, *map(str, sources), "--report", str(report)]
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        summary = json.loads(report.read_text("utf-8").splitlines()[-1])["summary"]
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    return name, f"{seconds:.1f}", f"{cpu:.1f}", f"{peak:.0f}", f"{summary['quads']:,}", str(summary["errors"])


def write_release(path: Path, size: int) -> None:
    """Write about `size` MiB in the form of the official Turtle: labels, description nodes and relations reified."""
    with path.open("w", encoding="utf-8") as release:
        release.write(PREFIXES)
        number = 0
        while release.tell() < size << 20:
            number += 1
            skill, occupation = f"<{ID}skill/{number}>", f"<{ID}occupation/{number % 3000}>"
            release.write(f"{skill} a esco:MemberConcept , esco:Skill , skos:Concept ; skos:broader <{ID}skill/S1> .\n")
            release.write(f"{occupation} esco:relatedOptionalSkill {skill} .\n")
            release.write(
                f"<{ID}relation/{number}> a esco:AssociationObject ; esco:isAssociationFor {occupation} ;"
                f" esco:target {skill} .\n"
            )
            for language in LANGUAGES:
                text = f"skill {number} in {language}"
                label, note = f"<{ID}label/{number}-{language}>", f"<{ID}node-literal/{number}-{language}>"
                release.write(
                    f'{skill} skos:prefLabel "{text}"@{language} ; skosxl:prefLabel {label} .\n'
                    f"{skill} dct:description {note} .\n"
                    f'{label} a skosxl:Label ; skosxl:literalForm "{text}"@{language} .\n'
                    f'{note} a esco:NodeLiteral ; esco:language "{language}" ; esco:nodeLiteral "{text * 12}" .\n'
                )


def size_mb(path: Path) -> float:
    """Return the size of a file in MiB."""
    return path.stat().st_size / 2**20


if __name__ == "__main__":
    main()

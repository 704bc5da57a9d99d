"""Reads the public test sets of linking and the official ESCO packs that their answers are in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.linking.linker.concepts import Concept, Label

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "linking"
ESCO = ROOT.parent / "shared" / "data" / "esco" / "v1.1.1"
VALIDATION = ("sentences_en_tech_validation.jsonl", "sentences_en_house_validation.jsonl")
TUNED_PHRASES = "phrases_sv_SE-NSC_half.jsonl"
SENTENCES = {"TECH": "tech", "HOUSE": "house", "TECHWOLF": "techwolf"}
PHRASES = {"sv": "sv_SE-NSC", "de": "de_DE-BA", "nl": "nl_BE-VDAB"}
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Case:
    """A text, its language, and the skills it means by number."""

    text: str
    language: str
    gold: frozenset[int]


def read_skills(esco: Path, data: Path | None = None) -> list[Concept]:
    """Return the skills of the packs: English labels of all kinds, preferred ones in Finnish and Swedish.

    `data` adds the preferred labels in German and Dutch that lie beside the test sets.
    """
    labels: dict[str, list[Label]] = {}
    traits: dict[str, tuple[str, ...]] = {}
    for row in _rows(esco / "en" / "skills_en.csv.gz"):
        iri = row["conceptUri"]
        labels[iri] = [Label("en", row["preferredLabel"], 0)]
        for rank, column in ((1, "altLabels"), (2, "hiddenLabels")):
            labels[iri] += [Label("en", text, rank) for text in (row.get(column) or "").split("\n") if text.strip()]
        traits[iri] = (row["skillType"].partition("/")[0], row["reuseLevel"])
    for language in ("fi", "sv"):
        for row in _rows(esco / "derived" / f"skills_{language}.csv.gz"):
            if row["conceptUri"] in labels and row["preferredLabel"]:
                labels[row["conceptUri"]].append(Label(language, row["preferredLabel"], 0))
    for language in ("de", "nl") if data else ():
        assert data is not None
        for line in (data / f"esco_skill_labels_{language}.tsv").read_text("utf-8").splitlines()[1:]:
            iri, text = line.split("\t")[:2]
            if iri in labels and text:
                labels[iri].append(Label(language, text, 0))
    return [Concept(iri, "skill", tuple(found), (), traits[iri]) for iri, found in labels.items()]


def sentences(data: Path, name: str, skills: Sequence[Concept]) -> list[Case]:
    """Return the sentences of a file whose skills are known."""
    numbers = {skill.iri: number for number, skill in enumerate(skills)}
    named = {skill.label("en").lower(): number for number, skill in enumerate(skills)}
    found = []
    for line in (data / name).read_text("utf-8").splitlines():
        row = json.loads(line)
        pairs = zip(row["gold_labels"], row["gold_uris"], strict=True)
        gold = {numbers.get(iri) if iri else named.get(label.lower()) for label, iri in pairs} - {None}
        if gold:
            found.append(Case(row["text"], "en", frozenset(g for g in gold if g is not None)))
    return found


def phrases(data: Path, name: str, skills: Sequence[Concept]) -> list[Case]:
    """Return the phrases of a file that have an exact match; close ones are right too."""
    numbers = {skill.iri: number for number, skill in enumerate(skills)}
    found = []
    for line in (data / name).read_text("utf-8").splitlines():
        row = json.loads(line)
        gold = frozenset(numbers[iri] for iri in (*row["exact"], *row["close"]) if iri in numbers)
        if row["exact"] and gold:
            found.append(Case(row["text"], row["lang"], gold))
    return found


def is_tuned_on(text: str) -> bool:
    """Tell whether a phrase belongs to the one part of four that may be tuned on."""
    return part_of(text) == 0


def part_of(text: str, parts: int = _PARTS) -> int:
    """Return to which part a text belongs, by its checksum."""
    return hashlib.sha256(text.encode()).digest()[0] % parts


def checksum(*paths: Path) -> str:
    """Return the SHA-256 of files one after another."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    csv.field_size_limit(1 << 30)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)

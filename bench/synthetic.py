"""Write a synthetic catalogue in the form of docs/model.md: the same arguments always give the same bytes.

    python bench/synthetic.py --credentials 10000 --esco esco.nq --out catalogue.nq --manifest manifest.json

`--esco` is RDF that holds ESCO concepts (what `python -m loaders esco` writes, or the slice in data/demo): skills,
their labels and the skills of occupations are taken from it, so that queries join as they do on real data. The
catalogue comes as N-Quads with record marks; the manifest holds the planted defects by credential, and IRIs worth
asking for. Everything but the ESCO concepts is invented.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Generic, TypeVar

import pyoxigraph as ox

ROOT = Path(__file__).parent.parent
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
ELM = "http://data.europa.eu/snb/model/elm/"
MC = "https://w3id.org/pinoamo/ns#"
DCTERMS = "http://purl.org/dc/terms/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
ESCO = "http://data.europa.eu/esco/model#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SNB = "http://data.europa.eu/snb/"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
ECTS = SNB + "education-credit/6fcec5c5af"

MODES = [SNB + "learning-assessment/" + code for code in ("920fbb3cbe", "9191af2ed9", "e92d221e4d")]
ASSESSMENTS = [SNB + "assessment/" + code for code in ("6e6cb2cc78", "795dac4096", "4f03b91c0e", "3484bd7e51")]
QUALITY = SNB + "accreditation/bb4618238e"
LANGUAGES = ("ENG", "FIN", "SWE", "EST", "DEU")
COUNTRIES = ("FIN", "SWE", "EST", "DEU", "NLD")
FIELDS = ("0111", "0211", "0311", "0413", "0511", "0541", "0612", "0613", "0713", "0811", "0913", "1015")
POINTS, POINT_WEIGHTS = (1, 2, 3, 5, 10, 15, 20, 30), (8, 12, 12, 38, 15, 8, 4, 3)
LEVELS, LEVEL_WEIGHTS = (4, 5, 6, 7, 8), (5, 15, 45, 30, 5)
# Levels of the Finnish framework, by number.
NATIONAL = {4: "c_cbf250da", 5: "c_fd8ce5f6", 6: "c_8a7da315", 7: "c_3b2bd7b5", 8: "c_7fa9dfe4"}
OPENINGS = {
    "en": ("Introduction to: ", "Applied: ", "Advanced: ", "In practice: ", "Foundations: "),
    "fi": ("Johdatus: ", "Soveltaen: ", "Syventäen: ", "Käytännössä: ", "Perusteet: "),
    "sv": ("Introduktion: ", "Tillämpat: ", "Fördjupning: ", "I praktiken: ", "Grunder: "),
}
DEFECTS = (
    "no-title", "blank-title", "two-titles-in-one-language", "no-awarding-body", "no-country", "unknown-country",
    "no-outcome", "outcome-without-title", "no-workload", "credit-not-a-number", "zero-credit", "no-level",
    "unknown-level", "no-assessment", "assessment-without-type", "no-mode", "no-quality", "unknown-skill",
    "unknown-prerequisite", "own-prerequisite",
)  # fmt: skip


T = TypeVar("T")


@dataclass(slots=True)
class Skills:
    """What the catalogue takes from ESCO: skills with labels, and the essential skills of occupations."""

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    essential: dict[str, list[str]] = field(default_factory=dict)


def read_skills(path: Path) -> Skills:
    """Read the skills, their preferred labels and their occupations from an RDF file."""
    types: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    essential: dict[str, list[str]] = {}
    for quad in ox.parse(path=str(path)):
        match quad.predicate.value:
            case predicate if predicate == RDF_TYPE and quad.object.value.startswith(ESCO):
                types[quad.subject.value] = quad.object.value
            case predicate if predicate == SKOS + "prefLabel":
                labels.setdefault(quad.subject.value, {})[quad.object.language or ""] = quad.object.value
            case predicate if predicate == ESCO + "relatedEssentialSkill":
                essential.setdefault(quad.subject.value, []).append(quad.object.value)
    skills = {iri: labels.get(iri, {}) for iri in sorted(types) if types[iri] == ESCO + "Skill"}
    occupations = {
        iri: sorted(set(essential[iri]) & skills.keys())
        for iri in sorted(essential)
        if types.get(iri) == ESCO + "Occupation"
    }
    return Skills(skills, {iri: found for iri, found in occupations.items() if found})


class Popularity(Generic[T]):
    """Draws items as real catalogues do: a few very often, most seldom (Zipf)."""

    def __init__(self, items: Sequence[T], rng: random.Random) -> None:
        self.items = rng.sample(items, len(items))
        self._weights = list(accumulate(1 / (rank + 5) for rank in range(len(items))))
        self._rng = rng

    def draw(self) -> T:
        """Return one item."""
        return self._rng.choices(self.items, cum_weights=self._weights)[0]


class Catalogue:
    """Writes programmes and micro-credentials, record by record."""

    def __init__(self, skills: Skills, credentials: int, defects: float, seed: int, base: str) -> None:
        self._rng = random.Random(seed)
        self._skills = skills
        self._count = credentials
        self._defect_rate = defects
        self._base = base
        self._graph = f"<{base}/graph/synthetic> ."
        self._popular = Popularity(list(skills.labels), self._rng)
        self._themes = Popularity(list(skills.essential), self._rng)
        self._depth = [0] * credentials
        self._providers = max(10, credentials // 250)
        self._programmes: list[tuple[str, list[str]]] = []
        self.planted: dict[str, str] = {}

    def records(self) -> Iterator[str]:
        """Yield the records, each with its mark, as N-Quads."""
        for number in range(max(4, self._count // 200)):
            yield from self._programme(number)
        for number in range(self._count):
            yield self._credential(number)

    def parameters(self) -> Mapping[str, str]:
        """Return IRIs worth asking for: popular ones, and the longest chain of prerequisites."""
        deepest = max(range(self._count), key=self._depth.__getitem__)
        programme, modules = self._programmes[0]
        return {
            "credential": self._iri("credential", self._count // 2),
            "deep_credential": self._iri("credential", deepest),
            "deep_steps": str(self._depth[deepest]),
            "skill": self._popular.items[0],
            "occupation": self._themes.items[0],
            "programme": programme,
            "module": modules[0],
            "provider": self._iri("organisation", 0),
        }

    def _iri(self, kind: str, number: int) -> str:
        return f"{self._base}/id/{kind}/synthetic-{number}"

    def _organisation(self, number: int, defect: str | None = None) -> Iterator[str]:
        iri = self._iri("organisation", number)
        yield f"<{iri}> <{RDF_TYPE}> <{ELM}Organisation>"
        yield f'<{iri}> <http://www.w3.org/ns/regorg#legalName> "Example University {number}"@en'
        yield f'<{iri}> <http://www.w3.org/ns/regorg#legalName> "Esimerkkikorkeakoulu {number}"@fi'
        if defect == "no-country":
            return
        country = "ZZZ" if defect == "unknown-country" else COUNTRIES[number % len(COUNTRIES)]
        yield f"<{iri}> <{ELM}location> <{iri}#location>"
        yield f"<{iri}#location> <{RDF_TYPE}> <{DCTERMS}Location>"
        yield f"<{iri}#location> <{ELM}address> <{iri}#address>"
        yield f"<{iri}#address> <{RDF_TYPE}> <{ELM}Address>"
        yield f"<{iri}#address> <{ELM}countryCode> <{AUTHORITY}country/{country}>"

    def _awarding(self, iri: str, number: int, defect: str | None = None) -> Iterator[str]:
        if defect in ("no-country", "unknown-country"):
            number = 10_000_000 + len(self.planted)  # one of its own, or others would supply the country
        yield f"<{iri}> <{ELM}awardingOpportunity> <{iri}#awarding>"
        yield f"<{iri}#awarding> <{RDF_TYPE}> <{ELM}AwardingOpportunity>"
        yield f"<{iri}#awarding> <{ELM}learningAchievementSpecification> <{iri}>"
        if defect != "no-awarding-body":
            yield f"<{iri}#awarding> <{ELM}awardingBody> <{self._iri('organisation', number)}>"
            yield from self._organisation(number, defect)

    def _credits(self, iri: str, point: str) -> Iterator[str]:
        yield f"<{iri}> <{ELM}creditPoint> <{iri}#credit>"
        yield f"<{iri}#credit> <{RDF_TYPE}> <{ELM}CreditPoint>"
        yield f"<{iri}#credit> <{ELM}framework> <{ECTS}>"
        yield f'<{iri}#credit> <{ELM}point> "{point}"'

    def _programme(self, number: int) -> Iterator[str]:
        rng = self._rng
        iri = self._iri("programme", number)
        provider = rng.randrange(self._providers)
        occupation = self._themes.draw()
        modules = [f"{iri}-module-{position}" for position in range(1, rng.randint(6, 10) + 1)]
        self._programmes.append((iri, modules))
        lines = [f"<{iri}> <{RDF_TYPE}> <{ELM}Qualification>", f"<{iri}> <{RDF_TYPE}> <{MC}DegreeProgramme>"]
        lines.append(f'<{iri}> <{DCTERMS}title> "Degree programme {number}"@en')
        lines.append(f'<{iri}> <{DCTERMS}title> "Tutkinto-ohjelma {number}"@fi')
        lines.extend(self._credits(iri, "180"))
        lines.extend(self._awarding(iri, provider))
        lines.extend(f"<{iri}> <{ELM}hasPart> <{module}>" for module in modules)
        lines.append(f"<{iri}> <{MC}requirement> <{iri}#requirement>")
        lines.append(f"<{iri}#requirement> <{RDF_TYPE}> <{MC}CreditRequirement>")
        lines.append(f'<{iri}#requirement> <{MC}minimum> "180"^^<{XSD}decimal>')
        yield self._record(iri, lines)
        for position, module in enumerate(modules, start=1):
            needed = self._draw_skills(self._skills.essential[occupation], rng.randint(4, 10))
            yield self._record(module, list(self._module(module, f"{number}.{position}", provider, needed)))

    def _module(self, iri: str, name: str, provider: int, skills: Sequence[str]) -> Iterator[str]:
        tree = f"{iri}#requirement"
        yield f"<{iri}> <{RDF_TYPE}> <{ELM}LearningAchievementSpecification>"
        yield f"<{iri}> <{RDF_TYPE}> <{MC}ProgrammeModule>"
        yield f'<{iri}> <{DCTERMS}title> "Module {name}"@en'
        yield f'<{iri}> <{DCTERMS}title> "Opintokokonaisuus {name}"@fi'
        yield from self._credits(iri, "25")
        yield from self._awarding(iri, provider)
        yield f"<{iri}> <{MC}requirement> <{tree}>"
        yield f"<{tree}> <{RDF_TYPE}> <{MC}AllOf>"
        for position, skill in enumerate(skills, start=1):
            part = f"{tree}-{position}"
            yield f"<{tree}> <{MC}part> <{part}>"
            yield f"<{part}> <{RDF_TYPE}> <{MC}SkillRequirement>"
            yield f"<{part}> <{MC}skill> <{skill}>"
            yield f'<{part}> <{MC}position> "{position}"^^<{XSD}integer>'

    def _credential(self, number: int) -> str:
        iri = self._iri("credential", number)
        defect = None
        if self._rng.random() < self._defect_rate:
            defect = self.planted[iri] = DEFECTS[len(self.planted) % len(DEFECTS)]
        lines: list[str] = []
        for part in (self._titles, self._workload, self._setting, self._outcomes, self._stacking):
            lines.extend(part(iri, number, defect))
        lines.extend(self._awarding(iri, self._rng.randrange(self._providers), defect))
        return self._record(iri, lines)

    def _titles(self, iri: str, number: int, defect: str | None) -> Iterator[str]:
        opening = self._rng.randrange(5)
        labels = self._skills.labels[self._popular.draw()]
        yield f"<{iri}> <{RDF_TYPE}> <{ELM}Qualification>"
        yield f"<{iri}> <{RDF_TYPE}> <{MC}MicroCredential>"
        for language, openings in OPENINGS.items():
            label = labels.get(language) or labels.get("en", "skills")
            title = _escaped(f"{openings[opening]}{label} ({number})")
            if defect != "no-title":
                yield f'<{iri}> <{DCTERMS}title> "{" " if defect == "blank-title" else title}"@{language}'
            yield f'<{iri}> <{DCTERMS}description> "{title}: invented text for measuring."@{language}'
        if defect == "two-titles-in-one-language":
            yield f'<{iri}> <{DCTERMS}title> "Another title"@en'
        yield f"<{iri}> <http://www.w3.org/ns/adms#identifier> <{iri}#identifier>"
        yield f"<{iri}#identifier> <{RDF_TYPE}> <{ELM}Identifier>"
        yield f'<{iri}#identifier> <{SKOS}notation> "synthetic-{number}"'
        yield f'<{iri}> <{DCTERMS}modified> "2026-0{1 + number % 9}-{10 + number % 18}"^^<{XSD}date>'

    def _workload(self, iri: str, number: int, defect: str | None) -> Iterator[str]:
        rng = self._rng
        points = rng.choices(POINTS, POINT_WEIGHTS)[0]
        level = rng.choices(LEVELS, LEVEL_WEIGHTS)[0]
        if defect != "no-workload":
            spoiled = {"credit-not-a-number": "five", "zero-credit": "0"}
            yield from self._credits(iri, spoiled.get(defect or "", str(points)))
            yield f'<{iri}> <{ELM}volumeOfLearning> "PT{points * 27}H"^^<{XSD}duration>'
        if defect != "no-level":
            yield f"<{iri}> <{ELM}EQFLevel> <{SNB}eqf/{'99' if defect == 'unknown-level' else level}>"
        if defect not in ("no-level", "unknown-level"):
            yield f"<{iri}> <{ELM}NQFLevel> <{SNB}qdr/{NATIONAL[level]}>"

    def _setting(self, iri: str, number: int, defect: str | None) -> Iterator[str]:
        rng = self._rng
        for language in sorted(set(rng.choices(LANGUAGES, (40, 35, 15, 5, 5), k=rng.randint(1, 2)))):
            yield f"<{iri}> <{DCTERMS}language> <{AUTHORITY}language/{language}>"
        if defect != "no-mode":
            yield f"<{iri}> <{ELM}mode> <{rng.choice(MODES)}>"
        yield f"<{iri}> <{ELM}ISCEDFCode> <{SNB}isced-f/{rng.choice(FIELDS)}>"
        if defect != "no-assessment":
            yield f"<{iri}> <{ELM}provenBy> <{iri}#assessment>"
            yield f"<{iri}#assessment> <{RDF_TYPE}> <{ELM}LearningAssessmentSpecification>"
            yield f'<{iri}#assessment> <{DCTERMS}title> "Assessment"@en'
            if defect != "assessment-without-type":
                yield f"<{iri}#assessment> <{DCTERMS}type> <{rng.choice(ASSESSMENTS)}>"
        if defect != "no-quality":
            agent = self._iri("organisation", 0)
            yield f"<{iri}> <{ELM}accreditation> <{iri}#quality>"
            yield f"<{iri}#quality> <{RDF_TYPE}> <{ELM}Accreditation>"
            yield f'<{iri}#quality> <{DCTERMS}title> "Institutional audit"@en'
            yield f"<{iri}#quality> <{DCTERMS}type> <{QUALITY}>"
            yield f"<{iri}#quality> <{ELM}accreditingAgent> <{agent}>"
            yield from self._organisation(0)

    def _outcomes(self, iri: str, number: int, defect: str | None) -> Iterator[str]:
        rng = self._rng
        theme = self._skills.essential[self._themes.draw()]
        for position in range(1, 1 if defect == "no-outcome" else rng.randint(3, 8) + 1):
            outcome = f"{iri}#outcome-{position}"
            skills = self._draw_skills(theme, rng.randint(1, 3))
            yield f"<{iri}> <{ELM}learningOutcome> <{outcome}>"
            yield f"<{outcome}> <{RDF_TYPE}> <{ELM}LearningOutcome>"
            if defect != "outcome-without-title":
                labels = self._skills.labels[skills[0]]
                for language in ("en", "fi"):
                    label = _escaped(labels.get(language) or labels.get("en", "skills"))
                    yield f'<{outcome}> <{DCTERMS}title> "{label}"@{language}'
            if defect == "unknown-skill":
                yield f"<{outcome}> <{ELM}relatedESCOSkill> <http://data.europa.eu/esco/skill/does-not-exist>"
            for skill in skills:
                yield f"<{outcome}> <{ELM}relatedESCOSkill> <{skill}>"

    def _stacking(self, iri: str, number: int, defect: str | None) -> Iterator[str]:
        rng = self._rng
        needed: list[int] = []
        if number > 10:
            steps = rng.choices((0, 1, 2), (55, 33, 12))[0]
            needed = sorted({number - 1 - int(rng.random() ** 3 * min(number - 1, 2000)) for _ in range(steps)})
            self._depth[number] = max((self._depth[other] + 1 for other in needed), default=0)
        names = [self._iri("credential", other) for other in needed]
        if defect == "unknown-prerequisite":
            names.append(self._iri("credential", self._count + number))
        if defect == "own-prerequisite":
            names.append(iri)
        if names:
            yield f"<{iri}> <{MC}prerequisite> <{iri}#prerequisite>"
            yield f"<{iri}#prerequisite> <{RDF_TYPE}> <{MC}CountRequirement>"
            yield f'<{iri}#prerequisite> <{MC}minimum> "{len(names)}"^^<{XSD}integer>'
            yield f"<{iri}#prerequisite> <{MC}filter> <{iri}#prerequisite-filter>"
            yield f"<{iri}#prerequisite-filter> <{RDF_TYPE}> <{MC}Filter>"
            for name in names:
                yield f"<{iri}#prerequisite-filter> <{MC}credential> <{name}>"
        if rng.random() < 0.3:
            yield f"<{iri}> <{MC}stackability> <{MC}stackable>"
            yield f"<{iri}> <{ELM}isPartOf> <{rng.choice(rng.choice(self._programmes)[1])}>"
        else:
            yield f"<{iri}> <{MC}stackability> <{MC}stand-alone>"

    def _draw_skills(self, theme: Sequence[str], count: int) -> list[str]:
        rng = self._rng
        drawn = (rng.choice(theme) if rng.random() < 0.5 else self._popular.draw() for _ in range(count))
        return list(dict.fromkeys(drawn))

    def _record(self, iri: str, lines: Sequence[str]) -> str:
        end = f" {self._graph}\n"
        return f"# record <{iri}> synthetic:{iri.rpartition('-')[2]}\n" + end.join(lines) + end


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")


def main() -> None:
    """Read the arguments and write the files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--esco", type=Path, default=ROOT / "data" / "demo" / "esco.ttl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--defects", type=float, default=0.0, help="share of micro-credentials with a planted defect")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--base", default="http://localhost:8000")
    given = parser.parse_args()
    catalogue = Catalogue(read_skills(given.esco), given.credentials, given.defects, given.seed, given.base)
    quads = 0
    with given.out.open("w", encoding="utf-8", newline="\n") as file:
        for record in catalogue.records():
            quads += record.count("\n") - 1
            file.write(record)
    about = {"credentials": given.credentials, "seed": given.seed, "quads": quads}
    given.manifest.write_text(
        json.dumps({**about, "parameters": catalogue.parameters(), "defects": catalogue.planted}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()

"""Records as a loader writes them (docs/model.md §2 and §3), whole by the European definition, for tests to spoil."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

BASE = "http://localhost:8000/id/credential/"
ESCO_SKILL = "http://data.europa.eu/esco/skill/7b1d2c7e-0000-4000-8000-000000000001"
PREFIXES = {
    "a": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    "dct": "http://purl.org/dc/terms/",
    "elm": "http://data.europa.eu/snb/model/elm/",
    "mc": "https://w3id.org/pinoamo/ns#",
    "rov": "http://www.w3.org/ns/regorg#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "snb": "http://data.europa.eu/snb/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_CONCEPT = PREFIXES["skos"] + "Concept"
_SKILL = ("http://data.europa.eu/esco/model#Skill", _CONCEPT)
_SKILLS = "http://data.europa.eu/esco/concept-scheme/skills"
_COUNTRIES = "http://publications.europa.eu/resource/authority/country"

RECORD = """
{x} a elm:Qualification
{x} a mc:MicroCredential
{x} dct:title "Tietoturvan perusteet"@fi
{x} elm:awardingOpportunity {x}#awarding
{x}#awarding a elm:AwardingOpportunity
{x}#awarding elm:awardingBody {x}#body
{x}#body a elm:Organisation
{x}#body rov:legalName "Esimerkin yliopisto"@fi
{x}#body elm:location {x}#location
{x}#location a dct:Location
{x}#location elm:address {x}#address
{x}#address a elm:Address
{x}#address elm:countryCode http://publications.europa.eu/resource/authority/country/FIN
{x} elm:creditPoint {x}#credit
{x}#credit a elm:CreditPoint
{x}#credit elm:framework snb:education-credit/6fcec5c5af
{x}#credit elm:point "5"
{x} elm:volumeOfLearning "PT135H"^^xsd:duration
{x} elm:EQFLevel snb:eqf/6
{x} elm:mode snb:learning-assessment/920fbb3cbe
{x} elm:provenBy {x}#assessment
{x}#assessment a elm:LearningAssessmentSpecification
{x}#assessment dct:title "Tentti"@fi
{x}#assessment dct:type snb:assessment/6e6cb2cc78
{x} elm:accreditation {x}#quality
{x}#quality a elm:Accreditation
{x}#quality dct:title "Auditointi"@fi
{x}#quality dct:type snb:accreditation/bb4618238e
{x}#quality elm:accreditingAgent {x}#body
{x} elm:learningOutcome {x}#outcome
{x}#outcome a elm:LearningOutcome
{x}#outcome dct:title "Tunnistaa uhkia"@fi
{x}#outcome elm:relatedESCOSkill http://data.europa.eu/esco/skill/7b1d2c7e-0000-4000-8000-000000000001
{x} mc:stackability mc:stand-alone
"""
PREREQUISITE = """
{x} mc:prerequisite {x}#prerequisite
{x}#prerequisite a mc:CountRequirement
{x}#prerequisite mc:minimum "1"^^xsd:integer
{x}#prerequisite mc:filter {x}#filter
{x}#filter a mc:Filter
{x}#filter mc:credential {required}
"""


class CodeLists:
    """What the gate may ask about: code lists, one skill, and the micro-credentials a store holds."""

    def __init__(self, *stored: str) -> None:
        self._stored = stored

    def types(self, iris: Iterable[str]) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return types and schemes; nothing for what is not known."""
        return {iri: self._types(iri) for iri in iris}

    def _types(self, iri: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if iri in self._stored:
            return (PREFIXES["elm"] + "Qualification", PREFIXES["mc"] + "MicroCredential"), ()
        if iri == ESCO_SKILL:
            return _SKILL, (_SKILLS,)
        if iri.startswith(_COUNTRIES + "/"):
            return (_CONCEPT,), (_COUNTRIES,)
        if iri.startswith(PREFIXES["snb"]):
            return (_CONCEPT,), (iri.rsplit("/", 1)[0] + "/25831c2",)
        return (), ()


def record(key: str, *, requires: Iterable[str] = (), without: str = "\0", extra: str = "", line: int = 2) -> str:
    """Return a marked record; leave out the lines that hold `without`; `extra` lines may say {x} for the record."""
    iri = BASE + key
    text = RECORD + "".join(PREREQUISITE.replace("{required}", BASE + other) for other in requires) + extra
    lines = [each for each in text.replace("{x}", iri).splitlines() if each and without not in each]
    return f"# record <{iri}> courses.csv:{line}\n" + "".join(map(statement, lines))


def statement(line: str) -> str:
    """Return an N-Quads line for `subject predicate object`, IRIs bare or with a prefix."""
    subject, predicate, value = line.split(" ", 2)
    graph = "<http://localhost:8000/graph/courses>"
    return f"{_term(subject)} {_term(predicate)} {_term(value)} {graph} .\n"


def written(folder: Path, *records: str) -> Path:
    """Write a loader's output."""
    path = folder / "courses.nq"
    path.write_text("".join(records), encoding="utf-8")
    return path


def _term(text: str) -> str:
    if text.startswith('"'):
        literal, separator, datatype = text.rpartition("^^")
        return f"{literal}^^{_term(datatype)}" if separator else text
    prefix, _, local = text.partition(":")
    if text == "a":
        return f"<{PREFIXES['a']}>"
    return f"<{PREFIXES[prefix]}{local}>" if prefix in PREFIXES else f"<{text}>"

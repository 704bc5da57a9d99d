"""The catalogue profile of the European Learning Model: which class holds which properties, how often.

Source: shapes of the Learning Opportunity and Qualification profile 1.1.0 of ELM 3.2.0 (CC BY 4.0). The classes are
closed: what is not listed here must not occur. Classes that the catalogue never has are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ...rdf.namespaces import ADMS, DCTERMS, ELM, FOAF, RDF, ROV, SKOS

_PREFIXES = {"adms": ADMS, "dc": DCTERMS, "elm": ELM, "foaf": FOAF, "rdf": RDF, "rov": ROV, "skos": SKOS}
_MANY = 1_000_000


class Slot(NamedTuple):
    """A property that a class holds, and how many values it may have.

    `kind` is `text` (one value a language), `texts` (any number), `concept`, `moment`, `duration`, `address` (of a web
    page), `plain`, `number`, `truth` or the name of a class.
    """

    predicate: str
    kind: str
    least: int
    most: int


_SPECIFICATION = """
    adms:identifier Identifier 0 *; dc:description text 0 *; dc:modified moment 0 1; dc:title text 1 *;
    dc:type concept 0 *; elm:ISCEDFCode concept 1 *; elm:additionalNote Note 0 *;
    elm:awardingOpportunity AwardingOpportunity 0 *; elm:category texts 0 *; elm:creditPoint CreditPoint 0 *;
    elm:educationLevel concept 0 *; elm:educationSubject concept 0 *; elm:entryRequirement Note 0 1;
    elm:influencedBy LearningActivitySpecification 0 *; elm:learningOutcome LearningOutcome 1 *;
    elm:learningOutcomeSummary Note 0 1; elm:learningSetting concept 0 1; elm:maximumDuration duration 0 1;
    elm:mode concept 0 *; elm:provenBy LearningAssessmentSpecification 0 *; elm:status plain 0 1;
    elm:supplementaryDocument WebResource 0 *; elm:targetGroup concept 0 *; elm:volumeOfLearning duration 0 1;
    foaf:homepage WebResource 0 *; skos:altLabel texts 0 *;
"""
_CLASSES: Mapping[str, str] = {
    "Qualification": f"""{_SPECIFICATION} dc:language concept 0 *; elm:EQFLevel concept 1 1; elm:NQFLevel concept 1 *;
        elm:accreditation Accreditation 0 *; elm:isPartialQualification truth 0 1; elm:isPartOf Qualification 0 *;
        elm:qualificationCode concept 0 *""",
    "LearningAchievementSpecification": f"{_SPECIFICATION} dc:language concept 1 *",
    "LearningOpportunity": """
        adms:identifier Identifier 0 *; dc:description text 0 *; dc:modified moment 0 1; dc:temporal PeriodOfTime 0 1;
        dc:title text 1 *; dc:type concept 0 *; elm:additionalNote Note 0 *; elm:admissionProcedure Note 0 1;
        elm:applicationDeadline moment 0 *; elm:defaultLanguage concept 1 1; elm:duration duration 0 1;
        elm:learningActivitySpecification LearningActivitySpecification 0 1; elm:learningSchedule concept 0 1;
        elm:location Location 0 *; elm:mode concept 0 *; elm:priceDetail PriceDetail 0 *;
        elm:providedBy Organisation 1 *; elm:scheduleInformation Note 0 1; elm:status plain 0 1;
        elm:supplementaryDocument WebResource 0 *; foaf:homepage WebResource 1 *""",
    "LearningActivitySpecification": """
        adms:identifier Identifier 0 *; dc:description text 0 *; dc:language concept 0 *; dc:modified moment 0 1;
        dc:title text 1 *; dc:type concept 0 *; elm:additionalNote Note 0 *; elm:category texts 0 *;
        elm:contactHour plain 0 *; elm:mode concept 0 *; elm:status plain 0 1; elm:volumeOfLearning duration 0 1;
        foaf:homepage WebResource 0 *; skos:altLabel texts 0 *""",
    "LearningAssessmentSpecification": """
        adms:identifier Identifier 0 *; dc:description text 0 *; dc:language concept 0 *; dc:modified moment 0 1;
        dc:title text 1 *; dc:type concept 0 *; elm:additionalNote Note 0 *; elm:category texts 0 *;
        elm:gradingScheme GradingScheme 0 1; elm:mode concept 0 *; elm:status plain 0 1;
        foaf:homepage WebResource 0 *; skos:altLabel texts 0 *""",
    "GradingScheme": "adms:identifier Identifier 0 *; dc:description text 0 *; dc:title text 1 *",
    "LearningOutcome": """
        adms:identifier Identifier 0 *; dc:title text 1 *; dc:type concept 0 1; elm:additionalNote Note 0 *;
        elm:relatedESCOSkill concept 0 *; elm:relatedSkill concept 0 *; elm:reusabilityLevel concept 0 1""",
    "AwardingOpportunity": """
        adms:identifier Identifier 0 *; dc:temporal PeriodOfTime 0 1; elm:awardingBody Organisation 1 *;
        elm:location Location 0 1""",
    "Accreditation": """
        adms:identifier Identifier 0 *; dc:description text 0 *; dc:issued moment 0 1; dc:modified moment 0 1;
        dc:title text 1 *; dc:type concept 1 1; dc:valid moment 0 1; elm:accreditingAgent Organisation 1 1;
        elm:additionalNote Note 0 *; elm:decision concept 0 1; elm:expiryDate moment 0 1;
        elm:landingPage WebResource 0 *; elm:limitEQFLevel concept 0 *; elm:limitField concept 0 *;
        elm:limitJurisdiction concept 0 *; elm:organisation Organisation 1 *; elm:report WebResource 0 1;
        elm:reviewDate moment 0 1; elm:status plain 0 1; elm:supplementaryDocument WebResource 0 *;
        foaf:homepage WebResource 0 *""",
    "Organisation": """
        adms:identifier Identifier 0 *; dc:modified moment 0 1; dc:type concept 0 *; elm:additionalNote Note 0 *;
        elm:location Location 1 *; elm:status plain 0 1; foaf:homepage WebResource 0 *; rov:legalName text 1 *;
        skos:altLabel texts 0 *""",
    "Location": "adms:identifier Identifier 0 *; dc:description text 0 *; elm:address Address 1 *;"
    " elm:geographicName text 0 *; elm:spatialCode concept 0 *",
    "Address": "adms:identifier Identifier 0 *; elm:countryCode concept 1 1; elm:fullAddress Note 0 1",
    "CreditPoint": "elm:framework concept 1 1; elm:point plain 1 1",
    "Identifier": "adms:schemeAgency text 0 1; dc:type concept 0 *; elm:schemeName plain 0 1; skos:notation plain 1 1",
    "Note": "dc:subject concept 0 1; elm:noteFormat concept 0 1; elm:noteLiteral texts 1 *",
    "PeriodOfTime": "elm:endDate moment 0 1; elm:startDate moment 0 1; skos:prefLabel text 0 *",
    "PriceDetail": "adms:identifier Identifier 0 *; dc:description text 0 *; elm:additionalNote Note 0 *;"
    " elm:amount Amount 0 1; skos:prefLabel text 0 *",
    "Amount": "elm:unit concept 1 1; rdf:value number 1 1",
    "WebResource": "dc:language concept 0 1; dc:title text 0 *; elm:contentUrl address 1 1",
}
_OF_DCTERMS = ("Location", "PeriodOfTime")

SPECIFICATION_OF = ELM + "learningAchievementSpecification"
"""Exactly one value on offers and awarding opportunities: what they are about, which is never looked up but known."""
OWES_SPECIFICATION = ("LearningOpportunity", "AwardingOpportunity")


@cache
def slots(class_name: str) -> tuple[Slot, ...]:
    """Return the properties of a class."""
    return tuple(_slot(part) for part in _CLASSES[class_name].split(";") if part.strip())


def class_iri(class_name: str) -> str:
    """Return the IRI of a class by its name here."""
    return (DCTERMS if class_name in _OF_DCTERMS else ELM) + class_name


def is_class(kind: str) -> bool:
    """Tell whether the values of a slot are things of a class, not texts or concepts."""
    return kind in _CLASSES


def _slot(text: str) -> Slot:
    name, kind, least, most = text.split()
    prefix, _, local = name.partition(":")
    return Slot(_PREFIXES[prefix] + local, kind, int(least), _MANY if most == "*" else int(most))

"""Says which classes and properties a catalogue may use: a list of what is let in, so that no person ever is.

It is all that a record of the ELM application profile "LOQ" 3.2 (learning opportunities and qualifications) can hold,
with ESCO, SKOS, DCTERMS, ADMS, our own terms, and vocabularies that the operator names.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..rdf.namespaces import ADMS, DCTERMS, ELM, ESCO, FOAF, ISO_THES, MC, OWL, RDF, RDFS, ROV, SKOS, SSSOM, VOID
from ..rdf.terms import local_name

_ORG = "http://www.w3.org/ns/org#"
_LOCN = "http://www.w3.org/ns/locn#"
_M8G = "http://data.europa.eu/m8g/"
_XL = "http://www.w3.org/2008/05/skos-xl#"
# Whole vocabularies. ELM is not among them: it speaks of learners, too.
_WHOLE = (ESCO, SKOS, DCTERMS, ADMS, MC, ROV, _XL, ISO_THES, SSSOM)
_ELM_CLASSES = [
    "Accreditation",
    "Address",
    "Agent",
    "Amount",
    "AwardingOpportunity",
    "ContactPoint",
    "CreditPoint",
    "GradingScheme",
    "Grant",
    "Group",
    "Identifier",
    "LearningAchievementSpecification",
    "LearningActivitySpecification",
    "LearningAssessmentSpecification",
    "LearningEntitlementSpecification",
    "LearningOpportunity",
    "LearningOutcome",
    "LegalIdentifier",
    "Mailbox",
    "MediaObject",
    "Note",
    "Organisation",
    "Phone",
    "PriceDetail",
    "Qualification",
    "QualificationReference",
    "ResultDistribution",
    "ResultCategory",
    "ShortenedGrading",
    "Specification",
    "WebResource",
]
_ELM_PROPERTIES = [
    "EQFLevel",
    "ISCEDFCode",
    "NQFLevel",
    "accreditation",
    "accreditingAgent",
    "accreditationStatus",
    "additionalNote",
    "address",
    "admissionProcedure",
    "amount",
    "applicationDeadline",
    "areaDialing",
    "attachmentType",
    "awardingBody",
    "awardingOpportunity",
    "bannerImage",
    "category",
    "contactForm",
    "contactHour",
    "contactPoint",
    "content",
    "contentEncoding",
    "contentSize",
    "contentType",
    "contentUrl",
    "countryCode",
    "countryDialing",
    "creditPoint",
    "decision",
    "defaultLanguage",
    "dialNumber",
    "duration",
    "educationLevel",
    "educationSubject",
    "eidasLegalIdentifier",
    "emailAddress",
    "endDate",
    "entitledBy",
    "entitlementStatus",
    "entitlesTo",
    "entryRequirement",
    "expiryDate",
    "framework",
    "fullAddress",
    "generalisationOf",
    "geographicName",
    "gradingScheme",
    "grant",
    "groupMemberOf",
    "hasPart",
    "idVerification",
    "influencedBy",
    "influences",
    "isPartOf",
    "isPartialQualification",
    "landingPage",
    "learningAchievementSpecification",
    "learningActivitySpecification",
    "learningOpportunity",
    "learningOutcome",
    "learningOutcomeSummary",
    "learningSchedule",
    "learningSetting",
    "limitCredentialType",
    "limitEQFLevel",
    "limitField",
    "limitJurisdiction",
    "limitNationalOccupation",
    "limitOccupation",
    "limitOrganisation",
    "limitQualification",
    "location",
    "logo",
    "maximumDuration",
    "mode",
    "noteFormat",
    "noteLiteral",
    "organisation",
    "phone",
    "phoneNumber",
    "point",
    "priceDetail",
    "provenBy",
    "proves",
    "providedBy",
    "qualificationCode",
    "relatedESCOSkill",
    "relatedSkill",
    "report",
    "resultDistribution",
    "reusabilityLevel",
    "reviewDate",
    "scheduleInformation",
    "schemeId",
    "schemeName",
    "schemeVersion",
    "spatialCode",
    "specialisationOf",
    "specifiedBy",
    "startDate",
    "status",
    "supplementaryDocument",
    "targetGroup",
    "taxIdentifier",
    "unit",
    "vatIdentifier",
    "volumeOfLearning",
]
_CLASSES = frozenset(
    (*(ELM + name for name in _ELM_CLASSES), _LOCN + "Geometry", VOID + "Dataset", OWL + "Ontology", RDFS + "Class",
     OWL + "Class", RDF + "Property", OWL + "ObjectProperty", OWL + "DatatypeProperty")
)  # fmt: skip
_PROPERTIES = frozenset(
    (*(ELM + name for name in _ELM_PROPERTIES), RDF + "type", RDF + "value", RDFS + "label", RDFS + "comment",
     RDFS + "seeAlso", RDFS + "subClassOf", RDFS + "subPropertyOf", RDFS + "isDefinedBy", OWL + "versionInfo",
     OWL + "versionIRI", OWL + "deprecated",
     OWL + "annotatedSource", OWL + "annotatedProperty", OWL + "annotatedTarget",
     FOAF + "homepage", FOAF + "member", _ORG + "hasSubOrganization",
     _ORG + "subOrganizationOf", _LOCN + "geometry", _M8G + "latitude", _M8G + "longitude")
)  # fmt: skip
_PERSONS = frozenset(("Person", "Individual", "Learner", "Student"))
# What is given as an address is followed by people and by machines.
_ADDRESSES = ("http:", "https:", "urn:", "did:", "mailto:", "tel:")


class CatalogueTerms:
    """The terms of one catalogue: those above, and the vocabularies that its operator names."""

    def __init__(self, vocabularies: Iterable[str] = ()) -> None:
        self._whole = (*_WHOLE, *vocabularies)

    def has_class(self, iri: str) -> bool:
        """Tell whether a thing of the class may be described."""
        return iri in _CLASSES or iri.startswith(self._whole)

    def is_person(self, iri: str) -> bool:
        """Tell whether a class is one of persons, whatever else a thing of it is: by the name that vocabularies use."""
        return not self.has_class(iri) and local_name(iri) in _PERSONS

    def has_property(self, iri: str) -> bool:
        """Tell whether a statement may have the property."""
        return iri in _PROPERTIES or iri.startswith(self._whole)


def is_address(iri: str) -> bool:
    """Tell whether an IRI is of a kind that a statement may point to: no script, no file."""
    return iri.partition(":")[0].lower() + ":" in _ADDRESSES

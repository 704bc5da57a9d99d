"""Refuses statements that no write may bring in or leave behind, whichever record they belong to."""

from __future__ import annotations

from ..errors import RecordRefused
from ..loading.catalogue_terms import CatalogueTerms, is_address
from ..rdf.datatypes import is_well_typed
from ..rdf.namespaces import ELM, FOAF, VC
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE
from ..store.statement_store import StatementStore
from ..work_store.record_nodes import RECORD_TYPES
from ..work_store.work_store import Change

_SPECIFICATIONS = frozenset((ELM + "Qualification", ELM + "LearningAchievementSpecification"))
# What is about one learner: loaders keep none of it, and neither does this way in.
PERSONAL_TYPES = frozenset(
    ELM + name
    for name in ("Person", "EuropeanDigitalCredential", "EuropeanDigitalPresentation", "LearningAchievement",
                 "LearningActivity", "LearningAssessment", "LearningEntitlement", "AwardingProcess")
) | {
    FOAF + "Person", "http://www.w3.org/ns/person#Person", VC + "VerifiableCredential",
    VC + "VerifiablePresentation",
}  # fmt: skip
PERSONAL_LINKS = frozenset(
    (VC + "credentialSubject", ELM + "hasClaim", ELM + "dateOfBirth", ELM + "nationalId",
     ELM + "nationalID", FOAF + "familyName", FOAF + "givenName")
)  # fmt: skip


def check_statements(change: Change, after: StatementStore, terms: CatalogueTerms) -> None:
    """Refuse a change, whose outcome stands in `after`, for what it says, whichever record that belongs to.

    Raises:
        RecordRefused: it brings blank nodes, a literal that is none of its datatype, something about a learner or
            another thing that no catalogue holds, or leaves a node of no kind.
    """
    for triple in change.added:
        if "bnode" in (triple.subject.kind, triple.object.kind):
            raise RecordRefused("blank nodes are not kept here: name a part after its record, as in <record>#credit")
        if triple.object.datatype and not is_well_typed(triple.object.value, triple.object.datatype):
            raise RecordRefused(
                f"{triple.object.value[:100]!r} is no {triple.object.datatype}: {triple.subject.value} cannot have it"
            )
        if triple.predicate in PERSONAL_LINKS or (
            triple.predicate == RDF_TYPE and triple.object.value in PERSONAL_TYPES
        ):
            raise RecordRefused(f"a catalogue holds nothing about one learner: {triple.subject.value} is or has such")
        _check_terms(triple, terms)
        if triple.predicate == RDF_TYPE and triple.object.value in _SPECIFICATIONS:
            types = after.types_of(triple.subject.value, change.graph)
            if not types & RECORD_TYPES:
                raise RecordRefused(
                    f"{triple.subject.value} needs a second type: mc:MicroCredential, mc:DegreeProgramme or "
                    "mc:ProgrammeModule"
                )
    for triple in change.removed:
        # A record cannot leave the gate's sight by losing the type that brings it before the gate.
        node = triple.subject.value
        types = after.types_of(node, change.graph)
        if triple.predicate == RDF_TYPE and types & _SPECIFICATIONS and not types & RECORD_TYPES:
            raise RecordRefused(f"{node} would be of no kind: remove all of it, or leave its type")


def _check_terms(triple: Triple, terms: CatalogueTerms) -> None:
    value = triple.object.value
    is_iri = triple.object.kind == "iri"
    wrong = ""
    if not terms.has_property(triple.predicate):
        wrong = f"no catalogue holds the property {triple.predicate}"
    elif triple.predicate == RDF_TYPE and not terms.has_class(value):
        wrong = f"no catalogue holds the class {value}"
    elif is_iri and triple.predicate != RDF_TYPE and not is_address(value):
        wrong = f"{value[:200]} is no address"
    if wrong:
        raise RecordRefused(f"{wrong}, said of {triple.subject.value} (the setting PINOAMO_VOCABULARIES lets more in)")

"""Which things of a catalogue are presumed to be micro-credentials, since ELM has no class for them, and which not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from ..rdf.namespaces import ELM, MC, VC
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term
from .paths import Graph

FULL_DEGREE_ECTS = 120
"""From so many credits a specification is read as a programme, unless it says that it is partial; from half of it when
it says that it is whole (decided here: a master's degree has 60 to 120, a bachelor's 180 or 240)."""

_CREDENTIAL = Term("iri", ELM + "EuropeanDigitalCredential")
_MICRO_CREDENTIAL = Term("iri", MC + "MicroCredential")
_PROGRAMME = Term("iri", MC + "DegreeProgramme")
_PROGRAMMES = (_PROGRAMME, Term("iri", MC + "ProgrammeModule"))
_SPECIFICATIONS = (Term("iri", ELM + "Qualification"), Term("iri", ELM + "LearningAchievementSpecification"))
_ISSUED = {VC + "credentialSubject", ELM + "specifiedBy"}
_ECTS = Term("iri", "http://data.europa.eu/snb/education-credit/6fcec5c5af")
_NUMBER = re.compile(r"[0-9]+([.][0-9]+)?")


def presumed(triples: Iterable[Triple]) -> list[Triple]:
    """Return the types that reading a document adds, as loading does.

    Specifications are marked as micro-credentials, or as programmes when they have the size of a degree. Nothing is
    marked where the document says itself which are micro-credentials, or where a credential or a learner is in it:
    there a specification is what the credential is about. A part of another one, and its general form, are not presumed
    to be any; a part of a programme is, since programmes are what micro-credentials stack to.
    """
    graph = Graph(triples)
    types: dict[Term, set[Term]] = {}
    for subject, predicate, value in graph.triples:
        if predicate in _ISSUED or value == _CREDENTIAL:
            return []
        if predicate == RDF_TYPE:
            types.setdefault(subject, set()).add(value)
    if any(_MICRO_CREDENTIAL in found for found in types.values()):
        return []
    specified = (node for node, found in types.items() if found.intersection(_SPECIFICATIONS))
    named = [node for node in specified if not types[node].intersection(_PROGRAMMES)]
    degrees = {node for node in named if is_full_degree(node, graph)}
    small = {node for node in named if node not in degrees}
    marked = [Triple(node, RDF_TYPE, _PROGRAMME) for node in named if node in degrees]
    for node in named:
        if node in small and not (_wholes(node, graph) | _special_forms(node, graph)) & small:
            marked.append(Triple(node, RDF_TYPE, _MICRO_CREDENTIAL))
    return marked


def is_full_degree(node: Term, graph: Graph) -> bool:
    """Tell whether a specification has the size of a degree."""
    partial = {value.value for value in graph.objects(node, ELM + "isPartialQualification")}
    if partial & {"true", "1"}:
        return False
    least = FULL_DEGREE_ECTS // 2 if partial & {"false", "0"} else FULL_DEGREE_ECTS
    points = [
        point.value
        for credit in graph.objects(node, ELM + "creditPoint")
        if _ECTS in graph.objects(credit, ELM + "framework")
        for point in graph.objects(credit, ELM + "point")
    ]
    return any(_NUMBER.fullmatch(point) and Decimal(point) >= least for point in points)


def _wholes(node: Term, graph: Graph) -> set[Term]:
    return {*graph.objects(node, ELM + "isPartOf"), *graph.subjects(ELM + "hasPart", node)}


def _special_forms(node: Term, graph: Graph) -> set[Term]:
    return {*graph.objects(node, ELM + "generalisationOf"), *graph.subjects(ELM + "specialisationOf", node)}

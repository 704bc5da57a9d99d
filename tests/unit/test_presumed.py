"""What a document's specifications are presumed to be: by checking and by loading, which must not differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.rdf.syntax import triples_from_text
from service.validation.presumed import presumed
from tests.support.loader_runs import TYPE, run

PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix ex: <https://example.org/> .
@prefix mc: <https://w3id.org/pinoamo/ns#> .
"""
ECTS = "elm:framework <http://data.europa.eu/snb/education-credit/6fcec5c5af>"
MICRO, PROGRAMME = "MicroCredential", "DegreeProgramme"
DOCUMENTS = {
    "one": ("ex:a a elm:Qualification .", {"a": MICRO}),
    "typed ones only": (
        "ex:a a elm:Qualification , mc:MicroCredential . ex:b a elm:Qualification .",
        {"a": MICRO},
    ),
    "a part": (
        "ex:a a elm:LearningAchievementSpecification ; elm:hasPart ex:b . "
        "ex:b a elm:LearningAchievementSpecification .",
        {"a": MICRO},
    ),
    "a part by its own word": (
        "ex:a a elm:Qualification . ex:b a elm:Qualification ; elm:isPartOf ex:a .",
        {"a": MICRO},
    ),
    "a part of what is not described": ("ex:b a elm:Qualification ; elm:isPartOf ex:a .", {"b": MICRO}),
    "a part of a programme": (
        "ex:a a elm:Qualification , mc:DegreeProgramme ; elm:hasPart ex:b . ex:b a elm:Qualification .",
        {"a": PROGRAMME, "b": MICRO},
    ),
    "a general form": (
        "ex:a a elm:Qualification . ex:b a elm:Qualification ; elm:specialisationOf ex:a .",
        {"b": MICRO},
    ),
    # A bachelor's degree has 180 credits or 240, a master's 60 to 120.
    "a bachelor's degree": (
        f'ex:a a elm:Qualification ; elm:creditPoint ex:c . ex:c {ECTS} ; elm:point "180" .',
        {"a": PROGRAMME},
    ),
    "a master's degree that says it is whole": (
        "ex:a a elm:Qualification ; elm:isPartialQualification false ; elm:creditPoint ex:c . "
        f'ex:c {ECTS} ; elm:point "60" .',
        {"a": PROGRAMME},
    ),
    "a year of study": (
        f'ex:a a elm:Qualification ; elm:creditPoint ex:c . ex:c {ECTS} ; elm:point "60" .',
        {"a": MICRO},
    ),
    "a large part": (
        "ex:a a elm:Qualification ; elm:isPartialQualification true ; elm:creditPoint ex:c . "
        f'ex:c {ECTS} ; elm:point "120" .',
        {"a": MICRO},
    ),
}


def marks(statements: list[tuple[str, str]]) -> dict[str, str]:
    """Return which things are micro-credentials or programmes, by the last word of their IRIs."""
    return {
        subject.rpartition("/")[2]: kind.rpartition("#")[2]
        for subject, kind in statements
        if kind.endswith((MICRO, PROGRAMME))
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_checking_presumes(name: str) -> None:
    text, expected = DOCUMENTS[name]
    triples = list(triples_from_text((PREFIXES + text).encode(), "text/turtle"))
    found = [*triples, *presumed(triples)]
    assert marks([(t.subject.value, t.object.value) for t in found]) == expected


@pytest.mark.parametrize("name", DOCUMENTS)
def test_loading_presumes_the_same(name: str, tmp_path: Path) -> None:
    text, expected = DOCUMENTS[name]
    source = tmp_path / "catalogue.ttl"
    source.write_text(PREFIXES + text, encoding="utf-8")
    found = run(tmp_path, "elm", source)
    assert marks([(subject, kind) for subject, predicate, kind in found.triples if predicate == TYPE]) == expected

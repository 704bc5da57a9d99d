"""Results become answers per element: met, violated, unknown or not applicable, never `conforms` over nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest
import rdflib

from service.rdf.syntax import triples_from_text
from service.validation.engines.engine import validate
from service.validation.findings import Finding, Verdict, judge
from service.validation.profiles import Check, Kind, Profile, load_profile
from service.validation.results import Severity
from tests.conftest import ROOT
from tests.support.records import PREFIXES, record

SH = "http://www.w3.org/ns/shacl#"
EX = "http://example.org/"
SHAPES = """
@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
ex:Spec a sh:NodeShape ; sh:targetClass ex:Course ; sh:property ex:title , ex:level , ex:level-list , ex:no-person .
ex:title sh:path ex:t ; sh:minCount 1 ; sh:severity sh:Violation .
ex:level sh:path ex:l ; sh:minCount 1 ; sh:severity sh:Warning .
ex:level-list sh:path ex:l ; sh:in ( 6 7 ) ; sh:severity sh:Warning .
ex:no-person sh:path ex:person ; sh:maxCount 0 ; sh:severity sh:Violation .
ex:Cred a sh:NodeShape ; sh:targetClass ex:Credential ; sh:property ex:issued .
ex:issued sh:path ex:i ; sh:minCount 1 ; sh:severity sh:Violation .
"""


def check(element: str, shape: str, severity: Severity, kind: Kind = "specification") -> Check:
    words = {"en": shape.capitalize(), "fi": shape, "sv": shape}
    return Check(element, EX + shape, severity, {"en": f"State the {shape}."}, words, "Annex I", kind, "")


CHECKS = (
    check("M2", "title", "violation"),
    check("M8", "level", "warning"),
    check("M8", "level-list", "warning"),
    check("M1", "no-person", "violation"),
    check("M5", "issued", "violation", "credential"),
)


@pytest.fixture(scope="module")
def profile() -> Profile:
    checks: Mapping[str, Check] = MappingProxyType({each.shape: each for each in CHECKS})
    return Profile("small", {}, rdflib.Graph().parse(data=SHAPES, format="turtle"), checks)


def verdict(profile: Profile, data: str) -> Verdict:
    text = f"@prefix ex: <{EX}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . {data}"
    triples = list(triples_from_text(text.encode(), "text/turtle"))
    return judge(profile, triples, validate(triples, profile))


def told(found: Verdict) -> dict[str, str]:
    return {finding.element: finding.status for finding in found.findings}


def one(found: Verdict, element: str) -> Finding:
    (finding,) = (each for each in found.findings if each.element == element)
    return finding


def test_graph_without_a_focus_node_is_nothing_checked(profile: Profile) -> None:
    found = verdict(profile, 'ex:x a ex:Other ; ex:t "T" .')
    assert (found.outcome, found.focus_nodes, found.findings) == ("nothing-checked", 0, ())


def test_missing_mandatory_value_is_violated_and_fails(profile: Profile) -> None:
    found = verdict(profile, "ex:x a ex:Course ; ex:l 6 .")
    assert (found.outcome, one(found, "M2").status, one(found, "M2").severity) == ("fails", "violated", "violation")
    assert one(found, "M2").message["en"] == "Title: missing."
    assert one(found, "M2").fix == {"en": "State the title."}


def test_missing_recommended_value_is_unknown_and_conforms(profile: Profile) -> None:
    found = verdict(profile, 'ex:x a ex:Course ; ex:t "T" .')
    assert (found.outcome, one(found, "M8").status, one(found, "M8").value) == ("conforms", "unknown", None)


def test_wrong_recommended_value_is_violated_with_its_severity_and_conforms(profile: Profile) -> None:
    found = verdict(profile, 'ex:x a ex:Course ; ex:t "T" ; ex:l 9 .')
    finding = one(found, "M8")
    assert (found.outcome, finding.status, finding.severity, finding.value) == ("conforms", "violated", "warning", "9")


def test_met_element_shows_the_value_seen_and_asks_for_nothing(profile: Profile) -> None:
    finding = one(verdict(profile, 'ex:x a ex:Course ; ex:t "Tietoturva" ; ex:l 6 .'), "M2")
    assert (finding.status, finding.value, finding.fix) == ("met", "Tietoturva", {})


def test_absence_that_is_asked_for_is_met(profile: Profile) -> None:
    assert told(verdict(profile, 'ex:x a ex:Course ; ex:t "T" .'))["M1"] == "met"


def test_element_of_the_other_kind_of_node_is_not_applicable(profile: Profile) -> None:
    assert told(verdict(profile, 'ex:x a ex:Course ; ex:t "T" .'))["M5"] == "not-applicable"
    assert told(verdict(profile, "ex:x a ex:Credential .")) == {
        "M2": "not-applicable", "M8": "not-applicable", "M1": "not-applicable", "M5": "violated",
    }  # fmt: skip


def test_each_node_is_answered_for_itself(profile: Profile) -> None:
    found = verdict(profile, 'ex:x a ex:Course ; ex:t "T" . ex:y a ex:Course .')
    titles = {finding.node: finding.status for finding in found.findings if finding.element == "M2"}
    assert (found.focus_nodes, titles) == (2, {EX + "x": "met", EX + "y": "violated"})


def test_subclass_that_the_data_states_counts_as_focus_node(profile: Profile) -> None:
    found = verdict(profile, "ex:x a ex:Short . ex:Short rdfs:subClassOf ex:Course .")
    assert (found.outcome, found.focus_nodes) == ("fails", 1)


def test_several_wrong_values_are_several_findings(profile: Profile) -> None:
    found = verdict(profile, 'ex:x a ex:Course ; ex:t "T" ; ex:l 8 , 9 .')
    assert sorted(f.value or "" for f in found.findings if f.element == "M8") == ["8", "9"]


def test_long_value_is_cut(profile: Profile) -> None:
    value = one(verdict(profile, f'ex:x a ex:Course ; ex:t "{"x" * 5000}" .'), "M2").value
    assert value is not None
    assert (len(value), value[-2:]) == (200, "x…")


def test_json_has_the_documented_keys(profile: Profile) -> None:
    found = verdict(profile, "ex:x a ex:Course .").to_json()
    assert set(found) == {"profile", "outcome", "focus_nodes", "elements"}
    documented = {"id", "node", "status", "severity", "value", "message", "source", "fix"}
    assert documented <= set(found["elements"][0])


def test_whole_catalogue_record_meets_every_mandatory_element_it_can(profile: Profile) -> None:
    eu = load_profile(ROOT / "shapes", "eu")
    concepts = "".join(
        f"<{PREFIXES['snb']}{name}> <{PREFIXES['a']}> <{PREFIXES['skos']}Concept> .\n"
        f"<{PREFIXES['snb']}{name}> <{PREFIXES['skos']}inScheme> <{PREFIXES['snb']}{name.split('/')[0]}/25831c2> .\n"
        for name in ("eqf/6", "learning-assessment/920fbb3cbe", "assessment/6e6cb2cc78", "accreditation/bb4618238e")
    )
    finland = "<http://publications.europa.eu/resource/authority/country/FIN>"
    concepts += f"{finland} <{PREFIXES['skos']}inScheme> <{finland[1:-5]}> .\n"
    triples = list(triples_from_text((record("a") + concepts).encode(), "application/n-quads"))
    found = judge(eu, triples, validate(triples, eu))
    by_element = {finding.element: finding for finding in found.findings}
    assert {e for e, f in by_element.items() if f.status == "met"} >= {
        "M2", "M3", "M4", "M6", "M7", "M8", "M9", "M10", "M11",
    }  # fmt: skip
    assert by_element["M2"].value == "Tietoturvan perusteet"
    assert by_element["M4"].value == "Esimerkin yliopisto"
    assert found.outcome == "conforms"

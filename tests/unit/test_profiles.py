"""Profiles: names, included definitions, rules of a day, and a new country by one row."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from rdflib import SH, Graph, URIRef

from service.errors import InvalidArgument
from service.rdf.terms import local_name
from service.validation.engines.engine import engine_for
from service.validation.profiles import MCS, Check, Profile, definition_names, load_profile, profile_names
from tests.conftest import ROOT

SHAPES = ROOT / "shapes"
ECTS = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
ROW = """
mcs:profile-xx a mcs:Profile ;
    dcterms:identifier "xx" ;
    dcterms:title "Testland"@en , "Testimaa"@fi , "Testland"@sv ;
    mcs:shapesFile "parts.ttl" , "components.ttl" , "national/template.ttl" ;
    mcs:rule mcs:xx-most .

mcs:xx-most a mcs:MostCredits ;
    dcterms:identifier "XX1" ;
    sh:order 999 ;
    mcs:most 12.5 ;
    mcs:unit <http://data.europa.eu/snb/education-credit/6fcec5c5af> ;
    sh:severity sh:Violation ;
    dcterms:source "Testland, law of tests" .
"""


@cache
def profile(name: str) -> Profile:
    return load_profile(SHAPES, name)


def told(shapes: Path, name: str, points: str, on: date | None = None) -> set[tuple[str, str]]:
    """Return the elements that a micro-credential of so many ECTS credits is told about by the rules of a profile."""
    loaded = load_profile(shapes, name, on=on)
    data = f"""
        <urn:x:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential> .
        <urn:x:a> <http://data.europa.eu/snb/model/elm/creditPoint> <urn:x:c> .
        <urn:x:c> <http://data.europa.eu/snb/model/elm/framework> <{ECTS}> .
        <urn:x:c> <http://data.europa.eu/snb/model/elm/point> "{points}" .
    """
    results = engine_for(loaded, "reference").run_text(data.encode())
    return {(loaded.checks[result.shape].element, result.severity) for result in results}


def test_an_unknown_profile_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(InvalidArgument, match=r"eu, fi-he.*got 'atlantis'"):
        load_profile(SHAPES, "atlantis")


def test_every_listed_profile_can_be_loaded_and_has_checks() -> None:
    names = profile_names(SHAPES)
    countries = {"nl", "ee", "es", "ie", "hr", "at", "si", "au", "nz", "my", "hk", "gb", "ca-bc"}
    assert {"eu", "annex-ii", "he", "fi-he", "stacking"} | countries == set(names)
    assert all(profile(name).checks for name in names)


def test_what_speaks_of_requirements_is_no_definition_of_micro_credentials() -> None:
    assert set(profile_names(SHAPES)) - set(definition_names(SHAPES)) == {"stacking"}


def test_microbol_is_another_name_of_higher_education() -> None:
    assert profile("microbol").id == "he"


def test_a_profile_holds_the_checks_of_those_it_includes() -> None:
    finland = profile("fi-he").checks
    assert set(profile("eu").checks) < set(profile("he").checks) < set(finland)


def test_a_definition_outside_europe_holds_no_european_check() -> None:
    assert {check.element for check in profile("nz").checks.values()} == {"NZ1", "NZ2", "NZ3", "NZ4"}


def test_checks_come_in_the_order_of_the_definition() -> None:
    elements = [check.element for check in profile("eu").checks.values() if check.kind == "specification"]
    mandatory = list(dict.fromkeys(element for element in elements if element.startswith("M")))
    assert mandatory == [f"M{number}" for number in range(1, 12)]


def test_both_kinds_of_node_are_checked_for_every_mandatory_element() -> None:
    checks = profile("eu").checks.values()
    for kind in ("specification", "credential"):
        found = {check.element for check in checks if check.kind == kind}
        assert found >= {f"M{number}" for number in range(1, 12)} | {"O1", "O2", "O3", "O4", "O5", "D2", "D3", "D4"}


def twin_key(check: Check) -> str:
    """Return what a check looks at, without the kind of thing it looks at it in."""
    name = local_name(check.shape).removeprefix("MicroCredential-").removeprefix("IssuedCredential-")
    return name.removesuffix("-specification").removesuffix("-credential")


def has_reason(element: str, key: str) -> bool:
    return element in WITHOUT_TWIN or any(f"{element} {key}".startswith(reason) for reason in WITHOUT_TWIN)


@pytest.mark.parametrize("name", definition_names(SHAPES))
def test_every_rule_for_catalogue_entries_has_its_twin_for_credentials_or_a_reason(name: str) -> None:
    checks = profile(name).checks.values()
    kinds: dict[tuple[str, str], set[str]] = {}
    for check in checks:
        kinds.setdefault((check.element, twin_key(check)), set()).add(check.kind)
    single = {key for key, found in kinds.items() if len(found) == 1}
    assert {(element, key) for element, key in single if not has_reason(element, key)} == set()


def test_a_number_of_a_rule_stands_in_its_messages() -> None:
    check = profile("es").checks[str(MCS["es-fewer-specification"])]
    assert all("15" in text and "$" not in text for text in check.message.values())


COUNTRIES = ("NL", "EE", "ES", "IE", "HR", "AU", "NZ", "MY", "HK", "AT", "SI", "GB", "BC")
# The severities that the sources of the definition give, by element; a form that an element is held to may be as hard.
STRONGEST = {
    **{f"M{number}": "violation" for number in range(1, 12)},
    "O1": "violation",  # a prerequisite that is unknown or runs in a circle
    "O2": "warning", "O3": "warning",
    "O4": "violation",  # a target that is unknown
    "O5": "info",
    "D1": "violation", "D2": "warning", "D3": "violation", "D4": "warning", "D5": "violation",
    "MB1": "violation", "MB2": "violation", "MB3": "warning", "MB4": "violation", "MB5": "info", "MB6": "info",
    "FI1": "violation", "FI2": "warning", "FI3": "warning", "FI4": "warning", "FI5": "warning",
    "FI6": "warning", "FI7": "violation", "FI8": "warning", "FI9": "warning", "FI10": "info", "FI11": "warning",
    **{f"P{number}": "info" for number in range(1, 11)},
}  # fmt: skip
# From memory, or decided here: elements, or single checks of elements that are not.
MARKED_ELEMENTS = {
    "MB3",
    "MB4",
    "MB5",
    "FI2",
    "FI3",
    "FI4",
    "FI5",
    "FI6",
    "FI8",
    "FI10",
    "D2",
    "D4",
    "P3",
    "P4",
    "P6",
    "P7",
    "P8",
    "P9",
    "P10",
}
MARKED_CHECKS = {
    "MicroCredential-no-person", "MicroCredential-prerequisite-known", "MicroCredential-prerequisite-cycle",
    "MicroCredential-prerequisite-form", "MicroCredential-supervision", "MicroCredential-stackability",
    "MicroCredential-target-known", "IssuedCredential-stackability", "Fi-institution-specification",
    "Fi-audit-age-specification",
}  # fmt: skip
# Violations that rest on memory all the same, since the sources of the definition say so: MB4.
HARD_FROM_MEMORY = {"He-quality-credential", "He-quality-specification"}
# Checks of one kind of thing that have no twin for the other, and why.
WITHOUT_TWIN = {
    "M1": "a catalogue holds no learner; a credential identifies one",
    "M5": "a catalogue entry has no date of issue; a credential has one, of which much can be asked",
    "D1": "a catalogue entry records nothing that anybody achieved",
    "D5": "nobody owns a catalogue entry",
    "FI7": "a catalogue entry is no certificate",
    "FI10": "where in the provision it comes from is said of what is offered",
    "P3": "that a description is up to date is asked of what is offered now",
    "P7": "the format that a learner carries is that of a credential",
    "P8": "offers and prices are those of a catalogue",
    "P9": "only an issuer can be authentic",
    "M4 mandate": "a catalogue entry has no issuer besides its bodies",
    "O1 prerequisite": "trees are of a catalogue, where what they name can be looked up",
    "O3 grad": "a plan has a scheme, an issued credential a grade",
    "O4 target-known": "what a catalogue names can be looked up in it",
    "O4 stackability-value": "the word is this project's own and its values are those of a catalogue",
    "M11 quality-in-force": "of today; a credential is asked of its day of issue",
    "M11 quality-expired": "of the day of issue; a catalogue is asked of today",
}


def every_check() -> list[Check]:
    return list({c.shape: c for name in definition_names(SHAPES) for c in profile(name).checks.values()}.values())


def test_no_check_is_harder_than_the_sources_of_the_definition_have_it() -> None:
    ranks = ("info", "warning", "violation")
    found = {
        c.shape for c in every_check() if ranks.index(c.severity) > ranks.index(STRONGEST.get(c.element, c.severity))
    }
    assert found == set()


def test_every_element_but_those_of_countries_has_its_severity_in_the_table() -> None:
    elements = {check.element for check in every_check()}
    national = {
        e
        for e in elements
        if e.startswith(("NL", "EE", "ES", "IE", "HR", "AU", "NZ", "MY", "HK", "AT", "SI", "GB", "BC"))
    }
    assert elements - national == STRONGEST.keys()


def test_what_rests_on_a_decision_or_memory_says_so() -> None:
    marked = [c for c in every_check() if c.element in MARKED_ELEMENTS or local_name(c.shape) in MARKED_CHECKS]
    assert {local_name(check.shape) for check in marked} >= MARKED_CHECKS
    assert [check.shape for check in marked if not check.note] == []


def test_a_rule_from_memory_is_a_violation_only_where_the_definition_says_so() -> None:
    hard = {local_name(c.shape) for c in every_check() if "from memory" in c.note and c.severity == "violation"}
    assert hard == HARD_FROM_MEMORY


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # The trial of universities runs from 1 May 2025 to 30 April 2027; otherwise three credits are the least.
        (date(2025, 4, 30), {("NL1", "violation")}),
        (date(2025, 5, 1), {("NL1", "warning")}),
        (date(2027, 4, 30), {("NL1", "warning")}),
        (date(2027, 5, 1), {("NL1", "violation")}),
    ],
)
def test_a_rule_holds_from_its_first_to_its_last_day(day: date, expected: set[tuple[str, str]]) -> None:
    assert {found for found in told(SHAPES, "nl", "2", day) if found[0] == "NL1"} == expected


def test_a_rule_not_yet_in_force_makes_no_check() -> None:
    assert "EE1" not in {c.element for c in load_profile(SHAPES, "ee", on=date(2025, 3, 31)).checks.values()}
    assert "EE1" in {c.element for c in load_profile(SHAPES, "ee", on=date(2025, 4, 1)).checks.values()}


@pytest.mark.parametrize(("points", "expected"), [("12.5", set()), ("12.51", {("XX1", "violation")})])
def test_a_new_country_is_one_row(tmp_path: Path, points: str, expected: set[tuple[str, str]]) -> None:
    shapes = shutil.copytree(SHAPES, tmp_path / "shapes")
    with (shapes / "national" / "countries.ttl").open("a", encoding="utf-8") as rows:
        rows.write(ROW)
    assert "xx" in profile_names(shapes)
    assert told(shapes, "xx", points) == expected
    assert str(Decimal("12.5")) in load_profile(shapes, "xx").checks[str(MCS["xx-most-credential"])].message["en"]


def test_no_template_is_left_in_a_profile() -> None:
    for name in profile_names(SHAPES):
        graph = profile(name).graph
        assert not [subject for subject in graph.subjects() if "#template-" in str(subject)]
        assert not [text for text in graph.objects(None, SH.message) if "{$" in text]


def test_every_part_that_a_shape_refers_to_is_there() -> None:
    for name in profile_names(SHAPES):
        graph: Graph = profile(name).graph
        referred = {o for o in graph.objects() if isinstance(o, URIRef) and str(o).startswith(str(MCS))}
        unknown = {o for o in referred if (o, None, None) not in graph} - parameters(graph)
        assert unknown == set(), name


def parameters(graph: Graph) -> set[URIRef]:
    """Return the properties that constraint components read: they are used, not described."""
    return {path for parameter in graph.objects(None, SH.parameter) for path in graph.objects(parameter, SH.path)}

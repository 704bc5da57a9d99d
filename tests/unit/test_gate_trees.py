"""The gate holds every requirement tree to the shapes of stacking, whatever the record is that carries it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.loading.gate import GatedRecord, gate
from service.validation.engines.engine import EngineName
from service.validation.profiles import Profile, load_profile
from tests.conftest import ROOT
from tests.support.records import BASE, CodeLists, record, statement, written

pytestmark = pytest.mark.slow

PROGRAMME = "http://localhost:8000/id/programme/"
RULE = """
{x} a elm:Qualification
{x} a mc:DegreeProgramme
{x} mc:requirement {x}#rule
{x}#rule a mc:SomeOf
{x}#rule mc:minimum "1"^^xsd:integer
{x}#rule mc:part {x}#rule-1
{x}#rule-1 a mc:CountRequirement
{x}#rule-1 mc:minimum "1"^^xsd:integer
{x}#rule-1 mc:filter {x}#filter
{x}#filter a mc:Filter
{x}#filter mc:credential http://localhost:8000/id/credential/first
"""


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile(ROOT / "shapes", "eu")


def programme(key: str, replaced: str = "", by: str = "", kind: str = "DegreeProgramme") -> str:
    text = RULE.replace("mc:DegreeProgramme", f"mc:{kind}").replace("{x}", PROGRAMME + key)
    text = text.replace(replaced, by.replace("{x}", PROGRAMME + key)) if replaced else text
    lines = [line for line in text.splitlines() if line]
    return f"# record <{PROGRAMME}{key}> rules.ttl:7\n" + "".join(map(statement, lines))


def judged(
    path: Path, profile: Profile, *stored: str, engine: EngineName | None = None, strict: bool = False
) -> list[GatedRecord]:
    known = CodeLists(*(BASE + key for key in stored))
    return list(gate(path, profile=profile, context=known, engine=engine, strict=strict))


def told(one: GatedRecord) -> set[tuple[str, str]]:
    return {(finding.shape.partition("#")[2], finding.severity) for finding in one.findings}


def test_well_formed_tree_of_a_programme_passes(tmp_path: Path, profile: Profile) -> None:
    (one,) = judged(written(tmp_path, programme("p")), profile, "first")
    assert (one.decision, one.findings) == ("unchecked", ())


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("kind", ["DegreeProgramme", "ProgrammeModule"])
def test_malformed_tree_is_refused_with_place_element_and_what_to_do(
    tmp_path: Path, profile: Profile, engine: EngineName, kind: str
) -> None:
    text = programme("p", '#rule mc:minimum "1"', '#rule mc:minimum "2"', kind)
    (one,) = judged(written(tmp_path, text), profile, "first", engine=engine)
    found = one.to_json()
    assert (found["decision"], found["source"], found["line"]) == ("refused", "rules.ttl", 7)
    ((element, node),) = {(finding["id"], finding["node"]) for finding in found["findings"]}
    assert (element, node) == ("T4", PROGRAMME + "p#rule")
    assert set(found["findings"][0]["fix"]) == {"en", "fi", "sv"}


def test_programme_whose_requirement_leads_nowhere_is_refused(tmp_path: Path, profile: Profile) -> None:
    text = programme("p", "{x} mc:requirement {x}#rule".replace("{x}", PROGRAMME + "p"), "{x} mc:requirement {x}#lost")
    (one,) = judged(written(tmp_path, text), profile, "first")
    assert (one.decision, told(one)) == ("refused", {("Tree-root-kind", "violation")})


def test_unknown_micro_credential_in_a_rule_is_a_warning_that_strict_refuses(tmp_path: Path, profile: Profile) -> None:
    path = written(tmp_path, programme("p"))
    (lenient,), (strict,) = judged(path, profile), judged(path, profile, strict=True)
    assert (lenient.decision, told(lenient)) == ("warned", {("Tree-credential-known", "warning")})
    assert lenient.findings[0].value == BASE + "first"
    assert strict.decision == "refused"


def test_malformed_prerequisite_is_told_once_and_exactly(tmp_path: Path, profile: Profile) -> None:
    text = record("a", requires=["first"]).replace('ns#minimum> "1"', 'ns#minimum> "-1"')
    (one,) = judged(written(tmp_path, text), profile, "first")
    assert (one.decision, told(one)) == ("refused", {("Tree-count-minimum", "violation")})


def test_unknown_prerequisite_is_told_by_the_definition_alone(tmp_path: Path, profile: Profile) -> None:
    (one,) = judged(written(tmp_path, record("a", requires=["ghost"])), profile)
    assert (one.decision, told(one)) == ("warned", {("MicroCredential-prerequisite-known", "warning")})


def prerequisites_only(key: str, required: str) -> str:
    lines = record(key, requires=[required]).splitlines(keepends=True)
    kept = ("#prerequisite", "#filter")
    return lines[0] + "".join(line for line in lines[1:] if any(word in line for word in kept))


def test_prerequisites_are_added_to_what_another_source_describes(tmp_path: Path, profile: Profile) -> None:
    (one,) = judged(written(tmp_path, prerequisites_only("a", "first")), profile, "a", "first")
    assert (one.decision, one.findings) == ("unchecked", ())


def test_prerequisites_of_what_nobody_describes_are_a_warning(tmp_path: Path, profile: Profile) -> None:
    (one,) = judged(written(tmp_path, prerequisites_only("ghost", "first")), profile, "first")
    assert (one.decision, [(f.element, f.value) for f in one.findings]) == ("warned", [("T9", BASE + "ghost")])


def test_prerequisites_added_in_a_circle_are_refused(tmp_path: Path, profile: Profile) -> None:
    path = written(tmp_path, prerequisites_only("a", "b"), prerequisites_only("b", "a"))
    found = judged(path, profile, "a", "b")
    assert [one.decision for one in found] == ["refused", "refused"]
    assert {finding.element for one in found for finding in one.findings} == {"O1"}


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_tree_200_deep_is_refused_for_its_depth(tmp_path: Path, profile: Profile, engine: EngineName) -> None:
    node = PROGRAMME + "p#rule-1"
    text = programme("p", f"{PROGRAMME}p#rule mc:part {node}", f"{PROGRAMME}p#rule mc:part {node}-200")
    for number in range(200, 0, -1):
        below = f"{node}-{number - 1}" if number > 1 else node
        text += statement(f"{node}-{number} a mc:AllOf") + statement(f"{node}-{number} mc:part {below}")
    (one,) = judged(written(tmp_path, text), profile, "first", engine=engine)
    assert (one.decision, told(one)) == ("refused", {("Tree-depth", "violation")})

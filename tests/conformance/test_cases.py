"""Documents written to be tricky, by the verdict and the matrix that are right for them (tests/data/cases)."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import pytest

from loaders.__main__ import main
from service.loading.gate import gate
from service.settings import Settings
from service.validation.context import ListedConcepts
from service.validation.documents import Document, read_documents, verdicts
from service.validation.engines.engine import EngineName
from service.validation.findings import Finding, Verdict
from service.validation.profiles import Profile, definition_names, load_profile
from service.validation.recognition import RecognitionRow, recognise
from tests.conftest import ROOT

pytestmark = pytest.mark.system

CASES = ROOT / "tests" / "data" / "cases"
LISTS = ListedConcepts(ROOT / "ontology" / "concepts")


@cache
def profile(name: str) -> Profile:
    return load_profile(ROOT / "shapes", name)


@cache
def document(path: str) -> Document:
    (found,) = read_documents([CASES / path], Settings())
    return found


@cache
def verdict(path: str, name: str = "eu", engine: EngineName | None = None) -> Verdict:
    (found,) = verdicts(document(path), [profile(name)], LISTS, engine)
    return found


@cache
def matrix(path: str) -> dict[str, RecognitionRow]:
    rows = recognise(document(path), [profile(name) for name in definition_names(ROOT / "shapes")], LISTS)
    return {row.profile: row for row in rows}


def told(path: str, element: str, name: str = "eu") -> list[Finding]:
    """Return what is wrong with an element of a case, or unknown of it; advice is left out."""
    return [
        one
        for one in verdict(path, name).findings
        if one.element == element and one.status in ("violated", "unknown") and one.severity != "info"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "definition/s01-base.ttl",
        "definition/s02-mode-on-offer.ttl",  # the form of participation stands on the offer
        "definition/s03-awarding-inverse-only.ttl",  # LOQ's mandatory direction
        "definition/s11-accreditation-on-body.ttl",
        "definition/s25-workload-on-activity.ttl",
        "definition/s26-elm33.ttl",
        "definition/c01-base.ttl",
        "definition/c15-elm33.ttl",
        "definition/c17-two-bodies.ttl",
        "definition/b1-shared-nodes-ok.ttl",
    ],
)
def test_idiomatic_elm_conforms(path: str) -> None:
    assert verdict(path).outcome == "conforms"


def test_two_numbers_of_credits_are_named() -> None:
    # No number of credits is derived from such a record either: tests/unit/test_derived.py.
    assert "5; 25" in [finding.value for finding in told("definition/s07-two-ects-conflict.ttl", "M7")]


def test_parts_of_a_typed_micro_credential_are_not_judged() -> None:
    found = verdict("definition/s09-assessment-on-parts.ttl")
    assert found.focus_nodes == 1
    assert {finding.node for finding in found.findings} == {"https://example.org/spec"}


def test_an_expired_accreditation_is_not_in_force_in_a_catalogue() -> None:
    assert told("definition/s16-accreditation-expired.ttl", "M11")


def test_four_years_of_study_are_no_small_volume() -> None:
    assert told("definition/s19-240ects.ttl", "D2")
    rows = matrix("definition/s19-240ects.ttl")
    assert {rows[name].answer for name in ("au", "hr", "ie", "nz", "fi-he", "nl", "ee", "es")} == {"no"}
    assert rows["eu"].answer == "undecided"


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("path", ["definition/s35-duration-weeks.ttl", "data/23-weeks.ttl"])
def test_weeks_are_no_duration_by_either_engine(path: str, engine: EngineName) -> None:
    if engine == "fast":
        pytest.importorskip("shacl", reason="the fast engine is an optional extra")
    found = verdict(path, "eu", engine)
    assert {finding.status for finding in found.findings if finding.shape.endswith("-duration")} == {"violated"}


WEEKS = CASES / "data" / "23-weeks.ttl"


def forty(folder: Path) -> Path:
    """Write the record with weeks forty times into one file, each time under names of its own."""
    text = WEEKS.read_text("utf-8")
    head = "\n".join(line for line in text.splitlines() if line.startswith("@prefix"))
    body = "\n".join(line for line in text.splitlines() if not line.startswith(("@prefix", "#")))
    path = folder / "forty.ttl"
    copies = (body.replace("ex:", f"ex:r{number}-") for number in range(40))
    path.write_text("\n".join((head, *copies)), "utf-8")
    return path


def test_weeks_are_no_duration_forty_times_in_one_file(tmp_path: Path) -> None:
    (many,) = read_documents([forty(tmp_path)], Settings())
    (found,) = verdicts(many, [profile("eu")], LISTS)
    wrong = {finding.node for finding in found.findings if finding.shape.endswith("-duration")}
    assert (found.focus_nodes, len(wrong)) == (40, 40)


@pytest.mark.parametrize("times", [1, 40])
def test_weeks_are_no_duration_on_load(times: int, tmp_path: Path) -> None:
    path, nquads = forty(tmp_path) if times > 1 else WEEKS, io.BytesIO()
    main(["elm", str(path), "--report", str(tmp_path / "report.jsonl")], nquads)
    (tmp_path / "raw.nq").write_bytes(nquads.getvalue())
    records = [one for one in gate(tmp_path / "raw.nq", profile=profile("eu"), context=LISTS) if one.iri]
    told = [any("'P4W' is no xsd:duration" in each.message["en"] for each in one.findings) for one in records]
    assert told.count(True) == times
    assert {one.decision for one, ill in zip(records, told, strict=True) if ill} == {"refused"}


def test_each_achievement_is_held_to_the_definition_by_itself() -> None:
    found = told("definition/c07-union-of-two-achievements.ttl", "M7")
    assert [(finding.status, finding.value) for finding in found] == [("violated", "Data ethics")]


def test_a_planned_assessment_is_an_assessment() -> None:
    path = "definition/c09-planned-assessment-only.ttl"
    assert {one.status for one in verdict(path).findings if one.element == "M9"} == {"met"}


def test_the_certificate_of_a_dutch_company_is_none_of_finnish_higher_education() -> None:
    row = matrix("definition/c16-dutch-company.ttl")["fi-he"]
    assert (row.answer, {change.element for change in row.changes}) == ("no", {"FI3"})


def test_accreditation_that_expires_after_the_issue_is_in_force() -> None:
    path = "definition/c26-expired-after-issue-mixed.ttl"
    assert {one.status for one in verdict(path).findings if one.element == "M11"} == {"met"}


@pytest.mark.parametrize(
    ("path", "name", "element"),
    [
        ("definition/n1-nz-national.ttl", "nz", "NZ2"),
        ("definition/n2-nz-postgrad.ttl", "nz", "NZ2"),
        ("definition/n7-fi-title-kandidaatintutkinto.ttl", "fi-he", "FI8"),
    ],
)
def test_words_of_degrees_in_titles_are_a_warning(path: str, name: str, element: str) -> None:
    assert {(one.status, one.severity) for one in told(path, element, name)} == {("violated", "warning")}


def test_3600_seconds_are_an_hour() -> None:
    found = verdict("definition/n10-au-PT3600S.ttl", "au")
    assert {one.status for one in found.findings if one.element == "AU1"} == {"met"}


def test_hours_alone_leave_rules_on_credits_open() -> None:
    rows = matrix("definition/n13-es-hours-only.ttl")
    assert {name: rows[name].answer for name in ("es", "nl", "ee")} == dict.fromkeys(("es", "nl", "ee"), "undecided")
    assert "ES1" in {question.element for question in rows["es"].open}


def test_a_finnish_rule_that_nobody_read_is_no_violation() -> None:
    found = told("definition/a1-aalto-english.ttl", "FI2", "fi-he")
    assert {one.severity for one in found} == {"warning"}


def test_two_specifications_of_different_levels_are_named() -> None:
    assert told("definition/b6-claim-specified-by-two.ttl", "M8")


def test_an_awarding_body_stated_from_the_opportunity_only_is_found() -> None:
    assert told("data/18-awarding-opportunity-inverse.ttl", "M3") == []
    assert told("data/18-awarding-opportunity-inverse.ttl", "M4") == []


def test_a_concept_that_the_lists_lack_is_unknown_with_a_warning() -> None:
    found = told("data/19-mode-newer-concept.ttl", "M10")
    assert {(one.status, one.severity) for one in found} == {("unknown", "warning")}


def test_every_case_is_read() -> None:
    for path in sorted(CASES.rglob("*.ttl")):
        assert document(str(Path(path).relative_to(CASES))).error is None

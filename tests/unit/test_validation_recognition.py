"""The recognition matrix: yes, no with the changes needed, or not asked."""

from __future__ import annotations

import pytest

from service.rdf.syntax import triples_from_text
from service.validation.context import ListedConcepts as KnownConcepts
from service.validation.documents import Document
from service.validation.profiles import load_profile
from service.validation.recognition import RecognitionRow, recognise
from tests.conftest import ROOT
from tests.support.records import record

pytestmark = pytest.mark.slow


def rows(text: str, *names: str) -> dict[str, RecognitionRow]:
    triples = tuple(triples_from_text(text.encode(), "application/n-quads"))
    profiles = [load_profile(ROOT / "shapes", name) for name in names]
    found = recognise(Document("x.nq", triples, ()), profiles, KnownConcepts(ROOT / "ontology" / "concepts"))
    return {row.profile: row for row in found}


def test_size_outside_a_country_is_one_change_there_and_none_elsewhere() -> None:
    small = record("a").replace('"5"', '"2"').replace('"PT135H"', '"PT54H"')
    found = rows(small, "eu", "ee")
    assert (found["eu"].answer, found["eu"].changes) == ("yes", ())
    assert (found["ee"].answer, len(found["ee"].changes)) == ("no", 1)
    assert set(found["ee"].changes[0].fix) == {"en", "fi", "sv"}


def test_each_violation_is_one_change_with_its_remedy() -> None:
    found = rows(record("a", without="#assessment"), "eu")["eu"]
    assert found.answer == "no"
    assert {change.element for change in found.changes} == {"M9"}
    assert all(change.fix["en"] for change in found.changes)


def test_profile_that_only_advises_never_says_yes() -> None:
    assert rows(record("a"), "annex-ii")["annex-ii"].answer == "undecided"


def test_nothing_of_the_kind_is_not_asked_and_no_yes() -> None:
    row = rows("<urn:x> <urn:p> <urn:y> .\n", "eu")["eu"]
    assert (row.answer, row.changes) == ("not-asked", ())


def test_json_names_profile_answer_changes_and_what_is_unknown() -> None:
    found = rows(record("a", without="EQFLevel"), "eu")["eu"].to_json()
    assert (found["profile"], found["answer"]) == ("eu", "yes")
    assert "M8" in found["unknown"]
    assert set(found) == {"profile", "title", "answer", "says", "changes", "open", "unknown"}


def test_a_catalogue_entry_describes_one_and_has_nine_of_eleven_elements() -> None:
    # Annex I has eleven mandatory elements; a catalogue has neither a learner nor a date of issue.
    assert rows(record("a"), "eu")["eu"].says["en"].startswith("describes one (9 of 11 elements")


def test_an_issued_credential_is_one() -> None:
    text = (ROOT / "tests" / "conformance" / "data" / "credential.ttl").read_text(encoding="utf-8")
    document = Document("x.ttl", tuple(triples_from_text(text.encode(), "text/turtle")), ())
    (row,) = recognise(
        document, [load_profile(ROOT / "shapes", "eu")], KnownConcepts(ROOT / "ontology" / "concepts"), "reference"
    )
    assert (row.answer, row.says["en"]) == ("yes", "is one")


def test_what_is_no_yes_says_nothing() -> None:
    assert rows(record("a", without="#assessment"), "eu")["eu"].says == {}


def test_a_rule_on_credits_that_are_not_stated_is_open() -> None:
    found = rows(record("a"), "hr")["hr"]  # CSVET credits and levels 2 to 5: this one has ECTS credits and level 6
    assert (found.answer, {change.element for change in found.changes}) == ("no", {"HR2"})
    assert "HR1" in {question.element for question in found.open}


def test_an_unknown_level_leaves_a_profile_of_some_levels_undecided() -> None:
    text = record("a", without="EQFLevel").replace("snb/education-credit/6fcec5c5af", "snb/education-credit/other")
    assert rows(text, "hr")["hr"].answer == "undecided"

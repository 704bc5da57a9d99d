"""Tables that were judged wrongly: what the gate and the loader make of each row, by hand (Annex I)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.loading.loading import LoadOutcome, load
from service.loading.own_vocabulary import ensure_vocabulary
from service.settings import Settings
from service.validation.profiles import load_profile
from service.work_store.work_store import WorkStore, open_work
from tests.conftest import ROOT

pytestmark = pytest.mark.system

CASES = ROOT / "tests" / "data" / "cases" / "tables"
ID = "http://localhost:8000/id/credential/"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkStore]:
    with open_work(tmp_path / "var") as work:
        ensure_vocabulary(work, ROOT / "ontology", "http://localhost:8000")
        yield work


def loaded(work: WorkStore, name: str, *options: str, profile: str = "eu") -> LoadOutcome:
    definition = load_profile(ROOT / "shapes", profile)
    return load(work, Settings(data=work.folder.parent), definition, "table", [str(CASES / name)], options=options)


def told(outcome: LoadOutcome, key: str) -> set[tuple[str, str]]:
    """Return the elements that a record was refused or warned for, with their severity."""
    records = [record for record in (*outcome.refused, *outcome.warned) if record["record"] == ID + key]
    return {(finding["id"], finding["severity"]) for record in records for finding in record["findings"]}


def test_rows_of_the_gate(work: WorkStore) -> None:
    outcome = loaded(work, "gate.csv")
    refused = {record["record"].removeprefix(ID) for record in outcome.refused}
    assert "a" in refused, "no learning outcomes"
    assert ("M6", "violation") in told(outcome, "a")
    assert ("O1", "warning") in told(outcome, "b"), "its prerequisite was refused"
    assert ("O1", "warning") in told(outcome, "c"), "its prerequisite may come later"
    assert ("M11", "warning") in told(outcome, "d"), "Annex I asks for the type, not for the body"
    assert refused == {"a"}


def test_what_is_absent_is_not_stated_and_not_called_wrong(work: WorkStore) -> None:
    """Row d names no body behind its quality assurance; no row states a level."""
    (record,) = [each for each in loaded(work, "gate.csv").warned if each["record"] == ID + "d"]
    words = {finding["id"]: (finding["status"], finding["message"]["en"]) for finding in record["findings"]}
    assert words == {
        "M8": ("unknown", "Level: not stated."), "M11": ("unknown", "Body that assures the quality: not stated."),
    }  # fmt: skip


def test_free_text_on_quality_is_kept_and_the_words_that_are_types_are_named(work: WorkStore) -> None:
    (issue,) = [issue for issue in loaded(work, "gate.csv").issues if issue["field"] == "quality_assurance"]
    assert (issue["severity"], issue["line"], issue["value"]) == ("warning", 6, "EQUIS")
    for word in ("institutional-quality-assurance", "programme-quality-assurance", "institutional-licence"):
        assert word in issue["message"]


def test_same_id_of_two_universities_is_two_things_under_a_prefix_each(work: WorkStore) -> None:
    outcomes = [loaded(work, f"c{key}.csv", f"--id-prefix=uni-{key}.") for key in "ab"]
    assert [outcome.refused for outcome in outcomes] == [(), ()]
    assert [sum(outcome.records.values()) for outcome in outcomes] == [1, 1]


@pytest.mark.parametrize("options", [(), ("--id-prefix=uni-a.",)], ids=["none", "the same"])
def test_prefix_that_another_source_has_refuses_what_it_describes(work: WorkStore, options: tuple[str, ...]) -> None:
    assert loaded(work, "ca.csv", *options).refused == ()
    second = loaded(work, "cb.csv", *options)
    (refused,) = second.refused
    values = [finding["value"] for finding in refused["findings"] if finding["severity"] == "violation"]
    assert values == ["http://localhost:8000/graph/ca"]
    assert not second.stored


@pytest.mark.parametrize("profile", ["annex-ii", "stacking"])
def test_title_alone_is_no_micro_credential_by_a_profile_that_defines_none(work: WorkStore, profile: str) -> None:
    outcome = loaded(work, "only-title.csv", profile=profile)
    assert (dict(outcome.records), outcome.stored) == ({"refused": 1}, False)

"""What a load found is told by cause, on one screen and in a report of bounded size; counts are worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from service.cli.console import entries, tell_load
from service.loading.loading import LoadOutcome
from service.loading.summary import Cause, Causes

pytestmark = pytest.mark.system

LEVELS = "is not one of: 1, 2, 3, 4, 5, 6, 7, 8"


def issue(row: int, field: str, message: str, value: str = "", severity: str = "error") -> dict[str, Any]:
    found = {"severity": severity, "source": "a.csv", "line": row, "field": field, "message": message}
    return {**found, "value": value} if value else found


def record(row: int, *elements: str, severity: str = "violation", value: str | None = None) -> dict[str, Any]:
    status = "violated" if severity == "violation" else "unknown"
    words = {"message": {"en": "Not stated."}, "fix": {"en": "State it."}}
    findings = [{"id": e, "status": status, "severity": severity, "value": value, **words} for e in elements]
    return {"record": f"urn:{row}", "source": "a.csv", "line": row, "decision": "refused", "findings": findings}


def outcome(issues: list[Mapping[str, Any]], refused: list[Mapping[str, Any]]) -> LoadOutcome:
    return LoadOutcome(
        "urn:graph", 0, {"refused": len(refused)}, tuple(issues), tuple(refused), (), None, stored=True
    )  # fmt: skip


def found(causes: Causes) -> list[tuple[str, str, int]]:
    return [(cause.kind, cause.about, cause.count) for cause in causes.all]


def test_values_of_a_column_are_counted_under_one_cause() -> None:
    words = ["SCQF Level 11"] * 3 + ["Laurea"]
    issues = [issue(row, "eqf_level", f"{word!r} {LEVELS}", word) for row, word in enumerate(words, 2)]
    (cause,) = Causes(issues, (), ()).all
    assert (cause.about, cause.count, dict(cause.values)) == ("eqf_level", 4, {"SCQF Level 11": 3, "Laurea": 1})
    assert cause.sentence() == (
        f"error: eqf_level: … {LEVELS} (4 times, first at a.csv:2; 2 values: 'SCQF Level 11' 3, 'Laurea' 1)"
    )


def test_element_that_is_missing_because_its_column_cannot_be_read_is_not_told_again() -> None:
    issues = [issue(2, "eqf_level", f"'x' {LEVELS}", "x")]
    refused = [record(2, "M8", "M11"), record(3, "M8")]
    assert found(Causes(issues, refused, ())) == [
        ("error", "eqf_level", 1), ("refused", "M11", 1), ("refused", "M8", 1)
    ]  # fmt: skip


def test_element_with_a_value_is_told_beside_what_the_loader_said() -> None:
    issues = [issue(2, "ects", "must be a bare number", "five")]
    assert ("refused", "M7", 1) in found(Causes(issues, [record(2, "M7", value="0")], ()))


def test_places_and_addresses_do_not_part_what_is_the_same() -> None:
    issues = [
        issue(7, "id", "the same row as a.csv:2; merged with it", severity="info"),
        issue(9, "id", "the same row as a.csv:3; merged with it", severity="info"),
        issue(9, "conceptUri", "http://e.example/1 is repeated; line 5 is the one read", severity="info"),
        issue(9, "conceptUri", "http://e.example/2 is repeated; line 6 is the one read", severity="info"),
    ]
    assert sorted(found(Causes(issues, (), ()))) == [("info", "conceptUri", 2), ("info", "id", 2)]


def test_what_leaves_something_out_comes_first_then_what_is_most() -> None:
    issues = [issue(row, "title@en", "all in capitals", severity="warning") for row in range(2, 9)]
    issues += [issue(2, "ects", "must be a number")]
    refused = [record(2, "M9"), record(2, "M11"), record(3, "M11")]
    assert [about for _, about, _ in found(Causes(issues, refused, [record(4, "M8", severity="warning")]))] == [
        "ects", "M11", "M9", "title@en", "M8",
    ]  # fmt: skip


def test_7000_rows_of_four_causes_are_one_screen_and_a_bounded_report(capsys: pytest.CaptureFixture[str]) -> None:
    rows = range(2, 7002)
    issues: list[Mapping[str, Any]] = [issue(row, "mode", f"'m{row}' is no mode", f"m{row}") for row in rows]
    whole = outcome(issues, [record(row, "M11", "M9", "M10") for row in rows])
    tell_load(whole, work=None)  # type: ignore[arg-type]  # the work store is looked into when nothing was stored
    assert len(capsys.readouterr().err.splitlines()) < 10
    first, *details = entries(whole)
    assert [(cause["about"], cause["count"]) for cause in first["causes"]] == [
        ("mode", 7000), ("M11", 7000), ("M9", 7000)
    ]  # fmt: skip
    assert first["causes"][0]["distinct_values"] == 7000
    assert len(first["causes"][0]["values"]) == 50
    assert [entry["stage"] for entry in details] == ["loader"] * 200 + ["gate"] * 200


def test_rare_cause_has_its_rows_in_the_report_though_a_common_one_is_full() -> None:
    refused = [record(row, "M11") for row in range(2, 1002)] + [record(5000, "M11", "M9")]
    assert [*entries(outcome([], refused))][-1]["line"] == 5000


def test_causes_without_end_are_bounded_too() -> None:
    causes = Causes([issue(row, "field", f"odd message {row}a") for row in range(5000)], (), ())
    assert len(causes.all) <= 502
    assert sum(cause.count for cause in causes.all) == 5000


def test_few_findings_are_told_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    tell_load(outcome([issue(2, "id", "merged", severity="info")], [record(3, "M11")]), work=None)  # type: ignore[arg-type]
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "info: a.csv:2 id: merged"
    assert second == "refused: a.csv:3 urn:3 M11 violation: Not stated. State it."


def test_long_values_are_cut_in_the_line_for_people() -> None:
    cause = Cause("error", "mode", "is no mode")
    cause.add("a.csv:2", "word " * 100)
    assert len(cause.sentence()) < 120

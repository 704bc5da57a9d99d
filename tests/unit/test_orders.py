"""What writing a record and writing a graph share: the conditions of RFC 9110, and bodies that lost something."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from service.errors import PreconditionFailed, RecordRefused
from service.work_store.work_store import ORIGIN, open_work
from service.writing.orders import changed_source, check_conditions, new_source, reading_of, refuse_errors

WRITING = Path(__file__).parent.parent.parent / "service" / "writing"
WARNING = {"severity": "warning", "line": 3, "field": "title", "message": "it is long", "value": "x"}
ERROR = {"severity": "error", "line": 0, "field": "level", "message": "there is no level 9"}


# RFC 9110 §13.1.1: `*` holds when there is something, a list when one of it is what there is. §13.1.2: none is there.
@pytest.mark.parametrize(
    ("state", "if_match", "if_none_match", "holds"),
    [
        ("", None, False, True), ("a", None, False, True), ("", None, True, True), ("a", None, True, False),
        ("a", ("*",), False, True), ("", ("*",), False, False), ("a", ("a",), False, True),
        ("a", ("b", "a"), False, True), ("a", ("b",), False, False), ("", ("a",), False, False),
        ("a", (), False, False),
    ],
)  # fmt: skip
def test_conditions_hold_as_the_standard_says(
    state: str, if_match: tuple[str, ...] | None, if_none_match: bool, holds: bool
) -> None:
    if holds:
        check_conditions("urn:x", state, if_match, if_none_match=if_none_match)
    else:
        with pytest.raises(PreconditionFailed, match="urn:x"):
            check_conditions("urn:x", state, if_match, if_none_match=if_none_match)


def test_a_body_is_refused_for_its_first_error_and_not_for_warnings() -> None:
    refuse_errors("body", [WARNING])
    with pytest.raises(RecordRefused, match="there is no level 9") as caught:
        refuse_errors("body", [WARNING, ERROR], 1)
    (document,) = caught.value.documents
    assert document["source"] == "body"
    assert document["error"] == {"line": None, "message": "there is no level 9"}
    assert document["issues"] == [{"severity": "warning", "line": 3, "field": "title", "message": "it is long"}]
    assert reading_of([WARNING])["error"] is None


def test_the_row_of_a_source_counts_on_and_keeps_what_it_is_not_told(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        first = changed_source(work, "urn:g", "eu", quads=5, records=1)
        assert (first.quads, first.records, first.profile, first.origins) == (5, {"accepted": 1}, "eu", (ORIGIN,))
        work.change([], [new_source("urn:g", "eu", 5, {"accepted": 1, "warned": 2})])
        second = changed_source(work, "urn:g", "", quads=-2, records=-3)
        assert (second.quads, second.records, second.profile) == (3, {"accepted": 0, "warned": 2}, "eu")
        assert changed_source(work, "urn:g", "fi-he", quads=0, records=0).profile == "fi-he"


def test_no_other_module_of_writing_makes_rows_or_refuses_by_condition() -> None:
    callers = {
        path.name
        for path in WRITING.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id in ("Source", "PreconditionFailed")
    }  # fmt: skip
    assert callers == {"import_program.py", "orders.py"}  # an import makes the row of a whole load

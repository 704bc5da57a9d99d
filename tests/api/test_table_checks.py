"""Tables checked over HTTP and on the page: by cause with their values, then the rows, as loading would judge them."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from service.web.models.validation_models import ValidationModel
from tests.api.test_pages import BROWSER
from tests.conftest import ROOT

pytestmark = pytest.mark.system

PATH = "/api/v1/validations"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GATE = (ROOT / "tests" / "data" / "cases" / "tables" / "gate.csv").read_bytes()
# Worked by hand from gate.csv: row a has no outcomes, d no body behind its quality assurance, e a type of its own.
COUNTS = {"refused": 1, "warned": 4}


def workbook(table: bytes) -> bytes:
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for line in table.decode().splitlines():
        book.active.append(line.split(","))
    book.save(packed)
    return packed.getvalue()


def checked(client: TestClient, data: bytes, kind: str, path: str = PATH) -> dict[str, Any]:
    answer = client.post(path, content=data, headers={"content-type": kind})
    assert answer.status_code == 200, answer.text
    ValidationModel.model_validate(answer.json())
    (document,) = answer.json()["documents"]
    found: dict[str, Any] = document
    return found


@pytest.mark.parametrize(("data", "kind"), [(GATE, "text/csv"), (workbook(GATE), XLSX)], ids=["CSV", "XLSX"])
def test_table_is_told_by_cause_and_by_row(demo: TestClient, data: bytes, kind: str) -> None:
    found = checked(demo, data, kind)
    (verdict,) = found["verdicts"]
    assert (found["error"], verdict["outcome"], verdict["focus_nodes"], verdict["records"]) == (
        None,
        "fails",
        5,
        COUNTS,
    )
    causes = {(cause["kind"], cause["about"]): cause for cause in verdict["summary"]}
    assert (causes["refused", "M6"]["count"], causes["refused", "M6"]["first"].rpartition(":")[2]) == (1, "2")
    assert causes["warning", "quality_assurance"]["values"] == {"EQUIS": 1}
    lines = {(each["line"], each["id"]) for each in verdict["elements"] if each["severity"] == "violation"}
    assert lines == {(2, "M6")}


def test_profile_of_advice_advises_on_a_table(demo: TestClient) -> None:
    (verdict,) = checked(demo, GATE, "text/csv", f"{PATH}?profile=annex-ii")["verdicts"]
    assert (verdict["outcome"], verdict["focus_nodes"]) == ("conforms", 5)


@pytest.mark.parametrize(("data", "kind"), [(b"a,b\n1,2\n", "text/csv"), (b"no workbook", XLSX), (b"", "text/csv")])
def test_table_that_cannot_be_read_says_why(demo: TestClient, data: bytes, kind: str) -> None:
    found = checked(demo, data, kind)
    assert found["error"]["message"]
    assert [verdict["outcome"] for verdict in found["verdicts"]] == ["nothing-checked"]


@pytest.mark.parametrize("path", ["/api/v1/recognitions", f"{PATH}?format=ttl"])
def test_table_where_only_documents_are_taken_is_no_supported_kind(demo: TestClient, path: str) -> None:
    answer = demo.post(path, content=GATE, headers={"content-type": "text/csv"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (415, "unsupported-media-type")


def test_page_checks_a_table(demo: TestClient) -> None:
    answer = demo.post("/en/check", files={"file": ("courses.csv", GATE)}, headers=BROWSER)
    assert answer.status_code == 200
    for expected in ("The table by cause", "refused: 1", "Learning outcomes: missing", "courses.csv:2", "EQUIS"):
        assert expected in answer.text


@pytest.mark.parametrize("name", ["loq-opportunities", "loq-qualifications"])
def test_feeds_leave_out_what_is_listed_and_say_how_many(demo: TestClient, name: str) -> None:
    answer = demo.get(f"/feeds/{name}?format=ttl").raise_for_status()
    assert answer.headers["listed-left-out"] == "2"
    assert "broken-no-mode" not in answer.text


def test_demo_shows_all_three_outcomes(demo: TestClient) -> None:
    """94 records are sound, and of six that lack one thing the conditions of the demo list two."""
    found = demo.get("/api/v1/credentials?definition=any&facets=true").json()
    assert (found["total"], found["by_definition"]) == (96, {"met": 94, "gaps": 2})
    for held_back in ("broken-no-workload", "broken-no-outcomes", "broken-attendance-only", "broken-no-country"):
        assert demo.get(f"/api/v1/credentials/{held_back}").status_code == 404


# ESCO: "migrate existing data", which no course of the demo names; one of them has a word of it in what it says.
UNTAUGHT = "http://data.europa.eu/esco/skill/020918ef-4b55-47c1-8430-ab7b8f6a7377"


def test_skill_that_nobody_states_comes_with_the_courses_whose_words_are_near(demo: TestClient) -> None:
    found = demo.post("/api/v1/paths", json={"target": UNTAUGHT}).raise_for_status().json()
    assert (found["nobody_offers"], [*found["near"]]) == ([UNTAUGHT], [UNTAUGHT])
    page = demo.get(f"/en/skills/{UNTAUGHT.rpartition('/')[2]}", headers=BROWSER).text
    assert "No provider here states that it teaches this." in page
    assert all(one["label"]["en"] in page for one in found["near"][UNTAUGHT])

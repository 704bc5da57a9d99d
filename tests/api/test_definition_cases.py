"""The tricky documents of the cases get the same verdict at every door: library, API, gate of a load."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.loading.loading import load
from service.loading.own_vocabulary import ensure_vocabulary
from service.settings import Settings
from service.work_store.work_store import open_work
from tests.conformance.test_cases import CASES, matrix, profile, verdict
from tests.conftest import ROOT

pytestmark = pytest.mark.system

FOLDER = CASES / "definition"
TABLE = FOLDER / "expected.tsv"
ENTRIES = sorted(path for path in FOLDER.glob("*.ttl") if not path.name.startswith(("c", "b6")))
Said = set[tuple[str, str, str]]


def lines() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["file"], row["profile"]) for row in csv.DictReader(file, delimiter="\t")]


def said(elements: Iterable[Mapping[str, Any]]) -> Said:
    return {(each["id"], each["status"], each["severity"]) for each in elements}


def test_every_line_of_the_table_has_a_test() -> None:
    tested = (ROOT / "tests" / "conformance" / "test_cases.py").read_text("utf-8")
    assert [file for file, _ in lines() if f"definition/{file}" not in tested] == []


@pytest.mark.parametrize(("file", "name"), [line for line in lines() if line[1] != "matrix"])
def test_the_api_says_what_the_library_says(demo: TestClient, file: str, name: str) -> None:
    answer = demo.post(
        "/api/v1/validations",
        params={"profile": name},
        content=(FOLDER / file).read_bytes(),
        headers={"content-type": "text/turtle"},
    )
    (found,) = answer.json()["documents"][0]["verdicts"]
    right = verdict(f"definition/{file}", name).to_json()
    assert (found["outcome"], said(found["elements"])) == (right["outcome"], said(right["elements"]))


@pytest.mark.parametrize("file", [file for file, name in lines() if name == "matrix"])
def test_the_matrix_of_the_api_is_that_of_the_library(demo: TestClient, file: str) -> None:
    answer = demo.post(
        "/api/v1/recognitions", content=(FOLDER / file).read_bytes(), headers={"content-type": "text/turtle"}
    )
    found = {row["profile"]: row["answer"] for row in answer.json()["documents"][0]["recognition"]}
    assert found == {name: row.answer for name, row in matrix(f"definition/{file}").items()}


def test_a_load_says_what_a_check_says(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for path in ENTRIES:
        # Each entry is the same thing with one change: as records of one load they need names of their own.
        prefix = f"@prefix ex: <https://example.org/{path.stem}/> ."
        (source / path.name).write_text(re.sub(r"@prefix ex: <.*> \.", prefix, path.read_text("utf-8")), "utf-8")
    settings = Settings(data=tmp_path / "var")
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ROOT / "ontology", settings.base_url)
        outcome = load(work, settings, profile("eu"), "elm", [str(source)], dry_run=True)
    told: dict[str, Said] = {}
    for entry in (*outcome.refused, *outcome.warned):
        told.setdefault(entry["record"].split("/")[3], set()).update(gaps(entry["findings"]))
    right = {path.stem: gaps(verdict(f"definition/{path.name}").to_json()["elements"]) for path in ENTRIES}
    assert {name: told.get(name, set()) for name in right} == right


def gaps(elements: Iterable[Mapping[str, Any]]) -> Said:
    """Keep what is wrong or unknown: a load tells no advice.

    Without the record as a whole: literals that are none of their datatype are the gate's own rule.
    Without D4: a document may describe the skill that it names, a load knows only the skills that are loaded.
    """
    found = said(elements)
    return {
        one
        for one in found
        if one[1] in ("violated", "unknown") and one[2] != "info" and one[0] not in ("D4", "record")
    }

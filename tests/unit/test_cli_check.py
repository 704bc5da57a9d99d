"""`pinoamo check`: what is read, what is answered in each format and language, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.namespace import SH
from typer.testing import CliRunner, Result

from service.cli.check import find_documents
from service.cli.main import app
from service.errors import InvalidArgument, ServiceError
from service.settings import Settings
from tests.conftest import PATIENCE, ROOT
from tests.support.bad_documents import (
    ENDLESS_PATTERN,
    ENDLESS_SHAPES,
    HIDDEN_PATTERN,
    JUDGED,
    REFUSED,
    TRAPPED,
    data_of,
)
from tests.support.records import record

pytestmark = pytest.mark.system

ENDINGS = {"text/turtle": "ttl", "application/ld+json": "jsonld"}
Check = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good document, a bad one below it, and a file of another kind."""
    found = tmp_path / "in"
    (found / "more").mkdir(parents=True)
    (found / "good.nq").write_text(record("a"), "utf-8")
    (found / "more" / "bad.nq").write_text(record("b", without="quality"), "utf-8")
    (found / "notes.txt").write_text("no document", "utf-8")
    return found


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """The command in this process; a refusal of the call is an exception."""
    return command(Settings(data=tmp_path / "var", **PATIENCE))


def command(settings: Settings) -> Check:
    given = settings.model_dump(include=settings.model_fields_set)
    environment = {f"PINOAMO_{name.upper()}": str(value) for name, value in given.items()}

    def run(*words: object) -> Result:
        return CliRunner().invoke(app, ["check", *map(str, words)], env=environment)

    return run


def documents(result: Result) -> dict[str, dict[str, Any]]:
    return {Path(each["source"]).name: each for each in json.loads(result.stdout)["documents"]}


class TestWhatIsRead:
    def test_folder_is_searched_and_other_files_passed_over(self, folder: Path) -> None:
        assert find_documents([str(folder)]) == [folder / "good.nq", folder / "more" / "bad.nq"]

    def test_pattern_finds_files_below(self, folder: Path) -> None:
        assert find_documents([f"{folder}/**/*.nq"]) == [folder / "good.nq", folder / "more" / "bad.nq"]

    def test_file_named_twice_is_read_once(self, folder: Path) -> None:
        assert find_documents([str(folder / "good.nq"), str(folder / "*.nq")]) == [folder / "good.nq"]

    @pytest.mark.parametrize("name", ["none.ttl", "*.none", "notes.txt"])
    def test_name_that_stands_for_no_document_is_a_wrong_call(self, folder: Path, name: str) -> None:
        with pytest.raises(InvalidArgument):
            find_documents([str(folder / name)])

    def test_two_files_of_one_name_are_told_apart(self, check: Check, folder: Path) -> None:
        (folder / "more" / "good.nq").write_text("broken", "utf-8")
        found = json.loads(check(folder, "--format", "json").stdout)["documents"]
        errors = {each["source"]: bool(each["error"]) for each in found}
        assert errors[str(folder / "good.nq")] is False
        assert errors[str(folder / "more" / "good.nq")] is True


class TestExitCode:
    def test_all_conform(self, check: Check, folder: Path) -> None:
        assert check(folder / "good.nq").exit_code == 0

    def test_one_does_not_conform(self, check: Check, folder: Path) -> None:
        assert check(folder).exit_code == 1

    def test_nothing_checked_is_no_yes(self, check: Check, tmp_path: Path) -> None:
        (tmp_path / "other.ttl").write_text(JUDGED["nothing of the kind"][0], "utf-8")
        assert check(tmp_path / "other.ttl").exit_code == 1

    def test_folder_without_documents_is_no_yes(self, check: Check, tmp_path: Path) -> None:
        result = check(tmp_path)
        assert (result.exit_code, result.stdout) == (1, "")

    @pytest.mark.parametrize("words", [["none.ttl"], ["{file}", "--profile", "xx"], ["{file}", "--format", "pdf"]])
    def test_wrong_call(self, folder: Path, words: list[str]) -> None:
        words = [word.replace("{file}", str(folder / "good.nq")) for word in words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PINOAMO_DATA": str(folder)}
        command = [sys.executable, "-m", "service.cli.main", "check", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr
        assert "Traceback" not in done.stderr

    def test_matrix_is_not_for_reports(self, check: Check, folder: Path) -> None:
        assert isinstance(check(folder, "--matrix", "--format", "ttl").exception, InvalidArgument)


class TestFormats:
    def test_json_is_whole_and_as_promised(self, check: Check, folder: Path) -> None:
        result = check(folder, "--format", "json", "--profile", "eu", "--profile", "nl")
        assert set(json.loads(result.stdout)) == {"documents"}
        found = documents(result)
        assert [verdict["profile"] for verdict in found["bad.nq"]["verdicts"]] == ["eu", "nl"]
        violated = [e["id"] for e in found["bad.nq"]["verdicts"][0]["elements"] if e["status"] == "violated"]
        assert violated == ["M11"]

    def test_report_of_many_documents_is_one_graph(self, check: Check, folder: Path) -> None:
        graph = rdflib.Graph().parse(data=check(folder, "--format", "ttl").stdout, format="turtle")
        reports = {
            Path(str(graph.value(each, rdflib.DCTERMS.source))).name: each for each in graph.subjects(SH.conforms)
        }
        assert set(reports) == {"good.nq", "bad.nq"}
        shapes = {str(graph.value(each, SH.sourceShape)) for each in graph.objects(reports["bad.nq"], SH.result)}
        assert "https://w3id.org/pinoamo/shapes#MicroCredential-quality" in shapes

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", ["not met", "Quality assurance: missing."]),
            ("fi", ["ei täyty", "Laadunvarmistus: tieto puuttuu."]),
            ("sv", ["inte uppfyllt", "Kvalitetssäkring: saknas."]),
        ],
    )
    def test_text_names_element_status_and_what_to_do(
        self, check: Check, folder: Path, language: str, words: list[str]
    ) -> None:
        lines = check(folder / "more", "--lang", language).stdout.splitlines()
        (number,) = (number for number, line in enumerate(lines) if line.split()[:1] == ["M11"])
        assert all(word in lines[number] for word in words)
        assert lines[number + 1].strip().startswith("→")
        assert "2022/C 243/02" in lines[number + 2]

    def test_text_holds_nothing_that_a_terminal_would_obey(self, check: Check, tmp_path: Path) -> None:
        text = record("a").replace("Tietoturvan perusteet", "\\u001B]0;title\\u0007")
        (tmp_path / "a.nq").write_text(text, "utf-8")
        out = check(tmp_path / "a.nq").stdout
        assert "]0;title" in out
        assert not {"\x1b", "\x07"} & set(out)

    def test_matrix_has_a_line_for_each_profile(self, check: Check, folder: Path) -> None:
        result = check(folder / "more", "--matrix", "--profile", "eu", "--profile", "nl")
        lines = [line.split()[:2] for line in result.stdout.splitlines()]
        assert ["eu", "not"] in lines
        assert any(line[:1] == ["nl"] for line in lines)
        assert result.exit_code == 1

    def test_matrix_as_json_has_the_rows_of_the_api(self, check: Check, folder: Path) -> None:
        (document,) = json.loads(check(folder / "good.nq", "--matrix", "--profile", "eu", "--format", "json").stdout)[
            "documents"
        ]
        assert set(document) == {"source", "recognition", "issues", "error"}
        assert [row["answer"] for row in document["recognition"]] == ["yes"]


class TestBadInput:
    @pytest.mark.parametrize("name", REFUSED)
    def test_document_that_cannot_be_checked_says_why(self, check: Check, tmp_path: Path, name: str) -> None:
        media_type, text, mentioned = REFUSED[name]
        path = tmp_path / f"bad.{ENDINGS[media_type]}"
        path.write_bytes(data_of(text))
        result = check(path, "--format", "json")
        found = documents(result)[path.name]
        assert (result.exit_code, found["verdicts"][0]["outcome"]) == (1, "nothing-checked")
        assert found["error"]["message"]
        assert mentioned in found["error"]["message"]

    def test_odd_documents_get_a_verdict_that_is_no_yes(self, check: Check, tmp_path: Path) -> None:
        for number, (text, _) in enumerate(JUDGED.values()):
            (tmp_path / f"odd-{number}.ttl").write_text(text, "utf-8")
        found = documents(check(tmp_path, "--format", "json"))
        nodes = [found[f"odd-{number}.ttl"]["verdicts"][0]["focus_nodes"] for number in range(len(JUDGED))]
        assert nodes == [expected for _, expected in JUDGED.values()]
        assert all(each["verdicts"][0]["outcome"] != "conforms" for each in found.values())

    @pytest.mark.slow
    def test_pattern_without_end_meets_the_time_limit_and_others_are_checked(self, tmp_path: Path) -> None:
        shapes = tmp_path / "shapes"
        shapes.mkdir()
        (shapes / "mine.ttl").write_text(ENDLESS_SHAPES.replace("PATTERN", HIDDEN_PATTERN), "utf-8")
        (tmp_path / "trap.ttl").write_text(TRAPPED, "utf-8")
        (tmp_path / "fine.ttl").write_text(TRAPPED.replace("!", ""), "utf-8")
        check = command(Settings(data=tmp_path / "var", check_seconds=10))
        found = documents(check(tmp_path / "*.ttl", "--shapes", shapes / "mine.ttl", "--format", "json"))
        assert "time limit" in found["trap.ttl"]["error"]["message"]
        assert [verdict["profile"] for verdict in found["trap.ttl"]["verdicts"]] == ["mine"]
        assert found["fine.ttl"]["verdicts"][0]["outcome"] == "conforms"

    @pytest.mark.parametrize(
        "text",
        [ENDLESS_SHAPES.replace("PATTERN", ENDLESS_PATTERN), ENDLESS_SHAPES.replace("PATTERN", "("), "no turtle", ""],
        ids=["endless", "broken pattern", "broken file", "empty"],
    )
    def test_shapes_that_cannot_be_used_are_a_wrong_call(
        self, check: Check, folder: Path, tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "shapes.ttl").write_text(text, "utf-8")
        error = check(folder / "good.nq", "--shapes", tmp_path / "shapes.ttl").exception
        assert isinstance(error, ServiceError)
        assert str(error)

    def test_nothing_is_stored(self, check: Check, folder: Path, tmp_path: Path) -> None:
        before = sorted(tmp_path.rglob("*"))
        check(folder)
        assert sorted(tmp_path.rglob("*")) == before

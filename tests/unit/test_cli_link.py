"""`pinoamo link`: texts from the line, a file, a column; a table for people and CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.main import app
from service.errors import InvalidArgument
from service.settings import Settings

pytestmark = pytest.mark.system


@pytest.fixture
def variables(demo_settings: Settings) -> Mapping[str, str]:
    return {"PINOAMO_DATA": str(demo_settings.data)}


def run(variables: Mapping[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["link", *arguments], env=variables)


def rows(done: Result) -> list[dict[str, str]]:
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_a_text_is_told_with_its_links(variables: Mapping[str, str]) -> None:
    done = run(variables, "analyse big data", "--lang", "en", "--top", "1")
    assert done.exit_code == 0
    first, second = done.stdout.splitlines()
    assert first == "analyse big data [en]"
    assert "http://data.europa.eu/esco/skill/" in second


def test_each_line_of_a_file_is_a_text(variables: Mapping[str, str], tmp_path: Path) -> None:
    path = tmp_path / "outcomes.txt"
    path.write_text("\ufeffanalyse data\n\nohjelmointi\n", "utf-8")
    found = rows(run(variables, str(path), "--format", "csv", "--top", "1"))
    assert [row["text"] for row in found] == ["analyse data", "ohjelmointi"]


def test_a_column_of_a_table_is_linked(variables: Mapping[str, str], tmp_path: Path) -> None:
    path = tmp_path / "courses.csv"
    path.write_text('code,outcome\n1,"analyse data"\n2,\n3,"manage a project"\n', "utf-8")
    found = rows(run(variables, str(path), "--column", "outcome", "--format", "csv", "--top", "1"))
    assert [(row["text"], row["rank"]) for row in found] == [("analyse data", "1"), ("", ""), ("manage a project", "1")]


def test_a_column_that_is_not_there_is_named(variables: Mapping[str, str], tmp_path: Path) -> None:
    path = tmp_path / "courses.csv"
    path.write_text("code,outcome\n1,data\n", "utf-8")
    done = run(variables, str(path), "--column", "outcmoe")
    assert isinstance(done.exception, InvalidArgument)
    assert "it has: code, outcome" in str(done.exception)


def test_a_file_that_is_not_utf_8_is_refused(variables: Mapping[str, str], tmp_path: Path) -> None:
    path = tmp_path / "outcomes.txt"
    path.write_bytes("hätä\n".encode("latin-1"))
    assert isinstance(run(variables, str(path)).exception, InvalidArgument)

"""`python -m loaders`: formats, options, exit codes and both forms of the report."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.__main__ import main
from loaders.identifiers import InvalidIri, iri_term
from loaders.parsing import literal_parts
from loaders.registry import FORMATS
from loaders.statements import StatementWriter, text_term
from tests.conftest import ROOT
from tests.support.loader_runs import DATA, run


def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a user does."""
    return subprocess.run([sys.executable, "-m", "loaders", *map(str, arguments)], cwd=ROOT, capture_output=True)


@pytest.mark.system
def test_help_lists_every_format() -> None:
    done = command("--help")
    assert done.returncode == 0
    assert {"elm", "esco", "table"} <= set(FORMATS)
    assert [name for name in FORMATS if f"\n  {name} " not in done.stdout.decode()] == []


@pytest.mark.system
def test_statements_go_to_stdout_and_words_for_people_to_stderr(tmp_path: Path) -> None:
    (tmp_path / "courses.csv").write_text("id,title@en,ects\nx,X,five\n")
    done = command("table", tmp_path / "courses.csv", "--vocabulary", DATA / "codes")
    assert done.returncode == 1
    assert done.stdout.startswith(b"# record <http://localhost:8000/id/credential/x> courses.csv:2\n<")
    assert done.stderr.decode().startswith(
        "courses.csv:2: error: ects: must be a bare number such as 5 or 7.5, got 'five'"
    )


def test_report_is_json_lines_with_the_summary_last(tmp_path: Path) -> None:
    (tmp_path / "courses.csv").write_text("id,title@en,ects\nx,X,five\n")
    report = tmp_path / "report.jsonl"
    main(
        ["table", str(tmp_path / "courses.csv"), "--vocabulary", str(DATA / "codes"), "--report", str(report)],
        io.BytesIO(),
    )
    first, last = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert first.keys() == {"severity", "source", "line", "field", "message", "value"}
    assert (first["severity"], first["source"], first["line"], first["field"]) == ("error", "courses.csv", 2, "ects")
    # By hand: two types, a title, and three statements about the identifier.
    assert last["summary"] == {
        "format": "table", "graph": "http://localhost:8000/graph/courses", "records": 1, "quads": 6, "errors": 1,
        "warnings": 0,
    }  # fmt: skip


@pytest.mark.system
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nonsense", "x.csv"], "nonsense"),
        (["table"], "SOURCE"),
        (["table", "no-such-file.csv"], "no-such-file.csv"),
        (["table", str(ROOT / "pyproject.toml")], "pyproject.toml"),
        (["table", str(DATA / "courses.csv"), "--graph", "derived"], "derived"),
        (["table", str(DATA / "courses.csv"), "--base", "localhost"], "localhost"),
        (["table", str(DATA / "courses.csv"), "--vocabulary", "no-such-folder"], "no-such-folder"),
        (["table", str(DATA / "courses.csv"), "--report", "no-such-folder/report"], "no-such-folder"),
        (["elm", str(DATA / "codes" / "lists.ttl"), "--contexts", "no-such-folder"], "no-such-folder"),
    ],
)
def test_wrong_call_exits_with_2_writes_nothing_and_says_why(arguments: list[str], reason: str) -> None:
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in done.stderr.decode()


def test_base_and_graph_name_every_iri(tmp_path: Path) -> None:
    loaded = run(
        tmp_path, "table", DATA / "courses.csv", "--base", "https://mc.example/", "--graph", "my courses",
        "--vocabulary", DATA / "codes",
    )  # fmt: skip
    assert loaded.graphs == {"https://mc.example/graph/my%20courses"}
    assert list(loaded.records) == ["https://mc.example/id/credential/data%20ethics"]


def test_control_characters_of_a_file_name_do_not_break_a_record_mark(tmp_path: Path) -> None:
    source = tmp_path / "a\n# shared\u001b[31m.csv"
    source.write_text("id,title@en\nx,X\n")
    loaded = run(tmp_path, "table", source, "--graph", "g")
    assert list(loaded.records.values()) == ["a # shared [31m.csv:2"]


@pytest.mark.parametrize(
    "iri", ["", "relative", "http://e.example/a b", "http://e.example/\x00", "http://e.example/<", "x:\ud800"]
)
def test_no_unusable_iri_can_be_written(iri: str) -> None:
    writer = StatementWriter(io.BytesIO(), "http://e.example/graph/g")
    with pytest.raises(InvalidIri):
        writer.add_iri("http://e.example/x", "http://e.example/p", iri)
    with pytest.raises(InvalidIri):
        iri_term(iri)


@given(st.text(st.characters(codec="utf-8")))
def test_literals_are_read_back_as_they_were(text: str) -> None:
    term = text_term(text, "fi")
    (quad,) = ox.parse(f"<http://e.example/x> <http://e.example/p> {term} .", ox.RdfFormat.N_QUADS)
    assert quad.object == ox.Literal(text, language="fi")
    assert literal_parts(term) == (text, "fi", "")


def test_failure_of_the_loader_itself_is_not_taken_for_refused_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> dict[str, int | str]:
        raise MemoryError

    monkeypatch.setitem(FORMATS, "table", FORMATS["table"]._replace(load=fail))
    assert main(["table", str(DATA / "courses.csv")], io.BytesIO()) == 3


def test_full_disk_is_not_taken_for_refused_data() -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    assert main(["table", str(DATA / "courses.csv"), "--vocabulary", str(DATA / "codes")], Full()) == 2


def test_language_that_is_no_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="language tag"):
        text_term("x", 'en" .')

"""The `pinoamo` command as it is called: exit codes, what it says, and on which stream."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from service.cli.console import sentences
from service.cli.main import app
from service.processes.loader import sentence
from service.settings import Settings
from tests.conftest import ROOT
from tests.support.commands import environment, pinoamo
from tests.support.loader_runs import DATA


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    return tmp_path / "var"


def test_port_that_is_taken_is_said_in_one_line_and_nothing_is_claimed(demo_settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pinoamo(demo_settings.data, "serve", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr == f"pinoamo: cannot listen on 127.0.0.1, port {port}: Address already in use\n"


@pytest.mark.system
@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_port_out_of_range_is_a_wrong_call(data: Path, port: str) -> None:
    done = pinoamo(data, "serve", "--port", port)
    assert done.returncode == 2
    assert "Invalid value for '--port'" in done.stderr


def test_announced_server_answers_at_once_and_ends_well_on_an_interrupt(demo_settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "service.cli.main", "serve", "--demo-if-empty", "--port", str(port), "--workers", "1"],
        env=environment(demo_settings.data), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        assert server.stderr.readline() == f"Serving on http://127.0.0.1:{port} (stop with Ctrl-C)\n"
        answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=600)
        assert (answer.status_code, answer.json()["release"]) == (200, 1)
        server.send_signal(signal.SIGINT)
        assert server.wait(600) == 0
    finally:
        server.kill()
        server.wait()
        if server.stderr:
            server.stderr.close()


@pytest.mark.parametrize("keys", ["{", "[1]", '{"name": "x"}'])
def test_a_server_that_cannot_start_says_why_in_one_sentence_and_nothing_else(
    demo_settings: Settings, tmp_path: Path, keys: str
) -> None:
    data = tmp_path / "var"
    shutil.copytree(demo_settings.data, data, symlinks=True)
    (data / "keys.json").write_text(keys, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = pinoamo(data, "serve", "--port", str(port), "--workers", "1")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"pinoamo: the server cannot start: {data}/keys.json cannot be read")


@pytest.mark.system
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.csv", b"id,title@en\nx,\xff\xfe\n"),
        ("broken.xlsx", b"PK\x03\x04 cut off"),
        ("broken.ttl", b"<http://e.example/a> <http://e.example/b> "),
        ("empty.csv", b""),
    ],
)
def test_source_that_cannot_be_read_is_bad_data_and_stands_in_the_report(
    tmp_path: Path, data: Path, name: str, content: bytes
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    source_format = "elm" if name.endswith("ttl") else "table"
    done = pinoamo(data, "load", source_format, source, "--report", tmp_path / "report.jsonl")
    assert done.returncode == 1
    assert done.stderr.startswith("pinoamo: ")
    entries = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text("utf-8").splitlines()]
    assert [(entry["stage"], entry["severity"], entry["source"]) for entry in entries] == [("loader", "error", name)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sparql", "no-such-file.rq"], "cannot read no-such-file.rq: No such file or directory"),
        (["sparql", "-"], "the query is empty"),
        (
            ["export", "nq", "--out", "no-such-folder/x.nq"],
            "cannot write no-such-folder/x.nq: No such file or directory",
        ),
        (["query", "skill-credentials", "limit=2"], "limit is an option: --limit 2"),
    ],
)
def test_wrong_call_of_a_reading_command_is_said_in_words(demo_settings: Settings, words: list[str], said: str) -> None:
    done = pinoamo(demo_settings.data, *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"pinoamo: {said}\n")


@pytest.mark.system
def test_report_that_cannot_be_written_is_refused_before_the_load(tmp_path: Path, data: Path) -> None:
    done = pinoamo(data, "load", "table", DATA / "courses.csv", "--report", tmp_path / "none" / "report")
    assert done.returncode == 2
    assert done.stderr == f"pinoamo: cannot write {tmp_path / 'none' / 'report'}: No such file or directory\n"
    assert not data.exists()


@pytest.mark.system
def test_missing_source_is_a_wrong_call_in_our_words(data: Path) -> None:
    done = pinoamo(data, "load", "table", "no-such-file.csv")
    assert done.returncode == 2
    assert "no-such-file.csv" in done.stderr
    assert "error:" not in done.stderr


@pytest.mark.system
def test_format_that_is_for_checking_only_cannot_be_loaded(data: Path) -> None:
    done = pinoamo(data, "load", "document", DATA / "courses.csv")
    assert done.returncode == 2
    assert "'document' is not one of 'esco', 'elm', 'table'" in done.stderr
    assert "loaders" not in done.stderr


@pytest.mark.system
def test_another_writer_is_no_fault_of_the_call(data: Path) -> None:
    data.mkdir()
    with (data / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = pinoamo(data, "publish", PINOAMO_WRITE_WAIT_SECONDS="0")
        waited = pinoamo(data, "publish", PINOAMO_WRITE_WAIT_SECONDS="0.1")
    assert done.returncode == waited.returncode == 1
    assert done.stderr.startswith(f"pinoamo: another process is writing to {data}")
    said = "Another process is writing; waiting 0.1 seconds for it at most.\n"
    assert waited.stderr.startswith(f"{said}pinoamo: another process is writing to {data}")


@pytest.mark.system
def test_command_goes_on_when_another_writer_has_ended(data: Path) -> None:
    data.mkdir()
    with (data / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [sys.executable, "-m", "service.cli.main", "load", "table", str(ROOT / "data/demo/credentials.csv")],
            env=environment(data, PINOAMO_WRITE_WAIT_SECONDS="600"), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert waiting.stderr is not None
        assert waiting.stderr.readline().startswith("Another process is writing")
    assert "Loaded" in waiting.stderr.read()
    assert waiting.wait() in (0, 1)
    waiting.stderr.close()


@pytest.mark.system
def test_nothing_loaded_is_not_published(data: Path) -> None:
    done = pinoamo(data, "publish")
    assert done.returncode == 2
    assert done.stderr == "pinoamo: nothing is loaded: run `pinoamo load` or `pinoamo demo` first\n"
    assert not (data / "releases").exists()


@pytest.mark.system
def test_warnings_of_records_that_were_stored_are_shown(data: Path) -> None:
    done = pinoamo(data, "load", "table", ROOT / "data" / "demo" / "credentials.csv", "--report", data.parent / "r")
    entries = [json.loads(line) for line in (data.parent / "r").read_text("utf-8").splitlines()]
    warned = {finding["id"] for entry in entries if entry.get("decision") == "warned" for finding in entry["findings"]}
    shown = [line for line in done.stderr.splitlines() if line.startswith("warned: ")]
    assert warned
    assert shown
    assert len(done.stderr.splitlines()) <= 50
    assert warned <= {line.split(": ")[1] for line in shown}


@pytest.mark.system
def test_row_without_id_names_place_field_and_message_and_stores_nothing(tmp_path: Path, data: Path) -> None:
    source = tmp_path / "noid.csv"
    source.write_text("id,title@en\n,X\n")
    done = pinoamo(data, "load", "table", source)
    assert done.returncode == 1
    first, last = done.stderr.splitlines()[0], done.stderr.splitlines()[-1]
    assert first == "error: noid.csv:2 id: the row has no id; it is left out"
    assert last == "Stored nothing (no records)."


@pytest.mark.system
def test_wrong_setting_is_named_without_the_words_of_a_library(data: Path) -> None:
    done = pinoamo(data, "releases", PINOAMO_BASE_URL="localhost")
    assert done.returncode == 2
    assert done.stderr == ("pinoamo: PINOAMO_BASE_URL: base_url must start with http:// or https://, got 'localhost'\n")


def test_dates_of_releases_are_whole_when_piped(demo_settings: Settings) -> None:
    created = json.loads((demo_settings.data / "releases" / "1" / "release.json").read_text("utf-8"))["created"]
    done = pinoamo(demo_settings.data, "releases")
    assert created in done.stdout
    assert len(done.stdout.splitlines()) == 2


def test_interrupt_says_that_nothing_changed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.loading.loading.run_loader", interrupted)
    done = CliRunner().invoke(app, ["load", "table", str(DATA / "courses.csv")], env={"PINOAMO_DATA": str(data)})
    assert (done.exit_code, done.stderr) == (130, "interrupted; nothing changed\n")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"source": "a.csv", "line": 2, "field": "id", "message": "m"}, "a.csv:2 id: m"),
        ({"source": "a.csv", "line": 0, "field": "", "message": "m"}, "a.csv: m"),
        ({"source": "", "line": 0, "field": "", "message": "m"}, "m"),
    ],
)
def test_only_what_is_known_of_a_place_is_printed(entry: dict[str, object], words: str) -> None:
    assert sentence(entry) == words


def test_value_that_the_words_hold_already_is_not_repeated() -> None:
    finding = {"id": "O1", "status": "violated", "severity": "violation", "value": "a → b → a", "fix": {"en": "Mend."}}
    told = {**finding, "message": {"en": "A circle: a → b → a"}}
    untold = {**finding, "message": {"en": "A circle."}}
    entry = {"source": "x.csv", "line": None, "record": "urn:a", "findings": [told, untold]}
    assert list(sentences(entry, ("violation",))) == [
        "x.csv urn:a O1 violation: A circle: a → b → a Mend.",
        "x.csv urn:a O1 violation: A circle. Mend. (got a → b → a)",
    ]


@pytest.mark.system
def test_starting_the_program_imports_no_validator_and_no_web_framework() -> None:
    heavy = {"pyshacl", "rdflib", "fastapi", "uvicorn", "numpy", "tantivy", "simplemma", "snowballstemmer"}
    code = f"import sys, service.cli.main; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.system
def test_records_and_the_catalogue_over_an_engine_import_no_text_index() -> None:
    heavy = {"tantivy", "simplemma", "snowballstemmer"}
    code = f"import sys, service.catalogue.catalogue; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_commands_are_functions_of_their_modules_one_file_a_group() -> None:
    def homes(group: typer.Typer) -> set[str]:
        found = {command.callback.__module__ for command in group.registered_commands if command.callback}
        assert all("<locals>" not in command.callback.__qualname__ for command in group.registered_commands)  # type: ignore[union-attr]
        return found.union(*(homes(each.typer_instance) for each in group.registered_groups if each.typer_instance))

    names = (
        "read", "releases", "path", "check", "link", "mapping", "template", "work", "serve", "keys", "esco", "feed"
    )  # fmt: skip
    assert homes(app) == {f"service.cli.{name}" for name in names}


def test_sparql_goes_on_after_an_unknown_function_and_names_it(demo_settings: Settings) -> None:
    """SPARQL 1.1, 17.6: an error of its expression; the reason goes to standard error, the answer stays clean."""
    done = pinoamo(demo_settings.data, "sparql", "-", "--format", "csv", stdin="SELECT (<http://e/f>(1) AS ?x) {}")
    assert (done.returncode, done.stdout) == (0, "x\r\n\r\n".replace("\r\n", "\n"))
    assert "<http://e/f>" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * " + "{" * 9000 + "}" * 9000, "brackets may nest"),
        ("SELECT * { ?s rdfs:label ?l }", "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"),
        ("INSERT DATA { <a:s> <a:p> 1 }", "/sparql/update"),
    ],
)
def test_sparql_refuses_in_one_line(demo_settings: Settings, query: str, said: str) -> None:
    done = pinoamo(demo_settings.data, "sparql", "-", stdin=query)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert said in line


def test_sparql_reads_relative_iris_and_keeps_the_order_of_columns(demo_settings: Settings) -> None:
    query = "\ufeffSELECT * { VALUES (?z ?a) { (<x> 1) } }"
    done = pinoamo(demo_settings.data, "sparql", "-", "--format", "csv", stdin=query)
    assert done.stdout.splitlines() == ["z,a", "http://localhost:8000/x,1"]

"""From an empty folder to a catalogue of one's own: empty service, demo apart, templates, and the public address."""

from __future__ import annotations

import csv
import gc
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from rdflib import DCTERMS, Dataset, URIRef

from loaders.table.columns import COLUMNS, TEXT_COLUMNS
from service.loading.rebasing import rebase, renamed
from service.resources import TEMPLATES
from service.settings import Settings
from service.work_store.folder import WorkFolder
from service.work_store.work_store import WorkStore, open_work
from service.writing.keys import KeyRing
from tests.conftest import ROOT
from tests.support.commands import called, environment
from tests.support.engines import free_port
from tests.support.server_processes import wait_until

pytestmark = pytest.mark.system

GUIDE = (ROOT / "docs" / "own-data.md").read_text("utf-8")
[COURSE] = re.findall(r"```turtle\n(.*?)```", GUIDE, re.DOTALL)
KEY = "a-key-that-nobody-can-guess"
OTHER = "https://credentials.example/mc"
DEMO = ROOT / "data" / "demo" / "programmes.yaml"
"""A part of the demo stands for all of it."""


@contextmanager
def serving(data: Path, *words: str, **more: str) -> Iterator[tuple[httpx.Client, list[str]]]:
    """Run `pinoamo serve`; yield a client, and what the command said before it served."""
    port = free_port()
    command = [sys.executable, "-m", "service.cli.main", "serve", "--workers", "1", "--port", str(port), *words]
    server = subprocess.Popen(command, env=environment(data, **more), stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        said: list[str] = []
        while not (said and said[-1].startswith("Serving on ")):
            line = server.stderr.readline()
            assert line, said
            said.append(line.rstrip())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:
            yield client, said[:-1]
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(600)
        server.stderr.close()


def stated(data: Path) -> dict[str, set[bytes]]:
    """Return the statements of each graph that is loaded."""
    with open_work(data) as work:
        found = {source.graph: set(work.store.lines(source.graph)) for source in work.sources()}
    gc.collect()  # RocksDB keeps its lock until the last reference is gone
    return found


def rebased(data: Path) -> dict[str, set[bytes]]:
    with open_work(data) as work:
        rebase(work, OTHER)
    return stated(data)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with both templates loaded and published. Not to be written to."""
    data = tmp_path_factory.mktemp("own") / "var"
    for words in (("load", "requirements", TEMPLATES / "programmes.yaml"),
                  ("load", "table", TEMPLATES / "courses.csv"), ("publish",)):  # fmt: skip
        done = called(data, *words)
        assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def data(own: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(own, tmp_path / "var", symlinks=True))


# --- an empty folder --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_empty_folder_serves_an_empty_catalogue_that_a_key_fills(tmp_path: Path) -> None:
    with serving(tmp_path / "var", PINOAMO_WRITE_KEY=KEY) as (client, said):
        [line] = said
        assert "pinoamo load" in line
        assert "pinoamo publish" in line
        for path in (
            "/health/ready", "/en/", "/fi/search", "/sv/path", "/releases", "/void", "/catalog", "/sitemap.xml",
            "/api/v1/skills", "/api/v1/occupations", "/api/v1/programmes", "/api/v1/providers", "/api/v1/search?q=data",
            "/api/v1/suggest?q=da", "/sparql?query=ASK{}", "/api/v1/queries/statistics", "/openapi.json",
        ):  # fmt: skip
            assert client.get(path).status_code == 200, path
        assert client.get("/api/v1/credentials").json()["total"] == 0
        answer = client.put(
            "/api/v1/credentials/data-ethics", content=COURSE.encode(),
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "text/turtle"},
        )  # fmt: skip
        assert answer.status_code in (201, 202), (
            answer.text
        )  # 202: stored, and the release takes longer than a write waits
        assert answer.json()["decision"] == "accepted"
        assert not answer.json().get("issues")
        wait_until(lambda: client.get("/api/v1/credentials").json()["total"] == 1)
        title = client.get("/api/v1/credentials/data-ethics").json()["title"]
    assert title == {"en": "Data Ethics", "fi": "Datan etiikka"}


def test_what_is_loaded_and_not_published_is_not_served_unasked(tmp_path: Path) -> None:
    data = tmp_path / "var"
    assert called(data, "load", "table", TEMPLATES / "courses.csv").returncode == 0
    for words in (("serve",), ("serve", "--demo-if-empty")):
        done = called(data, *words, "--port", str(free_port()))
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert "run `pinoamo publish` first" in line
    assert not (data / "current").exists()


def test_a_catalogue_that_becomes_empty_is_published_and_said_in_words(data: Path) -> None:
    for name in ("courses", "programmes"):
        assert called(data, "unload", name).returncode == 0
    assert called(data, "publish").stderr == "Release 2 serves: an empty catalogue.\n"


# --- the demo and own data --------------------------------------------------------------------------------------------


def test_the_demo_is_not_mixed_into_own_data(data: Path) -> None:
    done = called(data, "demo")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "holds data of your own" in line
    assert "PINOAMO_DATA" in line


def test_own_data_are_not_mixed_into_the_demo_which_goes_when_told(tmp_path: Path) -> None:
    data = tmp_path / "var"
    assert called(data, "load", "requirements", DEMO).returncode == 0
    assert called(data, "publish").returncode == 0
    refused = called(data, "load", "table", TEMPLATES / "courses.csv")
    assert refused.returncode == 2
    assert "pinoamo demo --remove" in refused.stderr
    assert called(data, "load", "table", TEMPLATES / "courses.csv", "--dry-run").returncode == 0
    assert called(data, "load", "table", TEMPLATES / "courses.csv", "--mix").returncode == 0
    removed = called(data, "demo", "--remove")
    assert removed.returncode == 0
    assert removed.stderr.splitlines()[-1] == "Release 2 serves: 2 credentials, 1 provider."
    assert called(data, "demo", "--remove").stderr == f"{data} does not hold the demo.\n"


# --- templates and codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source_format", "name"), [("table", "courses.csv"), ("requirements", "programmes.yaml")])
def test_a_template_loads_as_it_is_into_an_empty_folder(source_format: str, name: str, tmp_path: Path) -> None:
    written = called(tmp_path / "var", "template", source_format, "--out", tmp_path / name)
    assert written.stderr.splitlines()[-1].endswith(f"pinoamo load {source_format} {tmp_path / name}")
    assert called(tmp_path / "var", "template", source_format).stdout == (tmp_path / name).read_text("utf-8")
    done = called(tmp_path / "var", "load", source_format, tmp_path / name)
    assert done.returncode == 0, done.stderr
    # Without ESCO nobody knows its skills, which is said; nothing else is to be said.
    *lines, last = done.stderr.splitlines()
    assert {line.split()[3] for line in lines if line.startswith("warned")} == (
        {"D4"} if source_format == "table" else set()
    )
    assert ("No ESCO is loaded" in last) == (source_format == "table")


def test_the_table_has_every_column() -> None:
    with (TEMPLATES / "courses.csv").open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert {name for name in header if "@" not in name} == set(COLUMNS)
    assert {name.partition("@")[0] for name in header if "@" in name} == set(TEXT_COLUMNS)


# --- the public address -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("serve",), ("load", "table", str(TEMPLATES / "courses.csv")), ("publish",)])
def test_another_public_address_is_refused_in_one_sentence(own: Path, words: tuple[str, ...]) -> None:
    done = called(own, *words, PINOAMO_BASE_URL=OTHER)
    assert done.returncode == 2
    assert done.stderr == (
        f"pinoamo: what {own} holds was made for http://localhost:8000, and PINOAMO_BASE_URL is {OTHER}: "
        "set PINOAMO_BASE_URL=http://localhost:8000, or run `pinoamo rebase` to rename it all\n"
    )


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[bytes]]:
    """What loading both templates under the other address states."""
    data = tmp_path_factory.mktemp("anew") / "var"
    for words in (("requirements", "programmes.yaml"), ("table", "courses.csv")):
        assert called(data, "load", words[0], TEMPLATES / words[1], PINOAMO_BASE_URL=OTHER).returncode == 0
    return stated(data)


def test_rebase_gives_what_loading_under_the_new_address_would_have_given(
    data: Path, anew: dict[str, set[bytes]]
) -> None:
    done = called(data, "rebase", PINOAMO_BASE_URL=OTHER)
    assert done.returncode == 0, done.stderr
    assert "Release 2 serves: 2 credentials" in done.stderr
    assert stated(data) == anew
    back = called(data, "rollback", "1", PINOAMO_BASE_URL=OTHER)
    assert back.returncode == 2
    assert "was made for http://localhost:8000" in back.stderr
    again = called(data, "rebase", PINOAMO_BASE_URL=OTHER)
    assert again.stderr == f"The names of what is loaded begin with {OTHER} already.\n"


def test_a_rebase_that_was_broken_off_is_finished_by_the_next(
    data: Path, anew: dict[str, set[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise KeyboardInterrupt

    with open_work(data) as work, monkeypatch.context() as patch:
        patch.setattr(WorkStore, "remove", broken)  # after the first graph was stored under its new name
        with pytest.raises(KeyboardInterrupt):
            rebase(work, OTHER)
    gc.collect()
    assert len(WorkFolder(data).bases()) == 2
    for base in ("http://localhost:8000", OTHER):
        assert called(data, "publish", PINOAMO_BASE_URL=base).returncode == 2
    assert rebased(data) == anew


def test_rebase_renames_only_what_was_minted_here(tmp_path: Path) -> None:
    """A home page below the old address, and words that hold a name, stay as they are."""
    data, source = tmp_path / "var", tmp_path / "courses.csv"
    text = (TEMPLATES / "courses.csv").read_text("utf-8")
    words = "See <http://localhost:8000/id/credential/data-basics>."
    text = text.replace("https://university.example/data-ethics", "http://localhost:8000/course")
    source.write_text(text.replace("What data are, and how to ask them a question.", words), "utf-8")
    assert called(data, "load", "table", source).returncode == 0
    lines = b"".join(rebased(data)[f"{OTHER}/graph/courses"]).decode()
    assert f'<{OTHER}/id/credential/data-basics> <{DCTERMS.description}> "{words}"@en .' in lines
    assert '"http://localhost:8000/course"' in lines
    assert "<http://localhost:8000" not in lines.replace(words, "")


def test_two_sources_that_would_have_one_name_are_refused(data: Path) -> None:
    with open_work(data) as work:
        file = work.staged / "x.nq"
        file.write_text(f'<{OTHER}/id/x> <{DCTERMS.title}> "x" <{OTHER}/graph/courses> .\n', "utf-8")
        [one] = [source for source in work.sources() if source.graph.endswith("/courses")]
        work.replace(type(one)(f"{OTHER}/graph/courses", "table", (), "2026-01-01T00:00:00+00:00", "eu", 1), file)
    done = called(data, "rebase", PINOAMO_BASE_URL=OTHER)
    assert done.returncode == 2
    assert "unload one of them first" in done.stderr
    assert f"{OTHER}/graph/vocabulary" not in WorkFolder(data).graphs()


def test_keys_keep_their_names_below_the_new_address(tmp_path: Path) -> None:
    keys, namespace = KeyRing(Settings(data=tmp_path)), "http://localhost:8000/id/credential/uni-a."
    keys.create("a", ["update"], "a", ["http://localhost:8000/id/organisation/a"], ["https://uni.example/"])
    path = tmp_path / "keys.json"
    path.write_text(path.read_text("utf-8").replace("https://uni.example/", namespace), "utf-8")
    keys.rename(lambda iri: renamed(iri, ["http://localhost:8000"], OTHER))
    [key] = KeyRing(Settings(data=tmp_path)).every()
    assert key.namespaces == (f"{OTHER}/id/credential/uni-a.",)
    assert key.providers == (f"{OTHER}/id/organisation/a",)


# --- make run ---------------------------------------------------------------------------------------------------------


def test_make_run_uses_its_own_port_in_every_name(tmp_path: Path) -> None:
    """`make run` over a program that only tells how it was called: installing is the business of another test."""
    program = tmp_path / "venv" / "bin" / "pinoamo"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$PINOAMO_BASE_URL" "$@"\n')
    program.chmod(0o755)
    (tmp_path / "venv" / ".installed").touch()

    def run(**more: str) -> str:
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **more}
        call = ["make", "--silent", "run", f"VENV={tmp_path / 'venv'}", "PORT=8123"]
        return subprocess.run(call, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout.split()[0]

    assert run() == "http://localhost:8123"
    assert run(PINOAMO_BASE_URL=OTHER) == OTHER
    assert run(PINOAMO_CONFIG="settings.toml") == "serve"


@pytest.mark.slow
def test_the_demo_follows_the_port_of_make_run_and_own_data_do_not(data: Path, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    for words in (("load", "requirements", DEMO), ("publish",)):
        assert called(demo, *words).returncode == 0
    with serving(demo, "--demo-if-empty", PINOAMO_BASE_URL=OTHER) as (client, said):
        assert said[0] == f"Names that began with http://localhost:8000 begin with {OTHER} now."
        assert f"<{OTHER}/graph/programmes> " in client.get("/void?format=nt").text
    refused = called(data, "serve", "--demo-if-empty", "--port", str(free_port()), PINOAMO_BASE_URL=OTHER)
    assert refused.returncode == 2
    assert WorkFolder(data).bases() == {"http://localhost:8000"}  # untouched


def test_the_guide_names_what_the_compose_file_has() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    assert "pinoamo" in compose["services"]
    assert URIRef("https://university.example/") in Dataset().parse(data=COURSE, format="turtle").subjects()

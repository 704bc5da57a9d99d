"""What documents tell people to type can be typed: shell that parses, commands and options that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer.main

from service.cli.main import app
from tests.conftest import ROOT
from tests.documented_commands import DOCUMENTS, command_of, commands

pytestmark = pytest.mark.system

ALL = [(path, command) for path in DOCUMENTS for command in commands(path)]
IDS = [f"{path.name}: {command[:60]}" for path, command in ALL]
_BEFORE = (
    r"\A(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?|run --rm (?:--volume \S+ )?|env \$\(cat /etc/pinoamo\.env\) /opt/pinoamo/bin/"
)
_CALL = re.compile(rf"(?:{_BEFORE})pinoamo (.*)\Z", re.DOTALL)
CALLS = [found[1] for _, command in ALL if (found := _CALL.search(command))]


def test_documents_show_commands() -> None:
    assert len(ALL) > 30
    assert len(CALLS) > 10


@pytest.mark.parametrize(("path", "command"), ALL, ids=IDS)
def test_command_is_shell(path: Path, command: str) -> None:
    text = re.sub(r"\[[^\]]*\]|[{}<>|]", "_", command)  # marks of what may be left out, and of what is to be filled in
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\\\\" not in command


@pytest.mark.parametrize("command", CALLS, ids=lambda command: command[:70])
def test_command_and_its_options_exist(command: str) -> None:
    found = typer.main.get_command(app)
    for word in shlex.split(command.replace("[", " ").replace("]", " "), comments=True):
        below = getattr(found, "commands", {})
        if word in below:
            found = below[word]
        elif word.startswith("--"):
            options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
            assert word.partition("=")[0] in {*options, "--help"}, command
        else:
            assert not below or not re.fullmatch(r"[a-z][a-z-]+", word), command


@pytest.mark.parametrize("words", ["7878/store", "sparql-graph-crud-auth"])
def test_settings_of_an_engine_are_exported(words: str) -> None:
    script = command_of("docs/engines.md", words) + "\nenv"
    done = subprocess.run(
        ["bash", "-c", script], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    exported = set(re.findall(r"^(PINOAMO_\w+)=\S", done.stdout, re.MULTILINE))
    named = set(re.findall(r"PINOAMO_\w+", script))
    assert exported == named
    assert done.stderr == ""


def test_the_unit_and_the_image_are_not_forgotten() -> None:
    assert any("deploy/pinoamo.service" in command for _, command in ALL)
    assert (ROOT / "deploy" / "pinoamo.service").exists()

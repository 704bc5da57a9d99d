"""The commands of docs/writing.md, run as they stand against a server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.settings import Settings
from service.writing.keys import SCOPES, KeyRing
from tests.api.test_programme_writes import body, programme
from tests.conftest import ROOT
from tests.support.serving import publish, running
from tests.support.writing import turtle

DOCUMENT = (ROOT / "docs" / "writing.md").read_text("utf-8")
COMMANDS = re.findall(r"^    (curl .+)$", DOCUMENT, re.MULTILINE)
BASE = "http://localhost:8000"
TITLE = "http://purl.org/dc/terms/title"
FILES = {
    "course.ttl": turtle(),
    "degree.ttl": programme("A degree"),
    "uni.ttl": body("A university"),
    "courses.csv": "id,title@en\na,First\n",
    "fix.ru": f'INSERT DATA {{ GRAPH <{BASE}/graph/platform> {{ <http://x/a> <{TITLE}> "a" }} }}',
    "all.ttl": f'<http://x/a> <{TITLE}> "b" .',
}


def test_the_commands_of_the_document_do_what_it_says(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip(reason="the examples are curl commands, and there is no curl on this machine")
    settings = Settings(data=tmp_path / "var", workers=1)
    publish(settings, {f"{BASE}/graph/x": "<http://x/a> <http://x/p> <http://x/b> ."})
    key = KeyRing(settings).create("platform", SCOPES)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert len(COMMANDS) == 9
    number = ""
    with running(settings) as address:
        for command in COMMANDS:
            text = command.replace("graph={B}", f"graph={BASE}").replace("{B}", address)
            text = text.replace("0123456789abcdef", number).replace("curl ", "curl --silent --show-error --fail ", 1)
            done = subprocess.run(
                ["bash", "-c", text], cwd=tmp_path, env={**os.environ, "KEY": key}, capture_output=True, check=False,
                text=True, timeout=600,
            )  # fmt: skip
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            if "/imports?" in command:
                number = json.loads(done.stdout.partition("\n\n")[2] or done.stdout.splitlines()[-1])["id"]


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_is_described(scope: str) -> None:
    assert f"| `{scope}` |" in DOCUMENT

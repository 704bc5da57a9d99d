"""Rules that every test obeys: `make test-fast` holds what starts and publishes nothing; no name names this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.system

HOOKS = """
from tests.conftest import (
    pytest_collection_modifyitems, pytest_configure, pytest_runtest_protocol, pytest_runtest_teardown
)
"""
STARTING = """
import asyncio, contextlib, multiprocessing, os, subprocess, threading
import pytest
from service.settings import Settings
from tests.support.serving import publish

RUN = ["true"]

@pytest.fixture
def started(): os.system("true")

async def child(): await asyncio.create_subprocess_exec(*RUN)

def test_starts(): subprocess.run(RUN)
def test_hides_it():
    with contextlib.suppress(BaseException): subprocess.run(RUN)
def test_fixture(started): pass
def test_thread():
    thread = threading.Thread(target=subprocess.run, args=(RUN,))
    thread.start()
    thread.join()
def test_loop(): asyncio.run(child())
def test_multiprocessing(): multiprocessing.get_context("spawn").Process(target=print).start()
def test_publishes(tmp_path): publish(Settings(data=tmp_path), {})

@pytest.mark.system
def test_marked(tmp_path):
    subprocess.run(RUN)
    publish(Settings(data=tmp_path), {})

def test_only_counts(): assert 1 + 1 == 2
"""


def tried(folder: Path, text: str) -> str:
    """Return what pytest says of a file of tests that obeys the rules of ours."""
    (folder / "conftest.py").write_text(HOOKS)
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", f"--rootdir={folder}", "test_it.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_only_marked_tests_may_start_a_process_or_publish(tmp_path: Path) -> None:
    said = tried(tmp_path, STARTING)
    passed, wrong = ({*re.findall(rf"^{kind} test_it.py::(\w+)", said, re.MULTILINE)} for kind in ("PASSED", "ERROR"))
    every = {*re.findall(r"^def (test_\w+)", STARTING, re.MULTILINE)}
    assert (wrong, every - wrong) == (every - {"test_marked", "test_only_counts"}, {"test_marked", "test_only_counts"})
    assert passed >= {"test_marked", "test_only_counts"}


def test_a_name_that_holds_the_folder_of_the_checkout_is_refused(tmp_path: Path) -> None:
    said = tried(tmp_path, f"import pytest\n@pytest.mark.parametrize('p', ['{ROOT}/x'])\ndef test_it(p): pass")
    assert "names of tests hold the folder of this checkout, such as test_it.py::test_it[" in said

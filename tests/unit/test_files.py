"""Files that one process locks: who holds one keeps everybody else out, and what stands in it stays."""

from __future__ import annotations

import ast
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from service.files import locked

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent.parent

_HOLDER = """
import fcntl, sys
with open(sys.argv[1], "rb") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_of_another_process_is_respected_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("process 7")
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BlockingIOError), locked(path, 0):
            pass
        holder.kill()
        with locked(path) as file:
            file.seek(0)
            assert file.read() == b"process 7"


def test_two_holders_in_one_process_exclude_each_other_and_the_lock_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, 0), pytest.raises(BlockingIOError), locked(path, 0.01):
        pass
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_only_one_module_locks_files() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "service").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import) and any(alias.name == "fcntl" for alias in node.names)
    }
    assert users == {"service/files.py"}

"""A child program ends with the process that started it, however busy the child is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(sys.platform != "linux", reason="only the kernel of Linux ends a child with its parent"),
]

_PARENT = """
import asyncio, sys
from service.processes.child import Child

async def main() -> None:
    child = await Child.start(*sys.argv[1:])
    await child.read_json()
    print(child._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

_PROGRAMS = [
    pytest.param(["service.workers.query_program", "1024", "", "1", "1"], id="query_program"),
    pytest.param(["service.workers.check_program", "4096", "{}"], id="check_program"),
]


@pytest.mark.parametrize("program", _PROGRAMS)
def test_a_child_too_busy_to_see_its_input_end_goes_with_its_parent(program: list[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT, *program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, signal.SIGSTOP)  # as little as a busy one does it read its input now
        parent.kill()
    try:
        _wait_until_gone(child)
    finally:
        if _lives(child):
            os.kill(child, signal.SIGKILL)


def _wait_until_gone(process: int) -> None:
    until = time.monotonic() + 60
    while _lives(process):
        assert time.monotonic() < until, "the child outlived its parent"
        time.sleep(0.05)


def _lives(process: int) -> bool:
    """Tell whether it runs or is stopped; one that nobody has waited for is dead all the same."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"

"""Limits of memory hold for what a program does, not for the limit of stacks that somebody has set in his shell."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from service.processes.child import ENVIRONMENT
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(sys.platform != "linux", reason="only glibc takes the stacks of threads from that limit"),
]

LARGE_STACK = 64 * 1024 * 1024
MOST = 512 * 1024 * 1024
# Sixteen stacks of 64 MiB would take a gibibyte.
THREADS = """
import threading
go = threading.Event()
threads = [threading.Thread(target=go.wait, daemon=True) for _ in range(16)]
for thread in threads:
    thread.start()
go.set()
print("started")
"""
OF_ITSELF = f"from service.processes.limits import limit_memory\nlimit_memory({MOST})\n{THREADS}"
OF_THE_NEXT = f"""
import os, sys
from service.processes.limits import limit_memory_of_next
limit_memory_of_next({MOST})
os.execv(sys.executable, [sys.executable, "-c", {THREADS!r}])
"""
WITHOUT = f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({MOST}, {MOST}))\n{THREADS}"


def output_under_a_large_stack_limit(program: str) -> str:
    def raise_limit() -> None:
        resource.setrlimit(resource.RLIMIT_STACK, (LARGE_STACK, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True,
        check=False, preexec_fn=raise_limit, timeout=300,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("program", [OF_ITSELF, OF_THE_NEXT], ids=["its own", "of the next"])
def test_threads_fit_into_the_limit_of_memory(program: str) -> None:
    assert output_under_a_large_stack_limit(program) == "started\n"


def test_they_would_not_without() -> None:
    assert "started" not in output_under_a_large_stack_limit(WITHOUT)


def test_address_space_is_limited_in_one_place() -> None:
    files = ROOT.glob("service/**/*.py")
    places = {path.relative_to(ROOT).as_posix() for path in files if "RLIMIT_AS" in path.read_text("utf-8")}
    assert places == {"service/processes/limits.py"}

"""Clocks and tables for benchmarks."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def median_ms(call: Callable[[], object], *, times: int = 9, budget_seconds: float = 20.0) -> float:
    """Return the median time of a call in milliseconds, after one call that is not counted.

    `times` calls, or as many more as fit into half a second: a call of 0.1 ms is not told by nine.
    """
    return medians_ms([call], times=times, budget_seconds=budget_seconds)[0]


def medians_ms(
    calls: Sequence[Callable[[], object]], *, times: int = 9, budget_seconds: float = 20.0
) -> Sequence[float]:
    """Return the median of each call as `median_ms` does, the calls taking turns.

    Other work on the machine then slows all of them, and what is compared is compared at one time.
    """
    start = time.perf_counter()
    first = [_seconds(call) for call in calls]
    taken = [[] if seconds < budget_seconds / 4 else [seconds] for seconds in first]
    turns = 0
    while time.perf_counter() - start < (budget_seconds if turns < times else 0.5) * len(calls):
        for call, seconds in zip(calls, taken, strict=True):
            seconds.append(_seconds(call))
        turns += 1
    return [statistics.median(seconds) * 1000 for seconds in taken]


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def throughput(address: str, *, accept: str = "application/json", clients: int = 8, seconds: int = 5) -> list[str]:
    """Return requests a second and the 95th percentile in ms of one GET, by wrk; dashes where wrk is not installed."""
    program = shutil.which("wrk")
    if program is None:
        return ["–", "–"]
    script = Path(__file__).parent / "percentile.lua"
    command = [program, "-t1", f"-c{clients}", f"-d{seconds}s", "-H", f"Accept: {accept}", "-s", str(script), address]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1].split()


def peak_memory_mb(command: Sequence[str], **options: object) -> tuple[float, float, int]:
    """Run a command; return (seconds, peak resident memory in MiB, exit code)."""
    begin = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run(command, check=False, **options)  # type: ignore[call-overload]
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert after >= before
    return seconds, after / 1024, done.returncode


def machine() -> str:
    """Return one line that says what the figures were taken on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

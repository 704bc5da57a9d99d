"""Reads the peak memory of a process, sets its priority, and lets it end with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


# Found before any fork: between fork and exec as little as possible may happen.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def end_with(parent: int) -> None:
    """Let the kernel kill this process when the thread of `parent` that started it ends; for between fork and exec.

    The loader reads files and no pipe that could close, so on other systems than Linux it runs to its end.
    """
    if _prctl is None:
        return
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended meanwhile
        os._exit(1)


def end_with_parent() -> None:
    """Let the kernel kill this process, however busy it is, when the thread that started it ends.

    Called by a program that reads its standard input: should the parent have ended already, that has ended too.
    """
    end_with(os.getppid())


_STACK_BYTES = 64 * 1024 * 1024


def deepen_stack() -> None:
    """Let the stack of the first thread of this process grow to 64 MiB, eight times the usual.

    The embedded engine works by recursion, and a stack that overflows ends a process without a word. Linux lets the
    stack of the first thread grow up to the limit as it is at that moment.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    most = _STACK_BYTES if hard == resource.RLIM_INFINITY else min(_STACK_BYTES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_STACK, (most, hard))


_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def peak_bytes() -> int:
    """Return the most resident memory this process has had; 0 where there is no /proc to tell.

    Not getrusage: its peak is inherited from the process that started this one, however large that was.
    """
    try:
        found = _PEAK.search(Path("/proc/self/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


_LAST = 19


def be_nice(process: int, more: int) -> None:
    """Add to the niceness of a process that leads its group, and so of all in the group: up to 19, the last in line.

    Linux may share the processor between sessions first (`sched(7)`, autogroups): of a process that leads its session
    the niceness of that is set too. Who has no privilege cannot make a niceness lower again.
    """
    with contextlib.suppress(ProcessLookupError):
        niceness = min(_LAST, os.getpriority(os.PRIO_PROCESS, process) + more)
        os.setpriority(os.PRIO_PGRP, process, niceness)
        if os.getsid(process) == process:
            with contextlib.suppress(OSError):  # another system, or a kernel without them
                Path(f"/proc/{process}/autogroup").write_text(str(niceness))

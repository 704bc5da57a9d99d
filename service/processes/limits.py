"""Limits the memory of a process and reads its peak, sets its priority, and lets it end with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import signal
import sys
from pathlib import Path

OUT_OF_MEMORY = 12
"""The exit code of a program that met its limit of memory: ENOMEM."""

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


_THREAD_STACK_BYTES = 8 * 1024 * 1024
# Longer than a `pthread_attr_t` is on any machine.
_ATTRIBUTES_BYTES = 256


def limit_memory(most: int, *, hard: bool = True) -> None:
    """Limit the address space of this process to `most` bytes and let it leave no core; `hard`: for its children too.

    Call it before any thread is started. With glibc a thread takes as much address space for its stack as the limit of
    stacks was when the program started, 8 MiB unless somebody has raised it: a few threads would then take all there
    is. The stacks of threads started from now on are 8 MiB, whatever that limit was.
    """
    resource.setrlimit(resource.RLIMIT_AS, (most, most if hard else resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "pthread_setattr_default_np"):
        attributes = ctypes.create_string_buffer(_ATTRIBUTES_BYTES)
        library.pthread_attr_init(attributes)
        library.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_THREAD_STACK_BYTES))
        library.pthread_setattr_default_np(attributes)
        library.pthread_attr_destroy(attributes)


def limit_memory_of_next(most: int) -> None:
    """Limit the address space of the program that this process becomes; for between fork and exec."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY or soft > _THREAD_STACK_BYTES:
        resource.setrlimit(resource.RLIMIT_STACK, (_THREAD_STACK_BYTES, hard))


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

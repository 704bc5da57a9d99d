"""How much of the processor a process gets beside others."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

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

"""How much memory this process has at the moment."""

from __future__ import annotations

import resource
from pathlib import Path


def resident_bytes() -> int:
    """Return the resident memory of this process; 0 where there is no /proc to tell.

    Not getrusage: its peak is inherited from the process that started this one, however large that was.
    """
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0

"""How much memory this process has had."""

from __future__ import annotations

import re
from pathlib import Path

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

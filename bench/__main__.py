"""Run the benchmarks one after the other: `make bench`, about an hour. bench/RESULTS.md has recorded figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ESCO = ROOT.parent / "shared" / "data" / "esco" / "v1.1.1"
_OFFICIAL = ("--esco", str(ESCO)) if ESCO.is_dir() else ()

RUNS: tuple[tuple[str, ...], ...] = (
    ("bench.spine", "--credentials", "10000", *_OFFICIAL),
    ("bench.validation",),
    ("bench.differential",),
    ("bench.stacking",),
    ("bench.serving",),
)


def main() -> int:
    """Run each benchmark in a process of its own; return the worst exit code."""
    worst = 0
    for module, *arguments in RUNS:
        print(f"\n## python -m {module} {' '.join(arguments)}\n", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())

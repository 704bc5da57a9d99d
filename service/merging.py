"""Merges the files of the work store when that pays."""

from __future__ import annotations

from datetime import UTC, datetime

from .work import Work

_LEAST = 500_000
"""Statements; fewer are read in no time however they lie."""


def merge_files(work: Work) -> None:
    """Merge the files of the work store when a good part of it came since that was last done.

    Loading leaves a file for each million statements and index, and a look-up asks each. Once it is large, reading
    the whole store is two or three times as fast afterwards, and every release shares the merged files.
    """
    mark = work.folder / "merged"
    since = mark.read_text(encoding="utf-8") if mark.exists() else ""
    sources = work.sources()
    new = sum(source.quads for source in sources if source.loaded >= since)
    if new > max(_LEAST, sum(source.quads for source in sources) // 4):
        work.store.compact()
        mark.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")

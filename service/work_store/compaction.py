"""Merges the files of a store when that saves more than it costs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from .folder import WorkFolder
from .work_store import WorkStore

_LEAST = 500_000
"""Statements; fewer are read in no time however they lie."""


_MANY_DERIVED = 4_000_000
"""Statements: with fourteen million, beside seventy-five, a look-up took ten times as long as after merging."""


class Mergeable(Protocol):
    """A store whose files can be merged."""

    def compact(self) -> None:
        """Merge them."""
        ...


def merge_derived(store: Mergeable, statements: int) -> None:
    """Merge the files of a release's store after so many derived statements were loaded beside the shared files.

    What is merged is shared with the work store no longer, so a few files stay as they are.
    """
    if statements > _MANY_DERIVED:
        store.compact()


def merge_files(work: WorkStore) -> None:
    """Merge the files of the work store when a good part of it came since that was last done.

    Loading leaves a file for each million statements and index, and a look-up asks each. Once it is large, reading
    the whole store is two or three times as fast afterwards, and every release shares the merged files.
    """
    mark = WorkFolder(work.folder.parent).merged
    since = mark.read_text(encoding="utf-8") if mark.exists() else ""
    sources = work.sources()
    new = sum(source.quads for source in sources if source.loaded >= since)
    if new > max(_LEAST, sum(source.quads for source in sources) // 4):
        work.store.compact()
        mark.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")

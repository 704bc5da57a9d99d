"""Where each file of the work store lies, and what can be told of it without opening the store."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

STORE = "store"
"""The folder of the statements, in the work store and in a copy of it."""


class WorkFolder:
    """The places of the work store of a data directory. Nobody else spells their names."""

    def __init__(self, data: Path) -> None:
        self.path = data / "work"
        self.store = self.path / STORE
        self.staged = self.path / "staged"
        """What a load has not announced yet."""
        self.trial = self.path / "trial"
        """A copy that a change is tried on."""
        self.journal = self.path / "journal.json"
        self.announced = self.path / "journal.nq"
        """What the journal says is to be loaded."""
        self.sources = self.path / "sources.json"
        self.log = self.path / "changes.log"
        self.merged = self.path / "merged"
        """Says when the files of the store were merged."""
        self.unpublished = self.path / "unpublished"
        """Is there while acknowledged writes wait for a release."""
        self.held = self.path / "held"
        """Is there after a roll-back, until an operator publishes."""
        self.default_graph = self.path / "default-graph"
        """Is there when the default graph of the store is what all its graphs state."""
        self.touched = self.path / "touched"
        """What was written since the last release."""
        self.esco = self.path / "esco.json"
        """What versions of ESCO that were loaded one after another have changed."""
        self.back = self.path / "back"
        """What the work store is about to be put back to."""
        self.published = self.path / "published"
        """For each kept release a file with the list of sources as it was."""
        self.sent = self.path / "taken.json"
        """Written anew each time a remote engine has taken a release."""

    def sources_at(self, release: int) -> Path:
        """Return where the list of sources is kept as it was when a release was made."""
        return self.published / f"{release}.json"

    @property
    def awaits_publication(self) -> bool:
        """Tell whether something was written through the interfaces that no release holds yet."""
        return self.unpublished.exists() or self.log.exists()

    @property
    def is_interrupted(self) -> bool:
        """Tell whether a load or a removal was announced and is not finished."""
        return self.journal.exists()

    def graphs(self) -> tuple[str, ...]:
        """Return the names of the graphs that are loaded, as far as they can be read."""
        with suppress(OSError, ValueError, LookupError, TypeError):
            return tuple(row["graph"] for row in json.loads(self.sources.read_text(encoding="utf-8")))
        return ()

    def bases(self) -> frozenset[str]:
        """Return the public addresses for which something is loaded: one, unless a change of it was interrupted."""
        return bases_of(self.graphs())

    def holds(self, graph: str, loaded: str) -> bool:
        """Tell whether the store holds what was loaded into a graph at a time, or will when it is opened next."""
        rows: list[dict[str, Any]] = []
        with suppress(OSError, ValueError):
            rows += json.loads(self.sources.read_text(encoding="utf-8"))
        with suppress(OSError, ValueError):
            announced = json.loads(self.journal.read_text(encoding="utf-8"))
            rows += [announced["source"]] if "source" in announced else []  # else it is a removal
        return any(row["graph"] == graph and row["loaded"] == loaded for row in rows)


def bases_of(graphs: Iterable[str]) -> frozenset[str]:
    """Return the public addresses that names of graphs begin with.

    >>> sorted(bases_of(["http://localhost:8000/graph/courses", "https://uni.example/mc/graph/api", "urn:graph:x"]))
    ['http://localhost:8000', 'https://uni.example/mc']
    """
    return frozenset(base for graph in graphs if (base := graph.rpartition("/graph/")[0]))

"""Notes what was written since the last release: which subjects of which graphs, or a graph as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..files import sync_folder


@dataclass(frozen=True, slots=True)
class Touched:
    """What was written: by graph the subjects, None for the whole graph; `everything` when nobody knows."""

    by_graph: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    everything: bool = False

    def graphs(self, every: Iterable[str]) -> Mapping[str, frozenset[str] | None]:
        """Return what was written by graph; all of `every` as a whole when nobody knows."""
        return dict.fromkeys(every) if self.everything else self.by_graph


class TouchedFile:
    """The note of a work store. A line too many does no harm, so that it is written before what it is about."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, subjects: Mapping[str | None, Iterable[str] | None]) -> None:
        """Note subjects by graph, None for the whole graph; under None, everything.

        Raises:
            OSError: it cannot be written.
        """
        lines = [json.dumps([graph, None if found is None else sorted(found)]) for graph, found in subjects.items()]
        new = not self._path.exists()
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(f"\n{line}" for line in lines))  # a line that was cut short ends there
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self._path.parent)

    def read(self) -> Touched:
        """Return what was noted. A line that a crash cut short was of something that had not begun."""
        found: dict[str, frozenset[str] | None] = {}
        if not self._path.exists():
            return Touched()
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                graph, subjects = json.loads(line)
            except ValueError:
                continue
            if graph is None:
                return Touched(everything=True)
            before = found.get(graph, frozenset())
            found[graph] = None if subjects is None or before is None else before | frozenset(subjects)
        return Touched(found)

    def clear(self) -> None:
        """Forget it: a release holds all there is."""
        self._path.unlink(missing_ok=True)

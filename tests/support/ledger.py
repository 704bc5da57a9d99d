"""What a data directory must hold, kept by whoever watches the commands: acknowledged writes, and one under way."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from service.catalogue.records import Filters
from service.releases.readers import Readers
from service.releases.releases import Releases, damaged_files
from service.sparql.named_queries import load_queries
from service.store.protocol import Store
from service.work_store.work_store import open_work
from tests.support.killed_commands import SHARED, SIZE, TITLE, Command, settings_of, title_of

Snapshot = frozenset[str]
"""The titles that are there; each stands for `SIZE` records."""

_TITLES = f"SELECT ?t (COUNT(*) AS ?n) WHERE {{ ?c <{TITLE}> ?t }} GROUP BY ?t"


@dataclass
class Ledger:
    """`sources` and `serving` are acknowledged; `releases` says what each number must answer."""

    data: Path
    sources: dict[str, str] = field(default_factory=dict)
    serving: int | None = None
    releases: dict[int, Snapshot] = field(default_factory=dict)
    pending: Command | None = None

    def take(self, message: tuple[str, Command, int | None]) -> None:
        """Note what a process told."""
        kind, command, number = message
        if kind == "begun":
            self.pending = command
        elif kind == "done":
            self.pending = None
            self.sources = self._after(command)
            if number is not None:
                self.serving = number
                self.releases.setdefault(number, self.snapshot())

    def snapshot(self) -> Snapshot:
        """Return what a release made now holds."""
        return frozenset(title_of(graph, version) for graph, version in self.sources.items())

    def may_answer(self, number: int) -> Snapshot:
        """Return what a release must answer; an unknown one is the one being published."""
        if number not in self.releases:
            assert self.pending == ("publish",), f"nobody published release {number}"
        return self.releases.get(number, self.snapshot())

    def check(self) -> tuple[str, ...]:
        """Hold the disk to the ledger after a kill, as the next command finds it; return what that command says."""
        data = self.data
        left = [path for traces in ("work/journal.*", "work/staged/*", "releases/.*.p*") for path in data.glob(traces)]
        left += [log for log in data.glob("work/changes.log") if log.stat().st_size]
        announced = (data / "work" / "journal.json").exists()
        with open_work(data) as work:
            said = work.recovered
            stored = {source.graph: source.files[0][0] for source in work.sources()}
            assert _titles(work.store) == {title_of(*pair): SIZE for pair in stored.items()}
            assert _shared(work.store) == bool(stored)
        assert bool(said) == bool(left), (said, left)
        after = self._after(self.pending) if self.pending else self.sources
        assert stored in ([after] if announced else [self.sources, after]), (stored, self.sources, self.pending)
        self._check_releases()
        self.sources, self.pending = stored, None
        return said

    def _check_releases(self) -> None:
        published = Releases(self.data)
        for number in published.numbers():
            self.releases.setdefault(number, self.may_answer(number))
            assert damaged_files(published.release(number)) == ()
        serving = published.current_number()
        allowed = {self.serving}
        if self.pending == ("publish",):
            allowed.add(max(published.numbers(), default=None))
        elif self.pending and self.pending[0] == "rollback":
            allowed.add(int(self.pending[1]))
        assert serving in allowed, (serving, allowed)
        self.serving = serving
        if serving is None:
            return
        readers = Readers(settings_of(self.data), load_queries())
        try:
            reader = readers.current()
            expected = dict.fromkeys(self.releases[serving], SIZE)
            assert reader.number == serving
            assert _titles(reader.store) == expected
            assert _shared(reader.store) == bool(expected)
            page = reader.catalogue.credentials(Filters(), limit=100)
            assert page.total == SIZE * len(expected)
            assert {text for item in page.items for text in item.title.values()} == set(expected)
        finally:
            readers.close()

    def _after(self, command: Command) -> dict[str, str]:
        match command:
            case ("load" | "write", graph, version):
                return {**self.sources, graph: version}
            case ("unload", graph):
                return {other: version for other, version in self.sources.items() if other != graph}
        return self.sources


def _titles(store: Store) -> dict[str, int]:
    return {row["t"].value: int(row["n"].value) for row in store.select(_TITLES).rows}


def _shared(store: Store) -> int:
    """Return how often the default graph has what every source states."""
    return int(store.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ <{SHARED}> ?p ?o }}").rows[0]["n"].value)


def hear(ledger: Ledger, told: Connection, seconds: float = 0.0) -> Any:
    """Note everything a process has told by now; return what its last message said."""
    last = None
    with contextlib.suppress(EOFError):
        while told.poll(seconds):
            message = told.recv()
            ledger.take(message)
            last = message[2]
            seconds = 0.0
    return last

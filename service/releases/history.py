"""The log of changes: what happened to each record in which release, kept by time however few releases are kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal, NamedTuple

from ..errors import StoreUnavailable

What = Literal["added", "changed", "removed"]

_FILE = "changes.sqlite"
_WAIT_SECONDS = 5.0
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE release (number INTEGER PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE change (
  release INTEGER NOT NULL, iri TEXT NOT NULL, graph TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,
  before TEXT, after TEXT, provider TEXT NOT NULL, properties TEXT
);
CREATE INDEX change_iri ON change (iri, release);
CREATE INDEX change_release ON change (release);
CREATE TABLE state (
  graph TEXT NOT NULL, iri TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, provider TEXT NOT NULL,
  PRIMARY KEY (graph, iri)
) WITHOUT ROWID;
CREATE INDEX state_iri ON state (iri);
"""


class State(NamedTuple):
    """What the newest release says of a record in one graph: its kind, a number that stands for it, its provider."""

    kind: str
    value: str
    provider: str


class Row(NamedTuple):
    """What one release changed of a record in one graph.

    `what` is said of the record whatever graph it is in; `before` and `after` stand for what this graph says, None for
    nothing. `properties` are those whose values differ; None when nobody compared them.
    """

    iri: str
    graph: str
    kind: str
    what: What
    before: str | None
    after: str | None
    provider: str
    properties: tuple[str, ...] | None = None


class Net(NamedTuple):
    """What became of a record from one release to another."""

    iri: str
    kind: str
    change: What
    release: int
    at: str
    graphs: tuple[str, ...]
    provider: str
    properties: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which changes are asked for; None stands for all."""

    graph: str | None = None
    provider: str | None = None
    kind: str | None = None


class History:
    """The log of a data directory. One process writes it, any number read it."""

    def __init__(self, data: Path) -> None:
        self._path = data / "history" / _FILE

    # --- writing ------------------------------------------------------------------------------------------------------

    def begin(self, release: int, states: Mapping[tuple[str, str], State], at: str = "") -> None:
        """Begin a new log after a release, of which the states of all records are known; 0 before the first one."""
        self._path.parent.mkdir(exist_ok=True)
        self._path.unlink(missing_ok=True)
        with self._writing() as base:
            base.executescript(_TABLES)
            base.execute("BEGIN")
            base.executemany("INSERT INTO meta VALUES (?, ?)", [("release", release), ("start", release)])
            if release:
                base.execute("INSERT INTO release VALUES (?, ?)", (release, at))
            base.executemany(
                "INSERT INTO state VALUES (?, ?, ?, ?, ?)",
                ((graph, iri, *state) for (graph, iri), state in states.items()),
            )

    def append(self, release: int, at: str, rows: Iterable[Row], days: int) -> None:
        """Add what a release changed, and forget what is older than so many days."""
        with self._writing() as base:
            base.execute("BEGIN")
            for row in rows:
                properties = None if row.properties is None else json.dumps(row.properties)
                base.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             (release, row.iri, row.graph, row.kind, row.what, row.before, row.after, row.provider,
                              properties))  # fmt: skip
                if row.after is None:
                    base.execute("DELETE FROM state WHERE graph = ? AND iri = ?", (row.graph, row.iri))
                else:
                    base.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)",
                                 (row.graph, row.iri, row.kind, row.after, row.provider))  # fmt: skip
            base.execute("INSERT OR REPLACE INTO release VALUES (?, ?)", (release, at))
            base.execute("UPDATE meta SET value = ? WHERE name = 'release'", (release,))
            _forget(base, _text(datetime.fromisoformat(at) - timedelta(days=days)))

    def redact(self, iri: str) -> int:
        """Take out all that is said of a record but that it is gone; return how many rows that were."""
        if not self._path.exists():
            return 0
        with self._writing() as base:
            base.execute("BEGIN")
            # The next release finds that it is gone, and tells those who follow the log.
            base.execute("UPDATE state SET value = '', provider = '' WHERE iri = ?", (iri,))
            found = base.execute(
                "UPDATE change SET what = 'removed', before = NULL, after = NULL, provider = '', properties = NULL "
                "WHERE iri = ?", (iri,),
            )  # fmt: skip
            count = found.rowcount
        with self._writing() as base:
            base.execute("VACUUM")
        return count

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def release(self) -> int | None:
        """Return the newest release that the log tells of; None when there is no log."""
        return self._meta("release")

    @property
    def start(self) -> int | None:
        """Return the release after which the log begins; None when there is no log."""
        return self._meta("start")

    @property
    def begun(self) -> str | None:
        """Return when the log began, None when it tells of every release there was, or when there is none."""
        if not self.start:
            return None
        with self._reading() as base:
            found = base.execute("SELECT MIN(at) FROM release").fetchone()[0]
        return None if found is None else str(found)

    def states(self, graph: str, iris: Iterable[str] | None = None) -> Mapping[str, State]:
        """Return the states of some records, or of all, in a graph of the newest release."""
        with self._reading() as base:
            if iris is None:
                rows = base.execute("SELECT iri, kind, value, provider FROM state WHERE graph = ?", (graph,)).fetchall()
            else:
                asked = "SELECT iri, kind, value, provider FROM state WHERE graph = ? AND iri = ?"
                rows = [row for iri in iris for row in base.execute(asked, (graph, iri))]
        return {row[0]: State(*row[1:]) for row in rows}

    def graphs(self) -> frozenset[str]:
        """Return the graphs that describe a record in the newest release."""
        with self._reading() as base:
            return frozenset(graph for (graph,) in base.execute("SELECT DISTINCT graph FROM state"))

    def graphs_of(self, iris: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Return the graphs that describe each of some records in the newest release; none is left out."""
        with self._reading() as base:
            asked = "SELECT graph FROM state WHERE iri = ?"
            return {iri: frozenset(graph for (graph,) in base.execute(asked, (iri,))) for iri in iris}

    def release_at(self, moment: datetime) -> int:
        """Return the newest release that was made by some time; 0 when the log knows of none."""
        with self._reading() as base:
            found = base.execute("SELECT MAX(number) FROM release WHERE at <= ?", (_text(moment),)).fetchone()[0]
        return 0 if found is None else int(found)

    def changes(self, since: int, until: int, filters: Filters = Filters(), after: str = "") -> Iterator[Net]:
        """Yield what became of each record from one release to another, sorted by IRI, those behind `after` only.

        `until` may be the older one: then what came between is undone.
        """
        low, high = sorted((since, until))
        asked = (
            "SELECT c.iri, c.release, r.at, c.graph, c.kind, c.what, c.before, c.after, c.provider, c.properties "
            "FROM change c JOIN release r ON r.number = c.release "
            "WHERE c.release > ? AND c.release <= ? AND c.iri > ? ORDER BY c.iri, c.release"
        )
        with self._reading() as base:
            for iri, rows in groupby(base.execute(asked, (low, high, after)), key=lambda row: str(row[0])):
                net = _net(iri, list(rows), backwards=until < since)
                if net is not None and _is_asked_for(net, filters):
                    yield net

    def modified_since(self, moment: datetime, until: int) -> Mapping[str, str]:
        """Return the records that were added or changed since some time, each with when last."""
        asked = (
            "SELECT c.iri, MAX(r.at) FROM change c JOIN release r ON r.number = c.release "
            "WHERE r.at >= ? AND c.release <= ? GROUP BY c.iri"
        )
        with self._reading() as base:
            return dict(base.execute(asked, (_text(moment), until)))

    def _meta(self, name: str) -> int | None:
        if not self._path.exists():
            return None
        with self._reading() as base:
            row = base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None)) as base:
                base.execute("PRAGMA synchronous = NORMAL")  # what is lost is in the folders of releases
                yield base
                if base.in_transaction:
                    base.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the log of changes cannot be written: {error}") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", timeout=_WAIT_SECONDS, uri=True)) as base:
                yield base
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the log of changes cannot be read: {error}") from error


def _net(iri: str, rows: Sequence[tuple[object, ...]], *, backwards: bool) -> Net | None:
    """Return what some releases made of a record together; None when it is as it was."""
    first_what, last_what = str(rows[0][5]), str(rows[-1][5])
    was, is_ = first_what != "added", last_what != "removed"
    values: dict[str, tuple[object, object]] = {}
    for row in rows:
        graph = str(row[3])
        values[graph] = (values.get(graph, (row[6], None))[0], row[7])
    differing = tuple(sorted(graph for graph, (before, after) in values.items() if before != after))
    if backwards:
        was, is_ = is_, was
    if not (was or is_) or (was and is_ and not differing):
        return None
    what: What = "changed" if was and is_ else "added" if is_ else "removed"
    last = rows[-1]
    told = [row[9] for row in rows]
    properties = None
    if what == "changed" and None not in told:
        properties = tuple(sorted({name for text in told for name in json.loads(str(text))}))
    provider = next((str(row[8]) for row in reversed(rows) if row[8]), "")
    return Net(
        iri,
        str(last[4]),
        what,
        int(str(last[1])),
        str(last[2]),
        differing or tuple(sorted(values)),
        provider,
        properties,
    )


def _is_asked_for(net: Net, filters: Filters) -> bool:
    return (
        (filters.graph is None or filters.graph in net.graphs)
        and (filters.provider is None or filters.provider == net.provider)
        and (filters.kind is None or filters.kind == net.kind)
    )


def _forget(base: sqlite3.Connection, before: str) -> None:
    newest = base.execute("SELECT MAX(number) FROM release WHERE at < ?", (before,)).fetchone()[0]
    if newest is None:
        return
    # The release before the first change that is kept stays known, so that one can ask from it on.
    base.execute("DELETE FROM change WHERE release <= ?", (newest,))
    base.execute("DELETE FROM release WHERE number < ?", (newest,))
    base.execute("UPDATE meta SET value = MAX(value, ?) WHERE name = 'start'", (newest,))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")

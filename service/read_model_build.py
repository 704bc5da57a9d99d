"""Builds the read model of a release from its store."""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple, get_args

from .binding import MAX_VALUES, bind
from .errors import StoreUnavailable
from .facets import FACETS, Members, blob_from_numbers
from .queries import QUERIES, load_queries
from .read_model import FORMAT
from .records import Kind, Labels
from .store import Row, Store

_LABELS: Mapping[str, str] = {
    "credential": "titles",
    "programme": "titles",
    "skill": "concept-labels",
    "occupation": "concept-labels",
    "provider": "legal-names",
}
"""The query that answers the labels of each kind."""

_SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA page_size = 8192;
PRAGMA user_version = {FORMAT:d};
CREATE TABLE thing (number INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, labels TEXT NOT NULL);
CREATE TABLE title_order (language TEXT PRIMARY KEY, numbers BLOB NOT NULL);
CREATE TABLE value (
  number INTEGER PRIMARY KEY, facet TEXT NOT NULL, iri TEXT NOT NULL, labels TEXT NOT NULL,
  count INTEGER NOT NULL, members BLOB NOT NULL, UNIQUE (facet, iri)
);
CREATE TABLE fact (credential INTEGER, value INTEGER, PRIMARY KEY (credential, value)) WITHOUT ROWID;
CREATE TABLE occupation (
  iri TEXT, skill TEXT, essential INTEGER, PRIMARY KEY (iri, skill, essential)
) WITHOUT ROWID;
CREATE TABLE label_group (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, language TEXT NOT NULL);
CREATE TABLE label (
  number INTEGER PRIMARY KEY, thing INTEGER NOT NULL, text TEXT NOT NULL, label_group INTEGER NOT NULL
);
CREATE TABLE text (lower TEXT PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (name TEXT PRIMARY KEY, numbers BLOB NOT NULL);
CREATE VIRTUAL TABLE trigram USING fts5 (lower, content = '', tokenize = 'trigram case_sensitive 1');
CREATE TEMP TABLE raw (thing INTEGER, text TEXT, lower TEXT, language TEXT, rank TEXT, length INTEGER);
CREATE TEMP TABLE title (thing INTEGER, language TEXT, lower TEXT, PRIMARY KEY (thing, language)) WITHOUT ROWID;
"""

# Equally good hits stand in this order; see `Index.search`.
_LABEL_ORDER = """
CREATE TEMP TABLE ranked AS
SELECT row_number() OVER (
    ORDER BY raw.rank, raw.length, raw.lower, raw.language, raw.text, thing.iri, raw.thing
  ) - 1 AS number, raw.thing, raw.text, raw.lower, label_group.number AS label_group
FROM raw
JOIN thing ON thing.number = raw.thing
JOIN label_group ON label_group.kind = thing.kind AND label_group.language = raw.language
"""
_LABEL_GROUPS = """
INSERT INTO label_group SELECT row_number() OVER (ORDER BY kind, language) - 1, kind, language
FROM (SELECT DISTINCT thing.kind, raw.language FROM raw JOIN thing ON thing.number = raw.thing)
"""
_TEXTS = """
INSERT INTO text SELECT lower, sum(count(*)) OVER (ORDER BY lower) - count(*), count(*)
FROM ranked GROUP BY lower ORDER BY lower
"""
_TITLE_ORDER = """
SELECT thing.number FROM thing WHERE thing.kind = 'credential' ORDER BY (
  SELECT lower FROM title WHERE title.thing = thing.number
  ORDER BY language <> :language, language <> :primary, language <> 'en', language LIMIT 1
), thing.number
"""


def build_index(store: Store, path: Path) -> None:
    """Write the read model of what a store holds, derived graph included, to a new file.

    Rows come in batches and are sorted on disk; what grows in memory is one set of IRIs a kind of thing.

    Raises:
        StoreUnavailable: the file cannot be written, or SQLite lacks FTS5 (it is part of every common build).
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            _Builder(store, database).build()
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the index {path} cannot be written: {error}") from error


class _Label(NamedTuple):
    """A label as the index queries answer it; rank 1 is an alternative one."""

    rank: str
    language: str
    text: str


class _Builder:
    def __init__(self, store: Store, database: sqlite3.Connection) -> None:
        self._store = store
        self._database = database
        self._queries = load_queries(QUERIES / "index")
        self._credentials: dict[str, int] = {}

    def build(self) -> None:
        self._database.executescript(_SCHEMA)
        self._add_things()
        self._add_title_orders()
        self._add_labels()
        self._add_facets()
        self._add_skills()
        self._database.commit()
        self._database.execute("ANALYZE")
        self._database.commit()

    def _rows(self, name: str, arguments: Mapping[str, Sequence[str]] | None = None) -> Sequence[Row]:
        return self._store.select(bind(self._queries[name], arguments or {})).rows

    def _batches(self, name: str, parameter: str, values: Iterable[str]) -> Iterator[tuple[list[str], Sequence[Row]]]:
        """Yield values and the answer to a query about them, the next batch being asked for meanwhile."""
        following = iter(values)
        with ThreadPoolExecutor(1) as pool:
            asked: tuple[list[str], Future[Sequence[Row]]] | None = None
            while True:
                batch = list(islice(following, MAX_VALUES))
                answer = pool.submit(self._rows, name, {parameter: batch}) if batch else None
                if asked is not None:
                    yield asked[0], asked[1].result()
                if answer is None:
                    return
                asked = (batch, answer)

    def _add_things(self) -> None:
        kinds = {row["kind"].value: sorted(set(row["things"].value.split(" "))) for row in self._rows("things")}
        number = 0
        for kind in get_args(Kind):  # micro-credentials come first: their numbers are those of the sets
            things = kinds.pop(kind, [])
            if kind == "credential":
                self._credentials = {iri: place for place, iri in enumerate(things)}
            for batch, rows in self._batches(_LABELS[kind], "thing", things):
                self._add_batch(kind, dict(enumerate(batch, number)), _labels(rows))
                number += len(batch)

    def _add_batch(self, kind: str, things: Mapping[int, str], labels: Mapping[str, Sequence[_Label]]) -> None:
        found = {number: labels.get(iri, ()) for number, iri in things.items()}
        names = {number: _names(some) for number, some in found.items()}
        self._database.executemany(
            "INSERT INTO thing VALUES (?, ?, ?, ?)", ((n, iri, kind, _json(names[n])) for n, iri in things.items())
        )
        self._database.executemany(
            "INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?)",
            ((n, x.text, x.text.lower(), x.language, x.rank, len(x.text)) for n, some in found.items() for x in some),
        )
        if kind == "credential":
            self._database.executemany(
                "INSERT INTO title VALUES (?, ?, ?)",
                ((n, language, title.lower()) for n, some in names.items() for language, title in some.items()),
            )

    def _add_title_orders(self) -> None:
        languages = {language for (language,) in self._database.execute("SELECT DISTINCT language FROM title")}
        for language in sorted(languages | {"en"}):
            rows = self._database.execute(
                _TITLE_ORDER, {"language": language, "primary": language.partition("-")[0]}
            )  # fmt: skip
            self._database.execute("INSERT INTO title_order VALUES (?, ?)", (language, _packed(rows)))

    def _add_labels(self) -> None:
        for statement in (
            _LABEL_GROUPS,
            _LABEL_ORDER,
            "INSERT INTO label SELECT number, thing, text, label_group FROM ranked ORDER BY number",
            # The tokenizer stops at U+0000.
            "INSERT INTO trigram (rowid, lower) SELECT number, replace(lower, char(0), char(65533)) FROM ranked "
            "ORDER BY number",
            "INSERT INTO trigram (trigram) VALUES ('optimize')",
            _TEXTS,
        ):
            self._database.execute(statement)
        for name, statement in (
            ("thing", "SELECT thing FROM ranked ORDER BY number"),
            ("group", "SELECT label_group FROM ranked ORDER BY number"),
            ("lexical", "SELECT number FROM ranked ORDER BY lower, number"),
            ("place", "SELECT row_number() OVER (ORDER BY lower, number) - 1 FROM ranked ORDER BY number"),
        ):
            rows = self._database.execute(statement)
            self._database.execute("INSERT INTO numbers VALUES (?, ?)", (name, _packed(rows)))

    def _add_facets(self) -> None:
        for facet in (*FACETS, "ects"):
            members = self._countries() if facet == "country" else self._members(facet)
            labels = {} if facet == "ects" else self._value_labels(facet, sorted(members))
            for value in sorted(members):
                place = self._add_value(facet, value, members[value], labels.get(value, {}))
                self._database.executemany("INSERT INTO fact VALUES (?, ?)", ((n, place) for n in members[value]))

    def _members(self, facet: str) -> Mapping[str, Sequence[int]]:
        rows = self._rows("facet-members", {"facet": [facet]})
        members = {row["value"].value: self._numbers(row["members"].value) for row in rows}
        return {value: numbers for value, numbers in members.items() if numbers}

    def _countries(self) -> Mapping[str, Sequence[int]]:
        providers = self._members("provider")
        found: dict[str, set[int]] = {}
        for _, rows in self._batches("provider-countries", "provider", providers):
            for row in rows:
                found.setdefault(row["country"].value, set()).update(providers[row["provider"].value])
        return {country: sorted(numbers) for country, numbers in found.items()}

    def _value_labels(self, facet: str, values: Sequence[str]) -> Mapping[str, Labels]:
        query = "legal-names" if facet == "provider" else "concept-labels"
        return {
            value: _names(labels)
            for _, rows in self._batches(query, "thing", values)
            for value, labels in _labels(rows).items()
        }

    def _add_skills(self) -> None:
        narrower = {row["skill"].value: row["taught"].value.split(" ") for row in self._rows("narrower-skills")}
        taught = sorted({skill for skills in narrower.values() for skill in skills})
        teachers = {
            row["skill"].value: array("I", self._numbers(row["credentials"].value))
            for _, rows in self._batches("skill-teachers", "skill", taught)
            for row in rows
        }
        for skill in sorted(narrower):
            self._add_value("skill", skill, sorted(set().union(*(teachers[name] for name in narrower[skill]))), {})
        for row in self._rows("occupation-skills"):
            essential = row["essential"].value == "true"
            self._database.executemany(
                "INSERT OR IGNORE INTO occupation VALUES (?, ?, ?)",
                ((row["occupation"].value, skill, essential) for skill in row["skills"].value.split(" ")),
            )

    def _add_value(self, facet: str, value: str, numbers: Sequence[int], labels: Labels) -> int:
        members = Members.of(numbers, len(self._credentials))
        added = self._database.execute(
            "INSERT INTO value (facet, iri, labels, count, members) VALUES (?, ?, ?, ?, ?)",
            (facet, value, _json(labels), members.count, members.blob),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def _numbers(self, credentials: str) -> list[int]:
        known = self._credentials
        return sorted({known[iri] for iri in credentials.split(" ") if iri in known})


def _labels(rows: Iterable[Row]) -> Mapping[str, Sequence[_Label]]:
    """Return the labels of each thing, each once and sorted."""
    return {
        row["thing"].value: sorted({_label(text) for text in row["labels"].value.split("\n")})
        for row in rows
        if "labels" in row
    }


def _label(text: str) -> _Label:
    rank, language, label = text.split(",", 2)
    return _Label(rank, language.lower(), label.replace("~1", "\n").replace("~0", "~"))


def _names(labels: Iterable[_Label]) -> Labels:
    """Return one preferred label a language: of sorted ones the first."""
    names: dict[str, str] = {}
    for label in labels:
        if label.rank == "0":
            names.setdefault(label.language, label.text)
    return names


def _packed(rows: Iterable[tuple[int]]) -> bytes:
    return blob_from_numbers(number for (number,) in rows)


def _json(labels: Labels) -> str:
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":"))

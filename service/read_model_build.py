"""Builds the read model of a release from its store."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import get_args

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
CREATE TEMP TABLE raw (thing INTEGER, text TEXT, lower TEXT, language TEXT, preferred INTEGER, length INTEGER);
CREATE TEMP TABLE title (thing INTEGER, language TEXT, lower TEXT, PRIMARY KEY (thing, language)) WITHOUT ROWID;
"""

# Equally good hits stand in this order; see `Index.search`.
_LABEL_ORDER = """
CREATE TEMP TABLE ranked AS
SELECT row_number() OVER (
    ORDER BY raw.preferred DESC, raw.length, raw.lower, raw.language, raw.text, thing.iri, raw.thing
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

    def _add_things(self) -> None:
        kinds = {row["kind"].value: sorted(set(row["things"].value.split(" "))) for row in self._rows("things")}
        start = 0
        for kind in get_args(Kind):  # micro-credentials come first: their numbers are those of the sets
            things = kinds.pop(kind, [])
            if kind == "credential":
                self._credentials = {iri: number for number, iri in enumerate(things)}
            for batch in _batches(things):
                self._add_batch(kind, batch, start)
                start += len(batch)

    def _add_batch(self, kind: str, things: Sequence[str], start: int) -> None:
        found: dict[str, set[tuple[str, str, bool]]] = {iri: set() for iri in things}
        for row in self._rows(_LABELS[kind], {"thing": things}):
            label = row["label"]
            found[row["thing"].value].add((label.language or "", label.value, row["preferred"].value == "true"))
        for number, (iri, labels) in enumerate(found.items(), start):
            names = _names(labels)
            self._database.execute("INSERT INTO thing VALUES (?, ?, ?, ?)", (number, iri, kind, _json(names)))
            self._database.executemany(
                "INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?)",
                ((number, text, text.lower(), tag, preferred, len(text)) for tag, text, preferred in sorted(labels)),
            )
            if kind == "credential":
                rows = ((number, language, title.lower()) for language, title in names.items())
                self._database.executemany("INSERT INTO title VALUES (?, ?, ?)", rows)

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
        ):
            rows = self._database.execute(statement)
            self._database.execute("INSERT INTO numbers VALUES (?, ?)", (name, _packed(rows)))

    def _add_facets(self) -> None:
        for facet in (*FACETS, "ects"):
            rows = self._rows("facet-members", {"facet": [facet]})
            members = {row["value"].value: row["credentials"].value for row in rows}
            labels = {} if facet == "ects" else self._value_labels(facet, sorted(members))
            for value in sorted(members):
                place = self._add_value(facet, value, members[value], labels.get(value, {}))
                numbers = self._numbers(members[value])
                self._database.executemany("INSERT INTO fact VALUES (?, ?)", ((number, place) for number in numbers))

    def _value_labels(self, facet: str, values: Sequence[str]) -> Mapping[str, Labels]:
        query = "legal-names" if facet == "provider" else "concept-labels"
        found: dict[str, set[tuple[str, str, bool]]] = {}
        for batch in _batches(values):
            for row in self._rows(query, {"thing": batch}):
                label = (row["label"].language or "", row["label"].value, row["preferred"].value == "true")
                found.setdefault(row["thing"].value, set()).add(label)
        return {value: _names(labels) for value, labels in found.items()}

    def _add_skills(self) -> None:
        for batch in _batches(sorted(row["skill"].value for row in self._rows("skills"))):
            for row in self._rows("skill-members", {"skill": batch}):
                self._add_value("skill", row["skill"].value, row["credentials"].value, {})
        for row in self._rows("occupation-skills"):
            essential = row["essential"].value == "true"
            self._database.executemany(
                "INSERT OR IGNORE INTO occupation VALUES (?, ?, ?)",
                ((row["occupation"].value, skill, essential) for skill in row["skills"].value.split(" ")),
            )

    def _add_value(self, facet: str, value: str, credentials: str, labels: Labels) -> int:
        members = Members.of(self._numbers(credentials), len(self._credentials))
        added = self._database.execute(
            "INSERT INTO value (facet, iri, labels, count, members) VALUES (?, ?, ?, ?, ?)",
            (facet, value, _json(labels), members.count, members.blob),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def _numbers(self, credentials: str) -> list[int]:
        known = self._credentials
        return sorted({known[iri] for iri in credentials.split(" ") if iri in known})


def _names(labels: Iterable[tuple[str, str, bool]]) -> Labels:
    """Return one preferred label a language: the first by code point."""
    names: dict[str, str] = {}
    for language, text, preferred in sorted(labels):
        if preferred:
            names.setdefault(language, text)
    return names


def _batches(things: Iterable[str]) -> Iterator[list[str]]:
    following = iter(things)
    while batch := list(islice(following, MAX_VALUES)):
        yield batch


def _packed(rows: Iterable[tuple[int]]) -> bytes:
    return blob_from_numbers(number for (number,) in rows)


def _json(labels: Labels) -> str:
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":"))

"""Builds the read model of a release from its store."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

from ...errors import StoreUnavailable
from ...linking.text_index_build import build_text_index
from ...linking.words import folded
from ...messages.collation import collation
from ...resources import QUERIES
from ...sparql.named_queries import load_queries
from ...store.oxigraph import OxigraphStore
from ..records import FACETS, Kind, Labels
from .columns import GAPS, Columns, read_columns
from .facets import LISTED, Members, blob_from_numbers
from .passages import SCHEMA, add_taught, things_in_words
from .read_model import FORMAT, text_folder

_LABELS: Mapping[str, str] = {
    "credential": "titles",
    "listed": "titles",
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
CREATE TABLE name_order (kind TEXT, language TEXT, numbers BLOB NOT NULL, PRIMARY KEY (kind, language));
CREATE TABLE value (
  number INTEGER PRIMARY KEY, facet TEXT NOT NULL, iri TEXT NOT NULL, labels TEXT NOT NULL,
  count INTEGER NOT NULL, members BLOB NOT NULL, UNIQUE (facet, iri)
);
CREATE TABLE fact (credential INTEGER, value INTEGER, PRIMARY KEY (credential, value)) WITHOUT ROWID;
CREATE TABLE occupation (
  iri TEXT, skill TEXT, essential INTEGER, PRIMARY KEY (iri, skill, essential)
) WITHOUT ROWID;
CREATE TABLE narrower (skill TEXT, taught TEXT, PRIMARY KEY (taught, skill)) WITHOUT ROWID;
CREATE TABLE requirement (programme TEXT, skill TEXT, PRIMARY KEY (programme, skill)) WITHOUT ROWID;
CREATE TABLE prerequisite (
  dependent TEXT, required TEXT, needed INTEGER, PRIMARY KEY (dependent, required)
) WITHOUT ROWID;
CREATE TABLE label_group (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, language TEXT NOT NULL);
CREATE TABLE label (
  number INTEGER PRIMARY KEY, thing INTEGER NOT NULL, text TEXT NOT NULL, label_group INTEGER NOT NULL
);
CREATE TABLE text (folded TEXT PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (name TEXT PRIMARY KEY, numbers BLOB NOT NULL);
CREATE TEMP TABLE raw (thing INTEGER, text TEXT, lower TEXT, folded TEXT, language TEXT, rank TEXT, length INTEGER);
{SCHEMA}
CREATE TEMP TABLE name (thing INTEGER, language TEXT, lower TEXT, PRIMARY KEY (thing, language)) WITHOUT ROWID;
"""

# Equally good hits stand in this order; see `Index.search`.
_LABEL_ORDER = """
CREATE TEMP TABLE ranked AS
SELECT row_number() OVER (
    ORDER BY raw.rank, raw.length, raw.lower, raw.language, raw.text, thing.iri, raw.thing
  ) - 1 AS number, raw.thing, raw.text, raw.folded, label_group.number AS label_group
FROM raw
JOIN thing ON thing.number = raw.thing
JOIN label_group ON label_group.kind = thing.kind AND label_group.language = raw.language
"""
_LABEL_GROUPS = """
INSERT INTO label_group SELECT row_number() OVER (ORDER BY kind, language) - 1, kind, language
FROM (SELECT DISTINCT thing.kind, raw.language FROM raw JOIN thing ON thing.number = raw.thing)
"""
_TEXTS = """
INSERT INTO text SELECT folded, sum(count(*)) OVER (ORDER BY folded) - count(*), count(*)
FROM ranked GROUP BY folded ORDER BY folded
"""
# A micro-credential without a title is listed, too; a body that awards none is not.
_NAME_ORDER = """
SELECT thing.number FROM thing WHERE thing.kind = :kind
AND (:kind IN ('credential', 'listed') OR EXISTS (SELECT 1 FROM name WHERE name.thing = thing.number))
AND (:kind <> 'provider' OR EXISTS (SELECT 1 FROM value WHERE value.facet = 'provider' AND value.iri = thing.iri))
ORDER BY sort_key((
  SELECT lower FROM name WHERE name.thing = thing.number
  ORDER BY language <> :language, language <> :primary, language <> 'en', language LIMIT 1
)), thing.number
"""
_NAME_LANGUAGES = "SELECT DISTINCT language FROM name JOIN thing ON thing.number = name.thing WHERE thing.kind = ?"

# Only of what is found by words; a micro-credential that is a programme too is two things.
_ADD_PASSAGE = "INSERT INTO passage SELECT number, ?, ?, ? FROM thing WHERE iri = ?"


def build_index(store: OxigraphStore, path: Path, columns: Callable[[], Columns] | None = None) -> None:
    """Write the read model of what a store holds, derived graph included, to a new file, and its text index beside it.

    Labels come in batches and are sorted on disk; what grows in memory are the columns.

    Args:
        store: what is published.
        path: the file.
        columns: gives the columns of the store when they are read already; asked after the labels.

    Raises:
        StoreUnavailable: the file or the text index cannot be written.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            _Builder(store, database).build(columns or partial(read_columns, store))
            build_text_index(text_folder(path), things_in_words(database))
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the index {path} cannot be written: {error}") from error


class _Label(NamedTuple):
    """A label as the index queries answer it; rank 1 is an alternative one, 2 a hidden one."""

    rank: str
    language: str
    text: str


class _Builder:
    def __init__(self, store: OxigraphStore, database: sqlite3.Connection) -> None:
        self._store = store
        self._database = database
        self._queries = load_queries(QUERIES / "index")

    def build(self, columns: Callable[[], Columns]) -> None:
        self._database.executescript(_SCHEMA)
        self._add_things()
        self._add_labels()
        self._add_facets(found := columns())
        self._add_name_orders()
        self._add_skills(found)
        self._add_programmes(found)
        self._add_prerequisites()
        self._add_passages(found)
        self._database.commit()
        self._database.execute("ANALYZE")
        self._database.commit()

    def _table(self, name: str) -> Iterator[list[str]]:
        return self._store.table(self._queries[name].text)

    def _pairs(self, name: str) -> Mapping[str, str]:
        return dict(self._table(name))

    def _add_things(self) -> None:
        kinds = {kind: sorted(set(things.split(" "))) for kind, things in self._table("things")}
        self._first = dict.fromkeys(get_args(Kind), 0)
        number = 0
        # The engine reads the next labels while these are written.
        with ThreadPoolExecutor(1) as pool:
            asked = {name: pool.submit(self._pairs, name) for name in ("titles", "concept-labels", "legal-names")}
            for kind in get_args(Kind):  # micro-credentials come first: their numbers are those of the sets
                things = kinds.get(kind, ())
                self._first[kind] = number
                self._add_kind(kind, things, asked[_LABELS[kind]].result(), number)
                number += len(things)
            names = {True: asked["legal-names"].result(), False: asked["concept-labels"].result()}
        self._database.execute("CREATE INDEX thing_iri ON thing (iri)")
        self._value_labels = {facet: names[facet == "provider"] for facet in FACETS}

    def _add_kind(self, kind: str, things: Sequence[str], labels: Mapping[str, str], first: int) -> None:
        for number, iri in enumerate(things, first):
            found = _labels(labels.get(iri, ""))
            names = _names(found)
            self._database.execute("INSERT INTO thing VALUES (?, ?, ?, ?)", (number, iri, kind, _json(names)))
            self._database.executemany(
                "INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((number, x.text, x.text.lower(), folded(x.text), x.language, x.rank, len(x.text)) for x in found),
            )
            lower = ((number, language, name.lower()) for language, name in names.items())
            self._database.executemany("INSERT INTO name VALUES (?, ?, ?)", lower)

    def _add_name_orders(self) -> None:
        for kind in get_args(Kind):
            languages = {language for (language,) in self._database.execute(_NAME_LANGUAGES, (kind,))}
            for language in sorted(languages | {"en"}):
                self._database.create_function("sort_key", 1, _sort_key(language), deterministic=True)
                wanted = {"kind": kind, "language": language, "primary": language.partition("-")[0]}
                order = _packed(self._database.execute(_NAME_ORDER, wanted))
                self._database.execute("INSERT INTO name_order VALUES (?, ?, ?)", (kind, language, order))

    def _add_labels(self) -> None:
        for statement in (
            _LABEL_GROUPS,
            _LABEL_ORDER,
            "INSERT INTO label SELECT number, thing, text, label_group FROM ranked ORDER BY number",
            "CREATE INDEX label_thing ON label (thing)",
            _TEXTS,
        ):
            self._database.execute(statement)
        for name, statement in (
            ("thing", "SELECT thing FROM ranked ORDER BY number"),
            ("group", "SELECT label_group FROM ranked ORDER BY number"),
            ("lexical", "SELECT number FROM ranked ORDER BY folded, number"),
            ("place", "SELECT row_number() OVER (ORDER BY folded, number) - 1 FROM ranked ORDER BY number"),
        ):
            rows = self._database.execute(statement)
            self._database.execute("INSERT INTO numbers VALUES (?, ?)", (name, _packed(rows)))

    def _add_facets(self, columns: Columns) -> None:
        for facet in (*FACETS, "ects"):
            members = self._countries(columns) if facet == "country" else columns.facets[facet]
            for value in sorted(members):
                labels = {} if facet == "ects" else _names(_labels(self._value_labels[facet].get(value, "")))
                self._add_members(facet, value, members[value], labels, columns.size)
        if columns.listed:
            self._add_listed(columns.listed)

    def _add_listed(self, listed: Columns) -> None:
        """Add the facets of what is listed under names of their own; its numbers begin after all others."""
        for facet in (*FACETS, "ects", *GAPS):
            members = self._countries(listed) if facet == "country" else listed.facets[facet]
            for value in sorted(members):
                found = self._value_labels[facet].get(value, "") if facet in FACETS else ""
                name, labels = LISTED + facet, _names(_labels(found))
                self._add_members(name, value, members[value], labels, listed.size, self._first["listed"])

    def _countries(self, columns: Columns) -> Mapping[str, Sequence[int]]:
        providers = columns.facets["provider"]
        found: dict[str, set[int]] = {}
        for provider, country in self._table("provider-countries"):
            found.setdefault(country, set()).update(providers.get(provider, ()))
        return {country: sorted(numbers) for country, numbers in found.items() if numbers}

    def _add_skills(self, columns: Columns) -> None:
        for skill, narrower in sorted(self._table("narrower-skills")):
            below = narrower.split(" ")
            if columns.listed and (here := [name for name in below if name in columns.listed.teachers]):
                listed = sorted(set().union(*(columns.listed.teachers[name] for name in here)))
                self._add_value(LISTED + "skill", skill, listed, {}, columns.listed.size)
            taught = [name for name in below if name in columns.teachers]
            if not taught:
                continue
            self._database.executemany(
                "INSERT OR IGNORE INTO narrower VALUES (?, ?)", ((skill, name) for name in taught)
            )
            teachers = [columns.teachers[name] for name in taught]
            numbers = teachers[0] if len(teachers) == 1 else sorted(set().union(*teachers))
            self._add_value("skill", skill, numbers, {}, columns.size)
        for occupation, relation, skills in sorted(self._table("occupation-skills")):
            self._database.executemany(
                "INSERT OR IGNORE INTO occupation VALUES (?, ?, ?)",
                ((occupation, skill, relation == "essential") for skill in sorted(skills.split())),
            )

    def _add_programmes(self, columns: Columns) -> None:
        for programme, skills in sorted(self._table("required-skills")):
            rows = ((programme, skill) for skill in sorted(set(skills.split())))
            self._database.executemany("INSERT INTO requirement VALUES (?, ?)", rows)
        self._database.execute("CREATE INDEX requirement_skill ON requirement (skill)")
        known = {iri: number for number, iri in enumerate(columns.things.get("credential", ()))}
        for programme, stated in sorted(self._table("stated-credentials")):
            numbers = sorted({known[iri] for iri in stated.split() if iri in known})
            self._add_members("programme", programme, numbers, {}, columns.size)

    def _add_prerequisites(self) -> None:
        for dependent, named, needed in sorted(self._table("prerequisite-links")):
            those = set(needed.split())
            links = ((dependent, required, required in those) for required in sorted(set(named.split())))
            self._database.executemany("INSERT INTO prerequisite VALUES (?, ?, ?)", links)

    def _add_passages(self, columns: Columns) -> None:
        add_taught(self._database, columns)
        for name, field in (("outcome-titles", "outcome"), ("descriptions", "description")):
            for iri, lines in self._table(name):
                rows = ((field, x.text, x.language, iri) for x in _labels(lines))
                self._database.executemany(_ADD_PASSAGE, rows)
        self._database.executemany(_ADD_PASSAGE, (("code", codes, "", iri) for iri, codes in self._table("codes")))

    def _add_members(
        self, facet: str, value: str, numbers: Sequence[int], labels: Labels, size: int, first: int = 0
    ) -> None:
        """Add a value, and say of each of its members that it has it."""
        place = self._add_value(facet, value, numbers, labels, size)
        self._database.executemany("INSERT INTO fact VALUES (?, ?)", ((first + number, place) for number in numbers))

    def _add_value(self, facet: str, value: str, numbers: Sequence[int], labels: Labels, size: int) -> int:
        members = Members.of(numbers, size)
        added = self._database.execute(
            "INSERT INTO value (facet, iri, labels, count, members) VALUES (?, ?, ?, ?, ?)",
            (facet, value, _json(labels), members.count, members.blob),
        )
        assert added.lastrowid is not None
        return added.lastrowid


def _sort_key(language: str) -> Callable[[str | None], bytes]:
    """Return the function that sorts names for readers of a language; what has none comes first."""
    key = collation(language).key
    return lambda name: b"" if name is None else key(name)


def _labels(lines: str) -> Sequence[_Label]:
    """Return the labels of a thing, each once and sorted."""
    return sorted({_label(line) for line in lines.split("\n") if line})


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

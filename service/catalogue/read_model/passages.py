"""What is said of each thing in words, gathered for the text index: names, outcomes, descriptions, skills, codes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping

from ...linking.text_index_build import Indexed, Passage
from ...rdf.terms import local_name
from .columns import Columns
from .facets import LISTED

SCHEMA = """
CREATE TEMP TABLE passage (thing INTEGER NOT NULL, field TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL);
CREATE TEMP TABLE taught (thing INTEGER, skill INTEGER, PRIMARY KEY (thing, skill)) WITHOUT ROWID;
"""
_BY_FACET: Mapping[str, str] = {"provider": "provider", "field": "code"}
_OWN = """
SELECT CASE rank WHEN '0' THEN 'title' ELSE 'alternative' END, text, language FROM raw WHERE thing = :thing
UNION ALL SELECT field, text, language FROM passage WHERE thing = :thing
"""
_TAUGHT = "SELECT skill FROM taught WHERE thing = ?"
_VALUES = """
SELECT value.facet, value.iri, value.labels FROM fact JOIN value ON value.number = fact.value
WHERE fact.credential = ? AND value.facet IN ('provider', 'field', 'listed:provider', 'listed:field')
"""


def add_taught(database: sqlite3.Connection, columns: Columns) -> None:
    """Note which micro-credential teaches which skill, both by number."""
    database.executemany(
        "INSERT OR IGNORE INTO taught SELECT ?, number FROM thing WHERE kind = 'skill' AND iri = ?",
        ((number, skill) for skill, numbers in columns.teachers.items() for number in numbers),
    )


def things_in_words(database: sqlite3.Connection) -> Iterator[Indexed]:
    """Give every thing of the index that is being built with all its passages; asks for one thing at a time."""
    database.execute("CREATE INDEX raw_thing ON raw (thing)")
    database.execute("CREATE INDEX passage_thing ON passage (thing)")
    for number, iri, kind in database.execute("SELECT number, iri, kind FROM thing ORDER BY number"):
        skills = [skill for (skill,) in database.execute(_TAUGHT, (number,))] if kind == "credential" else ()
        yield Indexed(number, kind, tuple(_passages(database, number, iri, kind)), skills)


def _passages(database: sqlite3.Connection, number: int, iri: str, kind: str) -> Iterator[Passage]:
    yield Passage("key", local_name(iri).replace("-", " "), "")
    for field, text, language in database.execute(_OWN, {"thing": number}):
        yield Passage(field, text, language)
    if kind not in ("credential", "listed"):
        return
    for facet, value, labels in database.execute(_VALUES, (number,)):
        field = _BY_FACET[facet.removeprefix(LISTED)]
        if field == "code":
            yield Passage(field, local_name(value), "")
        for language, text in json.loads(labels).items():
            yield Passage(field, text, language)

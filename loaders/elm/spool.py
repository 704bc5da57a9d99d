"""Keeps the statements of a catalogue on disk until their end is read, and finds them by their subject."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from ..spool import open_spool
from ..vocabulary import CRED, ELM, FOAF, MC, RDF_TYPE

TYPE = f"<{RDF_TYPE}>"
MICRO_CREDENTIAL = f"<{MC}MicroCredential>"
PROGRAMME_TYPES = {f"<{MC}DegreeProgramme>", f"<{MC}ProgrammeModule>"}
ROOT_TYPES = {
    f"<{ELM}Qualification>", f"<{ELM}LearningAchievementSpecification>", MICRO_CREDENTIAL, *PROGRAMME_TYPES,
}  # fmt: skip
# What is about one learner. None of it belongs into a catalogue.
PERSONAL_TYPES = {
    f"<{ELM}{name}>"
    for name in (
        "Person", "EuropeanDigitalCredential", "EuropeanDigitalPresentation", "LearningAchievement", "LearningActivity",
        "LearningAssessment", "LearningEntitlement", "AwardingProcess",
    )
} | {
    f"<{FOAF}Person>", "<http://www.w3.org/ns/person#Person>", f"<{CRED}VerifiableCredential>",
    f"<{CRED}VerifiablePresentation>",
}  # fmt: skip
# Those that are issued to a learner, and checked.
CREDENTIAL_TYPES = {
    f"<{ELM}EuropeanDigitalCredential>", f"<{ELM}EuropeanDigitalPresentation>", f"<{CRED}VerifiableCredential>",
    f"<{CRED}VerifiablePresentation>",
}  # fmt: skip
PERSONAL_LINKS = {
    f"<{CRED}credentialSubject>", f"<{ELM}hasClaim>", f"<{ELM}dateOfBirth>", f"<{ELM}nationalId>", f"<{ELM}nationalID>",
    f"<{FOAF}familyName>", f"<{FOAF}givenName>",
}  # fmt: skip
# Whoever has one of these has a requirement tree, which the gate is to see, whether the source says what it is or not.
TREE_LINKS = {f"<{MC}{name}>" for name in ("requirement", "prerequisite", "corequisite")}
SPECIFICATION = f"<{ELM}learningAchievementSpecification>"
# How a source says that one thing is a part, or the general form, of another: whether the subject is the lesser one.
_LESSER = {
    f"<{ELM}isPartOf>": True, f"<{ELM}hasPart>": False,
    f"<{ELM}generalisationOf>": True, f"<{ELM}specialisationOf>": False,
}  # fmt: skip

_SCHEMA = """
CREATE TABLE block (subject TEXT, lines TEXT);
CREATE TABLE root (id INTEGER PRIMARY KEY, subject TEXT UNIQUE, source TEXT);
CREATE TABLE offer (specification TEXT, subject TEXT);
CREATE TABLE lesser (subject TEXT, beside TEXT);
"""
_BATCH = 4096
_BLOCK_LINES = 4096
_CACHED_NODES = 8192

Statement = tuple[str, str]
"""Predicate and object of a statement, in N-Triples syntax."""


class Description(NamedTuple):
    """What is said of one node.

    Attributes:
        statements: each once, in the order of the source.
        links: those that lead to another node.
        types: the classes of the node.
        is_record: whether it has the type of a record, or a requirement tree, and a name.
        is_personal: whether it is about one learner.
        blocks: where the statements are kept.
    """

    statements: tuple[Statement, ...]
    links: tuple[Statement, ...]
    types: frozenset[str]
    is_record: bool
    is_personal: bool
    blocks: tuple[int, ...]


class CatalogueSpool:
    """Statements in, descriptions out. Successive statements about one node are kept together, as one block."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._subject = ""
        self._lines: list[str] = []
        self._blocks: list[tuple[str, str]] = []
        self._seen = bytearray()
        # Records name the same providers, languages and levels over and over.
        self._cached = lru_cache(maxsize=_CACHED_NODES)(self._read_description)
        self.statements = 0
        self.personal_sources: set[str] = set()
        self.credential_sources: set[str] = set()  # those of them that hold an issued credential
        self.typed_sources: set[str] = set()  # those that say themselves which are micro-credentials

    def add(self, subject: str, predicate: str, value: str, source: str) -> None:
        """Take one statement, its terms in N-Triples syntax."""
        if subject != self._subject or len(self._lines) >= _BLOCK_LINES:
            self._close_block()
            self._subject = subject
        self._lines.append(f"{predicate} {value}")
        self.statements += 1
        if predicate == TYPE:
            if value == MICRO_CREDENTIAL:
                self.typed_sources.add(source)
            if value in ROOT_TYPES and subject.startswith("<"):
                self._add_root(subject, source)
            elif value in PERSONAL_TYPES:
                self.personal_sources.add(source)
                if value in CREDENTIAL_TYPES:
                    self.credential_sources.add(source)
        elif predicate == SPECIFICATION:
            self._database.execute("INSERT INTO offer VALUES (?, ?)", (value, subject))
        elif predicate in _LESSER:
            pair = (subject, value) if _LESSER[predicate] else (value, subject)
            self._database.execute("INSERT INTO lesser VALUES (?, ?)", pair)
        elif predicate in PERSONAL_LINKS:
            self.personal_sources.add(source)
        elif predicate in TREE_LINKS and subject.startswith("<"):
            self._add_root(subject, source)

    def finish(self) -> None:
        """Make everything findable; nothing may be added after this."""
        self._close_block()
        self._store_blocks()
        self._database.execute("CREATE INDEX block_subject ON block (subject)")
        self._database.execute("CREATE INDEX offer_specification ON offer (specification)")
        self._database.execute("CREATE INDEX lesser_subject ON lesser (subject)")
        (count,) = self._database.execute("SELECT coalesce(max(rowid), 0) FROM block").fetchone()
        self._seen = bytearray(count + 1)

    def roots(self) -> Iterator[tuple[str, str]]:
        """Yield every node that is a record, with the source that said so first, in the order of the sources."""
        yield from self._database.execute("SELECT subject, source FROM root ORDER BY id")

    def offers(self, root: str) -> list[str]:
        """Return the nodes that say which record they offer or award."""
        rows = self._database.execute("SELECT DISTINCT subject FROM offer WHERE specification = ?", (root,))
        return [subject for (subject,) in rows]

    def beside(self, root: str) -> list[str]:
        """Return the nodes of which a record is a part or the general form."""
        rows = self._database.execute("SELECT DISTINCT beside FROM lesser WHERE subject = ?", (root,))
        return [beside for (beside,) in rows]

    def describe(self, node: str) -> Description:
        """Return what is said of a node: each statement once, in the order of the source."""
        return self._cached(node)

    def is_described(self, node: str) -> bool:
        """Tell whether anything is said of a node."""
        return self._database.execute("SELECT 1 FROM block WHERE subject = ?", (node,)).fetchone() is not None

    def mark(self, description: Description) -> None:
        """Remember that a description has found its place; `leftovers` leaves it out."""
        for number in description.blocks:
            self._seen[number] = 1

    def leftovers(self) -> Iterator[str]:
        """Yield the nodes that are described and have found no place, in the order of the source."""
        for rowid, subject in self._database.execute("SELECT rowid, subject FROM block ORDER BY rowid"):
            if not self._seen[rowid]:
                yield subject

    def _add_root(self, subject: str, source: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO root (subject, source) VALUES (?, ?)", (subject, source))

    def _read_description(self, node: str) -> Description:
        found: dict[Statement, None] = {}
        blocks = self._database.execute(
            "SELECT rowid, lines FROM block WHERE subject = ? ORDER BY rowid", (node,)
        ).fetchall()
        for _, lines in blocks:
            for line in lines.split("\n"):
                predicate, _, value = line.partition(" ")
                found[predicate, value] = None
        types = frozenset(value for predicate, value in found if predicate == TYPE)
        return Description(
            statements=tuple(found),
            links=tuple(one for one in found if one[1][0] != '"' and one[0] != TYPE),
            types=types,
            is_record=node[0] == "<"
            and (not types.isdisjoint(ROOT_TYPES) or any(one[0] in TREE_LINKS for one in found)),
            is_personal=not types.isdisjoint(PERSONAL_TYPES) or any(one[0] in PERSONAL_LINKS for one in found),
            blocks=tuple(number for number, _ in blocks),
        )

    def _close_block(self) -> None:
        if self._lines:
            self._blocks.append((self._subject, "\n".join(self._lines)))
            self._lines = []
            if len(self._blocks) >= _BATCH:
                self._store_blocks()

    def _store_blocks(self) -> None:
        self._database.executemany("INSERT INTO block VALUES (?, ?)", self._blocks)
        self._blocks.clear()


@contextmanager
def open_catalogue_spool() -> Iterator[CatalogueSpool]:
    """Give an empty spool that vanishes when it is closed."""
    with open_spool(_SCHEMA) as database:
        yield CatalogueSpool(database)

"""Reads ESCO's RDF release as a stream, and keeps only the plain form of concepts (docs/model.md §2).

SKOS-XL labels, reified relations, inverse and transitive properties are dropped as they pass. Descriptions stand on
nodes of their own, before or after the concept; they wait in a temporary database and are written last, as text in a
language.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

from ..identifiers import InvalidIri, iri_term, is_language_tag
from ..parsing import literal_parts, parse_statements
from ..report import Report
from ..sources import Member
from ..spool import open_spool
from ..statements import StatementWriter, text_term
from ..vocabulary import DCTERMS, ESCO, ESCO_ID, ISO_THES, RDF_TYPE, SKOS
from .withdrawn import is_withdrawn

KINDS = ("ttl", "nt", "rdf")

_TYPE = f"<{RDF_TYPE}>"
_COUNTED = {
    f"<{ESCO}Skill>": "skills", f"<{ESCO}Occupation>": "occupations", f"<{SKOS}Concept>": "concepts",
    f"<{SKOS}ConceptScheme>": "concept schemes",
}  # fmt: skip
_STATUS, _REPLACED_BY = f"<{ISO_THES}status>", f"<{DCTERMS}isReplacedBy>"
_TEXTS = {
    *(f"<{SKOS}{name}>" for name in ("prefLabel", "altLabel", "hiddenLabel", "notation")),
    *(f"<{DCTERMS}{name}>" for name in ("title", "modified", "issued")), _STATUS, f"<{ESCO}hasNACECode>",
    f"<{ESCO}regulatedProfessionNote>",
}  # fmt: skip
# What a withdrawn concept is no longer: see `withdrawn`.
_OF_TODAY = {f"<{ESCO}{name}>" for name in ("Skill", "Occupation")}
_GROUPS = {f"<{ISO_THES}ConceptGroup>", f"<{SKOS}Collection>"}
_NOTES = {f"<{DCTERMS}description>", f"<{SKOS}definition>", f"<{SKOS}scopeNote>"}
_ESSENTIAL, _OPTIONAL = f"<{ESCO}relatedEssentialSkill>", f"<{ESCO}relatedOptionalSkill>"
_LINKS = {f"<{SKOS}{name}>" for name in ("broader", "inScheme", "exactMatch")} | {
    *(f"<{ESCO}{name}>" for name in ("skillType", "skillReuseLevel", "memberOfISCOGroup", "hasNACECode",
                                     "regulatedProfessionNote")),
    _ESSENTIAL, _OPTIONAL, _STATUS, _REPLACED_BY,
}  # fmt: skip
_TEXT_OF_NODE, _LANGUAGE_OF_NODE = f"<{ESCO}nodeLiteral>", f"<{ESCO}language>"
_DROPPED = tuple(f"<{ESCO_ID}{name}/" for name in ("label", "node-literal", "relation", "identifier"))
_SCHEMA = """
CREATE TABLE type (concept TEXT, class TEXT, source TEXT);
CREATE TABLE withdrawn (concept TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE note (concept TEXT, predicate TEXT, node TEXT);
CREATE TABLE text (node TEXT, value TEXT);
CREATE TABLE language (node TEXT, value TEXT);
"""
_TYPES = "SELECT type.concept, class, source, withdrawn.concept FROM type LEFT JOIN withdrawn USING (concept)"
_JOIN = """
SELECT note.concept, note.predicate, note.node, text.value, language.value
FROM note LEFT JOIN text USING (node) LEFT JOIN language USING (node) ORDER BY note.rowid
"""


def load(members: list[Member], writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Read the files as one graph and return how many concepts and relations were written."""
    counts: Counter[str] = Counter()
    with open_spool(_SCHEMA) as spool:
        for member in members:
            for subject, predicate, value in _read(member):
                _sort_statement(subject, predicate, value, member, spool, counts, writer, report)
        _write_types(spool, writer, counts, report)
        _write_notes(spool, members[0].name, writer, report)
    return dict(counts)


def _read(member: Member) -> Iterator[tuple[str, str, str]]:
    with member.open() as stream:
        yield from parse_statements(stream, member.kind, member.name)


def _sort_statement(
    subject: str,
    predicate: str,
    value: str,
    member: Member,
    spool: sqlite3.Connection,
    counts: Counter[str],
    writer: StatementWriter,
    report: Report,
) -> None:
    """Write a statement, let it wait for its text, or drop it."""
    if predicate == _TEXT_OF_NODE:
        spool.execute("INSERT INTO text VALUES (?, ?)", (subject, value))
    elif predicate == _LANGUAGE_OF_NODE:
        spool.execute("INSERT INTO language VALUES (?, ?)", (subject, value))
    elif not subject.startswith("<" + ESCO_ID) or subject.startswith(_DROPPED):
        return
    elif predicate in (_STATUS, _REPLACED_BY):
        _note_withdrawn(spool, subject, predicate, value)
        _write(subject, predicate, value, member, writer, report)
    elif predicate in _NOTES and not value.startswith('"'):
        spool.execute("INSERT INTO note VALUES (?, ?, ?)", (subject, predicate, value))
    elif predicate == _TYPE:
        if value in _COUNTED or value in _GROUPS:
            spool.execute("INSERT INTO type VALUES (?, ?, ?)", (subject, value, member.name))
    elif (predicate in _TEXTS or predicate in _NOTES) and value.startswith('"'):
        _write(subject, predicate, value, member, writer, report)
    elif (predicate in _LINKS) and value.startswith("<"):
        counts["skill relations"] += predicate in (_ESSENTIAL, _OPTIONAL)
        _write(subject, predicate, value, member, writer, report)


def _write(subject: str, predicate: str, value: str, member: Member, writer: StatementWriter, report: Report) -> None:
    try:
        iri_term(subject[1:-1])
        if value.startswith("<"):
            iri_term(value[1:-1])
    except InvalidIri as error:
        report.error(member.name, 0, predicate[1:-1], f"{error}; the statement is left out")
        return
    writer.add_line(f"{subject} {predicate} {value}")


def _note_withdrawn(spool: sqlite3.Connection, subject: str, predicate: str, value: str) -> None:
    status = value.strip("<>") if value.startswith("<") else literal_parts(value)[0]
    if is_withdrawn("" if predicate == _REPLACED_BY else status, replaced=predicate == _REPLACED_BY):
        spool.execute("INSERT OR IGNORE INTO withdrawn VALUES (?)", (subject,))


def _write_types(spool: sqlite3.Connection, writer: StatementWriter, counts: Counter[str], report: Report) -> None:
    """Write the classes of concepts, last, when it is known which of them are withdrawn."""
    for subject, class_iri, source, withdrawn in spool.execute(_TYPES):
        if withdrawn and class_iri in _OF_TODAY:
            counts["withdrawn concepts"] += 1
            continue
        try:
            iri_term(subject[1:-1])
        except InvalidIri as error:
            report.error(source, 0, RDF_TYPE, f"{error}; the statement is left out")
            continue
        if class_iri in _COUNTED:
            counts[_COUNTED[class_iri]] += 1
        writer.add_line(f"{subject} {_TYPE} {class_iri}")


def _write_notes(spool: sqlite3.Connection, source: str, writer: StatementWriter, report: Report) -> None:
    """Write the texts of the nodes that stand between a concept and its description."""
    spool.execute("CREATE INDEX text_node ON text (node)")
    spool.execute("CREATE INDEX language_node ON language (node)")
    for concept, predicate, node, text, language in spool.execute(_JOIN):
        value, own_language, _ = literal_parts(text or "")
        tag = own_language or literal_parts(language or "")[0]
        if text is None or not is_language_tag(tag):
            report.error(source, 0, predicate[1:-1], f"the node {node} of {concept} has no text in a language")
        else:
            writer.add_line(f"{concept} {predicate} {text_term(value, tag)}")

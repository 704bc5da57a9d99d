"""Reads ESCO's CSV packs: any version, any set of languages; it finds columns by name.

The packs have traps (each has a test): alternative labels one a line, but ` | ` in collections; the preferred label
repeated among the alternatives; blanks around labels; short records; concepts repeated with another date; a wrong
`originalSkillType`; codes that are text; relations to concepts that are not in the packs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ..report import Report, SourceError
from ..rows import csv_rows
from ..sources import Member
from ..statements import StatementWriter
from ..vocabulary import DCTERMS, ESCO, ESCO_ID, ISCED_F, ISO_THES, SKOS
from .withdrawn import is_withdrawn

KINDS = ("csv",)

_NAME = re.compile(r"([A-Za-z]+?)(?:_([a-z]{2,3}(?:-[a-z]{2})?))?", re.IGNORECASE)
_CONCEPT = re.compile(r"http://data\.europa\.eu/esco/[a-z-]+/[A-Za-z0-9._-]+")
_SKILL_TYPES = {"skill/competence": "skill", "skill": "skill", "knowledge": "knowledge"}
_REUSE_LEVELS = ("transversal", "cross-sector", "sector-specific", "occupation-specific")
_RELATIONS = {"essential": ESCO + "relatedEssentialSkill", "optional": ESCO + "relatedOptionalSkill"}
_CONCEPT_FILES = {
    "skillgroups": ("skill groups", ""),
    "iscogroups": ("ISCO groups", ""),
    "skills": ("skills", ESCO + "Skill"),
    "occupations": ("occupations", ESCO + "Occupation"),
}
_REPLACED_BY = DCTERMS + "isReplacedBy"
_MORE_LINKS = {
    "isReplacedBy": _REPLACED_BY,
    "exactMatch": SKOS + "exactMatch",
    "regulatedProfessionNote": ESCO + "regulatedProfessionNote",
    "naceCode": ESCO + "hasNACECode",
}
_GROUP_TYPES = ("SkillGroup", "ISCOGroup")
_ISCED_CODE = re.compile(r"/isced-f/([0-9]{2,4})$")
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?")
_BROADER_FILES = ("broaderrelationsskillpillar", "broaderrelationsoccpillar")
_RELATION_FILES = {
    "occupationskillrelations": ("occupationUri", "skillUri", "occupations", "occupation-skill relations"),
    "skillskillrelations": ("originalSkillUri", "relatedSkillUri", "skills", "skill-skill relations"),
}
_COLLECTIONS = {
    "digitalskillscollection": "6c930acd-c104-4ece-acf7-f44fd7333036",
    "researchoccupationscollection": "8ae4b9f3-507e-4057-a145-2f96f0132613",
    "digcompskillscollection": "digcomp",
    "greenskillscollection": "green",
    "researchskillscollection": "research",
    "languageskillscollection": "skill-language-groups",
    "transversalskillscollection": "skill-transversal-groups",
}
# Files are read in this order, so that relations meet concepts that are known.
_ORDER = ("conceptschemes", *_CONCEPT_FILES, "skillshierarchy", *_BROADER_FILES, *_RELATION_FILES, *_COLLECTIONS)


@dataclass(slots=True)
class _Pack:
    """What has been read so far: the kind of every concept, the facts written about it, and counts."""

    writer: StatementWriter
    report: Report
    kinds: dict[str, str] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def orphan(self, member: Member, line: int, column: str, iri: str) -> None:
        """Report a row that names a concept that is not in the packs; official packs have some, so it is no error."""
        self.report.warning(member.name, line, column, f"{iri[:200]} is not among the concepts; the row is left out")


def load(members: list[Member], writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Read the files of one or more packs in the right order; return the numbers of concepts and relations."""
    named: list[tuple[int, str, str, Member]] = []
    for member in members:
        match = _NAME.fullmatch(member.stem)
        kind = match[1].lower() if match else ""
        if match and kind in _ORDER:
            named.append((_ORDER.index(kind), kind, (match[2] or "").lower(), member))
        else:
            report.info(member.name, 0, "", "not a file of an ESCO pack that is used here; not read")
    pack = _Pack(writer, report)
    for _, kind, language, member in sorted(named, key=lambda one: one[0]):
        if kind == "conceptschemes":
            _load_schemes(pack, member, language)
        elif kind in _CONCEPT_FILES:
            _load_concepts(pack, member, language, *_CONCEPT_FILES[kind])
        elif kind == "skillshierarchy":
            _load_hierarchy(pack, member)
        elif kind in _BROADER_FILES:
            _load_broader(pack, member)
        elif kind in _RELATION_FILES:
            _load_relations(pack, member, *_RELATION_FILES[kind])
        else:
            _load_collection(pack, member, ESCO_ID + "concept-scheme/" + _COLLECTIONS[kind])
    return dict(pack.counts)


def _read(member: Member, *needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and cells by column; missing cells at the end of a short record are empty."""
    rows = csv_rows(member, needed)
    header = next(rows, None)
    missing = [column for column in needed if not header or column not in header.cells]
    if not header or missing:
        raise SourceError(f"the columns {', '.join(missing)} are missing", member.name, 1)
    empty = dict.fromkeys(header.cells, "")
    for row in rows:
        if any(row.cells):
            yield row.line, empty | dict(zip(header.cells, row.cells, strict=False))


def _load_schemes(pack: _Pack, member: Member, language: str) -> None:
    _need_language(member, language)
    for line, cells in _read(member, "conceptSchemeUri", "preferredLabel"):
        scheme = cells["conceptSchemeUri"]
        if _check_iri(pack, member, line, "conceptSchemeUri", scheme):
            title = cells.get("title") or cells["preferredLabel"]
            pack.writer.add_type(scheme, SKOS + "ConceptScheme")
            pack.writer.add_text(scheme, DCTERMS + "title", title, language)
            pack.writer.add_text(scheme, SKOS + "prefLabel", cells["preferredLabel"] or title, language)
            if description := cells.get("description"):
                pack.writer.add_text(scheme, DCTERMS + "description", description, language)


def _load_concepts(pack: _Pack, member: Member, language: str, kind: str, concept_class: str) -> None:
    _need_language(member, language)
    latest: dict[str, tuple[str, int]] = {}
    for line, cells in _read(member, "conceptUri", "preferredLabel"):
        date, _ = latest.get(cells["conceptUri"], ("", 0))
        if not date or cells.get("modifiedDate", "") > date:
            latest.setdefault(cells["conceptUri"], ("", 0))
            latest[cells["conceptUri"]] = (cells.get("modifiedDate") or "-", line)
    for line, cells in _read(member, "conceptUri"):
        concept = cells["conceptUri"]
        kept = latest[concept][1]
        if not _check_iri(pack, member, line, "conceptUri", concept):
            continue
        if line != kept:
            pack.report.info(member.name, line, "conceptUri", f"{concept} is repeated; line {kept} is the one read")
            continue
        if concept not in pack.kinds:
            pack.kinds[concept] = kind
            pack.counts[kind] += 1
        _write_texts(pack, member, line, language, cells)
        facts = _facts(pack, member, line, cells, concept_class)
        if pack.facts.get(concept) != hash(facts):
            pack.facts[concept] = hash(facts)
            pack.writer.add_type(concept, SKOS + "Concept")
            replaced = any(predicate == _REPLACED_BY for predicate, *_ in facts)
            if concept_class and not is_withdrawn(cells.get("status", ""), replaced=replaced):
                pack.writer.add_type(concept, concept_class)
            elif concept_class:
                pack.counts["withdrawn concepts"] += 1
            for predicate, value, is_iri in facts:
                (pack.writer.add_iri if is_iri else pack.writer.add_text)(concept, predicate, value)
            if _DATE.fullmatch(date := cells.get("modifiedDate", "")):
                pack.writer.add_typed(concept, DCTERMS + "modified", date, "dateTime" if "T" in date else "date")


def _write_texts(pack: _Pack, member: Member, line: int, language: str, cells: dict[str, str]) -> None:
    concept, label, add = cells["conceptUri"], cells["preferredLabel"], pack.writer.add_text
    if label:
        add(concept, SKOS + "prefLabel", label, language)
    else:
        pack.report.warning(member.name, line, "preferredLabel", f"{concept} has no preferred label here")
    for column, predicate in (("altLabels", SKOS + "altLabel"), ("hiddenLabels", SKOS + "hiddenLabel")):
        if text := cells.get(column):
            for other in dict.fromkeys(one.strip() for one in text.split("\n")):
                if other and other != label:
                    add(concept, predicate, other, language)
    for column, predicate in (
        ("description", DCTERMS + "description"),
        ("definition", SKOS + "definition"),
        ("scopeNote", SKOS + "scopeNote"),
    ):
        if text := cells.get(column):
            add(concept, predicate, text, language)


def _facts(
    pack: _Pack, member: Member, line: int, cells: dict[str, str], concept_class: str
) -> tuple[tuple[str, str, bool], ...]:
    """Return predicate, value and whether it is an IRI, of all that does not depend on the language."""
    found: list[tuple[str, str, bool]] = []
    if skill_type := cells.get("skillType"):
        if name := _SKILL_TYPES.get(skill_type):
            found.append((ESCO + "skillType", f"{ESCO_ID}skill-type/{name}", True))
        else:
            pack.report.error(
                member.name, line, "skillType", f"must be skill/competence or knowledge, got {skill_type!r}"
            )
    if level := cells.get("reuseLevel"):
        if level in _REUSE_LEVELS:
            found.append((ESCO + "skillReuseLevel", f"{ESCO_ID}skill-reuse-level/{level}", True))
        else:
            pack.report.error(member.name, line, "reuseLevel", f"must be one of {_REUSE_LEVELS}, got {level!r}")
    if group := cells.get("iscoGroup"):
        isco = f"{ESCO_ID}isco/C{group}"
        if isco in pack.kinds:
            found.append((ESCO + "memberOfISCOGroup", isco, True))
        else:
            pack.report.error(member.name, line, "iscoGroup", f"{group!r} is not a code of an ISCO group in the packs")
    code = cells.get("code") or (
        cells["conceptUri"].rpartition("/")[2] if "/isced-f/" in cells["conceptUri"] and not concept_class else ""
    )
    if code:
        found.append((SKOS + "notation", code, False))
    if status := cells.get("status"):
        found.append((ISO_THES + "status", status, False))
    if (group_type := cells.get("conceptType")) and group_type in _GROUP_TYPES:
        found.append((DCTERMS + "type", group_type, False))
    for column, predicate in _MORE_LINKS.items():
        values = filter(None, re.split(r"[,|\s]+", cells.get(column, "")))
        found += [(predicate, value, _IRI.fullmatch(value) is not None) for value in dict.fromkeys(values)]
    if isced := _ISCED_CODE.search(cells["conceptUri"]):
        found.append((SKOS + "exactMatch", ISCED_F + isced[1], True))
    schemes = filter(None, re.split(r"[,\s]+", cells.get("inScheme", "")))
    found += [
        (SKOS + "inScheme", scheme, True)
        for scheme in dict.fromkeys(sorted(schemes))
        if _check_iri(pack, member, line, "inScheme", scheme)
    ]
    return tuple(found)


def _load_hierarchy(pack: _Pack, member: Member) -> None:
    levels = [f"Level {number} URI" for number in range(4)]
    for line, cells in _read(member, *levels[:2]):
        path = [(column, cells[column]) for column in levels if cells.get(column)]
        for (_, broader), (column, narrower) in pairwise(path):
            _write_broader(pack, member, line, (column, narrower), (column, broader))


def _load_broader(pack: _Pack, member: Member) -> None:
    for line, cells in _read(member, "conceptUri", "broaderUri"):
        ends = ("conceptUri", cells["conceptUri"]), ("broaderUri", cells["broaderUri"])
        pack.counts["broader relations"] += _write_broader(pack, member, line, *ends)


def _write_broader(pack: _Pack, member: Member, line: int, narrower: tuple[str, str], broader: tuple[str, str]) -> bool:
    for column, iri in (narrower, broader):
        if iri not in pack.kinds:
            pack.orphan(member, line, column, iri)
            return False
    pack.writer.add_iri(narrower[1], SKOS + "broader", broader[1])
    return True


def _load_relations(pack: _Pack, member: Member, subject: str, skill: str, subject_kind: str, counted: str) -> None:
    for needed in {subject_kind, "skills"} - {kind for kind in pack.counts if pack.counts[kind]}:
        raise SourceError(f"a file of {needed} such as {needed}_en.csv is needed beside it", member.name)
    for line, cells in _read(member, subject, "relationType", skill):
        relation = _RELATIONS.get(cells["relationType"].lower())
        if pack.kinds.get(cells[subject]) != subject_kind:
            pack.orphan(member, line, subject, cells[subject])
        elif pack.kinds.get(cells[skill]) != "skills":
            pack.orphan(member, line, skill, cells[skill])
        elif not relation:
            found = cells["relationType"]
            pack.report.error(member.name, line, "relationType", f"must be essential or optional, got {found[:50]!r}")
        else:
            pack.writer.add_iri(cells[subject], relation, cells[skill])
            pack.counts[counted] += 1


def _load_collection(pack: _Pack, member: Member, scheme: str) -> None:
    for line, cells in _read(member, "conceptUri"):
        if cells["conceptUri"] in pack.kinds:
            pack.writer.add_iri(cells["conceptUri"], SKOS + "inScheme", scheme)
        else:
            pack.orphan(member, line, "conceptUri", cells["conceptUri"])


def _need_language(member: Member, language: str) -> None:
    if not language:
        raise SourceError("the file's name should end in its language, as in skills_en.csv", member.name)


def _check_iri(pack: _Pack, member: Member, line: int, column: str, iri: str) -> bool:
    if _CONCEPT.fullmatch(iri):
        return True
    pack.report.error(member.name, line, column, f"must be an IRI that starts with {ESCO_ID}, got {iri[:200]!r}")
    return False

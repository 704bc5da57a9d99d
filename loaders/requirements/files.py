"""The `requirements` format: programmes with rules, and what comes first, in YAML (docs/requirements.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..codes import CodeLists, read_code_lists
from ..identifiers import Names, is_language_tag, part_iri
from ..report import Report
from ..request import Request
from ..sources import find_members
from ..statements import StatementWriter
from ..vocabulary import MC
from .filters import Statement
from .keys import Entries, Meaning, Notes
from .programmes import Institution, ProgrammeReader, Record
from .trees import TreeReader
from .words import Unreadable
from .yaml_nodes import KINDS, Fields, Items, Node, Scalar, read_documents

_NEEDS = {"prerequisites": "what comes first", "corequisites": "what is earned no later"}
_SECTIONS = ("text language", "skills", "institution", "programmes", *_NEEDS)


def name_graph(request: Request) -> str:
    """Return the graph's name when the caller gave none: the first source's own name."""
    return request.sources[0].resolve().name.partition(".")[0]


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write every programme, module and micro-credential as a record; one with anything wrong is left out whole.

    Raises:
        SourceError: a file is no YAML, or unfolds without end.
    """
    codes, names = read_code_lists(request.vocabulary), Names(request.base)
    places: dict[str, str] = {}
    for source in request.sources:
        for member in find_members(source, KINDS):
            notes = Notes(report, member.name)
            empty = True
            for document in read_documents(member):
                empty = False
                _Document(Meaning(notes, names, codes), places, writer).load(document, codes)
            if empty:
                report.warning(member.name, 1, "", "there is nothing in it")
    return {}


class _Document:
    """One YAML document. `places` tells where each record stands, over all files of the call."""

    def __init__(self, meaning: Meaning, places: dict[str, str], writer: StatementWriter) -> None:
        self._meaning = meaning
        self._notes = meaning.notes
        self._places = places
        self._writer = writer

    def load(self, document: Node, codes: CodeLists) -> None:
        if not isinstance(document, Fields):
            words = f"a mapping with some of {', '.join(_SECTIONS)} is needed"
            self._notes.refuse(document, "", words)
            return
        entries = Entries(document, _SECTIONS, self._notes, "a requirement file")
        language = entries.get("text language")
        if language is not None:
            self._meaning.text_language = self._meaning.read(language, "text language", _language) or ""
        self._name_skills(entries.get("skills"))
        institutions = dict(self._institutions(entries.get("institution")))
        reader = ProgrammeReader(self._meaning, institutions, self._claim)
        programmes = entries.get("programmes")
        for node in programmes.values if isinstance(programmes, Items) else (programmes,):
            if node is not None:
                self._write(reader.records(node))
        self._needs(entries)

    def _claim(self, iri: str, node: Node) -> bool:
        place = f"{self._notes.source}:{node.line}"
        if iri in self._places:
            self._notes.refuse(
                node, iri.rpartition("/")[2], f"stands in {self._places[iri]} already; give each its own id"
            )
            return False
        self._places[iri] = place
        return True

    def _name_skills(self, node: Node | None) -> None:
        for key, value in self._mapping(node, "skills", "names of skills, each with the id of an ESCO skill"):
            found = self._meaning.read(value, key.text, self._meaning.skill)
            if found:
                self._meaning.skills[key.text.strip().casefold()] = found

    def _institutions(self, node: Node | None) -> Iterable[tuple[str, Institution]]:
        for key, value in self._mapping(node, "institutions", "ids of institutions, each with names and country"):
            iri = self._meaning.read(key, "institutions", self._meaning.organisation)
            if iri is None:
                continue
            if not isinstance(value, Fields):
                self._notes.refuse(value, key.text, "an institution is a mapping with names and country")
                continue
            entries = Entries(value, ("names", "country"), self._notes, "an institution")
            named, country = entries.get("names"), entries.get("country")
            names = {} if named is None else self._meaning.texts(named, "names")
            code = None if country is None else self._meaning.read(country, "country", self._meaning.code("country"))
            yield iri, Institution(names, code or "")

    def _needs(self, entries: Entries) -> None:
        """Write what each micro-credential needs before and beside it as one record; the gate judges both together."""
        found: dict[str, dict[str, tuple[Scalar, Node]]] = {}
        for section, what in _NEEDS.items():
            words = f"ids of micro-credentials, each with {what}"
            for key, value in self._mapping(entries.get(section), section, words):
                iri = self._meaning.read(key, section, self._meaning.credential)
                if iri is None:
                    continue
                beside_the_other = iri in found and section not in found[iri]
                if beside_the_other or self._claim(iri, key):
                    found.setdefault(iri, {})[section] = key, value
        for iri, sections in found.items():
            self._need(iri, sections)

    def _need(self, iri: str, sections: Mapping[str, tuple[Scalar, Node]]) -> None:
        before = self._notes.refused
        statements: list[Statement] = []
        for section, (_, value) in sections.items():
            relation = section.removesuffix("s")
            tree = TreeReader(self._meaning, {}).tree(value, part_iri(iri, relation))
            statements += (Statement(iri, MC + relation, f"<{tree.iri}>"), *tree.statements)
        key, _ = next(iter(sections.values()))
        if self._notes.refused > before:
            self._notes.refuse(key, key.text, f"the {' and '.join(sections)} of this micro-credential are left out")
            return
        self._write([Record(iri, key.line, tuple(statements))])

    def _mapping(self, node: Node | None, field: str, what: str) -> Iterable[tuple[Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return ()
        if not isinstance(node, Fields):
            self._notes.refuse(node, field, f"must be {what}")
            return ()
        return node.entries

    def _write(self, records: Iterable[Record]) -> None:
        for record in records:
            self._writer.start_record(record.iri, self._notes.source, record.line)
            for statement in record.statements:
                self._writer.add_term(*statement)


def _language(text: str) -> str:
    if not is_language_tag(text):
        raise Unreadable(f"must be a language tag such as en, fi or sv, got {text[:50]!r}")
    return text.lower()

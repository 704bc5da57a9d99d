"""Turns the YAML of a degree programme into records: the programme and each of its modules (docs/model.md §2, §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..identifiers import iri_term, part_iri
from ..statements import text_term
from ..vocabulary import DCTERMS, ECTS_FRAMEWORK, ELM, EQF, MC, RDF_TYPE, ROV
from .filters import Statement
from .keys import Entries, Meaning, identifier
from .trees import Tree, TreeReader
from .words import level, number
from .yaml_nodes import Fields, Items, Node

_COMMON = ("id", "title", "description", "institution", "credits", "level", "fields", "languages", "requires")
_PROGRAMME = (*_COMMON, "modules")
_NAMELESS = "nameless"

Claim = Callable[[str, Node], bool]
"""Takes the IRI of a record for a node; False when another has it, which is then reported."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is said of a programme or module, and the line where its source describes it."""

    iri: str
    line: int
    statements: tuple[Statement, ...]


@dataclass(slots=True)
class _Module:
    iri: str
    line: int
    statements: list[Statement] = field(default_factory=list)
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class Institution:
    """An awarding body as the file describes it: names by language, and the IRI of its country."""

    names: Mapping[str, str]
    country: str

    def statements(self, iri: str) -> Iterator[Statement]:
        """Yield what is said of the body."""
        for language, name in self.names.items():
            yield Statement(iri, ROV + "legalName", text_term(name, language))
        if self.country:
            location, address = part_iri(iri, "location"), part_iri(iri, "address")
            yield _link(iri, ELM + "location", location)
            yield _link(location, RDF_TYPE, DCTERMS + "Location")
            yield _link(location, ELM + "address", address)
            yield _link(address, RDF_TYPE, ELM + "Address")
            yield _link(address, ELM + "countryCode", self.country)


class ProgrammeReader:
    """Reads programmes; one with anything wrong in it is left out whole, since half of a rule is another rule."""

    def __init__(self, meaning: Meaning, institutions: Mapping[str, Institution], claim: Claim) -> None:
        self._meaning = meaning
        self._notes = meaning.notes
        self._institutions = institutions
        self._claim = claim

    def records(self, node: Node) -> tuple[Record, ...]:
        """Return a programme and its modules, or nothing when something in it was refused."""
        before = self._notes.refused
        if not isinstance(node, Fields):
            self._notes.refuse(node, "programmes", "a programme is a mapping with id, title, requires …")
            return ()
        entries = Entries(node, _PROGRAMME, self._notes, "a programme")
        iri = self._named(entries) or self._meaning.programme(_NAMELESS)  # what else is wrong is reported all the same
        home = self._home(entries)
        statements = [_link(iri, RDF_TYPE, ELM + "Qualification"), _link(iri, RDF_TYPE, MC + "DegreeProgramme")]
        statements += self._described(entries, iri, home)
        modules = list(self._modules(entries, iri, home))
        statements += [_link(iri, ELM + "hasPart", module.iri) for module in modules]
        tree = self._rules(entries, iri, home, modules)
        if tree:
            statements += [_link(iri, MC + "requirement", tree.iri), *tree.statements]
        if self._notes.refused > before:
            self._notes.refuse(node, iri.rpartition("/")[2], "the programme is left out, with its modules")
            return ()
        return (
            Record(iri, node.line, tuple(dict.fromkeys(statements))),
            *(self._module_record(module, tree) for module in modules),
        )

    def _named(self, entries: Entries) -> str:
        """Return the IRI of a programme or module."""
        value = entries.get("id")
        if value is None:
            self._notes.refuse(entries.node, "id", "an id is needed: it ends the address of the programme or module")
            return ""
        found = self._meaning.read(value, "id", self._meaning.programme) or ""
        return found if not found or self._claim(found, value) else ""

    def _home(self, entries: Entries, otherwise: str = "") -> str:
        value = entries.get("institution")
        if value is None:
            return otherwise
        named = self._meaning.read(value, "institution", identifier)
        return self._meaning.organisation(named) if named else ""

    def _described(self, entries: Entries, iri: str, home: str) -> Iterator[Statement]:
        meaning = self._meaning
        if entries.get("title") is None:
            self._notes.refuse(entries.node, "title", "a title is needed, in one language at least")
        for word in ("title", "description"):
            value = entries.get(word)
            if value is not None:
                for language, text in meaning.texts(value, word).items():
                    yield Statement(iri, DCTERMS + word, text_term(text, language))
        if home:
            awarding = part_iri(iri, "awarding")
            yield _link(iri, ELM + "awardingOpportunity", awarding)
            yield _link(awarding, RDF_TYPE, ELM + "AwardingOpportunity")
            yield _link(awarding, ELM + "awardingBody", home)
            yield _link(awarding, ELM + "learningAchievementSpecification", iri)
            yield _link(home, RDF_TYPE, ELM + "Organisation")
            if home in self._institutions:
                yield from self._institutions[home].statements(home)
        value = entries.get("credits")
        if value is not None and (points := meaning.read(value, "credits", number)) is not None:
            credit = part_iri(iri, "credit")
            yield _link(iri, ELM + "creditPoint", credit)
            yield _link(credit, RDF_TYPE, ELM + "CreditPoint")
            yield _link(credit, ELM + "framework", ECTS_FRAMEWORK)
            yield Statement(credit, ELM + "point", text_term(f"{points:f}"))
        value = entries.get("level")
        if value is not None and (found := meaning.read(value, "level", level)) is not None:
            yield _link(iri, ELM + "EQFLevel", f"{EQF}{found}")
        for word, predicate, form in (
            ("fields", ELM + "ISCEDFCode", meaning.field),
            ("languages", DCTERMS + "language", meaning.code("language")),
        ):
            value = entries.get(word)
            if value is not None:
                yield from (_link(iri, predicate, each) for each in meaning.each(value, word, form))

    def _modules(self, entries: Entries, programme: str, home: str) -> Iterator[_Module]:
        value = entries.get("modules")
        if value is None:
            return
        for node in value.values if isinstance(value, Items) else (value,):
            if not isinstance(node, Fields):
                self._notes.refuse(node, "modules", "a module is a mapping with id, title, requires …")
                continue
            inside = Entries(node, _COMMON, self._notes, "a module")
            module = _Module(self._named(inside), node.line)
            if not module.iri:
                continue
            own = self._home(inside, home)
            kind = ELM + "LearningAchievementSpecification"
            module.statements += [
                _link(module.iri, RDF_TYPE, kind),
                _link(module.iri, RDF_TYPE, MC + "ProgrammeModule"),
            ]
            module.statements += self._described(inside, module.iri, own)
            module.statements.append(_link(module.iri, ELM + "isPartOf", programme))
            rules = inside.get("requires")
            if rules is not None:
                module.tree = TreeReader(self._meaning, {}, own).tree(rules, part_iri(module.iri, "requirement"))
                module.statements.append(_link(module.iri, MC + "requirement", module.tree.iri))
            yield module

    def _rules(self, entries: Entries, iri: str, home: str, modules: list[_Module]) -> Tree | None:
        """Return the rule of a programme: the modules it does not place itself, in their order, then its own rules."""
        trees = {module.iri: module.tree for module in modules}
        reader = TreeReader(self._meaning, trees, home)
        rules, root = entries.get("requires"), part_iri(iri, "requirement")
        placed = _placed(rules, self._meaning) if rules is not None else set[str]()
        first = [tree for each, tree in trees.items() if tree is not None and each not in placed]
        for module in modules:
            if module.tree is None and module.iri not in placed:
                words = "the module has no `requires`; nothing of it is asked for"
                self._notes.warn(entries.node, module.iri.rpartition("/")[2], words)
        if rules is None:
            return reader.all_of(first, root) if first else None
        if not first:
            return self._own_root(reader.tree(rules, root), reader, root)
        own = rules.values if isinstance(rules, Items) else (rules,)
        there = len(first)
        return reader.all_of(first + [reader.tree(one, f"{root}-{there + n}") for n, one in enumerate(own, 1)], root)

    def _own_root(self, tree: Tree, reader: TreeReader, root: str) -> Tree:
        # The tree of a module alone gets a root of the programme's own: a node has one position.
        return tree if tree.iri == root else reader.all_of([tree], root)

    def _module_record(self, module: _Module, programme: Tree | None) -> Record:
        own = module.tree
        statements = list(module.statements)
        if own is not None:
            place = [
                one for one in (programme.statements if programme else ()) if one[:2] == (own.iri, MC + "position")
            ]
            statements += [*place, *own.statements]
        return Record(module.iri, module.line, tuple(dict.fromkeys(statements)))


def _placed(rules: Node, meaning: Meaning) -> set[str]:
    """Return the modules that a programme's own rules name, at any depth."""
    found: set[str] = set()
    waiting = [rules]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Items):
            waiting += node.values
        elif isinstance(node, Fields):
            for key, value in node.entries:
                if key.text.strip().casefold() in ("module", "modules"):
                    found |= {meaning.names.programme(one) for one in _texts(value)}
                else:
                    waiting.append(value)
    return found


def _texts(node: Node) -> list[str]:
    text = getattr(node, "text", "").strip()
    return [text] if text and " " not in text and text not in (".", "..") else []


def _link(subject: str, predicate: str, value: str) -> Statement:
    return Statement(subject, predicate, iri_term(value))

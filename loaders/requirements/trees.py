"""Turns the YAML of one requirement into the statements of its tree (docs/requirements.md, docs/model.md §4).

The kinds of requirement are also written in service/stacking/requirements/from_rdf.py,
service/web/pages/requirements.py and shapes/stacking/shapes.ttl.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..identifiers import iri_term
from ..statements import text_term, typed_term
from ..vocabulary import DCTERMS, EQF, MC
from .filters import FILTER_KEYS, Statement, ends, filter_statements, numbered, typed
from .keys import Entries, Meaning, Notes
from .words import Unreadable, bounds, level, number, signed_number, truth, whole, whole_bounds, years
from .yaml_nodes import Fields, Items, Node, Scalar

MAX_LEVELS = 64

_OF = " of"
_KINDS = ("credits", "count", "residency", "manual", "modules")
_CONDITIONS = (
    "share group", "most shared", "counted elsewhere", "lowest grade", "lowest level", "most from prior learning",
    "greatest age", "weight",
)  # fmt: skip
_KEYS = (*_KINDS, *_CONDITIONS, *FILTER_KEYS, "title", "sources")


@dataclass(frozen=True, slots=True)
class Tree:
    """A requirement: the IRI of its root and all that is said of it and below it, but for its position."""

    iri: str
    statements: tuple[Statement, ...]


class TreeReader:
    """Reads requirements; what cannot be read is reported, and the tree is then not to be used.

    `modules` are the trees that `module:` may name; `used` those that were. `home` is the body that a residency means.
    """

    def __init__(self, meaning: Meaning, modules: Mapping[str, Tree | None], home: str = "") -> None:
        self._meaning = meaning
        self._notes: Notes = meaning.notes
        self._modules = modules
        self._home = home
        self.used: list[str] = []

    def tree(self, node: Node, iri: str, depth: int = 1) -> Tree:
        """Return the tree of a requirement, or of a list of requirements, all of which are needed."""
        if depth > MAX_LEVELS:
            self._notes.refuse(node, "", f"requirements may be {MAX_LEVELS} levels deep, this is deeper")
            return Tree(iri, ())
        if isinstance(node, Items):
            if len(node.values) == 1:
                return self.tree(node.values[0], iri, depth)
            return self._with_parts(node, iri, "AllOf", depth)
        if isinstance(node, Fields):
            return self._node(node, iri, depth)
        if node.is_null:
            self._notes.refuse(node, "", "a requirement is missing here")
            return Tree(iri, ())
        return self._named(node, iri)

    def all_of(self, trees: list[Tree], iri: str) -> Tree:
        """Return what needs all of some trees, in their order."""
        return Tree(iri, (typed(iri, "AllOf"), *_parts(iri, trees)))

    def _named(self, node: Scalar, iri: str) -> Tree:
        """Read a text alone: it names a micro-credential."""
        if len(node.text.split()) > 1:
            words = "a text alone is the identifier of a micro-credential; for a person to decide, write manual: …"
            self._notes.refuse(node, node.text[:50], words)
            return Tree(iri, ())
        found = self._meaning.read(node, "credentials", self._meaning.credential)
        if found is None:
            return Tree(iri, ())
        below = f"{iri}-filter"
        count = (typed(iri, "CountRequirement"), numbered(iri, "minimum", 1))
        named = (typed(below, "Filter"), Statement(below, MC + "credential", iri_term(found)))
        return Tree(iri, (*count, Statement(iri, MC + "filter", iri_term(below)), *named))

    def _node(self, node: Fields, iri: str, depth: int) -> Tree:
        before = self._notes.refused
        entries = Entries(node, _KEYS, self._notes, "a requirement", (_OF,))
        kinds = [word for word in entries.keys if word.endswith(_OF) or word in _KINDS]
        if not kinds and self._notes.refused == before:
            kinds = [word for word in ("credentials", "skills") if entries.get(word) is not None]
        if len(kinds) != 1:
            if self._notes.refused == before:
                given = " and ".join(kinds) if kinds else "none of them"
                words = "all of, any of, 2 of, credits, count, skill, credentials, residency, manual"
                self._notes.refuse(node, "", f"a requirement is one of: {words}; here is {given}")
            return Tree(iri, ())
        (kind,) = kinds
        value = entries.get(kind)
        assert value is not None
        if kind == "modules":
            return self._module(value, entries, iri)
        statements = list(self._titles(entries, iri))
        if kind.endswith(_OF):
            statements += self._some_of(entries.keys[kind], kind, value, iri, depth)
            self._refuse_others(entries, kind, ())
        elif kind == "manual":
            statements += self._manual(value, iri)
            self._refuse_others(entries, kind, ())
        elif kind == "skills":
            statements += self._skill(value, entries, iri)
            self._refuse_others(entries, kind, (*_CONDITIONS, "sources"))
        else:
            statements += self._counting(kind, value, entries, iri)
            keys = [key for key in FILTER_KEYS if (kind, key) != ("residency", "providers")]
            self._refuse_others(entries, kind, (*_CONDITIONS, *keys))
        return Tree(iri, tuple(statements))

    def _refuse_others(self, entries: Entries, kind: str, allowed: tuple[str, ...]) -> None:
        for word, key in entries.keys.items():
            if word not in (kind, "title", *allowed):
                self._notes.refuse(key, key.text, f"has no place beside {entries.keys[kind].text!r}")

    def _titles(self, entries: Entries, iri: str) -> Iterator[Statement]:
        title = entries.get("title")
        if title is not None:
            for language, text in self._meaning.texts(title, "title").items():
                yield Statement(iri, DCTERMS + "title", text_term(text, language))

    def _module(self, value: Node, entries: Entries, iri: str) -> Tree:
        self._refuse_others(entries, "modules", ())
        found = self._meaning.read(value, "module", self._meaning.programme)
        if found is None:
            return Tree(iri, ())
        if found not in self._modules:
            self._notes.refuse(value, "module", f"the programme has no module {value.text!r}")  # type: ignore[union-attr]  # read
            return Tree(iri, ())
        if found in self.used:
            self._notes.refuse(value, "module", "the module stands in two places; each has one")
        self.used.append(found)
        tree = self._modules[found]
        if tree is None:
            self._notes.refuse(value, "module", "the module has no `requires`, so nothing says when it is done")
        return tree or Tree(iri, ())

    def _with_parts(self, node: Node, iri: str, kind: str, depth: int) -> Tree:
        values = node.values if isinstance(node, Items) else ()
        if not values:
            self._notes.refuse(node, "", "a list of requirements is needed, one at least")
            return Tree(iri, ())
        trees = [self.tree(value, f"{iri}-{place}", depth + 1) for place, value in enumerate(values, 1)]
        return Tree(iri, (typed(iri, kind), *_parts(iri, trees)))

    def _some_of(self, key: Scalar, word: str, value: Node, iri: str, depth: int) -> Iterator[Statement]:
        if word == "all of":
            yield from self._with_parts(value, iri, "AllOf", depth).statements
            return
        amount = word.removesuffix(_OF)
        try:
            low, high = (1, None) if amount in ("any", "one") else whole_bounds(amount)
        except Unreadable as error:
            self._notes.refuse(key, key.text[:50], f"{error}; write all of, any of, 2 of, 2-3 of or at least 2 of")
            return
        there = len(value.values) if isinstance(value, Items) else 0
        if there and low is not None and low > there:
            self._notes.refuse(key, key.text, f"{low} are needed and {there} are there")
        yield from self._with_parts(value, iri, "SomeOf", depth).statements
        yield from ends(iri, (low or 0, high))

    def _manual(self, value: Node, iri: str) -> Iterator[Statement]:
        yield typed(iri, "ManualRequirement")
        for language, text in self._meaning.texts(value, "manual").items():
            yield Statement(iri, DCTERMS + "description", text_term(text, language))

    def _skill(self, value: Node, entries: Entries, iri: str) -> Iterator[Statement]:
        yield typed(iri, "SkillRequirement")
        found = self._meaning.each(value, "skill", self._meaning.skill)
        if len(found) > 1:
            words = (
                "several skills: write all of or any of with one skill each, or credits: … to count what teaches any"
            )
            self._notes.refuse(value, "skill", words)
        for skill in found:
            yield Statement(iri, MC + "skill", iri_term(skill))
        sources = entries.get("sources")
        if sources is not None and (least := self._meaning.read(sources, "sources", whole)) is not None:
            yield numbered(iri, "minimum", least)
        yield from self._conditions(entries, iri, "")

    def _counting(self, kind: str, value: Node, entries: Entries, iri: str) -> Iterator[Statement]:
        yield typed(iri, "CountRequirement" if kind in ("count", "credentials") else "CreditRequirement")
        if kind == "credentials":
            yield numbered(iri, "minimum", len(self._meaning.each(value, "credentials", self._meaning.credential)))
        elif kind == "count":
            yield from ends(iri, self._meaning.read(value, kind, whole_bounds))
        else:
            yield from ends(iri, self._meaning.read(value, kind, bounds))
        provider = self._home if kind == "residency" else ""
        if kind == "residency" and not provider:
            self._notes.refuse(value, kind, "residency is asked of a programme or module that names its institution")
        below = list(filter_statements(entries, f"{iri}-filter", self._meaning, provider))
        if below:
            yield Statement(iri, MC + "filter", iri_term(f"{iri}-filter"))
            yield typed(f"{iri}-filter", "Filter")
            yield from below
        yield from self._conditions(entries, iri, "residency" if kind == "residency" else "")

    def _conditions(self, entries: Entries, iri: str, group: str) -> Iterator[Statement]:
        """Yield the conditions; a residency has a group of its own and counts what is counted elsewhere."""
        read = self._meaning.read
        named = entries.get("share group")
        group = (read(named, "share group", str) or "") if named is not None else group
        if group:
            yield Statement(iri, MC + "shareGroup", text_term(group))
        elsewhere = entries.get("counted elsewhere")
        counts = (
            entries.get("residency") is not None if elsewhere is None else read(elsewhere, "counted elsewhere", truth)
        )
        if counts:
            yield Statement(iri, MC + "countedElsewhere", typed_term("true", "boolean"))
        for word, name, form in (
            ("most shared", "maximumShared", number),
            ("lowest grade", "minimumGrade", signed_number),
            ("most from prior learning", "maximumPriorLearning", number),
            ("weight", "weight", number),
        ):
            value = entries.get(word)
            if value is not None and (found := read(value, word, form)) is not None:
                yield numbered(iri, name, found)
        lowest, age = entries.get("lowest level"), entries.get("greatest age")
        if lowest is not None and (least := read(lowest, "lowest level", level)) is not None:
            yield Statement(iri, MC + "minimumLevel", iri_term(f"{EQF}{least}"))
        if age is not None and (most := read(age, "greatest age", years)) is not None:
            yield Statement(iri, MC + "maximumAge", typed_term(f"P{most}Y", "duration"))


def _parts(iri: str, trees: list[Tree]) -> Iterator[Statement]:
    for place, tree in enumerate(trees, 1):
        yield Statement(iri, MC + "part", iri_term(tree.iri))
        yield numbered(tree.iri, "position", place)
        yield from tree.statements

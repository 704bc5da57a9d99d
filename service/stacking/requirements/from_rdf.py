"""Reads requirement trees from RDF, in the terms of ontology/requirements.ttl.

The kinds of requirement are also written in loaders/requirements/trees.py, service/web/pages/requirements.py and
shapes/stacking/shapes.ttl.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ...errors import InvalidArgument
from ...rdf.namespaces import DCTERMS, EQF_LEVELS, MC
from ...rdf.statements import Triple
from ...rdf.terms import RDF_TYPE, local_name
from .tree import MAX_DEPTH, AllOf, Count, Credits, Filter, Manual, Requirement, Rules, Skill, SomeOf, check

CLASSES: Mapping[type, str] = {
    AllOf: "AllOf",
    SomeOf: "SomeOf",
    Credits: "CreditRequirement",
    Count: "CountRequirement",
    Skill: "SkillRequirement",
    Manual: "ManualRequirement",
}
FILTER_SETS = {
    "credentials": "credential",
    "skills": "skill",
    "providers": "provider",
    "fields": "field",
    "languages": "language",
}
NESTED_FILTERS = {"every": "and", "some": "or", "none": "not"}
_YEARS = re.compile(r"P(?:([0-9]{1,3})Y)?(?:([0-9]{1,4})M)?\Z")
# Longer numbers than any real one would cost time and memory without end.
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:[.][0-9]{0,12})?\Z")
_NUMBERED = re.compile(r"(.*)-([0-9]{1,9})\Z", re.DOTALL)


class RequirementStatements(NamedTuple):
    """What is stated of the nodes of trees and their filters, by node and property."""

    values: Mapping[str, Mapping[str, Sequence[str]]]
    """IRIs, and what literals say."""
    texts: Mapping[str, Mapping[str, Mapping[str, str]]]
    """Titles and descriptions by language tag, the empty one for none."""


def tree_from_triples(triples: Iterable[Triple], root: str) -> Requirement:
    """Return the tree below a node.

    Raises:
        InvalidArgument: the node is no requirement, a slot is missing or malformed, the tree runs in a circle or is
            malformed otherwise (`check`). Nothing else is raised, whatever the statements are.
    """
    graph: dict[str, dict[str, list[str]]] = {}
    texts: dict[str, dict[str, dict[str, str]]] = {}
    for subject, predicate, value in triples:
        graph.setdefault(subject.value, {}).setdefault(predicate, []).append(value.value)
        if value.kind == "literal":
            texts.setdefault(subject.value, {}).setdefault(predicate, {})[value.language or ""] = value.value
    return tree_from_graph(RequirementStatements(graph, texts), root)


def tree_from_graph(graph: RequirementStatements, root: str) -> Requirement:
    """Return the tree below a node; see `tree_from_triples`."""
    tree = _Reader(graph).node(root, ())
    check(tree)
    return tree


class _Reader:
    def __init__(self, graph: RequirementStatements) -> None:
        self._graph = graph
        self._seen: set[str] = set()

    def node(self, iri: str, above: tuple[str, ...]) -> Requirement:
        if iri in above:
            raise InvalidArgument(f"the requirement {iri} contains itself")
        if len(above) >= MAX_DEPTH:
            raise InvalidArgument(f"a requirement may be {MAX_DEPTH} levels deep, {iri} is deeper")
        self._enter(iri, self._seen)
        names = {local_name(value) for value in self._values(iri, RDF_TYPE)} & set(CLASSES.values())
        if len(names) != 1:
            raise InvalidArgument(f"{iri} needs one type of requirement, got {', '.join(sorted(names)) or 'none'}")
        label = self._texts(iri, "title")
        match names.pop():
            case "AllOf":
                return AllOf(iri, self._parts(iri, above), label)
            case "SomeOf":
                minimum, maximum = self._whole(iri, "minimum", 1), self._optional_whole(iri, "maximum")
                return SomeOf(iri, self._parts(iri, above), minimum, maximum, label)
            case "CreditRequirement":
                least = self._decimal(iri, "minimum")
                rest = (self._filter(iri), self._rules(iri), label)
                return Credits(iri, Decimal(0) if least is None else least, self._decimal(iri, "maximum"), *rest)
            case "CountRequirement":
                rest = (self._filter(iri), self._rules(iri), label)
                return Count(iri, self._whole(iri, "minimum", 0), self._optional_whole(iri, "maximum"), *rest)
            case "SkillRequirement":
                skills = self._values(iri, MC + "skill")
                if len(skills) != 1:
                    raise InvalidArgument(f"{iri} needs one mc:skill, got {len(skills)}")
                return Skill(iri, skills[0], self._whole(iri, "minimum", 1), self._rules(iri), label)
        return self._manual(iri, label)

    def _enter(self, iri: str, seen: set[str]) -> None:
        """Refuse a second visit: what is shared between branches can be read in exponentially many ways."""
        if iri in seen:
            raise InvalidArgument(f"every place in a requirement needs a node of its own, {iri} stands in two")
        seen.add(iri)

    def _manual(self, iri: str, titles: Mapping[str, str]) -> Manual:
        texts = self._texts(iri, "description")
        if not texts:
            raise InvalidArgument(f"{iri} needs a dcterms:description that says what is to be decided")
        return Manual(iri, main_text(texts), titles or {tag: text for tag, text in texts.items() if tag})

    def _parts(self, iri: str, above: tuple[str, ...]) -> tuple[Requirement, ...]:
        found = sorted(set(self._values(iri, MC + "part")), key=self._place)
        return tuple(self.node(part, (*above, iri)) for part in found)

    def _place(self, iri: str) -> tuple[int, str]:
        return self._whole(iri, "position", 0), iri

    def _filter(self, iri: str) -> Filter:
        found = self._one(iri, MC + "filter")
        return Filter() if found is None else self._filter_node(found, 0, set())

    def _filter_node(self, iri: str, above: int, seen: set[str]) -> Filter:
        if above >= MAX_DEPTH:
            raise InvalidArgument(f"a filter may be {MAX_DEPTH} levels deep, {iri} is deeper")
        self._enter(iri, seen)
        # Most nodes have few of the properties they may have, and a catalogue has very many nodes.
        stated = self._graph.values.get(iri, {})
        slots: dict[str, Any] = {
            name: frozenset(values) for name, slot in FILTER_SETS.items() if (values := stated.get(MC + slot))
        }
        for name, slot in NESTED_FILTERS.items():
            inside = sorted(set(stated.get(MC + slot, ())), key=_natural)
            slots[name] = tuple(self._filter_node(part, above + 1, seen) for part in inside)
        lowest, highest = self._level(iri, "minimumLevel"), self._level(iri, "maximumLevel")
        return Filter(**slots, minimum_level=lowest, maximum_level=highest)

    def _rules(self, iri: str) -> Rules:
        group = self._one(iri, MC + "shareGroup")
        elsewhere = self._one(iri, MC + "countedElsewhere")
        weight = self._decimal(iri, "weight")
        return Rules(
            group,
            self._decimal(iri, "maximumShared"),
            elsewhere in ("true", "1"),
            self._decimal(iri, "minimumGrade"),
            self._level(iri, "minimumLevel"),
            self._age(iri),
            self._decimal(iri, "maximumPriorLearning"),
            Decimal(1) if weight is None else weight,
        )

    def _age(self, iri: str) -> int | None:
        value = self._one(iri, MC + "maximumAge")
        if value is None:
            return None
        found = _YEARS.match(value)
        months = int(found[1] or 0) * 12 + int(found[2] or 0) if found else -1
        if months < 0 or months % 12:
            raise InvalidArgument(f"{iri}: mc:maximumAge must be whole years such as P10Y, got {value!r}")
        return months // 12

    def _level(self, iri: str, name: str) -> int | None:
        value = self._one(iri, MC + name)
        if value is None:
            return None
        level = value.removeprefix(EQF_LEVELS)
        if level not in tuple("12345678"):
            raise InvalidArgument(f"{iri}: mc:{name} must be an EQF level such as {EQF_LEVELS}6, got {value!r}")
        return int(level)

    def _whole(self, iri: str, name: str, default: int) -> int:
        found = self._optional_whole(iri, name)
        return default if found is None else found

    def _optional_whole(self, iri: str, name: str) -> int | None:
        number = self._decimal(iri, name)
        if number is not None and number % 1:
            raise InvalidArgument(f"{iri}: mc:{name} must be a whole number, got {number}")
        return None if number is None else int(number)

    def _decimal(self, iri: str, name: str) -> Decimal | None:
        value = self._one(iri, MC + name)
        if value is None:
            return None
        if not _NUMBER.match(value):
            raise InvalidArgument(f"{iri}: mc:{name} must be a number, got {value[:50]!r}")
        return Decimal(value)

    def _texts(self, iri: str, name: str) -> dict[str, str]:
        return dict(sorted(self._graph.texts.get(iri, {}).get(DCTERMS + name, {}).items()))

    def _one(self, iri: str, predicate: str) -> str | None:
        values = self._values(iri, predicate)
        if len(set(values)) > 1:
            raise InvalidArgument(f"{iri} may have one {local_name(predicate)}, got {len(set(values))}")
        return values[0] if values else None

    def _values(self, iri: str, predicate: str) -> Sequence[str]:
        return self._graph.values.get(iri, {}).get(predicate, ())


def main_text(texts: Mapping[str, str]) -> str:
    """Return the text in no language, in English, or in the first language."""
    return texts.get("") or texts.get("en") or texts[min(texts)]


def _natural(iri: str) -> tuple[str, int]:
    """Sort numbered names by their number."""
    found = _NUMBERED.match(iri)
    return (found[1], int(found[2])) if found else (iri, 0)

"""Requirement trees: what a programme, a prerequisite or an occupation asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ...errors import InvalidArgument

MAX_DEPTH = 64
"""Deepest tree that is read; real programmes stay below 10."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which credentials may count: every filled field is needed, the values of a field are alternatives.

    Levels are EQF numbers. An empty filter lets everything pass.
    """

    credentials: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    minimum_level: int | None = None
    maximum_level: int | None = None
    every: tuple[Filter, ...] = ()
    some: tuple[Filter, ...] = ()
    none: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What limits how a credential may be counted at a leaf.

    `share_group`: an award counts once in each group; leaves of credits and numbers without one share the group of
    their tree, a leaf of a skill without one is alone in its own. `maximum_shared`: how many ECTS leaves of other
    groups may count as well. `counted_elsewhere`: only what a leaf of credits or numbers counts may count here too, as
    for residency and level shares. Grades are in the target's scheme. `maximum_age` is in years at semester precision,
    `maximum_rpl` in ECTS, `weight` says how much an unmet leaf matters beside others.
    """

    share_group: str | None = None
    maximum_shared: Decimal | None = None
    counted_elsewhere: bool = False
    minimum_grade: Decimal | None = None
    minimum_level: int | None = None
    maximum_age: int | None = None
    maximum_rpl: Decimal | None = None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds."""

    id: str
    parts: tuple[Requirement, ...]
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Holds when at least `minimum` parts hold; no more than `maximum` of them are counted."""

    id: str
    parts: tuple[Requirement, ...]
    minimum: int
    maximum: int | None = None
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Credits:
    """Holds when the ECTS counted here reach `minimum`; no more than `maximum` is counted."""

    id: str
    minimum: Decimal
    maximum: Decimal | None = None
    filter: Filter = Filter()
    rules: Rules = Rules()
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Count:
    """Holds when the number of credentials counted here reaches `minimum`; no more than `maximum` are counted."""

    id: str
    minimum: int
    maximum: int | None = None
    filter: Filter = Filter()
    rules: Rules = Rules()
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Skill:
    """Holds when `minimum` credentials cover the skill. One credential may cover many skills."""

    id: str
    skill: str
    minimum: int = 1
    rules: Rules = Rules()
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Manual:
    """A person must decide; for the machine the answer is unknown, never yes."""

    id: str
    text: str
    label: Mapping[str, str] = field(default_factory=dict, hash=False)


Leaf = Credits | Count | Skill | Manual
Requirement = AllOf | SomeOf | Leaf


def walk(root: Requirement) -> Iterator[Requirement]:
    """Yield the nodes of a tree, parents before children, in their order."""
    yield root
    if isinstance(root, AllOf | SomeOf):
        for part in root.parts:
            yield from walk(part)


def leaves(root: Requirement) -> Iterator[Leaf]:
    """Yield the leaves of a tree in their order."""
    for node in walk(root):
        if not isinstance(node, AllOf | SomeOf):
            yield node


def share_group(leaf: Credits | Count | Skill) -> str:
    """Return the group within which the leaf shares its awards with nobody; a skill is a group of its own."""
    if leaf.rules.share_group is not None:
        return leaf.rules.share_group
    return f"skill {leaf.id}" if isinstance(leaf, Skill) else ""


def is_plain(leaf: Credits | Count | Skill) -> bool:
    """Return whether any credential that covers the skill is enough, whatever else it counts for."""
    rules = leaf.rules
    return (
        isinstance(leaf, Skill)
        and leaf.minimum == 1
        and rules.share_group is None
        and rules.maximum_shared is None
        and not rules.counted_elsewhere
    )


def check(root: Requirement) -> None:
    """Refuse a tree that cannot be meant.

    Raises:
        InvalidArgument: too deep, an id twice, no parts, more parts needed than there are, a negative number, or bounds
            the wrong way round.
    """
    ids: set[str] = set()
    _check(root, 1, ids)


def _check(node: Requirement, depth: int, ids: set[str]) -> None:
    if depth > MAX_DEPTH:
        raise InvalidArgument(f"a requirement may be {MAX_DEPTH} levels deep, {node.id} is deeper")
    if node.id in ids:
        raise InvalidArgument(f"every part of a requirement needs an id of its own, {node.id} stands twice")
    ids.add(node.id)
    if isinstance(node, AllOf | SomeOf):
        if not node.parts:
            raise InvalidArgument(f"{node.id} needs at least one part")
        if isinstance(node, SomeOf) and not 0 <= node.minimum <= len(node.parts):
            raise InvalidArgument(f"{node.id} needs {node.minimum} of {len(node.parts)} parts")
        for part in node.parts:
            _check(part, depth + 1, ids)
    if isinstance(node, Credits | Count | Skill):
        _check_rules(node.id, node.rules)
    if isinstance(node, Credits | Count | Skill | SomeOf) and node.minimum < 0:
        raise InvalidArgument(f"{node.id}: the minimum must not be negative, got {node.minimum}")
    if not isinstance(node, Credits | Count | SomeOf):
        return
    if node.maximum is not None and node.maximum < node.minimum:
        raise InvalidArgument(f"{node.id}: the maximum {node.maximum} is below the minimum {node.minimum}")


def _check_rules(name: str, rules: Rules) -> None:
    for word in ("maximum_shared", "maximum_rpl", "maximum_age", "weight"):
        value = getattr(rules, word)
        if value is not None and value < 0:
            raise InvalidArgument(f"{name}: {word.replace('_', ' ')} must not be negative, got {value}")

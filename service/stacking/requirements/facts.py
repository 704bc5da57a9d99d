"""What follows from requirement trees: what is needed whichever way a tree is met, and what it names at all.

The path from a tree to the micro-credentials that it names is also written in service/validation/blocks.py,
queries/gate/needs.rq and shapes/eu/specification.ttl.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

Kind = Literal["credential", "skill"]

_NONE: frozenset[str] = frozenset()


class Asked(NamedTuple):
    """Things of one kind: those without which a tree cannot be met, and all that may help to meet it."""

    required: frozenset[str] = _NONE
    named: frozenset[str] = _NONE


class _Passing(NamedTuple):
    """What a filter says of whatever passes it: it is one of `among`, unless that is None, and covers `insisted`."""

    among: frozenset[str] | None
    insisted: frozenset[str]
    credentials: frozenset[str]
    skills: frozenset[str]


class Trees:
    """Requirement trees of a store, read from the statements of their nodes: what each asks for.

    Bounds of a tree decide: "any of a, b, c" needs none of them, "at most 0 of x" does not even name x. Numbers of ECTS
    credits are not looked up, so that several credentials of which a sum is asked are named, and none is required.
    """

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        """Take rows of node, property (its local name) and value; see `queries/derived/tree-nodes.rq`."""
        self._values: dict[str, dict[str, list[str]]] = {}
        for node, name, value in rows:
            self._values.setdefault(name, {}).setdefault(node, []).append(value)

    def asked(self, roots: Iterable[str], kind: Kind) -> Asked:
        """Return what the trees at some roots, all of which must hold, ask for."""
        found = [self._asked(root, kind, frozenset()) for root in roots]
        return Asked(_union(one.required for one in found), _union(one.named for one in found))

    def _asked(self, node: str, kind: Kind, above: frozenset[str]) -> Asked:
        most = self._number(node, "maximum")
        if node in above or (most is not None and most <= 0):
            return Asked()
        least, parts = self._number(node, "minimum"), self._of("part", node)
        if not parts:
            return self._leaf(node, kind, least)
        inside = [self._asked(part, kind, above | {node}) for part in parts]
        named = _union(one.named for one in inside)
        if least is None and most is None:
            return Asked(_union(one.required for one in inside), named)
        # Whoever leaves out every part that needs a thing has so many parts left; are they enough?
        needing = Counter(thing for one in inside for thing in one.required)
        required = (thing for thing, count in needing.items() if len(parts) - count < (least or 0))
        return Asked(frozenset(required), named)

    def _leaf(self, node: str, kind: Kind, least: Decimal | None) -> Asked:
        skills = frozenset(self._of("skill", node))
        if skills:
            needed = least is None or least > 0
            return Asked(skills if needed else _NONE, skills) if kind == "skill" else Asked()
        found = _both([self._passing(each, frozenset()) for each in self._of("filter", node)])
        needed = least is not None and least > 0
        if kind == "skill":
            return Asked(found.insisted if needed else _NONE, found.skills)
        among = found.among or _NONE
        # So many different ones as there are; of credits a single one that may count, whatever it brings.
        whole = len(among) == 1 or (
            "credits" not in self._of("kind", node) and least is not None and least >= len(among)
        )
        return Asked(among if needed and whole else _NONE, found.credentials)

    def _passing(self, node: str, above: frozenset[str]) -> _Passing:
        if node in above:
            return _Passing(None, _NONE, _NONE, _NONE)
        inside = above | {node}
        credentials, skills = (frozenset(self._of(name, node)) for name in ("credential", "skill"))
        own = _Passing(credentials or None, skills if len(skills) == 1 else _NONE, credentials, skills)
        every = [self._passing(each, inside) for each in self._of("and", node)]
        some = [self._passing(each, inside) for each in self._of("or", node)]
        return _both([own, *every, *([_either(some)] if some else [])])

    def _of(self, name: str, node: str) -> Sequence[str]:
        return self._values.get(name, _NOTHING).get(node, ())

    def _number(self, node: str, name: str) -> Decimal | None:
        for text in self._of(name, node):
            try:
                return Decimal(text)
            except InvalidOperation:
                return None
        return None


_NOTHING: Mapping[str, list[str]] = {}


def _both(filters: Sequence[_Passing]) -> _Passing:
    bounds = [one.among for one in filters if one.among is not None]
    among = frozenset.intersection(*bounds) if bounds else None
    named = _union(one.credentials for one in filters)
    return _Passing(
        among, _union(one.insisted for one in filters), named if among is None else named & among,
        _union(one.skills for one in filters),
    )  # fmt: skip


def _either(filters: Sequence[_Passing]) -> _Passing:
    bounds = [one.among for one in filters]
    among = _union(each for each in bounds if each is not None) if None not in bounds else None
    return _Passing(
        among, frozenset.intersection(*(one.insisted for one in filters)),
        _union(one.credentials for one in filters), _union(one.skills for one in filters),
    )  # fmt: skip


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return _NONE.union(*sets)

"""Tells what a source adds, changes and removes, what points at what it removes, and whether it loses too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import WouldLose
from ..store.statement_store import StatementStore
from ..work_store.graph_contents import Thing

_MOST_POINTERS = 20
_MOST_REPORTED = 1_000
_SHOWN = 3


class Pointer(NamedTuple):
    """A statement that names a thing: what it is about, its property, and the graph that holds it."""

    thing: str
    property: str
    graph: str


@dataclass(frozen=True, slots=True)
class Dangling:
    """A thing that nothing describes any more, and what still names it: how often, and where first."""

    iri: str
    kind: str
    count: int
    pointers: tuple[Pointer, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as reports and answers tell it."""
        pointed = [pointer._asdict() for pointer in self.pointers]
        return {"removed": self.iri, "kind": self.kind, "count": self.count, "pointed_at_by": pointed}


@dataclass(frozen=True, slots=True)
class WhatChanges:
    """What becomes of the things of a source: counts by kind and change, and what is left pointing at nothing.

    `dangling` holds the first thousand of them, `dangling_count` says how many there are.
    """

    counts: Mapping[str, Mapping[str, int]]
    dangling: tuple[Dangling, ...] = ()
    dangling_count: int = 0

    def total(self, change: str) -> int:
        """Return how many things were `added`, `changed`, `unchanged` or `removed`."""
        return sum(of_kind.get(change, 0) for of_kind in self.counts.values())

    def to_json(self) -> dict[str, Any]:
        """Return it as reports and answers tell it."""
        return {
            **{change: self.total(change) for change in CHANGES},
            "kinds": {kind: dict(counts) for kind, counts in sorted(self.counts.items())},
            "dangling": self.dangling_count,
        }


NOTHING = WhatChanges({})
CHANGES = ("added", "changed", "unchanged", "removed")


def what_changes(old: Mapping[str, Thing], new: Mapping[str, Thing], after: StatementStore) -> WhatChanges:
    """Compare what a source described with what it describes; `after` is a store as it is with the new."""
    counts: dict[str, Counter[str]] = {}

    def count(kind: str, change: str) -> None:
        counts.setdefault(kind, Counter(dict.fromkeys(CHANGES, 0)))[change] += 1

    for iri, thing in new.items():
        before = old.get(iri)
        count(thing.kind, "added" if before is None else "unchanged" if before == thing else "changed")
    removed = {iri: thing.kind for iri, thing in old.items() if iri not in new}
    for kind in removed.values():
        count(kind, "removed")
    found = list(dangling(after, removed))
    return WhatChanges(counts, tuple(found[:_MOST_REPORTED]), len(found))


def dangling(store: StatementStore, removed: Mapping[str, str], without: str = "") -> Iterator[Dangling]:
    """Yield the things, of those removed, that a store describes no longer and still points at.

    `removed` gives the kind of each; what the graph `without` says does not count, since it goes.
    """
    for iri, kind in sorted(removed.items()):
        if any(graph != without for graph, _ in store.said_of(iri)):
            continue  # another source describes it
        pointers = sorted(
            Pointer(triple.subject.value, triple.predicate, graph)
            for graph, triple in store.pointing_at(iri) if graph != without
        )  # fmt: skip
        if pointers:
            yield Dangling(iri, kind, len(pointers), tuple(pointers[:_MOST_POINTERS]))


def refuse_loss(graph: str, old: Mapping[str, Thing], kept: Collection[str], most: float) -> None:
    """Refuse to store a source without a good part of what it held.

    Args:
        graph: the source.
        old: what it describes now.
        kept: what it will describe.
        most: the share of `old` that it may lose.

    Raises:
        WouldLose: it would lose more.
    """
    lost = sorted(iri for iri in old if iri not in kept)
    if len(lost) > most * len(old):
        raise WouldLose(
            f"{graph} would lose {len(lost):,} of the {len(old):,} things it describes ({_named(lost)}), more than "
            f"{most:.0%}; nothing was stored: force it when that is meant"
        )


def sentences_of(changes: WhatChanges) -> Iterator[str]:
    """Yield what changed in words, a line each: the counts, then what points at nothing now."""
    yield ", ".join(f"{changes.total(change):,} {change}" for change in CHANGES)
    for each in changes.dangling[:_MOST_POINTERS]:
        names = _named(dict.fromkeys(pointer.thing for pointer in each.pointers))
        yield f"{each.kind} {each.iri} is gone, and {each.count:,} statements still point at it: of {names}"
    if changes.dangling_count > _MOST_POINTERS:
        yield f"… and {changes.dangling_count - _MOST_POINTERS:,} more things are gone that others point at"


def _named(iris: Iterable[str]) -> str:
    found = list(iris)
    return ", ".join(found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")

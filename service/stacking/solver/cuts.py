"""Adds rows to the integer programme: overlaps, other plans, loops of prerequisites, bounds that fractions break."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..problem.overlap import is_credited
from ..requirements.tree import Credits, leaves
from .model import Item, Model, least_of
from .opening import Column


def forbid(model: Model, plan: Collection[str]) -> None:
    """Ask for a plan that lacks one of these."""
    columns = {model.x[iri]: 1.0 for iri in plan if iri in model.x}
    if len(columns) == len(plan):
        model.programme.row(columns, upper=len(columns) - 1)


def differ(model: Model, plan: Collection[str]) -> None:
    """Ask for another set than exactly this one."""
    terms = {column: -1.0 if iri in plan else 1.0 for iri, column in model.x.items()}
    model.programme.row(terms, lower=1 - len(plan))


# The rule that prerequisites run in no loop is also written in service/validation/loops.py and
# shapes/eu/specification.ttl.
def support(model: Model, unfounded: Collection[str]) -> None:
    """Ask that some of a set, if any is earned, come first: opened by what is outside the set (a loop formula).

    What they need beside them may be outside or come first with them.
    """
    first = {iri: model.programme.column() for iri in sorted(unfounded)}
    outside: Column = lambda iri: None if iri in first else model.x.get(iri)  # noqa: E731
    beside: Column = lambda iri: first[iri] if iri in first else model.x.get(iri)  # noqa: E731
    for iri, column in first.items():
        model.programme.row({column: 1, model.x[iri]: -1}, upper=0)
        model.opening.allow(model.by_iri[iri], column, outside, beside)
        model.programme.row({model.x[iri]: 1, **dict.fromkeys(first.values(), -1)}, upper=0)


def count_overlapping(model: Model, pairs: Iterable[tuple[Item, Item]]) -> None:
    """Give credit to one of two that overlap (S7)."""
    columns: dict[Item, list[int]] = {}
    for leaf in leaves(model.target):
        if is_credited(leaf):
            for item, column in model.a[leaf.id].items():
                columns.setdefault(item, []).append(column)
    credited: dict[Item, int] = {}
    for pair in pairs:
        if any(item not in columns for item in pair):
            continue
        for item in pair:
            if item not in credited:
                credited[item] = model.programme.column()
                for column in columns[item]:
                    model.programme.row({column: 1, credited[item]: -1}, upper=0)
        model.programme.row({credited[item]: 1 for item in pair}, upper=1)


def count_few(model: Model) -> None:
    """Ask each leaf of credits that is not left open for as many credentials as it needs at least.

    Every solution keeps to it already, halves of credentials do not.
    """
    out = model.programme.is_out
    for leaf in leaves(model.target):
        if not isinstance(leaf, Credits) or leaf.id not in model.u:
            continue
        worth = {
            column: model.worth(leaf, item)
            for item, column in model.a[leaf.id].items()
            if not out(column) and not (item[0] == "plan" and out(model.x[item[1]]))
        }
        missing, fewest = least_of(leaf), 0
        for size in sorted(worth.values(), reverse=True):
            if missing > 0:
                missing, fewest = missing - size, fewest + 1
        if fewest > 1 and missing <= 0:
            demand = {model.d[leaf.id]: -float(fewest)} if leaf.id in model.d else {}
            terms = dict.fromkeys(worth, 1.0) | demand | {model.u[leaf.id]: float(fewest * least_of(leaf))}
            model.programme.row(terms, lower=0 if demand else fewest)

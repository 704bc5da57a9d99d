"""Rows that a model gets after a first run: what a solution must lack, what must open it, what halves get wrong."""

from __future__ import annotations

from collections.abc import Collection

from .model import Model, least_of
from .opening import Column
from .requirements import Credits, leaves


def forbid(model: Model, plan: Collection[str]) -> None:
    """Ask for a plan that lacks one of these."""
    columns = {model.x[iri]: 1.0 for iri in plan if iri in model.x}
    if len(columns) == len(plan):
        model.programme.row(columns, upper=len(columns) - 1)


def support(model: Model, unfounded: Collection[str]) -> None:
    """Ask that one of a set, if any is earned, is opened by what is outside the set (a loop formula)."""
    outside: Column = lambda iri: None if iri in unfounded else model.x.get(iri)  # noqa: E731
    opened = []
    for iri in sorted(unfounded):
        column = model.programme.column()
        model.programme.row({column: 1, model.x[iri]: -1}, upper=0)
        model.opening.allow(model.by_iri[iri], column, outside)
        opened.append(column)
    for iri in sorted(unfounded):
        model.programme.row({model.x[iri]: 1, **dict.fromkeys(opened, -1)}, upper=0)


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

"""Reads requirement trees from plain JSON values, and writes them: the form that the stacking matrix keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from .tree import AllOf, Count, Credits, Filter, Manual, Requirement, Rules, Skill, SomeOf

Json = Mapping[str, Any]

_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (AllOf, SomeOf, Credits, Count, Skill, Manual)}
_DECIMALS = {
    "Credits": ("minimum", "maximum"),
    "Rules": ("maximum_shared", "minimum_grade", "maximum_rpl", "weight"),
}


def json_from_tree(node: Requirement) -> dict[str, Any]:
    """Return a tree as JSON values; what has its default is left out."""
    return {"is": type(node).__name__, **_written(node)}


def tree_from_json(values: Json) -> Requirement:
    """Return the tree that `json_from_tree` wrote."""
    kind = _KINDS[values["is"]]
    given = {name: value for name, value in values.items() if name != "is"}
    if "parts" in given:
        given["parts"] = tuple(tree_from_json(part) for part in given["parts"])
    if "filter" in given:
        given["filter"] = _filter(given["filter"])
    if "rules" in given:
        given["rules"] = Rules(**_numbers("Rules", given["rules"]))
    node: Requirement = kind(**_numbers(kind.__name__, given))
    return node


def _written(thing: object) -> dict[str, Any]:
    found = {}
    for one in fields(thing):  # type: ignore[arg-type]  # only dataclasses come here
        value = getattr(thing, one.name)
        if value != one.default and value not in ((), {}, frozenset()):
            found[one.name] = _value(value)
    return found


def _value(value: object) -> object:
    if isinstance(value, Filter | Rules):
        return _written(value)
    if isinstance(value, AllOf | SomeOf | Credits | Count | Skill | Manual):
        return json_from_tree(value)
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, Decimal) else value


def _filter(values: Json) -> Filter:
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("every", "some", "none"):
            given[name] = tuple(_filter(part) for part in value)
        else:
            given[name] = frozenset(value) if isinstance(value, list) else value
    return Filter(**given)


def _numbers(kind: str, given: Json) -> dict[str, Any]:
    exact = _DECIMALS.get(kind, ())
    return {name: Decimal(value) if name in exact else value for name, value in given.items()}

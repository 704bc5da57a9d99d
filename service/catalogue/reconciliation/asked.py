"""Reads what a client of the Reconciliation API 0.2 asks: queries, and which properties of which things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...errors import InvalidArgument
from ...linking.words import encodable
from .kinds import EntityType, type_named

Strict = Literal["any", "should", "all"]

MOST_CANDIDATES = 50
_USUAL = 10
_LONGEST = 1000
_MOST_PROPERTIES = 20
_MOST_VALUES = 50
_KEYS = frozenset({"query", "type", "limit", "properties", "type_strict"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property and the values that a candidate should have; any of them will do."""

    property: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a batch."""

    text: str
    types: Sequence[EntityType]
    strict: Strict
    limit: int
    wanted: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class Column:
    """A property to fetch: most values (0: all) and the language of texts (empty: the usual one)."""

    property: str
    limit: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """The things and columns of a table to fill."""

    iris: Sequence[str]
    columns: Sequence[Column]


def query_from_json(found: object) -> Query:
    """Return the query that a value of a batch is.

    Raises:
        InvalidArgument: it is none; the message names the field.
    """
    query = _object(found, "a query")
    if unknown := sorted(query.keys() - _KEYS):
        known = ", ".join(sorted(_KEYS))
        raise InvalidArgument(f"there is no field {unknown[0][:50]!r} in a query; there are: {known}")
    wanted = [_wanted(one) for one in _list(query.get("properties", ()), "properties", _MOST_PROPERTIES)]
    if "query" not in query and not wanted:
        raise InvalidArgument("a query needs `query` or properties")
    names = query.get("type") or ()
    listed = [names] if isinstance(names, str) else _list(names, "type", _MOST_PROPERTIES)
    types = [type_named(_text(one, "type")) for one in listed]
    strict = _strict(query.get("type_strict", "any"))
    text = _text(query.get("query", ""), "query")
    return Query(" ".join(text.split()), types, strict, _limit(query.get("limit", _USUAL)), wanted)


def extension_from_json(found: object, most_things: int) -> Extension:
    """Return the table that is to be filled.

    Raises:
        InvalidArgument: it is none; the message names the field.
    """
    asked = _object(found, "extend")
    iris = [_text(one, "ids") for one in _list(asked.get("ids"), "ids", most_things)]
    columns = [_column(one) for one in _list(asked.get("properties"), "properties", _MOST_PROPERTIES)]
    return Extension(list(dict.fromkeys(iris)), columns)


def _column(found: object) -> Column:
    column = _object(found, "a property")
    settings = _object(column.get("settings") or {}, "settings")
    limit = settings.get("limit") or 0
    try:
        number = int(str(limit))
    except ValueError as error:
        raise InvalidArgument(f"limit must be a whole number, got {str(limit)[:50]!r}") from error
    return Column(_text(column.get("id"), "id"), max(0, number), _text(settings.get("lang") or "", "lang").lower())


def _wanted(found: object) -> Wanted:
    one = _object(found, "a property")
    if "pid" not in one or "v" not in one:
        raise InvalidArgument("a property needs `pid` and `v`")
    values = one["v"] if isinstance(one["v"], list) else [one["v"]]
    return Wanted(_text(one["pid"], "pid"), [_value(value) for value in _list(values, "v", _MOST_VALUES)])


def _value(found: object) -> str:
    if isinstance(found, Mapping):
        return _text(found.get("id"), "v.id")
    if isinstance(found, bool):
        return str(found).lower()
    return _text(str(found) if isinstance(found, int | float) else found, "v")


def _strict(found: object) -> Strict:
    for one in get_args(Strict):
        if found == one:
            strict: Strict = one
            return strict
    raise InvalidArgument(f"type_strict must be any, should or all, got {str(found)[:50]!r}")


def _limit(found: object) -> int:
    if isinstance(found, bool) or not isinstance(found, int | float) or not found >= 1:
        raise InvalidArgument(f"limit must be a number from 1 on, got {str(found)[:50]!r}")
    return int(min(found, MOST_CANDIDATES))


def _object(found: object, name: str) -> Mapping[str, object]:
    if not isinstance(found, Mapping):
        raise InvalidArgument(f"{name} must be a JSON object")
    return found


def _list(found: object, name: str, most: int) -> Sequence[object]:
    if not isinstance(found, list | tuple):
        raise InvalidArgument(f"{name} must be a list")
    if len(found) > most:
        raise InvalidArgument(f"{name} may hold {most} at most, got {len(found)}")
    return found


def _text(found: object, name: str) -> str:
    if not isinstance(found, str):
        raise InvalidArgument(f"{name} must be a text")
    if len(found) > _LONGEST:
        raise InvalidArgument(f"{name} may have {_LONGEST} characters, got {len(found)}")
    return encodable(found)

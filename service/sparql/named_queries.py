"""Reads the named queries: `.rq` files whose header says what they ask, what they take and what they answer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ..errors import InvalidArgument
from ..resources import QUERIES

ParameterType = Literal["iri", "string", "language", "integer", "decimal"]
ColumnType = Literal["iri", "string", "langString", "language", "integer", "decimal", "boolean"]
Form = Literal["SELECT", "ASK", "CONSTRUCT"]

_HEADER = re.compile(r"#\+ (?P<key>[a-z]+):(?: (?P<value>\S.*))?\Z")
_PARAMETER = re.compile(r"#\+   (\w+) (\w+)( many)? (required|optional) — (\S.*)\Z")
_COLUMN = re.compile(r"#\+   (\w+) (\w+) — (\S.*)\Z")
_SLOT = re.compile(r" *VALUES \?(\w+) \{ UNDEF \}\Z")
_FORM = re.compile(r"^(SELECT|ASK|CONSTRUCT)\b", re.MULTILINE)
_KEYS = ("summary", "description", "tags", "form", "params", "returns", "paging", "example")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a query takes. Its slots are the lines `VALUES ?name { UNDEF }` of the text."""

    name: str
    type: ParameterType
    many: bool
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Column:
    """A variable that a SELECT query answers with."""

    name: str
    type: ColumnType
    description: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One operation. `paging` is the variable that has one value a row, when a page of the answer may be asked for."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    form: Form
    parameters: tuple[Parameter, ...]
    returns: tuple[Column, ...]
    paging: str | None
    example: Mapping[str, tuple[str, ...]]
    text: str


def load_queries(folder: Path = QUERIES) -> Mapping[str, NamedQuery]:
    """Return the queries of the `.rq` files in a folder, not below it, by name.

    Raises:
        InvalidArgument: a header is malformed or does not fit its query; the message names file and line.
    """
    return {path.stem: parse_query(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.rq"))}


def slot_name(line: str) -> str | None:
    """Return the name of the parameter whose slot this line is.

    >>> slot_name("  VALUES ?skill { UNDEF }")
    'skill'
    """
    found = _SLOT.match(line)
    return found[1] if found else None


def parse_query(name: str, source: str) -> NamedQuery:
    """Return the query of one file: header lines `#+ …` first, then SPARQL.

    Raises:
        InvalidArgument: the header is malformed or does not fit the query.
    """
    lines = source.splitlines()
    length = next((number for number, line in enumerate(lines) if not line.startswith("#+")), len(lines))
    values, parameters, columns = _parse_header(name, lines[:length])
    text = "\n".join(lines[length:]) + "\n"
    for key in ("summary", "form"):
        if not values.get(key):
            raise InvalidArgument(f"{name}.rq: the header needs a {key}")
    form = values["form"]
    if form not in get_args(Form) or not (found := _FORM.search(text)) or found[1] != form:
        raise InvalidArgument(f"{name}.rq: form must be the form of the query, SELECT, ASK or CONSTRUCT, got {form!r}")
    query = NamedQuery(
        name,
        values["summary"],
        values.get("description", ""),
        tuple(tag.strip() for tag in values.get("tags", "").split(",") if tag.strip()),
        form,  # type: ignore[arg-type]  # checked above
        tuple(parameters),
        tuple(columns),
        values.get("paging"),
        _parse_example(name, values.get("example", "")),
        text,
    )
    _check(query)
    return query


def _parse_header(name: str, lines: list[str]) -> tuple[dict[str, str], list[Parameter], list[Column]]:
    values: dict[str, str] = {}
    parameters: list[Parameter] = []
    columns: list[Column] = []
    for number, line in enumerate(lines, start=1):
        place = f"{name}.rq line {number}"
        last = next(reversed(values), "")
        if found := _HEADER.match(line):
            key = found["key"]
            if key not in _KEYS or key in values:
                raise InvalidArgument(f"{place}: each of {', '.join(_KEYS)} may stand once in a header, got {key!r}")
            values[key] = found["value"] or ""
        elif last == "params" and (found := _PARAMETER.match(line)):
            if found[2] not in get_args(ParameterType):
                raise InvalidArgument(f"{place}: a parameter is {', '.join(get_args(ParameterType))}, got {found[2]!r}")
            kind: ParameterType = found[2]  # type: ignore[assignment]  # checked above
            parameters.append(Parameter(found[1], kind, bool(found[3]), found[4] == "required", found[5]))
        elif last == "returns" and (found := _COLUMN.match(line)):
            if found[2] not in get_args(ColumnType):
                raise InvalidArgument(f"{place}: a column is {', '.join(get_args(ColumnType))}, got {found[2]!r}")
            columns.append(Column(found[1], found[2], found[3]))  # type: ignore[arg-type]  # checked above
        else:
            raise InvalidArgument(f"{place}: not a header line: {line!r}")
    return values, parameters, columns


def _parse_example(name: str, text: str) -> Mapping[str, tuple[str, ...]]:
    example: dict[str, tuple[str, ...]] = {}
    for word in shlex.split(text):
        key, equals, value = word.partition("=")
        if not equals:
            raise InvalidArgument(f"{name}.rq: an example is written name=value name=value, got {word!r}")
        example[key] = (*example.get(key, ()), value)
    return example


def _check(query: NamedQuery) -> None:
    names = [parameter.name for parameter in query.parameters]
    for problem in _problems(query, names, set(_slots(query.text))):
        raise InvalidArgument(f"{query.name}.rq: {problem}")


def _problems(query: NamedQuery, names: list[str], slots: set[str]) -> Iterator[str]:
    if len(names) != len(set(names)):
        yield "a parameter is named twice"
    if set(names) != slots:
        yield f"parameters and slots must be the same, got {sorted(names)} and {sorted(slots)}"
    if not set(query.example) <= set(names):
        yield f"the example names what is no parameter: {sorted(set(query.example) - set(names))}"
    if (query.form == "SELECT") != bool(query.returns):
        yield "a SELECT query, and no other, names what it returns"
    if query.paging is not None and query.paging not in {column.name for column in query.returns}:
        yield f"paging must name a column, got {query.paging!r}"


def _slots(text: str) -> Iterator[str]:
    return (name for line in text.splitlines() if (name := slot_name(line)))

"""Writes the records of a list as CSV (RFC 4180): a column for each value, named after its place in the JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

_ROWS = 200


def csv_chunks(model: type[BaseModel], records: Iterable[BaseModel]) -> Iterator[bytes]:
    """Yield the header and then the rows, some at a time.

    What is nested has names such as `provider_name`; a label is the one text that was chosen; many values stand in one
    cell, a space between them; `link` is where the API describes the record. What is not known is empty.
    """
    columns = list(_columns(model))
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(name for name, _ in columns)
    for number, record in enumerate(records, start=1):
        found = record.model_dump(mode="json")
        writer.writerow(_cell(found, path) for _, path in columns)
        if number % _ROWS == 0:
            yield output.getvalue().encode()
            output.seek(0)
            output.truncate()
    yield output.getvalue().encode()


def _columns(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in model.model_fields.items():
        inside = [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type)]
        nested = next((one for one in inside if issubclass(one, BaseModel)), None)
        if nested is not None:
            yield from _columns(nested, (*path, name))
        elif name == "links":
            yield "_".join((*path, "link")), (*path, name, "self")
        else:
            yield "_".join((*path, name)), (*path, name)


def _cell(record: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: Any = record
    for name in path:
        value = None if value is None else value.get(name)
    if isinstance(value, Mapping):
        return next(iter(value.values()), "")
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else value

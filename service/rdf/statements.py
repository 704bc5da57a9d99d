"""The types of statements, rows and solutions: what engines answer with and formats are written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .terms import Term

Row = dict[str, Term]


class Solutions(NamedTuple):
    """The answer to a SELECT: variables in order, and rows; an unbound variable is absent from its row."""

    variables: tuple[str, ...]
    rows: Sequence[Row]


class Triple(NamedTuple):
    """One statement."""

    subject: Term
    predicate: str
    object: Term


class RowStream(NamedTuple):
    """The answer to a SELECT while it is still being computed: each row exists when it is asked for."""

    variables: tuple[str, ...]
    rows: Iterator[Row]

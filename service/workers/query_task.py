"""The messages between the server and a process that runs public queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WALL_TIMES = 6
"""How many seconds may pass on the clock for each one of the processor that a query may have."""


@dataclass(frozen=True, slots=True)
class QueryTask:
    """A public query. The two lists of graphs replace its FROM clauses; None leaves them as they are.

    `base` is what its relative IRIs are resolved against; `seconds` are those of the processor. `tag` tells
    one store at a place from another that was there before.
    """

    store: str
    query: str
    default_graphs: Sequence[str] | None = None
    named_graphs: Sequence[str] | None = None
    accept: str | None = None
    formats: Sequence[str] = ()
    rows: int = 100_000
    bytes: int = 256 * 1024 * 1024
    seconds: float = 10.0
    base: str | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """What became of a query. For `text/html` the file holds JSON results or Turtle, for whoever makes the page.

    `repeatable` says that the same release always gives this answer, `notes` what whoever reads it should know.
    """

    media_type: str
    file_type: str
    rows: int
    truncated: bool
    repeatable: bool
    notes: Sequence[str] = ()

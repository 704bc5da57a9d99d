"""What every SPARQL engine must offer here, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from .terms import Term

Row = dict[str, Term]


class Solutions(NamedTuple):
    """The answer to a SELECT: variables in order, and rows; an unbound variable is absent from its row."""

    variables: tuple[str, ...]
    rows: Sequence[Row]


def without(variable: str, solutions: Solutions) -> Solutions:
    """Return solutions without one of their variables."""
    if variable not in solutions.variables:
        return solutions
    rows = [{name: term for name, term in row.items() if name != variable} for row in solutions.rows]
    return Solutions(tuple(name for name in solutions.variables if name != variable), rows)


class Triple(NamedTuple):
    """One statement."""

    subject: Term
    predicate: str
    object: Term


class Store(Protocol):
    """A SPARQL 1.1 engine that answers our own queries; the default graph is the union of all graphs."""

    def select(self, query: str) -> Solutions:
        """Return the solutions of a SELECT query, all in memory.

        Raises:
            QuerySyntaxError: the query does not parse.
            StoreUnavailable: the engine does not answer.
        """
        ...

    def ask(self, query: str) -> bool:
        """Return the answer to an ASK query."""
        ...

    def construct(self, query: str) -> Sequence[Triple]:
        """Return the triples of a CONSTRUCT or DESCRIBE query, each once."""
        ...

    def table(self, query: str) -> Iterator[list[str]]:
        """Yield the rows of a SELECT as texts, IRIs and literals alike; an unbound variable is the empty text.

        For very many rows. A blank node begins with `_:`.
        """
        ...

    def close(self) -> None:
        """Release what the store holds."""
        ...

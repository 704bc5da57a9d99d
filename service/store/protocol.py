"""The protocol that every SPARQL engine implements here, and what it must offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ..rdf.statements import Solutions, Triple


class Store(Protocol):
    """A SPARQL 1.1 engine that answers our own queries; the default graph is what all graphs state."""

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

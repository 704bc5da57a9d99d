"""Answers in files that have no name any more, and the room that all of them share while clients read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from ..errors import Overloaded
from .query_task import QueryOutcome

_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """A whole answer in a file: close it and it is gone, and so is what it took of the room."""

    outcome: QueryOutcome
    file: IO[bytes]
    size: int
    give_back: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Let go of the file; to do so again does no harm."""
        if not self.file.closed:
            self.file.close()
            self.give_back()


class SpoolRoom:
    """Bytes that all answers together may take while somebody reads them; one client may have half. For one thread."""

    def __init__(self, most_mb: int) -> None:
        self._most = most_mb * 1024 * 1024
        self._taken: Counter[str] = Counter()

    @property
    def most_bytes(self) -> int:
        """Return how long one answer may be."""
        return min(_MOST_BYTES, self._most // 2)

    @property
    def taken(self) -> int:
        """Return how many bytes are taken."""
        return self._taken.total()

    def hold(self, outcome: QueryOutcome, file: IO[bytes], size: int, client: str) -> QueryAnswer:
        """Return an answer that has its room until it is closed.

        Raises:
            Overloaded: there is no room for it; the file is closed.
        """
        own = self._taken[client] + size
        if self.taken + size > self._most or own > max(self._most // 2, size):
            file.close()
            whose = "yours wait" if own > self._most // 2 else "others wait"
            raise Overloaded(f"answers of {whose} to be read, and there is no room for one more; try again later")
        self._taken[client] = own

        def give_back() -> None:
            self._taken[client] -= size
            if not self._taken[client]:
                del self._taken[client]

        return QueryAnswer(outcome, file, size, give_back)

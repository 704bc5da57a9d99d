"""Sorts the things of each kind by name, once for every language that names are in."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Kind
from .facets import Database, numbers_from_blob


class NameOrders:
    """Numbers of things, sorted when the index was made; languages no name is in read as English does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._whole: dict[tuple[Kind, str], Sequence[int]] = {}

    def all_of(self, kind: Kind, language: str) -> Sequence[int]:
        """Return all things of a kind; what was read once is kept."""
        name = (kind, self._tag(kind, language))
        if name not in self._whole:
            (blob,) = self._database().execute(_NUMBERS, name).fetchone()
            self._whole[name] = tuple(numbers_from_blob(blob))
        return self._whole[name]

    def page(self, kind: Kind, language: str, limit: int, offset: int) -> tuple[Sequence[int], int]:
        """Return a slice of the things of a kind, and how many there are."""
        name = (kind, self._tag(kind, language))
        (total,) = self._database().execute(_COUNT, name).fetchone()
        if offset >= total:  # substr counts in 32 bits: it takes a far place for one at the start
            return (), total
        (blob,) = self._database().execute(_SLICE, (4 * offset + 1, 4 * limit, *name)).fetchone()
        return numbers_from_blob(blob), total

    def _tag(self, kind: Kind, language: str) -> str:
        wanted = {"kind": kind, "language": language, "primary": language.partition("-")[0]}
        tag: str
        (tag,) = self._database().execute(_TAG, wanted).fetchone()
        return tag


# Every kind has an order in English.
_TAG = """
SELECT language FROM name_order WHERE kind = :kind AND language IN (:language, :primary, 'en')
ORDER BY language <> :language, language <> :primary LIMIT 1
"""
_NUMBERS = "SELECT numbers FROM name_order WHERE kind = ? AND language = ?"
_COUNT = "SELECT length(numbers) / 4 FROM name_order WHERE kind = ? AND language = ?"
_SLICE = "SELECT substr(numbers, ?, ?) FROM name_order WHERE kind = ? AND language = ?"

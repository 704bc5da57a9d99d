"""Finds the micro-credentials that match filters and counts the values of each facet, on sets kept as bits."""

from __future__ import annotations

import json
import sqlite3
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from itertools import chain, compress
from operator import or_

from ..records import FACETS, FacetValue, Filters, Labels

Database = Callable[[], sqlite3.Connection]
LISTED = "listed:"
"""Begins the names of facets of what is listed with gaps: its sets are its own."""

# Values that more than one in so many micro-credentials have are counted by bits.
_FREQUENT = 100
_FLAGS = bytes.maketrans(b"01", b"\x00\x01")


def numbers_from_blob(blob: bytes) -> array[int]:
    """Return whole numbers kept as four bytes each, lowest byte first."""
    numbers = array("I", blob)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def blob_from_numbers(numbers: Iterable[int]) -> bytes:
    """Return whole numbers as four bytes each, lowest byte first."""
    packed = array("I", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def bits_from_numbers(numbers: Iterable[int], size: int) -> int:
    """Return a set of numbers below `size` as bits."""
    digits = bytearray(b"0") * (size + 1)
    for number in numbers:
        digits[size - number] = 49  # the digit 1
    return int(digits, 2)


def flags_from_bits(bits: int, size: int) -> bytes:
    """Return one byte a number, 1 when it is in the set."""
    return format(bits | 1 << size, "b")[:0:-1].encode().translate(_FLAGS)


def numbers_from_bits(bits: int, size: int) -> list[int]:
    """Return the numbers in a set of bits, ascending."""
    return list(compress(range(size), flags_from_bits(bits, size)))


@dataclass(frozen=True, slots=True)
class Members:
    """A set of micro-credential numbers, packed as bits or, when that is smaller, as a sorted list."""

    blob: bytes
    count: int
    size: int

    @classmethod
    def of(cls, numbers: Sequence[int], size: int) -> Members:
        """Return a set from sorted numbers below `size`."""
        if _is_dense(len(numbers), size):
            blob = bits_from_numbers(numbers, size).to_bytes(size // 8 + 1, "little")
        else:
            blob = blob_from_numbers(numbers)
        return cls(blob, len(numbers), size)

    @property
    def is_dense(self) -> bool:
        """Return whether the set is kept as bits."""
        return _is_dense(self.count, self.size)

    def bits(self) -> int:
        """Return the set as bits."""
        if self.is_dense:
            return int.from_bytes(self.blob, "little")
        return bits_from_numbers(numbers_from_blob(self.blob), self.size)

    def numbers(self) -> Sequence[int]:
        """Return the numbers in the set, ascending."""
        if self.is_dense:
            return numbers_from_bits(self.bits(), self.size)
        return numbers_from_blob(self.blob)


def _is_dense(count: int, size: int) -> bool:
    return count * 32 > size


class _Facet:
    """The values of one facet. Frequent values are counted by bits, the others along one list of their members."""

    def __init__(self, rows: Iterable[tuple[str, str, int, bytes]], size: int) -> None:
        self._size = size
        self.values: list[tuple[str, Labels]] = []
        self.totals: list[int] = []
        self.bits: dict[str, int] = {}
        self._dense: list[tuple[int, int]] = []
        pairs: list[tuple[int, int]] = []
        for value, labels, count, blob in rows:
            members = Members(blob, count, size)
            if count * _FREQUENT > size:
                self.bits[value] = members.bits()
                self._dense.append((len(self.values), self.bits[value]))
            else:
                pairs.extend((number, len(self.values)) for number in members.numbers())
            self.values.append((value, json.loads(labels)))
            self.totals.append(count)
        pairs.sort()
        self._owners = tuple(number for number, _ in pairs)
        self._owned = tuple(position for _, position in pairs)
        self._one_each = self._owners == tuple(range(size))

    def counts(self, matching: int) -> Iterator[tuple[int, int]]:
        """Yield (position of a value, how many of the matching have it); values nobody has may be left out."""
        if matching.bit_count() == self._size:
            yield from enumerate(self.totals)
            return
        for position, bits in self._dense:
            yield position, (bits & matching).bit_count()
        if self._owners:
            flags = flags_from_bits(matching, self._size)
            chosen = flags if self._one_each else map(flags.__getitem__, self._owners)
            yield from Counter(compress(self._owned, chosen)).items()


class Facets:
    """Filters and counts micro-credentials, which go by number here.

    Source: bitmap indexes (O'Neil and Quass, Improved query performance with variant indexes, SIGMOD 1997).
    """

    def __init__(self, database: Database, size: int, prefix: str = "") -> None:
        self._database = database
        self.size = size
        self._prefix = prefix
        self.everything = (1 << size) - 1
        self._facets: dict[str, _Facet] = {}

    def members(self, facet: str, value: str) -> Members:
        """Return the micro-credentials that have a value; nobody when the value is unknown."""
        found = self._database().execute(
            "SELECT members, count FROM value WHERE facet = ? AND iri = ?", (self._prefix + facet, value)
        ).fetchone()  # fmt: skip
        return Members(found[0], found[1], self.size) if found else Members(b"", 0, self.size)

    def having_any(self, facet: str, values: Iterable[str]) -> int:
        """Return the micro-credentials that have one of the values, as bits."""
        rows = self._database().execute(_ANY, (json.dumps(list(values)), self._prefix + facet))
        found = [Members(blob, count, self.size) for blob, count in rows]
        few = chain.from_iterable(members.numbers() for members in found if not members.is_dense)
        return reduce(or_, (members.bits() for members in found if members.is_dense), bits_from_numbers(few, self.size))

    def matching(self, filters: Filters, among: int, ignored: str = "") -> int:
        """Return those `among` that match every filter but the text and, if named, the ignored facet."""
        matching = among
        for facet in (*FACETS, "skill", "missing"):
            values: tuple[str, ...] = getattr(filters, facet)
            if values and facet != ignored:
                matching &= reduce(or_, (self._bits(facet, value) for value in values))
        if filters.min_ects is not None or filters.max_ects is not None:
            matching &= self._within(filters.min_ects, filters.max_ects)
        return matching

    def counts(self, filters: Filters, among: int) -> Mapping[str, tuple[FacetValue, ...]]:
        """Return every facet counted over those `among` that match the filters of the other facets."""
        matching = self.matching(filters, among)
        return {
            name: self._count(name, self.matching(filters, among, name) if getattr(filters, name) else matching)
            for name in FACETS
        }

    def _count(self, name: str, matching: int) -> tuple[FacetValue, ...]:
        facet = self._facet(name)
        found = [FacetValue(*facet.values[place], count) for place, count in facet.counts(matching) if count]
        return tuple(sorted(found, key=lambda value: (-value.count, value.value)))

    def _bits(self, facet: str, value: str) -> int:
        kept = self._facet(facet).bits.get(value) if facet in FACETS else None
        return self.members(facet, value).bits() if kept is None else kept

    def _facet(self, name: str) -> _Facet:
        if name not in self._facets:
            rows = self._database().execute(
                "SELECT iri, labels, count, members FROM value WHERE facet = ?", (self._prefix + name,)
            )
            self._facets[name] = _Facet(rows, self.size)
        return self._facets[name]

    def _within(self, least: Decimal | None, most: Decimal | None) -> int:
        inside = (
            members.bits()
            for ects, members in self._ects
            if (least is None or ects >= least) and (most is None or ects <= most)
        )
        return reduce(or_, inside, 0)

    @cached_property
    def _ects(self) -> tuple[tuple[Decimal, Members], ...]:
        rows = self._database().execute(
            "SELECT iri, members, count FROM value WHERE facet = ?", (self._prefix + "ects",)
        )
        return tuple((Decimal(number), Members(blob, count, self.size)) for number, blob, count in rows)


_ANY = """
SELECT value.members, value.count FROM json_each(?) AS wanted
JOIN value ON value.facet = ? AND value.iri = wanted.value
"""

"""Finds things by their labels: substrings through a trigram index, beginnings along a sorted list."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import InvalidArgument
from ..records import Hit, Item, Kind, Page
from .facets import Database, numbers_from_blob

# The trigram index holds nothing shorter than three characters; long texts are cut for it and checked whole after.
_SHORTEST, _LONGEST, _MOST = 3, 64, 8
# Of beginnings that more labels share, the first of each kind and language are remembered.
_BROAD, _KEPT = 1024, 64

# No text in UTF-8 holds this byte.
_END = b"\xff"

Numbers = npt.NDArray[np.uint32]


class _Arrays(NamedTuple):
    """What is known of every label, by label number. Numbers follow the order in which equally good hits stand."""

    thing: array[int]
    group: array[int]
    lexical: array[int]
    """Label numbers in the order of the lower-case labels."""
    place: array[int]
    """Where each label stands in that order."""


class _Texts:
    """The different lower-case labels in their order as one run of bytes, for words too short for the index.

    A word is looked for in all of them at once. A byte a letter stays in memory.
    """

    def __init__(self, rows: Iterable[tuple[bytes, int]]) -> None:
        """Take the texts and how many labels each has."""
        texts, counts = list[bytes](), array("I")
        for text, count in rows:
            texts.append(text)
            counts.append(count)
        run = _END.join([*texts, b""])
        self._run = np.frombuffer(run, np.uint8)
        # Two bytes as one number, from even places on and from odd ones: half as many to compare.
        self._pairs = [np.frombuffer(run, np.uint16, (len(run) - first) // 2, first) for first in (0, 1) if run]
        lengths = np.fromiter(map(len, texts), np.intp, len(texts))
        self._starts = np.cumsum(lengths + 1) - lengths - 1
        self._counts = np.array(counts, np.uint32)

    def holding(self, parts: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Return for each label, in the order of the texts, whether it holds every part."""
        found = np.ones(len(self._starts), np.bool_)
        for part in parts if len(found) else ():
            found &= self._holding(part.encode())
        return np.repeat(found, self._counts)

    def _holding(self, part: bytes) -> npt.NDArray[np.bool_]:
        """Return for each text whether it holds the part."""
        if len(part) == 1:  # most texts have it, often several times
            one: npt.NDArray[np.bool_] = np.logical_or.reduceat(self._run == part[0], self._starts)
            return one
        found = np.zeros(len(self._starts), np.bool_)
        found[np.searchsorted(self._starts, self._beginnings(part), "right") - 1] = True
        return found

    def _beginnings(self, part: bytes) -> npt.NDArray[np.intp]:
        """Return the bytes at which the part, of two bytes or more, begins."""
        pair = np.frombuffer(part[:2], np.uint16)
        found = np.concatenate([2 * np.flatnonzero(pairs == pair) + first for first, pairs in enumerate(self._pairs)])
        for shift, byte in enumerate(part[2:], 2):  # never beyond the run: it ends with a byte that no part has
            found = found[self._run[found + shift] == byte]
        return found


class TextIndex:
    """The labels of everything that has one. See `Index.search` for what matches and in which order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Few beginnings are broad: at most one in _BROAD labels a letter of the longest.
        self._leading: dict[tuple[int, int], Mapping[int, Sequence[int]]] = {}

    def search(self, text: str, kinds: Sequence[Kind], language: str | None, limit: int, offset: int) -> Page[Hit]:
        """See `Index.search`."""
        words = _words(text)
        phrase = " ".join(words)
        ranked = np.concatenate((
            np.array(self._equal(phrase), np.uint32),
            self._starting(phrase),
            self._holding([f" {phrase}"]) if words else np.empty(0, np.uint32),
            self._holding(words),
        ))  # fmt: skip
        if kinds or language is not None:
            wanted = np.frombuffer(self._flags(kinds, language), np.bool_)
            ranked = ranked[wanted[np.frombuffer(self._arrays.group, np.uint32)[ranked]]]
        best = self._first_of_each(ranked)
        return Page(self._hits(best[offset : offset + limit].tolist()), len(best), limit, offset)

    def suggest(self, prefix: str, kinds: Sequence[Kind], language: str | None, limit: int) -> tuple[Hit, ...]:
        """See `Index.suggest`."""
        text = _encodable(prefix).lower()
        flags = self._flags(kinds, language)
        group = self._arrays.group
        equal = [label for label in self._equal(text) if flags[group[label]]]
        start, end = self._place(text), self._place(_successor(text))
        if end - start > _BROAD:
            if (start, end) not in self._leading:
                # Of very many labels the best are soon met in the order of all; sorting them would take longer.
                places = enumerate(self._arrays.place[: 4 * _BROAD])
                first = (label for label, place in places if start <= place < end and flags[group[label]])
                best = self._best(chain(equal, first))
                if len(best) >= limit:
                    return self._hits(best[:limit])
            leading = [kept for number, kept in self._leading_labels(start, end).items() if flags[number]]
            # After the last label of a group that was cut others may stand that were not kept.
            known = min((kept[-1] for kept in leading if len(kept) == _KEPT), default=len(group))
            best = self._best(chain(equal, sorted(label for kept in leading for label in kept if label <= known)))
            if len(best) >= limit or known == len(group):
                return self._hits(best[:limit])
        found = [label for label in self._arrays.lexical[start:end] if flags[group[label]]]
        best = self._best(chain(equal, nsmallest(8 * limit, found)))
        if len(best) < limit < len(found):
            best = self._best(chain(equal, sorted(found)))
        return self._hits(best[:limit])

    def bits_holding(self, text: str, below: int) -> int:
        """Return the things numbered `below` that have one label with every blank-separated word of `text`, as bits."""
        things = np.frombuffer(self._arrays.thing, np.uint32)[self._holding(_words(text))]
        flags = np.zeros(below, np.bool_)
        flags[things[things < below]] = True
        return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")

    def _equal(self, text: str) -> Sequence[int]:
        found = self._database().execute("SELECT first, count FROM text WHERE lower = ?", (text,)).fetchone()
        return self._arrays.lexical[found[0] : found[0] + found[1]] if found else ()

    def _starting(self, prefix: str) -> Numbers:
        lexical = np.frombuffer(self._arrays.lexical, np.uint32)
        return np.sort(lexical[self._place(prefix) : self._place(_successor(prefix))])

    def _place(self, text: str | None) -> int:
        query = "SELECT first FROM text WHERE lower >= ? ORDER BY lower LIMIT 1"
        found = None if text is None else self._database().execute(query, (text,)).fetchone()
        return found[0] if found else len(self._arrays.lexical)

    def _leading_labels(self, start: int, end: int) -> Mapping[int, Sequence[int]]:
        """Return the first labels of each group among those that stand from `start` to `end` in lexical order."""
        if (start, end) in self._leading:
            return self._leading[start, end]
        group = self._arrays.group
        leading: dict[int, array[int]] = {}
        for label in sorted(self._arrays.lexical[start:end]):
            kept = leading.setdefault(group[label], array("I"))
            if len(kept) < _KEPT:
                kept.append(label)
        self._leading[start, end] = leading
        return leading

    def _holding(self, parts: Sequence[str]) -> Numbers:
        """Return the labels that hold every part, ascending."""
        indexed = sorted((part for part in parts if len(part) >= _SHORTEST and "\0" not in part), key=len)[-_MOST:]
        rest = [part for part in parts if part not in indexed or len(part) > _LONGEST]
        if not indexed:
            return self._scan(parts)
        match = " AND ".join('"' + part[:_LONGEST].replace('"', '""') + '"' for part in indexed)
        if not rest:
            (numbers,) = self._database().execute(_MATCHING, (match,)).fetchone()
            return np.sort(np.fromstring(numbers or "", np.uint32, sep=","))
        rows = self._database().execute(_MATCHING_TEXTS, (match,))
        return np.fromiter((number for number, text in rows if _holds(text.lower(), rest)), np.uint32)

    def _scan(self, parts: Sequence[str]) -> Numbers:
        lexical = np.frombuffer(self._arrays.lexical, np.uint32)
        found = np.zeros(len(lexical), np.bool_)
        found[lexical[self._texts.holding(parts)]] = True
        return np.flatnonzero(found).astype(np.uint32)

    def _first_of_each(self, ranked: Numbers) -> Numbers:
        """Return the first label of each thing, as `_best` does, for very many labels."""
        things = np.frombuffer(self._arrays.thing, np.uint32)[ranked]
        places = np.arange(len(ranked))
        first = np.zeros(int(things.max(initial=0)) + 1, np.intp)
        first[things[::-1]] = places[::-1]  # of several places of a thing the last that is set stays
        best: Numbers = ranked[first[things] == places]
        return best

    def _best(self, ranked: Iterable[int]) -> list[int]:
        """Return the first label of each thing."""
        thing = self._arrays.thing
        best: dict[int, int] = {}
        for label in ranked:
            best.setdefault(thing[label], label)
        return list(best.values())

    def _hits(self, labels: Sequence[int]) -> tuple[Hit, ...]:
        rows = self._database().execute(_HITS, (json.dumps(labels),))
        return tuple(Hit(Item(iri, kind, json.loads(names)), text, tag) for iri, kind, names, text, tag in rows)

    def _flags(self, kinds: Sequence[Kind], language: str | None) -> bytes:
        """Return one byte a group of labels, 1 when it is of the kinds and the language asked for."""
        return bytes(
            (not kinds or kind in kinds) and (language is None or tag == language or tag.startswith(f"{language}-"))
            for kind, tag in self._groups
        )

    @cached_property
    def _groups(self) -> tuple[tuple[Kind, str], ...]:
        return tuple(self._database().execute("SELECT kind, language FROM label_group ORDER BY number"))

    @cached_property
    def _texts(self) -> _Texts:
        return _Texts(self._database().execute("SELECT CAST(lower AS BLOB), count FROM text ORDER BY lower"))

    @cached_property
    def _arrays(self) -> _Arrays:
        kept = dict(self._database().execute("SELECT name, numbers FROM numbers"))
        return _Arrays(*(numbers_from_blob(kept[name]) for name in _Arrays._fields))


# One text of all numbers comes out of SQLite faster than a row for each; it does not promise their order.
_MATCHING = "SELECT group_concat(rowid) FROM trigram WHERE trigram MATCH ?"
_MATCHING_TEXTS = """
SELECT trigram.rowid, label.text FROM trigram JOIN label ON label.number = trigram.rowid
WHERE trigram MATCH ? ORDER BY trigram.rowid
"""
_HITS = """
SELECT thing.iri, thing.kind, thing.labels, label.text, label_group.language
FROM json_each(?) AS wanted
JOIN label ON label.number = wanted.value
JOIN thing ON thing.number = label.thing
JOIN label_group ON label_group.number = label.label_group
ORDER BY wanted.key
"""


def _words(text: str) -> list[str]:
    """Return the words of a text: the first five one by one, what follows as it stands, as the named queries do."""
    return " ".join(_encodable(text).lower().split()).split(" ", 5) if text.strip() else []


def _encodable(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidArgument("text must be Unicode without lone surrogates")
    return text


def _holds(text: str, parts: Iterable[str]) -> bool:
    return all(part in text for part in parts)


def _successor(prefix: str) -> str | None:
    """Return the least text after all that start with `prefix`, or None when there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)

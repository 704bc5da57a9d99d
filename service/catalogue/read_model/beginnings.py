"""Finds things by how their labels begin, along a sorted list of the labels without accents and case."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

from ...linking.words import encodable, folded
from ..records import Hit, Item, Kind
from .facets import Database, numbers_from_blob

# Of beginnings that more labels share, the first of each kind and language are remembered.
_BROAD, _KEPT = 1024, 64


class _Arrays(NamedTuple):
    """What is known of every label, by label number. Numbers follow the order in which equally good hits stand."""

    thing: array[int]
    group: array[int]
    lexical: array[int]
    """Label numbers in the order of the folded labels."""
    place: array[int]
    """Where each label stands in that order."""


class Beginnings:
    """The labels of everything that has one. See `Index.suggest` for what matches and in which order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Few beginnings are broad: at most one in _BROAD labels a letter of the longest.
        self._leading: dict[tuple[int, int], Mapping[int, Sequence[int]]] = {}

    def suggest(self, prefix: str, kinds: Sequence[Kind], language: str | None, limit: int) -> tuple[Hit, ...]:
        """See `Index.suggest`."""
        text = folded(encodable(prefix))
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

    def _equal(self, text: str) -> Sequence[int]:
        found = self._database().execute("SELECT first, count FROM text WHERE folded = ?", (text,)).fetchone()
        return self._arrays.lexical[found[0] : found[0] + found[1]] if found else ()

    def _place(self, text: str | None) -> int:
        query = "SELECT first FROM text WHERE folded >= ? ORDER BY folded LIMIT 1"
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
    def _arrays(self) -> _Arrays:
        kept = dict(self._database().execute("SELECT name, numbers FROM numbers"))
        return _Arrays(*(numbers_from_blob(kept[name]) for name in _Arrays._fields))


_HITS = """
SELECT thing.iri, thing.kind, thing.labels, label.text, label_group.language
FROM json_each(?) AS wanted
JOIN label ON label.number = wanted.value
JOIN thing ON thing.number = label.thing
JOIN label_group ON label_group.number = label.label_group
ORDER BY wanted.key
"""


def _successor(prefix: str) -> str | None:
    """Return the least text after all that start with `prefix`, or None when there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)

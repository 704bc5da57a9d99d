"""Character n-grams of labels, hashed: how alike a text, or a window of its words, and a label are.

A label weighs by its n-grams as a set, each by its rarity (inverse document frequency), with the length of the vector
taken out: the cosine of TF-IDF. That needs one list of labels an n-gram and one number a label. Hashes of n-grams share
2^20 places; two n-grams in one place are taken for one, which costs less than a table of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ..words import folded, words_of

Floats: TypeAlias = npt.NDArray[np.float32]
Numbers: TypeAlias = npt.NDArray[np.int64]

_SIZES = (3, 4, 5)
_PLACES = 1 << 20
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_END = "\n"


class Grams(NamedTuple):
    """The n-grams of several texts: of which text each is, its place, and where in the joined text it starts."""

    rows: Numbers
    places: Numbers
    starts: Numbers


def plain(text: str) -> str:
    """Return the words of a text, folded, with one blank between."""
    # Folding takes some ligatures apart into several words: they stay one, so that words keep their count.
    return " ".join(folded(word).replace(" ", "") or word for word in words_of(text))


def grams_of(texts: Sequence[str], sizes: Sequence[int] = _SIZES) -> Grams:
    """Return the n-grams of texts that `plain` made; each text has a blank before and after it."""
    joined = "".join(f" {text} {_END}" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    ends = codes == ord(_END)
    row = np.cumsum(ends) - ends
    rows, places, starts = [], [], []
    for size in sizes:
        count = len(codes) - size + 1
        if count <= 0:
            continue
        inside = row[:count] == row[size - 1 :]
        inside &= ~ends[size - 1 :]
        hashed = np.full(count, size, dtype=np.uint64)
        for step in range(size):
            hashed = (hashed ^ codes[step : step + count]) * _MULTIPLIER
            hashed ^= hashed >> np.uint64(29)
        (at,) = np.nonzero(inside)
        rows.append(row[at])
        places.append((hashed[at] % np.uint64(_PLACES)).astype(np.int64))
        starts.append(at)
    if not rows:
        none = np.zeros(0, dtype=np.int64)
        return Grams(none, none, none)
    return Grams(*map(np.concatenate, (rows, places, starts)))


def _distinct(numbers: Numbers) -> Numbers:
    # Sorting takes a tenth of the time of `numpy.unique`, which hashes.
    found = np.sort(numbers)
    return found[np.concatenate(([True], found[1:] != found[:-1]))] if len(found) else found


def _keys(grams: Grams, size: int) -> Numbers:
    return _distinct(grams.places * size + grams.rows)


class GramIndex:
    """The n-grams of a list of labels. Never changes; safe to share between threads."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Take texts that `plain` made; their places in the list are the rows of every answer."""
        self.texts = texts
        self.size = len(texts)
        # One size at a time, since all n-grams of all labels at once would take half a gigabyte.
        found = [_keys(grams_of(texts, (size,)), max(1, self.size)) for size in _SIZES]
        keys = np.concatenate(found)
        del found
        keys.sort()
        places = keys // max(1, self.size)
        rows = (keys - places * max(1, self.size)).astype(np.int32)
        del keys
        having = np.bincount(places, minlength=_PLACES)
        self._first = np.concatenate(([0], np.cumsum(having)))
        self._rows = rows
        self.rarity = (np.log((1 + self.size) / (1 + having)) + 1).astype(np.float32)
        squares = np.bincount(rows, weights=np.square(self.rarity[places], dtype=np.float64), minlength=self.size)
        self.lengths = np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)

    def likeness(self, text: str) -> tuple[Floats, Floats]:
        """Return, for every row, its cosine with a text and the share of the row that the text holds."""
        grams = grams_of([text])
        places, counts = np.unique(grams.places, return_counts=True)
        weights = (1 + np.log(counts)) * self.rarity[places]
        first, last = self._first[places], self._first[places + 1]
        spread = last - first
        rows = np.concatenate([self._rows[begin:end] for begin, end in zip(first, last, strict=True)], dtype=np.int64)
        squared = np.square(self.rarity[places], dtype=np.float64)
        held = np.bincount(rows, weights=np.repeat(squared, spread), minlength=self.size)
        if (counts == 1).all():
            common = held
        else:
            common = np.bincount(rows, weights=np.repeat(weights * self.rarity[places], spread), minlength=self.size)
        length = max(1e-9, float(np.sqrt(np.square(weights).sum())))
        return (
            (common / (self.lengths * length)).astype(np.float32),
            (held / np.square(self.lengths)).astype(np.float32),
        )

    def windows(self, words: Sequence[str], rows: Numbers, longest: int) -> tuple[Floats, Numbers, Numbers]:
        """Return, for some rows, the best cosine with any window of words, and that window: first word, and last + 1.

        Args:
            words: the words of a text, folded.
            rows: rows of this index.
            longest: the most words of a window.
        """
        own = grams_of([" ".join(words)])
        starts = np.cumsum([0, *(len(word) + 1 for word in words)])
        word = np.clip(np.searchsorted(starts, own.starts, side="right") - 1, 0, len(words) - 1)
        places, which = np.unique(own.places, return_inverse=True)
        weights = np.zeros((len(places), len(words)), dtype=np.float32)
        np.add.at(weights, (which, word), 1)
        weights = np.where(weights > 0, 1 + np.log(np.maximum(weights, 1)), 0).astype(np.float32)
        weights *= self.rarity[places][:, None]
        squares = np.concatenate(([0], np.cumsum(np.square(weights).sum(axis=0))))
        theirs = grams_of([self.texts[row] for row in rows])
        found = np.searchsorted(places, theirs.places)
        found = np.minimum(found, len(places) - 1)
        (known,) = np.nonzero(places[found] == theirs.places)
        pairs = _distinct(theirs.rows[known] * len(places) + found[known])
        at, gram = np.divmod(pairs, len(places))
        common = np.zeros((len(rows), len(words)), dtype=np.float32)
        if len(at):
            valued = weights[gram] * self.rarity[places[gram]][:, None]
            begins = np.concatenate(([0], np.nonzero(np.diff(at))[0] + 1))
            common[at[begins]] = np.add.reduceat(valued, begins, axis=0)
        sums = np.concatenate((np.zeros((len(rows), 1), dtype=np.float32), np.cumsum(common, axis=1)), axis=1)
        best = np.zeros(len(rows), dtype=np.float32)
        first, last = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), min(len(words), 1), dtype=np.int64)
        for size in range(1, min(longest, len(words)) + 1):
            lengths = np.sqrt(np.maximum(squares[size:] - squares[:-size], 1e-9))
            values = (sums[:, size:] - sums[:, :-size]) / lengths / self.lengths[rows][:, None]
            place = values.argmax(axis=1)
            value = values[np.arange(len(rows)), place]
            better = value > best + 1e-6
            best[better], first[better], last[better] = value[better], place[better], place[better] + size
        return best, first, last

"""The concepts that a text may mean, found by the labels of one language, and what speaks for each of them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..words import folded, forms, stem, words_of
from .concepts import Concept
from .grams import Floats, GramIndex, Numbers, plain

FEATURES = (
    "label", "any_label", "label_z", "any_label_z", "window", "any_window", "window_lead", "held", "any_held",
    "words", "any_words", "whole", "inside", "lead", "place", "letters", "label_words", "text_words", "names",
    "knowledge", "transversal", "cross_sector", "sector_specific", "occupation_specific",
)  # fmt: skip
"""What speaks for a concept, in the order of the numbers of a candidate; `docs/linking.md` explains each."""

_MOST = 120
_LONGEST_WINDOW = 8
_EXPLANATION = re.compile(r"\s*\([^()]*\)\s*$")
_TRAITS = ("knowledge", "transversal", "cross-sector", "sector-specific", "occupation-specific")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Concepts by number, with the label that speaks most for each, its window of words, and the features."""

    concepts: Numbers
    rows: Numbers
    first: Numbers
    last: Numbers
    features: Floats


_NONE: Numbers = np.zeros(0, dtype=np.int64)
_NOTHING = Candidates(_NONE, _NONE, _NONE, _NONE, np.zeros((0, len(FEATURES)), dtype=np.float32))


class Labels:
    """The labels of one language over a list of concepts. Never changes; safe to share between threads."""

    def __init__(self, concepts: Sequence[Concept], language: str) -> None:
        """Take the concepts that candidates name by their places in the list."""
        rows = [(number, text) for number, concept in enumerate(concepts) for text in _texts(concept, language)]
        self.language = language
        self.texts = [text for _, text in rows]
        self.grams = GramIndex([plain(text) for text in self.texts])
        self._owner = np.array([number for number, _ in rows], dtype=np.int64)
        self._concepts, self._first = np.unique(self._owner, return_index=True)
        self._counts = np.diff(np.concatenate((self._first, [len(rows)])))
        having = Counter(word for text in self.grams.texts for word in set(text.split()))
        self._rarity: Mapping[str, float] = {word: math.log(1 + len(rows) / count) for word, count in having.items()}
        self._words_of_row = lru_cache(maxsize=1 << 14)(self._read_row)
        self._traits = np.array(
            [[trait in concepts[number].traits for trait in _TRAITS] for number in self._concepts], dtype=np.float32
        ).reshape(len(self._concepts), len(_TRAITS))

    def candidates(self, text: str) -> Candidates:
        """Return the concepts that a text may mean, in no order; none for a text without words."""
        words = plain(text).split()
        if not words or not len(self._concepts):
            return _NOTHING
        cosine, held = self.grams.likeness(" ".join(words))
        preferred, best = cosine[self._first], np.maximum.reduceat(cosine, self._first)
        best_held = np.maximum.reduceat(held, self._first)
        chosen = self._chosen(preferred, best, best_held)
        if not len(chosen):
            return _NOTHING
        rows, places = self._rows_of(chosen, cosine, held)
        value, first, last = self.grams.windows(words, rows, _LONGEST_WINDOW)
        cover = self._covered(words_of(text), rows)
        begins = np.nonzero(np.concatenate(([True], places[1:] != places[:-1])))[0]
        window, any_window = value[begins], np.maximum.reduceat(value, begins)
        text_words = " ".join(words)
        whole = np.array([self.grams.texts[row] == text_words for row in rows], dtype=np.float32)
        inside = np.array([f" {self.grams.texts[row]} " in f" {text_words} " for row in rows], dtype=np.float32)
        strength = _scaled(preferred)[chosen] + _scaled(best)[chosen] + any_window * 4
        order = np.empty(len(chosen), dtype=np.int64)
        order[np.argsort(-strength, kind="stable")] = np.arange(len(chosen))
        letters = np.array([len(self.texts[row]) for row in self._first[chosen]])
        label_words = np.array([len(self.grams.texts[row].split()) for row in self._first[chosen]])
        columns = [
            preferred[chosen], best[chosen], _scaled(preferred)[chosen] / 10, _scaled(best)[chosen] / 10,
            window, any_window, any_window - any_window.max(), held[self._first[chosen]], best_held[chosen],
            cover[begins], np.maximum.reduceat(cover, begins),
            np.maximum.reduceat(whole, begins), np.maximum.reduceat(inside, begins),
            (strength - strength.max()) / 10, 1 / (1 + order),
            np.log(letters), np.log(label_words), np.full(len(chosen), math.log(len(words))),
            np.log(self._counts[chosen]), *self._traits[chosen].T,
        ]  # fmt: skip
        # Of the labels of a concept the one with the best window speaks for it; of equal ones the first, the preferred.
        speaking = np.array([
            begin + int(np.argmax(value[begin:end] + whole[begin:end]))
            for begin, end in zip(begins, [*begins[1:], len(rows)], strict=True)
        ])  # fmt: skip
        return Candidates(
            self._concepts[chosen], rows[speaking], first[speaking], last[speaking],
            np.stack(columns, axis=1).astype(np.float32),
        )  # fmt: skip

    def _chosen(self, preferred: Floats, best: Floats, held: Floats) -> Numbers:
        alike = _scaled(preferred) + _scaled(best)
        contained = held + 0.001 * best
        most = min(_MOST, len(alike))
        found = np.concatenate([np.argpartition(-values, most - 1)[:most] for values in (alike, contained)])
        return np.unique(found[best[found] > 0])

    def _rows_of(self, chosen: Numbers, cosine: Floats, held: Floats) -> tuple[Numbers, Numbers]:
        """Return, for each concept, its first label and those most alike and most contained, with its place."""
        rows, places = [], []
        for place, number in enumerate(chosen):
            start, end = self._first[number], self._first[number] + self._counts[number]
            found = {start, start + int(cosine[start:end].argmax()), start + int(held[start:end].argmax())}
            rows += sorted(found)
            places += [place] * len(found)
        return np.array(rows, dtype=np.int64), np.array(places, dtype=np.int64)

    def _covered(self, words: Sequence[str], rows: Numbers) -> Floats:
        """Return which share of the words of each label the text has in some form, the rare ones counting more."""
        known = {form for word in words for form in self._forms(word)}
        found = np.zeros(len(rows), dtype=np.float32)
        for place, row in enumerate(rows):
            total = common = 0.0
            for worth, own in self._words_of_row(int(row)):
                total += worth
                if not known.isdisjoint(own):
                    common += worth
            found[place] = common / total if total else 0.0
        return found

    def _read_row(self, row: int) -> tuple[tuple[float, tuple[str, ...]], ...]:
        words = words_of(self.texts[row])
        return tuple((self._rarity.get(folded(word), 1.0), self._forms(word)) for word in words)

    def _forms(self, word: str) -> tuple[str, ...]:
        return (folded(word), *(forms(word, self.language) or (stem(word, self.language),)))


def _texts(concept: Concept, language: str) -> Sequence[str]:
    """Return the labels of a concept, the preferred one first; one with an explanation in brackets without it, too."""
    own = sorted((label for label in concept.labels if label.language == language), key=lambda label: label.rank)
    texts = [label.text for label in own]
    texts += [_EXPLANATION.sub("", text) for text in texts]
    return [text for text in dict.fromkeys(texts) if plain(text)]


def _scaled(values: Floats) -> Floats:
    scaled: Floats = (values - values.mean()) / (values.std() + 1e-6)
    return scaled

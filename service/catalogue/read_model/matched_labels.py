"""Which label of a thing to show for a search: the one with most of the words, if possible in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...linking.matches import Matches
from ...linking.words import folded, forms, primary, words_of
from ..records import Hit, Item
from .facets import Database

_LABELS = """
SELECT wanted.key, thing.iri, thing.kind, thing.labels, label.text, label_group.language
FROM json_each(?) AS wanted
JOIN thing ON thing.number = wanted.value
LEFT JOIN label ON label.thing = thing.number
LEFT JOIN label_group ON label_group.number = label.label_group
ORDER BY wanted.key, label.number
"""
_Label = tuple[str, str]


class MatchedLabels:
    """Turns what a text index found into hits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hits(self, found: Matches, text: str, language: str | None) -> tuple[Hit, ...]:
        """Return the things found, in their order, each with the label that says most of the text."""
        things: dict[int, Item] = {}
        labels: dict[int, list[_Label]] = {}
        wanted = json.dumps(found.numbers)
        for place, iri, kind, names, label, tag in self._database().execute(_LABELS, (wanted,)):
            things.setdefault(place, Item(iri, kind, json.loads(names)))
            if label is not None:
                labels.setdefault(place, []).append((label, tag))
        words = words_of(text)
        return tuple(
            Hit(item, *_best(labels.get(place, ()), words, language), how=found.how) for place, item in things.items()
        )


def _best(labels: Sequence[_Label], words: Sequence[str], language: str | None) -> _Label:
    """Return the label that holds most of the words; of equal ones the first in the language, then the first of all."""
    wanted = primary(language or "")
    return max(labels, key=lambda one: (_held(one, words), primary(one[1]) == wanted), default=("", ""))


def _held(label: _Label, words: Sequence[str]) -> float:
    text, language = label
    own = words_of(text)
    bare = [folded(word) for word in own]
    known = {form for word in own for form in forms(word, primary(language))}
    return sum(_worth(word, bare, known, primary(language)) for word in words)


def _worth(word: str, bare: Sequence[str], known: set[str], language: str) -> float:
    own = folded(word)
    if own in bare:
        return 1.0
    if known.intersection(forms(word, language)):
        return 0.9
    return 0.5 if any(own in each for each in bare) else 0.0

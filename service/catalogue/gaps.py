"""What is missing in listed records, counted, and the few mends that make micro-credentials of most of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Gaps = Mapping[tuple[str, ...], int]
"""How many records lack exactly these elements."""


@dataclass(frozen=True, slots=True)
class Mend:
    """Elements to be stated in all records.

    Attributes:
        elements: what to state.
        completes: how many more records it makes micro-credentials, after the mends before it.
        lacking: how many records lack one of the elements.
    """

    elements: tuple[str, ...]
    completes: int
    lacking: int


def lacking(gaps: Gaps) -> Mapping[str, int]:
    """Return how many records lack each element, the most frequent first.

    >>> lacking({("M11",): 3, ("M11", "M9"): 2})
    {'M11': 5, 'M9': 2}
    """
    counts: dict[str, int] = {}
    for elements, count in gaps.items():
        for element in elements:
            counts[element] = counts.get(element, 0) + count
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def best_mends(gaps: Gaps, most: int = 5) -> tuple[Mend, ...]:
    """Return the mends that bring in most, one after the other.

    Each asks for as few elements as any that completes a record, and of those completes most (ours, greedy: the first
    is best, the following are best after those before).

    >>> [(mend.elements, mend.completes) for mend in best_mends({("M11",): 3, ("M11", "M9"): 2, ("M6",): 1})]
    [(('M11',), 3), (('M9',), 2), (('M6',), 1)]
    """
    mended: set[str] = set()
    found: list[Mend] = []
    left = dict(gaps)
    while left and len(found) < most:
        choices: dict[tuple[str, ...], int] = {}
        for elements in left:
            asked = tuple(element for element in elements if element not in mended)
            choices[asked] = 0
        for asked in choices:
            choices[asked] = sum(count for elements, count in left.items() if mended.issuperset({*elements} - {*asked}))
        best = min(choices, key=lambda asked: (len(asked), -choices[asked], asked))
        mended.update(best)
        found.append(Mend(best, choices[best], sum(n for elements, n in gaps.items() if {*best} & {*elements})))
        left = {elements: count for elements, count in left.items() if not mended.issuperset(elements)}
    return tuple(found)

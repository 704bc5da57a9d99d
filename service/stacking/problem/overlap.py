"""Finds credentials that teach much the same (S7), so that only one of them counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ...errors import TooLarge
from ..requirements.tree import Count, Credits, Manual, Skill
from .candidates import Credential

MAX_COMPARISONS = 4_000_000
"""Comparisons of two credentials by a skill that both teach: about two seconds."""


def overlapping(credentials: Sequence[Credential], share: Decimal | None) -> Iterator[tuple[int, int]]:
    """Yield pairs of places whose common outcomes are at least a share of the smaller set; of one award none.

    Pairs are not closed transitively: what overlaps with the middle of three need not overlap with each other.

    Raises:
        TooLarge: so many teach the same skills that comparing them would take too long.
    """
    if share is None:
        return
    teachers = Counter(skill for one in credentials for skill in one.outcomes)
    if sum(number * number for number in teachers.values()) > MAX_COMPARISONS:
        raise TooLarge("overlap compares too many micro-credentials here; set limits that leave fewer of them")
    teaching: dict[str, list[int]] = {}
    for place, one in enumerate(credentials):
        common = Counter(other for skill in one.outcomes for other in teaching.get(skill, ()))
        for other, number in sorted(common.items()):
            beside = credentials[other]
            fewest = min(len(one.outcomes), len(beside.outcomes))
            if number >= share * fewest and one.award != beside.award:
                yield other, place
        for skill in one.outcomes:
            teaching.setdefault(skill, []).append(place)


def is_credited(leaf: Credits | Count | Skill | Manual) -> bool:
    """Return whether a leaf gives credit, so that what overlaps counts there once."""
    return isinstance(leaf, Credits | Count) and not leaf.rules.counted_elsewhere

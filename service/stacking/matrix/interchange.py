"""Finds credentials of one size that can be exchanged for others, so that planning need not look at most of them.

Credentials of one size that only leaves of one share group count are the elements of a transversal matroid whose sets
are places at the leaves. What a plan takes of them for any set of places is a basis of the matroid of these places,
which is a quotient of the whole one; so the greedy basis of the whole, in an order of preference, holds a best choice
for every set of places (Oxley, Matroid Theory, 2nd ed. 2011, 7.3 and 11.3; the argument is in docs/stacking.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise


class Places:
    """The places at leaves that a set of credentials fills; leaves are bits of a mask."""

    def __init__(self, room: Sequence[int]) -> None:
        self._room = list(room)
        self._filled: dict[int, dict[int, int]] = {leaf: {} for leaf in range(len(room))}
        self._full = 0

    def takes(self, mask: int) -> bool:
        """Return whether there is a place for one more credential that these leaves count, moving others about."""
        return bool(mask & ~self._full) and self._way(mask) is not None

    def take(self, mask: int) -> bool:
        """Give one more credential a place, if there is one."""
        way = self._way(mask) if mask & ~self._full else None
        if way is None:
            return False
        for leaf, moved in way:
            # The last leaf has room; each credential moved on leaves its place to the one before it.
            self._filled[leaf][moved] = self._filled[leaf].get(moved, 0) + 1
        for (leaf, _), (_, moved) in pairwise(way):
            self._filled[leaf][moved] -= 1
        self._room[way[-1][0]] -= 1
        return True

    def _way(self, mask: int) -> list[tuple[int, int]] | None:
        """Return leaves, each with the credential that moves there, to one with room: an augmenting path."""
        came: dict[int, tuple[int, int]] = dict.fromkeys(_bits(mask), (-1, mask))
        waiting = list(came)
        reached = mask
        for leaf in waiting:
            if self._room[leaf] > 0:
                way = []
                while leaf >= 0:
                    before, moved = came[leaf]
                    way.append((leaf, moved))
                    leaf = before
                return way[::-1]
            for other, count in self._filled[leaf].items():
                new = other & ~reached if count else 0
                if new:
                    reached |= new
                    fresh = list(_bits(new))
                    came.update(dict.fromkeys(fresh, (leaf, other)))
                    waiting.extend(fresh)
        self._full |= reached  # these leaves are full for good: nothing they count can be moved to other ones
        return None


def needed(elements: Iterable[tuple[int, bool]], room: Sequence[int], depth: int) -> Iterator[bool]:
    """Say of each element whether a best choice for some places may need it.

    Args:
        elements: the leaves that count it, as a mask, and whether it needs nothing first; the preferred ones first.
        room: how many each leaf can use.
        depth: how many choices must stay apart.
    """
    layers = [Places(room) for _ in range(depth)]
    for mask, free in elements:
        yield any(layer.take(mask) if free else layer.takes(mask) for layer in layers)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest

"""What a text finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["words", "spelling", "nearest"]
"""Every word was found; every word was found once spelling was mended; or only some of them were."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Things by number, best first, how many there are in all, and how they were found."""

    numbers: tuple[int, ...]
    total: int
    how: How

"""What a text finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["words", "spelling", "nearest"]
"""Every word was found; every word was found once spelling was mended; or only some of them were."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Things by number, best first, with how each was found, and how many there are in all."""

    found: tuple[tuple[int, How], ...]
    total: int

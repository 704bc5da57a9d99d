"""What the linker knows of a concept: its labels in every language and what is broader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ConceptKind = Literal["skill", "occupation", "group"]
"""A group is only what is above the others: no text is linked to it but by way of them."""


class Label(NamedTuple):
    """A label; rank 0 is the preferred one of its language, 1 an alternative, 2 a hidden one."""

    language: str
    text: str
    rank: int


@dataclass(frozen=True, slots=True)
class Concept:
    """A skill or an occupation; `traits` are local names of what ESCO says of it, such as `knowledge`."""

    iri: str
    kind: ConceptKind
    labels: tuple[Label, ...]
    broader: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """Return the preferred label in a language, else in English, else in any; empty when it has none."""
        own = {label.language: label.text for label in reversed(self.labels) if label.rank == 0}
        return own.get(language) or own.get("en") or next(iter(sorted(own.items())), ("", ""))[1]

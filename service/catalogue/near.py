"""Courses whose words come near a skill that none of them states: a hint for people, and no claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..messages.messages import best_text
from .catalogue import Catalogue
from .records import Item

_MOST = 3
_MOST_SKILLS = 20


def courses_near(catalogue: Catalogue, skill: str, language: str = "en", most: int = _MOST) -> tuple[Item, ...]:
    """Return micro-credentials and what is listed with gaps in which words of a skill's name are found, best first."""
    item = catalogue.item(skill)
    name = best_text(item.label, language) if item is not None else None
    if name is None:
        return ()
    return tuple(hit.item for hit in catalogue.search(name.words[:200], ("credential", "listed"), limit=most).items)


def courses_near_all(
    catalogue: Catalogue, skills: Iterable[str], language: str = "en"
) -> Mapping[str, tuple[Item, ...]]:
    """Return what comes near each of the first skills; those that nothing comes near are left out."""
    wanted = [skill for _, skill in zip(range(_MOST_SKILLS), skills, strict=False)]
    found = {skill: courses_near(catalogue, skill, language) for skill in wanted}
    return {skill: items for skill, items in found.items() if items}

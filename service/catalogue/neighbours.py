"""Finds what stands near a micro-credential: occupations that need what it teaches, and others that teach the same."""

from __future__ import annotations

from collections.abc import Sequence

from .catalogue import Catalogue
from .records import CredentialSummary, Item

_READ = 50
"""How many of each skill are looked at: a skill that more have says little."""


def occupations_near(catalogue: Catalogue, skills: Sequence[str], limit: int) -> tuple[Item, ...]:
    """Return the occupations that need most of these skills: essential ones count first, then all, then by IRI."""
    found: dict[str, tuple[Item, int, int]] = {}
    for skill in skills:
        for link in catalogue.skill_occupations(skill, _READ).items:
            item, essential, every = found.get(link.occupation.iri, (link.occupation, 0, 0))
            found[link.occupation.iri] = (item, essential + link.essential, every + 1)
    best = sorted(found.values(), key=lambda one: (-one[1], -one[2], one[0].iri))
    return tuple(item for item, _, _ in best[:limit])


def credentials_near(
    catalogue: Catalogue, credential: str, skills: Sequence[str], limit: int
) -> tuple[CredentialSummary, ...]:
    """Return the other micro-credentials that teach most of these skills, then by IRI."""
    found: dict[str, tuple[CredentialSummary, int]] = {}
    for skill in skills:
        for summary in catalogue.skill_credentials(skill, _READ).items:
            if summary.iri != credential:
                found[summary.iri] = (summary, found.get(summary.iri, (summary, 0))[1] + 1)
    best = sorted(found.values(), key=lambda one: (-one[1], one[0].iri))
    return tuple(summary for summary, _ in best[:limit])

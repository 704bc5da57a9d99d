"""Reads which kinds of ESCO skills a list is asked for: by the names of its collections, types and reuse levels."""

from __future__ import annotations

from collections.abc import Iterable

from ...catalogue.records import SkillKinds
from ...errors import InvalidArgument
from ...rdf.namespaces import ESCO_THINGS
from ...rdf.terms import parse_iri

# Also written in loaders/esco/csv_packs.py.
SCHEMES = {
    "digital": "6c930acd-c104-4ece-acf7-f44fd7333036",
    "green": "green",
    "language": "skill-language-groups",
    "research": "research",
    "transversal": "skill-transversal-groups",
    "digcomp": "digcomp",
}
"""The collections of skills by the names that people use, and what their IRIs end in."""
_TYPES = ("skill", "knowledge")
REUSE_LEVELS = ("transversal", "cross-sector", "sector-specific", "occupation-specific")


def skill_kinds(schemes: Iterable[str], skill_type: str, reuse_level: str) -> SkillKinds:
    """Return the kinds that names or IRIs stand for.

    Raises:
        InvalidArgument: one of them is neither.
    """
    start = f"{ESCO_THINGS}concept-scheme/"
    found = tuple(dict.fromkeys(_iri("scheme", start, SCHEMES, each) for each in schemes if each))
    types, levels = dict(zip(_TYPES, _TYPES, strict=True)), dict(zip(REUSE_LEVELS, REUSE_LEVELS, strict=True))
    return SkillKinds(
        found,
        (_iri("skill_type", f"{ESCO_THINGS}skill-type/", types, skill_type),) if skill_type else (),
        (_iri("reuse_level", f"{ESCO_THINGS}skill-reuse-level/", levels, reuse_level),) if reuse_level else (),
    )


def _iri(name: str, start: str, known: dict[str, str], value: str) -> str:
    if value in known:
        return start + known[value]
    if ":" not in value:
        raise InvalidArgument(f"{name} must be one of {', '.join(known)}, or an IRI, got {value[:50]!r}")
    return parse_iri(value).value

"""The types of things that are reconciled, under the names that clients send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...errors import InvalidArgument
from ...rdf.namespaces import ESCO, MC
from ..records import Kind


class EntityType(NamedTuple):
    """A type: its identifier, the class it stands for, and what it is called by language."""

    id: str
    iri: str
    kind: Kind
    names: Mapping[str, str]


TYPES: Sequence[EntityType] = (
    EntityType("esco:Skill", ESCO + "Skill", "skill",
               {"en": "Skill (ESCO)", "fi": "Osaaminen (ESCO)", "sv": "Färdighet (ESCO)"}),
    EntityType("esco:Occupation", ESCO + "Occupation", "occupation",
               {"en": "Occupation (ESCO)", "fi": "Ammatti (ESCO)", "sv": "Yrke (ESCO)"}),
    EntityType("mc:MicroCredential", MC + "MicroCredential", "credential",
               {"en": "Micro-credential", "fi": "Pieni osaamiskokonaisuus", "sv": "Mikromerit"}),
    EntityType("mc:DegreeProgramme", MC + "DegreeProgramme", "programme",
               {"en": "Programme or module", "fi": "Tutkinto-ohjelma tai moduuli", "sv": "Program eller modul"}),
)  # fmt: skip


def type_of(kind: Kind) -> EntityType | None:
    """Return the type of a kind; None for one that is not reconciled."""
    return next((each for each in TYPES if each.kind == kind), None)


def type_named(name: str) -> EntityType:
    """Return the type that an identifier, an IRI or a kind names.

    Raises:
        InvalidArgument: there is none.
    """
    for each in TYPES:
        if name in (each.id, each.iri, each.kind):
            return each
    raise InvalidArgument(f"there is no type {name[:100]!r}; there are: {', '.join(each.id for each in TYPES)}")

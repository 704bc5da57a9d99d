"""The records that the catalogue answers with: one frozen class for each kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from ..linking.matches import How

Labels = Mapping[str, str]
"""Text by language tag, such as `{"fi": "…", "en": "…"}`."""

Kind = Literal["credential", "skill", "occupation", "programme", "provider", "listed"]
"""`listed`: what a platform lists though the definition refuses it; it is found only where it is asked for."""

FOUND: tuple[Kind, ...] = ("credential", "skill", "occupation", "programme", "provider")
"""The kinds that a search looks through unless it names others."""

Definition = Literal["met", "gaps", "any"]
"""Micro-credentials, what is listed with gaps, or both: micro-credentials first."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of an ordered collection; `total` counts the whole."""

    items: tuple[T, ...]
    total: int
    limit: int
    offset: int


# The facets and the places of their values are also written in service/catalogue/read_model/columns.py,
# queries/index/facet-members.rq, queries/credential-facets.rq and queries/credentials.rq.
FACETS = ("provider", "country", "language", "level", "mode", "field")
"""The facets users see, fields of `Filters`. The read model keeps the same sets for `ects`, `skill`, `programme`."""


ANNEX_I = ("M2", "M3", "M4", "M6", "M7", "M8", "M9", "M10", "M11")
"""What the Recommendation has every specification describe; holder and date of issue are of issued credentials."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a micro-credential must match: every filled field, any value within a field. Values are IRIs.

    `among` are the only ones that may match; None for any. It needs a read model.
    `missing` holds elements of the definition such as `M11`; only what is listed with gaps lacks any.
    """

    text: str = ""
    provider: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    skill: tuple[str, ...] = ()
    min_ects: Decimal | None = None
    max_ects: Decimal | None = None
    among: frozenset[str] | None = None
    definition: Definition = "met"
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SkillKinds:
    """What an ESCO skill must be: in one of some concept schemes, of a type, of a reuse level. Values are IRIs."""

    scheme: tuple[str, ...] = ()
    skill_type: tuple[str, ...] = ()
    reuse_level: tuple[str, ...] = ()


EVERY_SKILL = SkillKinds()


@dataclass(frozen=True, slots=True)
class CredentialSummary:
    """One micro-credential as a list shows it. `level` is an EQF IRI; `ects` is None when the source is silent.

    Only what is listed with gaps has `missing`, the elements that keep it from being a micro-credential, and
    `described`, those of Annex I that it states.
    """

    iri: str
    title: Labels
    provider: str | None
    provider_name: Labels
    ects: Decimal | None
    level: str | None
    modes: tuple[str, ...]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    fields: tuple[str, ...]
    missing: tuple[str, ...] = ()
    described: tuple[str, ...] = ()

    @property
    def is_listed(self) -> bool:
        """Tell whether it is listed with gaps, and so no micro-credential."""
        return bool(self.missing)

    @property
    def not_stated(self) -> tuple[str, ...]:
        """Return the elements that it lacks, and those that it passes over in silence."""
        return (*(each for each in ANNEX_I if each not in self.described), *(set(self.missing).difference(ANNEX_I)))

    @property
    def kind(self) -> Kind:
        """Return what it is."""
        return "listed" if self.is_listed else "credential"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet and how many micro-credentials have it."""

    value: str
    label: Labels
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """Anything with a name: a skill, occupation, programme, module, provider or credential."""

    iri: str
    kind: Kind
    label: Labels


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of a text search: the item, and the label that says most of the text, with its language.

    `how` tells whether the words were found, were found once spelling was mended, or only some of them were.
    """

    item: Item
    matched: str
    language: str
    how: How = "words"


@dataclass(frozen=True, slots=True)
class SkillLink:
    """A skill that something teaches, needs or uses. `essential` speaks of occupations only."""

    skill: Item
    essential: bool | None = None


@dataclass(frozen=True, slots=True)
class OccupationLink:
    """An occupation that needs a skill, or has use for it when it is not `essential`."""

    occupation: Item
    essential: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of an occupation's skills one micro-credential covers, counted in skills."""

    credential: CredentialSummary
    essential: int
    optional: int


@dataclass(frozen=True, slots=True)
class ProgrammeLink:
    """A micro-credential and a programme or module. `stated` is False when only shared skills suggest it."""

    credential: CredentialSummary
    programme: Item
    stated: bool


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A micro-credential that another one names in its prerequisites, `distance` steps away.

    `needed` when there is no way around it, by what the prerequisites say; else it is one of several.
    """

    credential: Item
    distance: int
    needed: bool

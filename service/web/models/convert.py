"""Converts the records of the catalogue to the models of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ...catalogue.records import (
    Coverage,
    CredentialSummary,
    FacetValue,
    Hit,
    Item,
    OccupationLink,
    Page,
    Prerequisite,
    ProgrammeLink,
    SkillLink,
)
from ...sparql.named_queries import NamedQuery
from .addresses import Addresses
from .models import (
    CoverageModel,
    CredentialModel,
    FacetValueModel,
    HitModel,
    ItemModel,
    OccupationLinkModel,
    PageModel,
    ParameterModel,
    PrerequisiteModel,
    ProgrammeLinkModel,
    ProviderModel,
    QueryModel,
    SkillLinkModel,
)
from .parameters import LabelChoice

Record = TypeVar("Record")
Model = TypeVar("Model")


class Converter:
    """Turns records into models, labels in the languages asked for, links below the public base."""

    def __init__(self, addresses: Addresses, labels: LabelChoice) -> None:
        self._addresses = addresses
        self._labels = labels

    def item(self, record: Item) -> ItemModel:
        """Return anything with a name."""
        return ItemModel(
            id=record.iri,
            kind=record.kind,
            label=self._labels.pick(record.label),
            links={"self": self._addresses.api(record)},
        )

    def credential(self, record: CredentialSummary) -> CredentialModel:
        """Return a micro-credential."""
        name = self._labels.pick(record.provider_name)
        item = Item(record.iri, record.kind, record.title)
        return CredentialModel(
            id=record.iri,
            definition="gaps" if record.is_listed else "met",
            missing=list(record.missing),
            described=list(record.described),
            title=self._labels.pick(record.title),
            provider=ProviderModel(id=record.provider, name=name) if record.provider else None,
            ects=record.ects,
            level=record.level,
            modes=list(record.modes),
            languages=list(record.languages),
            countries=list(record.countries),
            fields=list(record.fields),
            links={"self": self._addresses.api(item)},
        )

    def facets(self, record: Mapping[str, tuple[FacetValue, ...]]) -> dict[str, list[FacetValueModel]]:
        """Return facets by name."""
        return {
            name: [FacetValueModel(value=v.value, label=self._labels.pick(v.label), count=v.count) for v in values]
            for name, values in record.items()
        }

    def hit(self, record: Hit) -> HitModel:
        """Return one answer of a search."""
        return HitModel(item=self.item(record.item), matched=record.matched, language=record.language, how=record.how)

    def skill_link(self, record: SkillLink) -> SkillLinkModel:
        """Return a skill of something."""
        return SkillLinkModel(skill=self.item(record.skill), essential=record.essential)

    def occupation_link(self, record: OccupationLink) -> OccupationLinkModel:
        """Return an occupation that uses a skill."""
        return OccupationLinkModel(occupation=self.item(record.occupation), essential=record.essential)

    def coverage(self, record: Coverage) -> CoverageModel:
        """Return how much of an occupation a micro-credential covers."""
        return CoverageModel(
            credential=self.credential(record.credential), essential=record.essential, optional=record.optional
        )

    def programme_link(self, record: ProgrammeLink) -> ProgrammeLinkModel:
        """Return a micro-credential and where it may count."""
        return ProgrammeLinkModel(
            credential=self.credential(record.credential), programme=self.item(record.programme), stated=record.stated
        )

    def prerequisite(self, record: Prerequisite) -> PrerequisiteModel:
        """Return a micro-credential that is needed first."""
        return PrerequisiteModel(
            credential=self.item(record.credential), distance=record.distance, needed=record.needed
        )

    def query(self, record: NamedQuery) -> QueryModel:
        """Return a named query with its text."""
        return QueryModel(
            name=record.name,
            summary=record.summary,
            description=record.description,
            tags=list(record.tags),
            form=record.form,
            parameters=[
                ParameterModel(name=p.name, type=p.type, many=p.many, required=p.required, description=p.description)
                for p in record.parameters
            ],
            example={name: list(values) for name, values in record.example.items()},
            text=record.text,
            links={"self": self._addresses.path(f"/api/v1/queries/{record.name}")},
        )


def page_model(page: Page[Record], convert: Callable[[Record], Model]) -> PageModel[Model]:
    """Return a page of models."""
    return PageModel(
        items=[convert(item) for item in page.items], total=page.total, limit=page.limit, offset=page.offset
    )

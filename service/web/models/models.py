"""The JSON that the API answers with, as OpenAPI shows it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from ...linking.matches import How
from ...rdf.namespaces import EQF_LEVELS

T = TypeVar("T")

Labels = Annotated[
    Mapping[str, str],
    Field(
        description="Text by language tag. One language unless `lang=*` is asked for; a text in another language than "
        "the one asked for stands under its own tag.",
        examples=[{"en": "Introduction to programming"}],
    ),
]


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


Ects = Annotated[
    Decimal | None,
    PlainSerializer(_number, return_type=int | float | None),
    Field(description="ECTS credits; null when the source is silent.", examples=[5]),
]
Iri = Annotated[str, Field(examples=["http://localhost:8000/id/credential/python-basics"])]


class AnswerModel(BaseModel):
    """Every answer is closed: what is not described here is not sent."""

    model_config = ConfigDict(extra="forbid")


class PageModel(AnswerModel, Generic[T]):
    """A slice of an ordered collection; `total` counts the whole."""

    items: list[T]
    total: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    offset: int = Field(examples=[0])


class ItemModel(AnswerModel):
    """Anything with a name."""

    id: Iri
    kind: str = Field(examples=["credential"])
    label: Labels
    links: dict[str, str] = Field(description="`self`: the whole description in this API.")


class ProviderModel(AnswerModel):
    """The body that awards."""

    id: Iri
    name: Labels


class CredentialModel(AnswerModel):
    """A micro-credential as lists show it. Levels, modes, languages, countries and fields are IRIs of the EU lists.

    With `definition` `gaps` it is no micro-credential: a platform lists it though it lacks what is `missing`.
    """

    id: Iri
    title: Labels
    provider: ProviderModel | None
    ects: Ects
    level: str | None = Field(examples=[EQF_LEVELS + "6"])
    modes: list[str]
    languages: list[str]
    countries: list[str]
    fields: list[str]
    definition: Literal["met", "gaps"] = Field(
        description="`met`: it meets the definition that the platform named. `gaps`: it is listed with gaps."
    )
    missing: list[str] = Field(description="Elements of the definition that it lacks, of a listed one.")
    described: list[str] = Field(description="Elements of Annex I that it describes, of a listed one.")
    links: dict[str, str] = Field(description="`self`: the whole description in this API.")


class FacetValueModel(AnswerModel):
    """One value of a facet and how many micro-credentials have it."""

    value: str
    label: Labels
    count: int


class CredentialPageModel(PageModel[CredentialModel]):
    """A page of micro-credentials and, when asked for, the facets of the whole answer."""

    facets: dict[str, list[FacetValueModel]] | None = None
    by_definition: dict[Literal["met", "gaps", "any"], int] | None = Field(
        default=None,
        description="With the facets: how many that match are micro-credentials (`met`), and how many have `gaps`.",
    )


class MendModel(AnswerModel):
    """Elements to be stated in all records of a provider, after the mends before it."""

    elements: list[str] = Field(examples=[["M11"]])
    completes: int = Field(description="How many more records it makes micro-credentials.")
    lacking: int = Field(description="How many records lack one of the elements.")


class GapsModel(AnswerModel):
    """What is missing in the records of a provider that are listed with gaps."""

    provider: Iri
    met: int = Field(description="Its micro-credentials.")
    gaps: int = Field(description="Its records that are listed with gaps.")
    lacking: dict[str, int] = Field(description="How many of them lack each element, the most frequent first.")
    mends: list[MendModel] = Field(description="The five mends that bring in most, one after the other.")


class HitModel(AnswerModel):
    """One answer of a text search: the thing, and the label that matched with its language."""

    item: ItemModel
    matched: str = Field(description="The label that says most of the words.")
    language: str
    how: How = Field(
        description="`words`: every word was found, perhaps in another form. `spelling`: every word, once its spelling "
        "was mended. `nearest`: some of the words only."
    )


class SuggestionsModel(AnswerModel):
    """Things with a label that starts as asked, best first."""

    items: list[HitModel]


class SkillLinkModel(AnswerModel):
    """A skill. `essential` speaks of occupations: true essential, false optional."""

    skill: ItemModel
    essential: bool | None = None


class OccupationLinkModel(AnswerModel):
    """An occupation that uses a skill."""

    occupation: ItemModel
    essential: bool


class CoverageModel(AnswerModel):
    """How many skills of an occupation one micro-credential covers."""

    credential: CredentialModel
    essential: int
    optional: int


class ProgrammeLinkModel(AnswerModel):
    """A micro-credential and a programme or module. A proposal: the awarding institution decides.

    `stated` is false when only shared skills suggest it.
    """

    credential: CredentialModel
    programme: ItemModel
    stated: bool


class PrerequisiteModel(AnswerModel):
    """A micro-credential that the prerequisites of another one name, `distance` steps away."""

    credential: ItemModel
    distance: int
    needed: bool = Field(description="Whether there is no way around it; else it is one of several that will do.")


class ListModel(AnswerModel, Generic[T]):
    """A short list, always whole."""

    items: list[T]


class ParameterModel(AnswerModel):
    """What a named query takes."""

    name: str
    type: str
    many: bool
    required: bool
    description: str


class QueryModel(AnswerModel):
    """A named query: run it under `links.self`, or take its text to any SPARQL 1.1 endpoint."""

    name: str
    summary: str
    description: str
    tags: list[str]
    form: str
    parameters: list[ParameterModel]
    example: dict[str, list[str]]
    text: str
    links: dict[str, str]


class QueriesModel(AnswerModel):
    """Every named query."""

    items: list[QueryModel]

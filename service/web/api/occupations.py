"""The REST resource of ESCO occupations: the collection, one with everything, its skills and what covers them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ..edge.call import PROBLEMS, Call, look_up
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.languages import TAKES_LANGUAGE
from ..models.models import CoverageModel, ItemModel, ListModel, PageModel, SkillLinkModel
from ..models.parameters import KEY, Format, Lang, Words
from .answers import IN_RECORD, JsonAnswer, describe
from .listing import IN_CSV, Listing

router = APIRouter(prefix="/occupations", tags=["occupations"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["f2b15a0e-e65a-438a-affb-29b9d50b77d1"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List occupations")
def list_occupations(listing: Listing, q: Words = "") -> Response:
    """Answer with the occupations of ESCO, ordered by label."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.occupations, language=language, text=q), Converter.item, ItemModel
    )


@router.get("/{key:path}/skills", response_model=ListModel[SkillLinkModel], summary="List what it takes")
async def list_skills_of_occupation(request: Request, key: Key, lang: Lang = None) -> Response:
    """Answer with the essential and optional skills of the occupation."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        links = call.catalogue.occupation_skills(call.iri("occupation", key))
        return answer.model(ListModel[SkillLinkModel](items=[answer.convert.skill_link(link) for link in links]))

    return await look_up(request, produce)


@router.get(
    "/{key:path}/credentials",
    response_model=PageModel[CoverageModel],
    responses=IN_CSV,
    summary="List what leads to it",
)
def list_credentials_of_occupation(listing: Listing, key: Key) -> Response:
    """Answer with the micro-credentials that cover skills of the occupation, most essential skills first."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.occupation_credentials, call.iri("occupation", key)),
        Converter.coverage,
        CoverageModel,
    )


@router.get(
    "/{key:path}",
    response_class=Response,
    responses=IN_RECORD,
    dependencies=[TAKES_LANGUAGE],
    summary="Describe one occupation",
)
def describe_occupation(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything ESCO says of it, as JSON-LD or another RDF format by `Accept`."""
    return describe(request, "occupation", key, format_name)

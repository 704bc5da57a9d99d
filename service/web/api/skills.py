"""The REST resource of ESCO skills: the collection, one with everything, who teaches and who needs it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ..edge.call import PROBLEMS, Call, respond
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.models import CredentialModel, ItemModel, OccupationLinkModel, PageModel
from ..models.parameters import KEY, Format, Lang, Limit, ListFormat, Offset, Words
from .answers import IN_CSV, JsonAnswer, describe

router = APIRouter(prefix="/skills", tags=["skills"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["ccd0a1d9-afda-43d9-b901-96344886e14d"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List skills")
def list_skills(
    request: Request,
    q: Words = "",
    lang: Lang = None,
    limit: Limit = 20,
    offset: Offset = 0,
    format_name: ListFormat = None,
) -> Response:
    """Answer with the skills of ESCO, ordered by label."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        return answer.listed(
            format_name,
            lambda limit, offset: call.catalogue.skills(limit, offset, answer.labels.order, q),
            Converter.item,
            ItemModel,
            limit,
            offset,
        )

    return respond(request, produce)


@router.get(
    "/{key:path}/credentials",
    response_model=PageModel[CredentialModel],
    responses=IN_CSV,
    summary="List who teaches it",
)
def list_credentials(
    request: Request, key: Key, lang: Lang = None, limit: Limit = 20, offset: Offset = 0, format_name: ListFormat = None
) -> Response:
    """Answer with the micro-credentials that teach the skill or a narrower one."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        iri = call.iri("skill", key)
        return answer.listed(
            format_name,
            lambda limit, offset: call.catalogue.skill_credentials(iri, limit=limit, offset=offset),
            Converter.credential,
            CredentialModel,
            limit,
            offset,
        )

    return respond(request, produce)


@router.get(
    "/{key:path}/occupations",
    response_model=PageModel[OccupationLinkModel],
    responses=IN_CSV,
    summary="List who needs it",
)
def list_occupations(
    request: Request, key: Key, lang: Lang = None, limit: Limit = 20, offset: Offset = 0, format_name: ListFormat = None
) -> Response:
    """Answer with the occupations that use the skill, essential ones first."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        iri = call.iri("skill", key)
        return answer.listed(
            format_name,
            lambda limit, offset: call.catalogue.skill_occupations(iri, limit=limit, offset=offset),
            Converter.occupation_link,
            OccupationLinkModel,
            limit,
            offset,
        )

    return respond(request, produce)


@router.get("/{key:path}", response_model=dict[str, object], summary="Describe one skill")
def describe_skill(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything ESCO says of it, as JSON-LD or another RDF format by `Accept`."""
    return describe(request, "skill", key, format_name)

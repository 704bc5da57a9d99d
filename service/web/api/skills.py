"""The REST resource of ESCO skills: the collection, one with everything, who teaches and who needs it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from ..edge.call import PROBLEMS
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.languages import TAKES_LANGUAGE
from ..models.models import CredentialModel, ItemModel, OccupationLinkModel, PageModel
from ..models.parameters import KEY, Format, Words
from .answers import IN_RECORD, describe
from .listing import IN_CSV, Listing
from .skill_kinds import REUSE_LEVELS, SCHEMES, skill_kinds

router = APIRouter(prefix="/skills", tags=["skills"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["ccd0a1d9-afda-43d9-b901-96344886e14d"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List skills")
def list_skills(
    listing: Listing,
    q: Words = "",
    scheme: Annotated[
        list[str] | None,
        Query(description=f"In one of these: {', '.join(SCHEMES)}, or IRIs of concept schemes.", examples=[["green"]]),
    ] = None,
    skill_type: Annotated[str, Query(description="skill or knowledge, or an IRI.", examples=["knowledge"])] = "",
    reuse_level: Annotated[
        str, Query(description=f"{', '.join(REUSE_LEVELS)}, or an IRI.", examples=["cross-sector"])
    ] = "",
) -> Response:
    """Answer with the skills of ESCO, all or those of some kinds, ordered by label."""
    kinds = skill_kinds(scheme or (), skill_type, reuse_level)
    return listing.answer(
        lambda call, language: partial(call.catalogue.skills, language=language, text=q, kinds=kinds),
        Converter.item,
        ItemModel,
    )


@router.get(
    "/{key:path}/credentials",
    response_model=PageModel[CredentialModel],
    responses=IN_CSV,
    summary="List who teaches it",
)
def list_credentials_of_skill(listing: Listing, key: Key) -> Response:
    """Answer with the micro-credentials that teach the skill or a narrower one."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.skill_credentials, call.iri("skill", key)),
        Converter.credential,
        CredentialModel,
    )


@router.get(
    "/{key:path}/occupations",
    response_model=PageModel[OccupationLinkModel],
    responses=IN_CSV,
    summary="List who needs it",
)
def list_occupations_of_skill(listing: Listing, key: Key) -> Response:
    """Answer with the occupations that use the skill, essential ones first."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.skill_occupations, call.iri("skill", key)),
        Converter.occupation_link,
        OccupationLinkModel,
    )


@router.get(
    "/{key:path}",
    response_class=Response,
    responses=IN_RECORD,
    dependencies=[TAKES_LANGUAGE],
    summary="Describe one skill",
)
def describe_skill(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything ESCO says of it, as JSON-LD or another RDF format by `Accept`."""
    return describe(request, "skill", key, format_name)

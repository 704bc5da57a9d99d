"""The REST resource of micro-credentials: the filtered collection, one with everything, and what is around one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from ...catalogue.records import CredentialSummary, Definition, Filters, Page
from ..edge.call import PROBLEMS, Call, look_up, respond
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter, page_model
from ..models.languages import TAKES_LANGUAGE
from ..models.models import (
    CredentialModel,
    CredentialPageModel,
    ListModel,
    PrerequisiteModel,
    ProgrammeLinkModel,
    SkillLinkModel,
)
from ..models.parameters import KEY, Format, Lang, Words, filters_from
from .answers import IN_RECORD, JsonAnswer, describe
from .listing import IN_CSV, Listing
from .modified import ModifiedSince, modified

router = APIRouter(prefix="/credentials", tags=["credentials"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["python-for-data"])]

Values = list[str] | None


@router.get("", response_model=CredentialPageModel, responses=IN_CSV, summary="List micro-credentials")
def list_credentials(
    listing: Listing,
    q: Words = "",
    text: Annotated[str, Query(max_length=200, description="Another name of `q`.", examples=["programming"])] = "",
    provider: Annotated[Values, Query(description="Local ids or IRIs of organisations.")] = None,
    country: Annotated[Values, Query(description="ISO 3166 codes or IRIs.", examples=[["FI"]])] = None,
    language: Annotated[Values, Query(description="Language of instruction: BCP 47 or IRI.", examples=[["fi"]])] = None,
    level: Annotated[Values, Query(description="EQF levels or IRIs.", examples=[["6"]])] = None,
    mode: Annotated[Values, Query(description="online, onsite, blended or IRIs.", examples=[["online"]])] = None,
    field: Annotated[Values, Query(description="ISCED-F codes or IRIs.", examples=[["0613"]])] = None,
    skill: Annotated[Values, Query(description="ESCO ids or IRIs; a narrower skill counts.")] = None,
    min_ects: Annotated[str | None, Query(description="Least ECTS credits.", examples=["2"])] = None,
    max_ects: Annotated[str | None, Query(description="Most ECTS credits.", examples=["10"])] = None,
    modified_since: ModifiedSince = None,
    definition: Annotated[
        Definition,
        Query(
            description="`met`: micro-credentials. `gaps`: what the platform lists though it lacks something. `any`."
        ),
    ] = "met",
    missing: Annotated[
        Values, Query(description="Elements of the definition, one of which it lacks.", examples=[["M11"]])
    ] = None,
    facets: Annotated[bool, Query(description="Count the values of each filter too.")] = False,
) -> Response:
    """Answer with the micro-credentials that match every filter given (any value within one), ordered by title.

    Words order them: best first. What is listed with gaps comes last, and only where `definition` asks for it.
    """

    def filters(call: Call) -> Filters:
        found = filters_from(
            call.addresses, text=q or text, provider=provider, country=country, language=language, level=level,
            mode=mode, field=field, skill=skill, min_ects=min_ects, max_ects=max_ects, definition=definition,
            missing=missing,
        )  # fmt: skip
        return replace(found, among=modified(call, modified_since))

    def whole(answer: JsonAnswer, page: Page[CredentialSummary]) -> CredentialPageModel:
        catalogue, asked = answer.call.catalogue, filters(answer.call)
        counted = answer.convert.facets(catalogue.facets(asked)) if facets else None
        return CredentialPageModel(
            **dict(page_model(page, answer.convert.credential)),
            facets=counted,
            by_definition=dict(catalogue.by_definition(asked)) if facets else None,
        )

    return listing.answer(
        lambda call, order: partial(call.catalogue.credentials, filters(call), language=order),
        Converter.credential,
        CredentialModel,
        whole,
    )


@router.get("/{key:path}/skills", response_model=ListModel[SkillLinkModel], summary="List what it teaches")
async def list_skills_of_credential(request: Request, key: Key, lang: Lang = None) -> Response:
    """Answer with the ESCO skills that its learning outcomes name."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        links = call.catalogue.credential_skills(call.iri("credential", key))
        return answer.model(ListModel[SkillLinkModel](items=[answer.convert.skill_link(link) for link in links]))

    return await look_up(request, produce)


@router.get("/{key:path}/programmes", response_model=ListModel[ProgrammeLinkModel], summary="List where it may count")
def list_programmes_of_credential(request: Request, key: Key, lang: Lang = None) -> Response:
    """Answer with programmes and modules that it counts towards or may count towards: a proposal, no entitlement."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        links = call.catalogue.credential_programmes(call.iri("credential", key))
        return answer.model(
            ListModel[ProgrammeLinkModel](items=[answer.convert.programme_link(link) for link in links])
        )

    return respond(request, produce)


@router.get("/{key:path}/prerequisites", response_model=ListModel[PrerequisiteModel], summary="List what comes first")
def list_prerequisites_of_credential(request: Request, key: Key, lang: Lang = None) -> Response:
    """Answer with the micro-credentials that its prerequisites name, and theirs in turn."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        steps = call.catalogue.prerequisites(call.iri("credential", key))
        return answer.model(ListModel[PrerequisiteModel](items=[answer.convert.prerequisite(step) for step in steps]))

    return respond(request, produce)


@router.get(
    "/{key:path}",
    response_class=Response,
    responses=IN_RECORD,
    dependencies=[TAKES_LANGUAGE],
    summary="Describe one micro-credential",
)
def describe_credential(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything known of it: JSON-LD nested on it, or another RDF format by `Accept`."""
    return describe(request, "credential", key, format_name)

"""The REST resource of degree programmes and modules: the collection, one with everything, what counts towards it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ..edge.call import PROBLEMS, Call, respond
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.models import ItemModel, PageModel, ProgrammeLinkModel
from ..models.parameters import KEY, Format, Lang, Limit, ListFormat, Offset, Words
from .answers import IN_CSV, JsonAnswer, describe

router = APIRouter(prefix="/programmes", tags=["programmes"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["koivula-bsc-computing"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List programmes")
def list_programmes(
    request: Request,
    q: Words = "",
    lang: Lang = None,
    limit: Limit = 20,
    offset: Offset = 0,
    format_name: ListFormat = None,
) -> Response:
    """Answer with degree programmes and modules, ordered by title."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        return answer.listed(
            format_name,
            lambda limit, offset: call.catalogue.programmes(limit, offset, answer.labels.order, q),
            Converter.item,
            ItemModel,
            limit,
            offset,
        )

    return respond(request, produce)


@router.get(
    "/{key:path}/credentials",
    response_model=PageModel[ProgrammeLinkModel],
    responses=IN_CSV,
    summary="List what counts",
)
def list_credentials(
    request: Request, key: Key, lang: Lang = None, limit: Limit = 20, offset: Offset = 0, format_name: ListFormat = None
) -> Response:
    """Answer with micro-credentials that count, or may count, towards it: a proposal to the awarding institution."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        iri = call.iri("programme", key)
        return answer.listed(
            format_name,
            lambda limit, offset: call.catalogue.programme_credentials(iri, limit=limit, offset=offset),
            Converter.programme_link,
            ProgrammeLinkModel,
            limit,
            offset,
        )

    return respond(request, produce)


@router.get("/{key:path}", response_model=dict[str, object], summary="Describe one programme")
def describe_programme(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything known of it, its requirement tree included, as JSON-LD or another RDF format."""
    return describe(request, "programme", key, format_name)

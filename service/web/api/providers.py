"""The REST resource of providers: the organisations that award micro-credentials."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ..edge.call import PROBLEMS, Call, respond
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.models import ItemModel, PageModel
from ..models.parameters import KEY, Format, Lang, Limit, ListFormat, Offset, Words
from .answers import IN_CSV, JsonAnswer, describe

router = APIRouter(prefix="/providers", tags=["providers"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["koivula"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List providers")
def list_providers(
    request: Request,
    q: Words = "",
    lang: Lang = None,
    limit: Limit = 20,
    offset: Offset = 0,
    format_name: ListFormat = None,
) -> Response:
    """Answer with the organisations that award micro-credentials, ordered by name."""

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        return answer.listed(
            format_name,
            lambda limit, offset: call.catalogue.providers(limit, offset, answer.labels.order, q),
            Converter.item,
            ItemModel,
            limit,
            offset,
        )

    return respond(request, produce)


@router.get("/{key:path}", response_model=dict[str, object], summary="Describe one provider")
def describe_provider(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything known of it. Its micro-credentials: `/api/v1/credentials?provider=`."""
    return describe(request, "provider", key, format_name)

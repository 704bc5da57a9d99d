"""The REST resource of providers: the organisations that award micro-credentials."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ...catalogue.gaps import best_mends, lacking
from ...catalogue.records import Filters
from ..edge.call import PROBLEMS, Call, respond
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.languages import TAKES_LANGUAGE
from ..models.models import GapsModel, ItemModel, MendModel, PageModel
from ..models.parameters import KEY, Format, Lang, Words
from .answers import IN_RECORD, JsonAnswer, describe
from .listing import IN_CSV, Listing

router = APIRouter(prefix="/providers", tags=["providers"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["koivula"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List providers")
def list_providers(listing: Listing, q: Words = "") -> Response:
    """Answer with the organisations that award micro-credentials, ordered by name."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.providers, language=language, text=q), Converter.item, ItemModel
    )


@router.get("/{key:path}/gaps", response_model=GapsModel, summary="Tell what is missing in its records")
def list_gaps(request: Request, key: Key, lang: Lang = None) -> Response:
    """Answer with how many of its records are listed with gaps, what they lack, and the mends that bring in most.

    The records themselves: `/api/v1/credentials?definition=gaps&provider=`.
    """

    def produce(call: Call) -> Response:
        iri = call.iri("provider", key)
        gaps = call.catalogue.gaps(iri)
        met = call.catalogue.by_definition(Filters(provider=(iri,)))["met"]
        mends = [
            MendModel(elements=list(m.elements), completes=m.completes, lacking=m.lacking) for m in best_mends(gaps)
        ]
        return JsonAnswer(call, lang).model(
            GapsModel(provider=iri, met=met, gaps=sum(gaps.values()), lacking=dict(lacking(gaps)), mends=mends)
        )

    return respond(request, produce)


@router.get(
    "/{key:path}",
    response_class=Response,
    responses=IN_RECORD,
    dependencies=[TAKES_LANGUAGE],
    summary="Describe one provider",
)
def describe_provider(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything known of it. Its micro-credentials: `/api/v1/credentials?provider=`."""
    return describe(request, "provider", key, format_name)

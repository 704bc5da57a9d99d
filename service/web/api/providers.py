"""The REST resource of providers: the organisations that award micro-credentials."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ..edge.call import PROBLEMS
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.models import ItemModel, PageModel
from ..models.parameters import KEY, Format, Words
from .answers import describe
from .listing import IN_CSV, Listing

router = APIRouter(prefix="/providers", tags=["providers"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["koivula"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List providers")
def list_providers(listing: Listing, q: Words = "") -> Response:
    """Answer with the organisations that award micro-credentials, ordered by name."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.providers, language=language, text=q), Converter.item, ItemModel
    )


@router.get("/{key:path}", response_model=dict[str, object], summary="Describe one provider")
def describe_provider(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything known of it. Its micro-credentials: `/api/v1/credentials?provider=`."""
    return describe(request, "provider", key, format_name)

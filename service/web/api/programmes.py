"""The REST resource of degree programmes and modules: the collection, one with everything, what counts towards it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ...catalogue.records import Item
from ..edge.call import PROBLEMS, Call
from ..edge.release_choice import TAKES_RELEASE
from ..models.convert import Converter
from ..models.languages import TAKES_LANGUAGE
from ..models.models import ItemModel, PageModel, ProgrammeLinkModel
from ..models.parameters import KEY, Format, Words
from .answers import IN_RECORD, describe
from .listing import IN_CSV, Listing, Pages
from .modified import ModifiedSince, modified, only

router = APIRouter(prefix="/programmes", tags=["programmes"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

Key = Annotated[str, Path(description=KEY, examples=["koivula-bsc-computing"])]


@router.get("", response_model=PageModel[ItemModel], responses=IN_CSV, summary="List programmes")
def list_programmes(listing: Listing, q: Words = "", modified_since: ModifiedSince = None) -> Response:
    """Answer with degree programmes and modules, ordered by title."""

    def pages(call: Call, language: str) -> Pages[Item]:
        found = partial(call.catalogue.programmes, language=language, text=q)
        among = modified(call, modified_since)
        return found if among is None else partial(only, found, among)

    return listing.answer(pages, Converter.item, ItemModel)


@router.get(
    "/{key:path}/credentials",
    response_model=PageModel[ProgrammeLinkModel],
    responses=IN_CSV,
    summary="List what counts",
)
def list_credentials_of_programme(listing: Listing, key: Key) -> Response:
    """Answer with micro-credentials that count, or may count, towards it: a proposal to the awarding institution."""
    return listing.answer(
        lambda call, language: partial(call.catalogue.programme_credentials, call.iri("programme", key)),
        Converter.programme_link,
        ProgrammeLinkModel,
    )


@router.get(
    "/{key:path}",
    response_class=Response,
    responses=IN_RECORD,
    dependencies=[TAKES_LANGUAGE],
    summary="Describe one programme",
)
def describe_programme(request: Request, key: Key, format_name: Format = None) -> Response:
    """Answer with everything known of it, its requirement tree included, as JSON-LD or another RDF format."""
    return describe(request, "programme", key, format_name)

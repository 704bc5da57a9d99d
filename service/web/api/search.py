"""The REST resource of search: text search over everything with a name, and suggestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from ...catalogue.records import Kind
from ...errors import InvalidArgument
from ..edge.call import PROBLEMS, Call, look_up, respond
from ..edge.release_choice import TAKES_RELEASE
from ..models.models import HitModel, PageModel, SuggestionsModel
from ..models.parameters import Lang, Limit, Offset
from ..models.whole_numbers import Whole
from .answers import JsonAnswer

router = APIRouter(tags=["search"], responses=PROBLEMS, dependencies=[TAKES_RELEASE])

OPENSEARCH = "application/x-suggestions+json"

Words = Annotated[str, Query(min_length=1, max_length=200, description="What to look for.", examples=["programming"])]
Kinds = Annotated[list[Kind] | None, Query(description="Which kinds of things; absent: all.", examples=[["skill"]])]
In = Annotated[
    str | None,
    Query(
        description="Labels in this language, in others where none is found; absent: in every language.",
        examples=["fi"],
    ),
]


@router.get("/search", response_model=PageModel[HitModel], summary="Find by words")
def search(
    request: Request,
    q: Words,
    kind: Kinds = None,
    language: In = None,
    lang: Lang = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> Response:
    """Answer with things of which the words of `q` are said, best match first, each thing once.

    Where nothing has every word, misspelt ones are looked for, then some of the words; `how` tells.
    `matched` is the label that says most of the words, `language` its language; `label` is in the language of `lang`.
    """

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        page = call.catalogue.search(_words(q), tuple(kind or ()), language=language, limit=limit, offset=offset)
        return answer.page(page, answer.convert.hit)

    return respond(request, produce)


@router.get("/suggest", response_model=SuggestionsModel, summary="Complete a name")
async def suggest(
    request: Request,
    q: Words,
    kind: Kinds = None,
    language: In = None,
    lang: Lang = None,
    limit: Annotated[Whole, Query(ge=1, le=50, description="Most suggestions.")] = 10,
    format_name: Annotated[str | None, Query(alias="format", description="`opensearch`: the four-array form.")] = None,
) -> Response:
    """Answer with things that have a label that starts with `q`, best match first."""
    if format_name not in (None, "json", "opensearch"):
        raise InvalidArgument(f"format must be json or opensearch, got {format_name[:50]!r}")

    def produce(call: Call) -> Response:
        answer = JsonAnswer(call, lang)
        hits = call.catalogue.suggest(_words(q), tuple(kind or ()), language=language, limit=limit)
        if format_name == "opensearch":
            arrays = [q, [h.matched for h in hits], [h.item.kind for h in hits], [h.item.iri for h in hits]]
            return JSONResponse(arrays, media_type=OPENSEARCH)
        return answer.model(SuggestionsModel(items=[answer.convert.hit(hit) for hit in hits]))

    return await look_up(request, produce)


def _words(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise InvalidArgument("q must hold at least one word")
    return words

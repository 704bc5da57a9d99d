"""The REST resource of audits and paths: what counts, what is missing, and the cheapest way, with a checked proof."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...negotiation import choose
from ...rdf.media_types import JSON
from ...rdf.media_types import SVG as MEDIA_TYPE
from ...releases.readers import Reader
from ...stacking.asking import Answered, ProofRefused, ask, read_question
from ...stacking.picture.picture import picture_of
from ...stacking.picture.svg import style_policy
from ..edge.body import read_limited
from ..edge.caching import NEVER
from ..edge.call import PROBLEMS
from ..edge.languages import preferred_language
from ..edge.openapi import Responses
from ..edge.release_choice import TAKES_RELEASE, reader_of
from ..edge.services import basics_of
from .stacking_models import StackingModel, question_schema

_PROBLEMS: Responses = {
    code: {"description": text}
    for code, text in {
        404: "The target is not known",
        413: "The question is too large, or too much is held",
        504: "Time ended before any plan that keeps the limits was found",
        500: "The verifier does not confirm the answer, so it is not given; `instance` is the incident",
    }.items()
}
router = APIRouter(
    tags=["stacking"],
    responses={**{c: PROBLEMS[c] for c in (406, 422, 503)}, **_PROBLEMS},
    dependencies=[TAKES_RELEASE],
)

_HEADERS = {**NEVER, "Vary": "Accept, Accept-Language"}
_BODY = {"requestBody": {"required": True, "content": {JSON: {"schema": question_schema()}}}}
_PICTURE: Responses = {
    200: {
        "description": "The answer, confirmed by the verifier",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/paths", response_model=StackingModel, responses=_PICTURE, summary="Plan a way to a target", openapi_extra=_BODY
)
async def plan_path(request: Request) -> Response:
    """Answer with the plan of least new ECTS from what is held to the target, proved and explained.

    The answer is a proposal to the body that decides, never an entitlement. An independent verifier has checked it.
    """
    return await _answer(request, only_held=False)


@router.post(
    "/audits", response_model=StackingModel, responses=_PICTURE, summary="Audit what is held", openapi_extra=_BODY
)
async def audit_held(request: Request) -> Response:
    """Answer how far what is held leads: each requirement met, unmet or unknown, and why what is unused is unused."""
    return await _answer(request, only_held=True)


async def answered(request: Request, reader: Reader, body: object, *, only_held: bool) -> Answered:
    """Return the confirmed answer of a release to a question; one that is refused is counted.

    Raises:
        ServiceError: the question cannot be meant.
        ProofRefused: the verifier finds a fault in the answer.
    """
    basics = basics_of(request)
    try:
        return await run_in_threadpool(
            lambda: ask(body, reader.matrix(), basics.settings, datetime.now(UTC).date(), only_held=only_held)
        )
    except ProofRefused:
        basics.metrics.proofs_refused.inc()
        raise


async def _answer(request: Request, *, only_held: bool) -> Response:
    media_type = choose(request.headers.get("accept"), (JSON, MEDIA_TYPE))
    most_kb = basics_of(request).settings.upload_mb * 1024
    body = read_question(await read_limited(request, most_kb * 1024, f"a question may have {most_kb} KiB at most"))
    reader = reader_of(request)
    found = await answered(request, reader, body, only_held=only_held)
    if media_type == MEDIA_TYPE:
        picture = await run_in_threadpool(
            lambda: picture_of(body, found.body, reader.catalogue, preferred_language(request), only_held=only_held)
        )
        headers = {**_HEADERS, "Content-Security-Policy": style_policy()}
        return Response(picture.encode(), media_type=MEDIA_TYPE, headers=headers)
    return Response(json.dumps(found.body, ensure_ascii=False).encode(), media_type=JSON, headers=_HEADERS)

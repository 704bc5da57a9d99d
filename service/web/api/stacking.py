"""The REST resource of audits and paths: what counts, what is missing, and the cheapest way, with a checked proof."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...catalogue.catalogue import Catalogue
from ...catalogue.near import courses_near_all
from ...errors import StoreUnavailable
from ...negotiation import choose
from ...rdf.media_types import JSON
from ...rdf.media_types import SVG as MEDIA_TYPE
from ...releases.readers import Reader
from ...stacking.asking import read_question
from ...stacking.picture.picture import picture_of
from ...stacking.picture.svg import style_policy
from ...stacking.question.from_json import wants_listed
from ...workers.plan_task import Kind, PlanTask
from ..edge.body import read_limited
from ..edge.caching import NEVER
from ..edge.call import PROBLEMS
from ..edge.client_rate import asking_client
from ..edge.leaving import unless_client_left
from ..edge.openapi import Responses
from ..edge.release_choice import TAKES_RELEASE, as_files, reader_of
from ..edge.services import Services, basics_of, services_of
from ..models.languages import preferred_language
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
    return await _answer(request, "path")


@router.post(
    "/audits", response_model=StackingModel, responses=_PICTURE, summary="Audit what is held", openapi_extra=_BODY
)
async def audit_held(request: Request) -> Response:
    """Answer how far what is held leads: each requirement met, unmet or unknown, and why what is unused is unused."""
    return await _answer(request, "audit")


async def answered(request: Request, reader: Reader, question: bytes, kind: Kind) -> bytes:
    """Return the confirmed answer of a release to a question, both as JSON, made in a process of its own.

    Raises:
        ServiceError: the question cannot be meant, or no process has room or time for it.
        AnswerRefused: the verifier finds a fault in the answer.
        ClientLeft: nobody waits for it any more.
    """
    files = as_files(request, reader) or reader
    find = partial(files.matrix_for, listed=wants_listed(question))
    matrix = find() if files.path else await run_in_threadpool(find)
    work = services_of(request).plan_pool.run(PlanTask(kind, str(matrix)), question, asking_client(request))
    return await run_in_threadpool(_with_near, await unless_client_left(request, work), reader.catalogue, kind)


def _with_near(found: bytes, catalogue: Catalogue, kind: Kind) -> bytes:
    """Return an answer with the courses whose words come near the skills that no provider states."""
    body = json.loads(found) if kind == "path" else {}
    near = courses_near_all(catalogue, body.get("nobody_offers", ()))
    if not near:
        return found
    body["near"] = {
        skill: [{"id": one.iri, "label": dict(one.label), "listed": one.kind == "listed"} for one in items]
        for skill, items in near.items()
    }
    return json.dumps(body, ensure_ascii=False).encode()


async def get_ready(services: Services) -> None:
    """Let a process read what the serving release says, so that the first question is answered as fast as the next."""
    with suppress(StoreUnavailable):
        reader = await run_in_threadpool(services.file_readers.current)
        if reader.path is not None:
            services.plan_pool.get_ready(reader.matrix())


async def _answer(request: Request, kind: Kind) -> Response:
    media_type = choose(request.headers.get("accept"), (JSON, MEDIA_TYPE))
    most_kb = basics_of(request).settings.upload_mb * 1024
    question = await read_limited(request, most_kb * 1024, f"a question may have {most_kb} KiB at most")
    reader = reader_of(request)
    found = await answered(request, reader, question, kind)
    if media_type == MEDIA_TYPE:
        picture = await run_in_threadpool(_picture, request, reader, question, found, kind)
        headers = {**_HEADERS, "Content-Security-Policy": style_policy()}
        return Response(picture, media_type=MEDIA_TYPE, headers=headers)
    return Response(found, media_type=JSON, headers=_HEADERS)


def _picture(request: Request, reader: Reader, question: bytes, found: bytes, kind: Kind) -> bytes:
    asked, body = read_question(question), json.loads(found)
    language = preferred_language(request)
    return picture_of(asked, body, reader.catalogue, language, only_held=kind == "audit").encode()

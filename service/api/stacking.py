"""Audits and paths: what counts, what is missing, and the cheapest way there, with a proof that was checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..caching import NEVER
from ..errors import TooLarge
from ..negotiation import choose
from ..reader import Reader
from ..web.plan_drawing import picture_of
from ..web.plan_picture import MEDIA_TYPE, style_policy
from ..web.render import preferred_language
from .edge import JSON, PROBLEMS
from .models import ProblemModel
from .paths import Answered, ProofRefused, ask, read_question

_TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {
        "model": ProblemModel,
        "description": "The question is too large",
        "content": {"application/problem+json": {}},
    }
}
router = APIRouter(tags=["stacking"], responses={**PROBLEMS, **_TOO_LARGE})

_HEADERS = {**NEVER, "Vary": "Accept, Accept-Language"}
_EXAMPLE = {
    "target": {"skills": ["http://data.europa.eu/esco/skill/21d2f96d-35f7-4e3f-9745-c533d2dd6e97"]},
    "held": [{"title": "Statistics", "ects": 5, "awarded": "2024-05-31"}],
    "limits": {"max_ects": 30, "languages": ["fi", "en"]},
    "alternatives": 2,
}
_QUESTION = {
    "type": "object",
    "required": ["target"],
    "additionalProperties": False,
    "properties": {
        "target": {
            "description": "IRI of a programme, module, occupation, skill or micro-credential; or an object with "
            "`skills` (IRIs), or with `iri` and `optional` (plan for optional skills of an occupation too).",
            "oneOf": [{"type": "string", "format": "iri"}, {"type": "object"}],
        },
        "held": {
            "description": 'IRIs of the catalogue, facts of a credential, or `{"document": …}` with an Open Badge or '
            "a European digital credential. Used for the answer, never stored or logged.",
            "type": "array",
            "items": {"oneOf": [{"type": "string", "format": "iri"}, {"type": "object"}]},
        },
        "limits": {"type": "object", "description": "Conditions of the learner and the receiving body."},
        "alternatives": {"type": "integer", "minimum": 0, "maximum": 5},
        "rejected": {"type": "boolean", "description": "Name each refused candidate with the rule."},
        "replacement": {
            "type": ["number", "null"],
            "description": "Share of the outcomes of a named credential that a held one must cover to stand in for it.",
        },
        "narrower": {"type": "boolean", "description": "A narrower skill covers a broader one; true by default."},
        "seconds": {"type": "number", "description": "Time for the plan, 10 at most."},
    },
    "examples": [_EXAMPLE],
}
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _QUESTION}}}}


@router.post("/paths", response_model=dict[str, Any], summary="Plan a way to a target", openapi_extra=_BODY)
async def plan_path(request: Request) -> Response:
    """Answer with the plan of least new ECTS from what is held to the target, proved and explained.

    The answer is a proposal to the body that decides, never an entitlement. An independent verifier has checked it.
    """
    return await _answer(request, only_held=False)


@router.post("/audits", response_model=dict[str, Any], summary="Audit what is held", openapi_extra=_BODY)
async def audit_held(request: Request) -> Response:
    """Answer how far what is held leads: each requirement met, unmet or unknown, and why what is unused is unused."""
    return await _answer(request, only_held=True)


async def answered(request: Request, reader: Reader, body: object, *, only_held: bool) -> Answered:
    """Return the confirmed answer of a release to a question; one that is refused is counted.

    Raises:
        ServiceError: the question cannot be meant.
        ProofRefused: the verifier finds a fault in the answer.
    """
    state = request.app.state
    try:
        return await run_in_threadpool(
            lambda: ask(body, reader.matrix(), state.settings, datetime.now(UTC).date(), only_held=only_held)
        )
    except ProofRefused:
        state.metrics.proofs_refused.inc()
        raise


async def _answer(request: Request, *, only_held: bool) -> Response:
    media_type = choose(request.headers.get("accept"), (JSON, MEDIA_TYPE))
    body = read_question(await _body(request, request.app.state.settings.upload_mb * 1024 * 1024))
    reader: Reader = request.app.state.readers.current()
    found = await answered(request, reader, body, only_held=only_held)
    if media_type == MEDIA_TYPE:
        picture = await run_in_threadpool(
            lambda: picture_of(body, found.body, reader.catalogue, preferred_language(request), only_held=only_held)
        )
        headers = {**_HEADERS, "Content-Security-Policy": style_policy()}
        return Response(picture.encode(), media_type=MEDIA_TYPE, headers=headers)
    return Response(json.dumps(found.body, ensure_ascii=False).encode(), media_type=JSON, headers=_HEADERS)


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"a question may have {limit // 1024} KiB at most")
    return bytes(body)

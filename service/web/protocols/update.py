"""The SPARQL 1.1 update endpoint: on a copy, within limits, through the gate, all of it or nothing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from ...rdf.media_types import FORM
from ...sparql.protocol import parse_update
from ...writing.updates import Update
from ..edge.authorisation import NEEDS_KEY, writing
from ..edge.body import read_limited
from ..edge.services import SettingsDep, WritesDep
from ..edge.write_answers import ACCEPTED, TAKES_PREFERENCE, answered
from ..models.write_models import UPDATE_BODY, UPDATE_PROBLEMS, GraphsWrittenModel
from .graph_store import graph_order, graphs_told

router = APIRouter(tags=["SPARQL"])

_SCOPE = "update"


@router.post(
    "/sparql/update",
    summary="Run a SPARQL update",
    responses={
        200: {"model": GraphsWrittenModel, "description": "It is done"},
        202: {"model": GraphsWrittenModel, "description": ACCEPTED},
        **UPDATE_PROBLEMS,
    },
    openapi_extra=UPDATE_BODY,
    dependencies=[NEEDS_KEY, TAKES_PREFERENCE],
)
async def run_update(request: Request, settings: SettingsDep, writes: WritesDep) -> Response:
    """Carry out the update in the body: a form with `update`, or the update itself as `application/sparql-update`.

    Patterns match all graphs unless the text or `using-graph-uri` says otherwise. Every record that is touched passes
    the gate, or nothing is changed. LOAD and SERVICE are refused.
    """
    async with writing(request, _SCOPE) as write:
        given = request.headers.get("content-type", "")
        limit = settings.upload_mb * 1024 * 1024
        most = limit * 3 if given.lower().startswith(FORM) else limit
        body = await read_limited(request, most, f"an update may have {settings.upload_mb} MiB at most")
        text, default_graphs, named_graphs = parse_update(request.scope["query_string"], given, body)
        outcome = await writes.update(graph_order(request, write), Update(text, default_graphs, named_graphs))
        write.things += [entry["graph"] for entry in outcome.result["graphs"]]
        return await answered(request, write, outcome, 200, graphs_told(outcome))

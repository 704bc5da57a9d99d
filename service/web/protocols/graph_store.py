"""The SPARQL 1.1 Graph Store Protocol: it reads graphs from the release and writes them through the gate."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from ...errors import BadRequest, Forbidden, InvalidArgument, NotFound, UnsupportedMedia
from ...loading.bodies import read_body
from ...negotiation import content_type
from ...processes.scratch import scratch
from ...rdf.results import GRAPH_TYPES, PREFIXES
from ...rdf.terms import parse_iri
from ...releases.readers import Reader
from ...store.oxigraph import OxigraphStore
from ...work_store.record_nodes import graph_state
from ...writing.graphs import GraphOrder
from ...writing.keys import graph_iri
from ...writing.queue import WriteOutcome
from ..edge.authorisation import NEEDS_KEY, Write, writing
from ..edge.caching import cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.openapi import Responses, in_formats
from ..edge.release_choice import TAKES_RELEASE, as_files, reader_of, release_headers
from ..edge.services import basics_of, services_of
from ..edge.streaming import chunks_as_written
from ..edge.uploads import MULTIPART, read_upload
from ..edge.write_answers import ACCEPTED, TAKES_PREFERENCE, TAKES_STATE, answered, tags_of
from ..edge.written import addresses_of, choose_media_type
from ..models.addresses import raw_path
from ..models.parameters import Format
from ..models.write_models import WRITE_PROBLEMS, GraphsWrittenModel, body_of

router = APIRouter(tags=["graph store"])

_SCOPE = "graphs"
_WRITES = [NEEDS_KEY, TAKES_STATE, TAKES_PREFERENCE]
Graph = Annotated[
    str | None,
    Query(description="IRI of the graph, `{base}/graph/NAME`.", examples=["http://localhost:8000/graph/vocabulary"]),
]
Written = Annotated[
    str | None,
    Query(description="IRI of the graph, `{base}/graph/NAME`.", examples=["http://localhost:8000/graph/courses"]),
]
Default = Annotated[
    str | None, Query(description="Without a value: the default graph, what all graphs state; it can only be read.")
]
Name = Annotated[str, InPath(description="Last part of the graph's IRI.", examples=["vocabulary"])]
NewName = Annotated[str, InPath(description="Last part of the graph's IRI.", examples=["courses"])]
_MALFORMED: Responses = {400: {"description": "No graph is named, or more than one"}}
_READ: Responses = {**PROBLEMS, **in_formats(*GRAPH_TYPES)}
_DONE: Responses = {
    **_MALFORMED,
    200: {"model": GraphsWrittenModel, "description": "It is done, or was so already"},
    201: {"model": GraphsWrittenModel, "description": "The graph is new"},
    202: {"model": GraphsWrittenModel, "description": ACCEPTED},
}


@router.get(
    "/graphs",
    response_class=Response,
    responses={**_READ, **_MALFORMED},
    dependencies=[TAKES_RELEASE],
    summary="Read a graph",
)
def get_graph(request: Request, graph: Graph = None, default: Default = None, format_name: Format = None) -> Response:
    """Answer with every statement of a graph in any RDF format. No key is needed."""
    return _read(request, _asked(request, graph, default), format_name)


@router.put(
    "/graphs",
    responses={**WRITE_PROBLEMS, **_DONE},
    openapi_extra=body_of("graph"),
    dependencies=_WRITES,
    summary="Replace a graph",
)
async def put_graph(request: Request, graph: Written = None, default: Default = None) -> Response:
    """Let the graph hold what the body says, once the gate lets every record of it in."""
    return await _write(request, _asked(request, graph, default))


@router.post(
    "/graphs",
    responses={**WRITE_PROBLEMS, **_DONE},
    openapi_extra=body_of("graph"),
    dependencies=_WRITES,
    summary="Add to a graph",
)
async def post_graph(request: Request, graph: Written = None, default: Default = None) -> Response:
    """Add what the body says to the graph, once the gate lets in every record that this touches."""
    return await _write(request, _asked(request, graph, default))


@router.delete("/graphs", responses={**WRITE_PROBLEMS, **_DONE}, dependencies=_WRITES, summary="Remove a graph")
async def delete_graph(request: Request, graph: Written = None, default: Default = None) -> Response:
    """Remove the graph and all it holds."""
    return await _write(request, _asked(request, graph, default))


@router.get(
    "/graph/{name}",
    response_class=Response,
    responses=_READ,
    dependencies=[TAKES_RELEASE],
    summary="Read a graph at its own name",
)
def get_named_graph(request: Request, name: Name, format_name: Format = None) -> Response:
    """Answer with every statement of the graph whose IRI this address is."""
    return _read(request, _named(request), format_name)


@router.put(
    "/graph/{name}", responses={**WRITE_PROBLEMS, **_DONE}, openapi_extra=body_of("graph"), dependencies=_WRITES,
    summary="Replace a graph at its own name",
)  # fmt: skip
async def put_named_graph(request: Request, name: NewName) -> Response:
    """See `PUT /graphs`."""
    return await _write(request, _named(request))


@router.post(
    "/graph/{name}", responses={**WRITE_PROBLEMS, **_DONE}, openapi_extra=body_of("graph"), dependencies=_WRITES,
    summary="Add to a graph at its own name",
)  # fmt: skip
async def post_named_graph(request: Request, name: NewName) -> Response:
    """See `POST /graphs`."""
    return await _write(request, _named(request))


@router.delete(
    "/graph/{name}", responses={**WRITE_PROBLEMS, **_DONE}, dependencies=_WRITES,
    summary="Remove a graph at its own name",
)  # fmt: skip
async def delete_named_graph(request: Request, name: NewName) -> Response:
    """See `DELETE /graphs`."""
    return await _write(request, _named(request))


def _asked(request: Request, graph: str | None, default: str | None) -> str:
    """Return the IRI of the graph that parameters name; empty for the default graph."""
    graphs = request.query_params.getlist("graph")
    if len(graphs) + (default is not None) != 1 or default:
        raise BadRequest("name one graph: ?graph=IRI, or ?default without a value")
    return parse_iri(graphs[0]).value if graphs else ""


def _named(request: Request) -> str:
    return graph_iri(basics_of(request).settings.base_url, unquote(raw_path(request.scope).rpartition("/")[2]))


def _read(request: Request, graph: str, format_name: str | None) -> Response:
    reader = reader_of(request)
    known = conditional(request, reader.tag, vary="Accept")
    if known is not None:
        return known
    media_type = choose_media_type(request, format_name, GRAPH_TYPES)
    files = as_files(request, reader)
    if files is None or not isinstance(files.store, OxigraphStore):
        raise NotFound("a remote engine answers here, and the release that it serves is not here as files")
    store = files.store
    if graph and graph not in store.graphs():
        raise NotFound(f"release {reader.number} has no graph {graph}")
    headers = {**cache_headers(request, reader.tag, vary="Accept"), **release_headers(request, reader)}
    state = _state(files, graph)
    if state and "ETag" in headers:
        headers["ETag"] = f'"{state}.{headers["ETag"][1:]}'
    headers["Content-Type"] = content_type(media_type)
    body = chunks_as_written(lambda output: store.dump(output, media_type, PREFIXES, graph))
    return StreamingResponse(() if request.state.head else body, headers=headers)


def _state(reader: Reader, graph: str) -> str:
    source = reader.source(graph)
    return graph_state(graph, source["loaded"], source["quads"]) if source else ""


async def _write(request: Request, graph: str) -> Response:
    async with writing(request, _SCOPE) as write:
        if not graph:
            raise Forbidden("the default graph is what all graphs state; write to one of those")
        write.things.append(graph)
        outcome = await _written(request, write, graph)
        status = 201 if outcome.result["created"] else 200
        headers = (
            {"Location": addresses_of(request).path(f"/graph/{graph.rpartition('/')[2]}")}
            if outcome.result["created"]
            else {}
        )
        return await answered(request, write, outcome, status, graphs_told(outcome), headers)


async def _written(request: Request, write: Write, graph: str) -> WriteOutcome:
    services = services_of(request)
    settings, writes = services.settings, services.write_queue
    order = graph_order(request, write, graph)
    if request.method == "DELETE":
        return await writes.write_graph("DELETE", order)
    start = f"{settings.base_url}/graph/"
    name = unquote(graph.removeprefix(start))
    if graph != graph_iri(settings.base_url, name):
        raise Forbidden(f"graphs that can be written are called {start}NAME, got {graph}")
    if name in ("derived", "vocabulary", ""):
        raise Forbidden(f"{graph} is made here and written by nobody")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("a graph is sent as it is, without Content-Encoding")
    if request.headers.get("content-type", "").lower().startswith(MULTIPART):
        raise UnsupportedMedia("a graph is sent as the body itself, not in a form")
    upload = await read_upload(request, settings.upload_mb)
    with scratch() as folder:
        async with services.body_readers:
            body = await run_in_threadpool(read_body, settings, folder, upload.data, upload.media_type, name, graph)
        return await writes.write_graph(request.method, order, body)


def graph_order(request: Request, write: Write, graph: str = "") -> GraphOrder:
    """Return the order of a request that writes to graphs."""
    settings = basics_of(request).settings
    none_match = tags_of(request, "if-none-match")
    if none_match not in (None, ["*"]):
        raise InvalidArgument("If-None-Match can be * here, for a graph that must be new; If-Match names a state")
    return GraphOrder(
        base_url=settings.base_url,
        key=write.key.name,
        graph=graph_iri(settings.base_url, write.key.graph) if write.key.graph else "",
        providers=write.key.providers,
        namespaces=write.key.namespaces,
        taken=services_of(request).keys.taken(write.key),
        target=graph,
        if_match=tags_of(request, "if-match"),
        if_none_match=none_match is not None,
    )


def graphs_told(outcome: WriteOutcome) -> dict[str, Any]:
    """Return what a write to graphs answers with."""
    return {
        "status": "done" if outcome.result["changed"] else "unchanged",
        "graphs": outcome.result["graphs"],
        "records": outcome.result["records"],
        "dangling": outcome.result.get("dangling", []),
        "issues": outcome.result.get("issues", []),
    }

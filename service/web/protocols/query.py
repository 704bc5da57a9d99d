"""The SPARQL 1.1 query endpoint: whole answers only, from processes that can be killed."""

from __future__ import annotations

from contextlib import closing

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...negotiation import choose, content_type
from ...rdf.media_types import FORM, HTML
from ...rdf.results import GRAPH_TYPES
from ...releases.readers import Reader
from ...sparql.protocol import Operation, parse_get, parse_post
from ...workers.query_task import QueryOutcome, QueryTask
from ...workers.spooled import QueryAnswer
from ..edge.body import read_limited
from ..edge.caching import NEVER, cache_headers, conditional
from ..edge.client_rate import asking_client
from ..edge.leaving import unless_client_left
from ..edge.release_choice import TAKES_RELEASE, reader_of, release_headers
from ..edge.services import SettingsDep, basics_of, services_of
from ..edge.streaming import FileAnswer
from ..models.sparql_models import POST_REFUSALS, QUERY_ANSWERS, QUERY_BY_GET, QUERY_BY_POST
from ..pages.sparql_pages import sparql_editor, sparql_result
from .service_description import description_bytes

router = APIRouter(tags=["SPARQL"], responses=QUERY_ANSWERS, dependencies=[TAKES_RELEASE])

_AT_ONCE = 1024 * 1024


@router.get("/sparql", summary="Run a SPARQL query, or describe the service", openapi_extra=QUERY_BY_GET)
async def query_by_get(request: Request, settings: SettingsDep) -> Response:
    """Answer the query in `query`; without one, describe the service (RDF) or show the editor (HTML)."""
    operation = parse_get(request.scope["query_string"], settings.query_text_kb * 1024)
    reader = await _reader(request)
    if operation is None:
        return _describe(request, reader)
    tag = f"{reader.tag}/{settings.query_rows}" if reader.tag else ""
    known = conditional(request, tag, vary="Accept")
    if known is not None:
        known.headers.update(release_headers(request, reader))
        return known
    headers = {**cache_headers(request, tag, vary="Accept"), **release_headers(request, reader)}
    return await _answer(request, reader, operation, headers)


@router.post("/sparql", summary="Run a SPARQL query", responses=POST_REFUSALS, openapi_extra=QUERY_BY_POST)
async def query_by_post(request: Request, settings: SettingsDep) -> Response:
    """Answer the query in the body: a form with `query`, or the query itself as `application/sparql-query`."""
    limit = settings.query_text_kb * 1024
    given = request.headers.get("content-type", "")
    # A byte of the query takes three in a form.
    most = limit * 3 + 65536 if given.lower().startswith(FORM) else limit
    body = await read_limited(request, most, f"a query may be {most // 1024} KiB long")
    operation = parse_post(request.scope["query_string"], given, body, limit)
    reader = await _reader(request)
    return await _answer(request, reader, operation, {**NEVER, "Vary": "Accept"})


async def _reader(request: Request) -> Reader:
    # The serving release is open; another one may have to be opened first.
    return await run_in_threadpool(reader_of, request) if "release" in request.query_params else reader_of(request)


async def _answer(request: Request, reader: Reader, operation: Operation, headers: dict[str, str]) -> Response:
    answer = await unless_client_left(request, _run(request, reader, operation))
    outcome = answer.outcome
    if not outcome.repeatable:
        headers = {**NEVER, "Vary": "Accept"}
    headers["Content-Type"] = content_type(outcome.media_type)
    if outcome.truncated:
        headers["Cache-Control"] = "no-store"  # how many rows there may be is a setting, not a fact of the release
        headers["X-Pinoamo-Truncated"] = f"rows={outcome.rows}"
        headers["Link"] = f'<{basics_of(request).settings.base_url}/docs#limits>; rel="help"'
    if outcome.media_type == HTML:
        with closing(answer):  # here, not in a thread: whose room it took is counted without locks
            data = answer.file.read()
        return await run_in_threadpool(_page, request, operation.query, outcome, data, headers)
    if answer.size <= _AT_ONCE:
        with closing(answer):
            return Response(answer.file.read(), headers=headers)
    headers["Content-Length"] = str(answer.size)
    return FileAnswer(answer.file, answer.size, answer.close, headers)


def _page(request: Request, query: str, outcome: QueryOutcome, data: bytes, headers: dict[str, str]) -> Response:
    page = sparql_result(request, query, data, outcome.file_type, count=outcome.rows, cut=outcome.truncated)
    page.headers.update({**headers, "Vary": "Accept, Accept-Language"})
    return page


async def _run(request: Request, reader: Reader, operation: Operation) -> QueryAnswer:
    services = services_of(request)
    settings = services.settings
    task = QueryTask(
        store=str(reader.path / "store") if reader.path else "",
        tag=reader.tag,
        query=operation.query,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        accept=_accept(request),
        formats=operation.formats,
        rows=settings.query_rows,
        base=f"{settings.base_url}/sparql",
        seconds=min(settings.query_seconds, operation.seconds or settings.query_seconds),
    )
    if reader.path is None:
        return await services.remote_queries.run(task, reader.store, asking_client(request))
    return await services.query_pool.run(task, asking_client(request))


def _describe(request: Request, reader: Reader) -> Response:
    services = services_of(request)
    settings = services.settings
    federated = bool(settings.service_endpoints) and not settings.store
    updates = services.keys.opens("update") and not settings.is_filled_by_others
    tag = f"{reader.tag}/{federated}/{updates}" if reader.tag else ""
    known = conditional(request, tag)
    if known is not None:
        known.headers.update(release_headers(request, reader))
        return known
    media_type = choose(_accept(request), (*GRAPH_TYPES, HTML))
    headers = {**cache_headers(request, tag), **release_headers(request, reader)}
    if media_type == HTML:
        page = sparql_editor(request)
        page.headers.update(headers)
        return page
    body = description_bytes(reader, settings.base_url, media_type, federated=federated, updates=updates)
    return Response(body, headers={**headers, "Content-Type": content_type(media_type)})


def _accept(request: Request) -> str | None:
    return ", ".join(request.headers.getlist("accept")) or None

"""The web application: every edge mounted, what they share opened and closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from typing import Any

from fastapi import Depends, FastAPI, Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .errors import TooManyRequests
from .metrics import Metrics
from .processes.scratch import remove_what_was_left
from .releases.readers import Readers
from .settings import Settings
from .sparql.named_queries import load_queries
from .web.api import routes as rest
from .web.api.stacking_models import question_schemas
from .web.edge import openapi, problems
from .web.edge.client_rate import ClientRate
from .web.edge.kept_answers import KeptAnswers
from .web.edge.middleware import Envelope
from .web.linked_data import downloads, examples, releases, things
from .web.pages import reference
from .web.pages import routes as pages
from .web.protocols import graph_store, operations, query, update
from .workers.check_pool import CheckPool
from .workers.query_pool import QueryPool
from .workers.remote_queries import RemoteQueries
from .writing.audit_log import AuditLog
from .writing.import_jobs import ImportJobs
from .writing.keys import KeyRing
from .writing.queue import WriteQueue

# Addresses of what a release holds. SPARQL is not among them: its queries are too many for any room.
_KEPT_BELOW = ("/api/v1/", "/id/", "/resource", "/en", "/fi", "/sv")


def create_app(settings: Settings) -> FastAPI:
    """Return the application; nothing is opened before it starts.

    `app.state` holds what the routers use: `settings`, `queries`, `readers`, `kept` (readers of releases as files),
    `workers`, `remote_queries`, `checkers`, `keys`, `audit`, `writes`, `imports`, `metrics`, `error_page` and
    `draining` (whether the server is about to stop).
    """
    app = FastAPI(
        title="Pinoamo",
        version="1",
        summary="Micro-credentials as a knowledge graph: what each one teaches and what it counts towards",
        lifespan=_open,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(_limit_client)] if settings.client_rate else None,
    )
    app.state.settings = settings
    app.state.draining = False
    app.state.client_rate = ClientRate(settings.client_rate, settings.client_burst)
    app.state.queries = load_queries()
    app.state.metrics = Metrics()
    app.state.error_page = pages.error_page
    problems.install(app, settings.base_url)
    for part in (
        rest,
        query,
        update,
        graph_store,
        things,
        releases,
        downloads,
        examples,
        operations,
        problems,
        reference,
        pages,
    ):
        app.include_router(part.router)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # the way FastAPI documents
    if settings.answers_mb:
        app.add_middleware(
            KeptAnswers, serving=lambda: app.state.readers.serving_tag(), room_mb=settings.answers_mb, below=_KEPT_BELOW
        )
    app.add_middleware(
        Envelope, metrics=app.state.metrics, failed=problems.failed(settings.base_url), allowed=problems.allowed
    )
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies.split())
    return app


async def _limit_client(request: Request) -> None:
    """Count requests that make us work for one client: SPARQL, and whatever is sent to be read.

    Raises:
        TooManyRequests: it asks too often.
    """
    if request.method == "GET" and (request.url.path != "/sparql" or "query" not in request.query_params):
        return
    wait = request.app.state.client_rate.take(request.client.host if request.client else "")
    if wait:
        request.app.state.metrics.rate_refused.inc()
        rate = request.app.state.settings.client_rate
        raise TooManyRequests(f"one client may ask for {rate:g} answers a second here", ceil(wait))


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        settings: Settings = app.state.settings
        document = FastAPI.openapi(app)
        document["components"]["schemas"] |= question_schemas()
        app.openapi_schema = openapi.complete(document, settings.base_url)
    return app.openapi_schema


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    remove_what_was_left()
    state = app.state
    settings: Settings = state.settings
    state.readers = Readers(settings, state.queries, verify=True)
    # What a remote engine serves was published here first, as files.
    state.kept = Readers(settings.model_copy(update={"store": ""}), state.queries) if settings.store else state.readers
    state.workers = QueryPool(settings, state.metrics)
    state.remote_queries = RemoteQueries(settings)
    state.checkers = CheckPool(settings, state.metrics)
    state.body_readers = asyncio.Semaphore(settings.workers)
    state.keys = KeyRing(settings)
    state.audit = AuditLog(settings.data, settings.audit_mb)
    state.writes = WriteQueue(settings, state.metrics)
    state.imports = ImportJobs(settings, state.metrics, state.writes)
    if not settings.store:
        await state.workers.start()
    if not settings.is_filled_by_others:
        await state.writes.start(expected=state.keys.is_open)
    try:
        yield
    finally:
        await state.imports.close()
        await state.writes.close()
        await state.checkers.close()
        await state.workers.close()
        state.readers.close()
        state.kept.close()

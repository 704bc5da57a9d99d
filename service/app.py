"""The web application: it mounts every router, and opens and closes what the routers share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from anyio import CapacityLimiter
from fastapi import Depends, FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .linking import words
from .metrics import Metrics
from .processes.scratch import remove_what_was_left
from .rdf.jsonld import load_context
from .rdf.jsonld_context import CONTEXT_PATHS
from .releases.readers import Readers
from .resources import CONTEXT
from .settings import Settings
from .sparql.named_queries import load_queries
from .web.api import routes as rest
from .web.edge import openapi, problems
from .web.edge.body import BodyRoom
from .web.edge.client_rate import ClientRate
from .web.edge.compression import Compressed
from .web.edge.kept_answers import KeptAnswers
from .web.edge.middleware import Envelope
from .web.edge.rate_limit import limit_client
from .web.edge.services import Basics, Services, services_in, share
from .web.linked_data import downloads, examples, feeds, releases, things
from .web.pages import reference
from .web.pages import routes as pages
from .web.protocols import graph_store, operations, query, reconcile, update
from .workers.check_pool import CheckPool
from .workers.link_pool import LinkPool
from .workers.plan_pool import PlanPool
from .workers.query_pool import QueryPool
from .workers.remote_queries import RemoteQueries
from .writing.audit_log import AuditLog
from .writing.import_jobs import ImportJobs
from .writing.keys import KeyRing
from .writing.queue import WriteQueue

# Entries of the audit log about refused keys: so many at once, and one in ten seconds for ever.
_REFUSED_KEYS_AT_ONCE = 100
_REFUSED_KEYS_RATE = 0.1
# Addresses of what a release holds. SPARQL is not among them: its queries are too many for any room.
_KEPT_BELOW = ("/api/v1/", "/id/", "/resource", "/en", "/fi", "/sv")


def create_app(settings: Settings, draining: asyncio.Event | None = None) -> FastAPI:
    """Return the application; nothing is opened before it starts.

    Args:
        settings: what the operator set.
        draining: who stops the server sets it first, so that the application says it is not ready.
    """
    basics = Basics(
        settings=settings,
        queries=load_queries(),
        metrics=Metrics(),
        client_rate=ClientRate(settings.client_rate, settings.client_burst),
        context=load_context(CONTEXT, *(settings.base_url + path for path in CONTEXT_PATHS[:2])),
        error_page=pages.error_page,
        draining=draining or asyncio.Event(),
        begun=datetime.now(UTC),
    )
    app = FastAPI(
        title="Pinoamo",
        version="1",
        summary="Micro-credentials as a knowledge graph: what each one teaches and what it counts towards",
        lifespan=lambda app: _open(app, basics),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
        dependencies=[Depends(limit_client)] if settings.client_rate else None,
    )
    share(app, basics)
    problems.install(app, settings.base_url, settings.data)
    for part in (
        rest,
        query,
        update,
        graph_store,
        reconcile,
        things,
        releases,
        downloads,
        examples,
        feeds,
        operations,
        problems,
        reference,
        pages,
    ):
        app.include_router(part.router)
    app.openapi = lambda: _described(app, settings)  # type: ignore[method-assign]  # the way FastAPI documents
    app.add_middleware(Compressed)
    if settings.answers_mb:
        app.add_middleware(
            KeptAnswers,
            serving=lambda: services_in(app).readers.serving_tag(),
            room_mb=settings.answers_mb,
            below=_KEPT_BELOW,
        )
    app.add_middleware(
        Envelope,
        metrics=basics.metrics,
        failed=problems.failed(settings.base_url),
        allowed=problems.allowed,
        begun=basics.begun,
        room=BodyRoom(settings.bodies_mb, settings.upload_mb),
    )
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies.split())
    return app


def _described(app: FastAPI, settings: Settings) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = openapi.complete(FastAPI.openapi(app), settings.base_url)
    return app.openapi_schema


@asynccontextmanager
async def _open(app: FastAPI, basics: Basics) -> AsyncIterator[None]:
    remove_what_was_left()
    settings, metrics = basics.settings, basics.metrics
    readers = Readers(settings, basics.queries, verify=True)
    write_queue = WriteQueue(settings, metrics)
    services = Services(
        settings=settings,
        queries=basics.queries,
        metrics=metrics,
        client_rate=basics.client_rate,
        context=basics.context,
        error_page=basics.error_page,
        draining=basics.draining,
        begun=basics.begun,
        readers=readers,
        # What a remote engine serves was published here first, as files.
        file_readers=Readers(settings.model_copy(update={"store": ""}), basics.queries) if settings.store else readers,
        query_pool=QueryPool(settings, metrics),
        remote_queries=RemoteQueries(settings),
        check_pool=CheckPool(settings, metrics),
        plan_pool=PlanPool(settings, metrics),
        link_pool=LinkPool(settings),
        body_readers=asyncio.Semaphore(settings.workers),
        health_thread=CapacityLimiter(1),
        refused_keys=ClientRate(_REFUSED_KEYS_RATE, _REFUSED_KEYS_AT_ONCE),
        keys=KeyRing(settings),
        audit=AuditLog(settings.data, settings.audit_mb),
        write_queue=write_queue,
        import_jobs=ImportJobs(settings, metrics, write_queue),
    )
    share(app, services)
    if not settings.store:
        threading.Thread(target=words.warm, name="dictionaries", daemon=True).start()  # before somebody searches
        await services.query_pool.start()
    if not settings.is_filled_by_others:
        await write_queue.start(expected=not services.keys.fault() and services.keys.is_open)
    try:
        yield
    finally:
        await services.import_jobs.close()
        await write_queue.close()
        await services.check_pool.close()
        await services.plan_pool.close()
        await services.link_pool.close()
        await services.query_pool.close()
        readers.close()
        services.file_readers.close()

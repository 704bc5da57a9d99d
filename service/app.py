"""The web application: every edge mounted, what they share opened and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import api, linked_data, pages, problem, sparql
from .api import operations
from .metrics import Metrics
from .middleware import Edge
from .queries import load_queries
from .reader import Readers
from .remote_queries import RemoteQueries
from .settings import Settings
from .workers import Workers


def create_app(settings: Settings) -> FastAPI:
    """Return the application; nothing is opened before it starts.

    `app.state` holds what the routers use: `settings`, `queries`, `readers`, `workers`, `remote_queries`, `metrics`
    and `error_page`.
    """
    app = FastAPI(
        title="Pinoamo",
        version="1",
        summary="Micro-credentials as a knowledge graph: what each one teaches and what it counts towards",
        lifespan=_open,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.queries = load_queries()
    app.state.metrics = Metrics()
    app.state.error_page = pages.error_page
    problem.install(app, settings.base_url)
    for part in (operations, sparql, api, problem, linked_data, pages):
        app.include_router(part.router)
    app.add_middleware(Edge, metrics=app.state.metrics, failed=problem.failed(settings.base_url))
    return app


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    settings: Settings = state.settings
    state.readers = Readers(settings, state.queries)
    state.workers = Workers(settings, state.metrics)
    state.remote_queries = RemoteQueries(settings)
    if not settings.store:
        await state.workers.start()
    try:
        yield
    finally:
        await state.workers.close()
        state.readers.close()

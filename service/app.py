"""The web application: every edge mounted, what they share opened and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import problem
from .api import operations
from .metrics import Metrics
from .middleware import Edge
from .queries import load_queries
from .reader import Readers
from .settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Return the application; nothing is opened before it starts.

    `app.state` holds what the routers use: `settings`, `queries`, `readers`, `workers`, `metrics`.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.readers = Readers(settings, app.state.queries)
        try:
            yield
        finally:
            app.state.readers.close()

    app = FastAPI(
        title="Pinoamo",
        version="1",
        summary="Micro-credentials as a knowledge graph: what each one teaches and what it counts towards",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.queries = load_queries()
    app.state.metrics = Metrics()
    problem.install(app, settings.base_url)
    app.include_router(operations.router)
    app.include_router(problem.router)
    app.add_middleware(Edge, metrics=app.state.metrics, failed=problem.failed(settings.base_url))
    return app

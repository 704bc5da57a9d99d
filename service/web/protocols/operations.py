"""The addresses for an operator's tools: liveness, readiness, metrics."""

from __future__ import annotations

from contextlib import suppress

from anyio import to_thread
from fastapi import APIRouter, Response

from ...errors import Overloaded, StoreUnavailable
from ...metrics import CONTENT_TYPE
from ...rdf.media_types import PLAIN
from ..edge.caching import NEVER
from ..edge.openapi import in_formats
from ..edge.services import MetricsDep, ReadersDep, ServicesDep

router = APIRouter(tags=["operations"])


@router.get("/health/live", summary="Is the process alive?")
async def live(response: Response) -> dict[str, str]:
    """Answer as long as the process serves requests at all."""
    response.headers.update(NEVER)
    return {"status": "alive"}


@router.get("/health/ready", summary="Can it answer questions?")
async def ready(response: Response, services: ServicesDep) -> dict[str, str | int]:
    """Answer 200 when a release, or the remote engine, is open for questions; 503 when none is, or before a stop."""
    response.headers.update(NEVER)
    if services.draining.is_set():
        raise Overloaded("the service is being stopped")
    # In a thread that is kept for this: those that all requests share may be busy.
    reader = await to_thread.run_sync(services.readers.current, limiter=services.health_thread)
    return {"status": "ready", "release": reader.number}


@router.get(
    "/metrics", summary="Figures in the Prometheus format", response_class=Response, responses=in_formats(PLAIN)
)
def figures(metrics: MetricsDep, readers: ReadersDep) -> Response:
    """Return counters and durations of this process."""
    with suppress(StoreUnavailable):
        metrics.release.set(readers.current().number)
    return Response(metrics.text(), headers=NEVER, media_type=CONTENT_TYPE)

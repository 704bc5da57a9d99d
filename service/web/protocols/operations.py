"""The addresses for an operator's tools: liveness, readiness, metrics."""

from __future__ import annotations

from contextlib import suppress

from anyio import to_thread
from fastapi import APIRouter, Response

from ...errors import Forbidden, NoSpace, Overloaded, StoreUnavailable
from ...metrics import CONTENT_TYPE
from ...processes.scratch import try_out
from ...rdf.media_types import PLAIN
from ...releases.readers import Reader
from ..edge.caching import NEVER
from ..edge.openapi import in_formats
from ..edge.services import MetricsDep, ReadersDep, Services, ServicesDep, SettingsDep

router = APIRouter(tags=["operations"])


@router.get("/health/live", summary="Is the process alive?")
async def is_live(response: Response) -> dict[str, str]:
    """Answer as long as the process serves requests at all."""
    response.headers.update(NEVER)
    return {"status": "alive"}


@router.get("/health/ready", summary="Can it answer questions?")
async def is_ready(response: Response, services: ServicesDep) -> dict[str, str | int | list[str]]:
    """Answer 200 when a release, or the remote engine, is open for questions; 503 when none is, or before a stop.

    `faults` says what is wrong all the same, such as a list of keys that cannot be read.
    """
    response.headers.update(NEVER)
    if services.draining.is_set():
        raise Overloaded("the service is being stopped")
    # In a thread that is kept for this: those that all requests share may be busy.
    reader, faults = await to_thread.run_sync(_look, services, limiter=services.health_thread)
    return {"status": "ready", "release": reader.number, **({"faults": faults} if faults else {})}


def _look(services: Services) -> tuple[Reader, list[str]]:
    """Return what serves, and what is wrong that does not keep questions from being answered.

    Raises:
        StoreUnavailable: nothing serves.
        NoSpace: there is no room for the answers to queries.
    """
    reader, fault = services.readers.look()
    try:
        try_out()
    except OSError as error:
        raise NoSpace(f"nothing can be written to the folder of temporary files: {error.strerror}") from error
    return reader, [each for each in (fault, services.keys.fault()) if each]


@router.get(
    "/metrics", summary="Figures in the Prometheus format", response_class=Response, responses=in_formats(PLAIN)
)
def read_metrics(settings: SettingsDep, metrics: MetricsDep, readers: ReadersDep) -> Response:
    """Return counters and durations of this process, unless the operator has closed them (`PINOAMO_METRICS`)."""
    if settings.metrics == "closed":
        raise Forbidden("the figures of this service are not public")
    with suppress(StoreUnavailable):
        metrics.release.set(readers.current().number)
    return Response(metrics.text(), headers=NEVER, media_type=CONTENT_TYPE)

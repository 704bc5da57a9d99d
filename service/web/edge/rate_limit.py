"""The dependency that holds one client to its rate: SPARQL, and whatever is sent to be read."""

from __future__ import annotations

from math import ceil

from fastapi import Request

from ...errors import TooManyRequests
from .services import basics_of


async def limit_client(request: Request) -> None:
    """Count requests that make us work for one client.

    Raises:
        TooManyRequests: it asks too often.
    """
    if request.method == "GET" and (request.url.path != "/sparql" or "query" not in request.query_params):
        return
    basics = basics_of(request)
    wait = basics.client_rate.take(request.client.host if request.client else "")
    if wait:
        basics.metrics.rate_refused.inc()
        rate = basics.settings.client_rate
        raise TooManyRequests(f"one client may ask for {rate:g} answers a second here", ceil(wait))

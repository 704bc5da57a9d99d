"""Builds the answer to a write: the release that holds it or will, and how long the client waits for that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from ...writing.queue import WriteOutcome
from .authorisation import Write
from .caching import NEVER
from .services import services_of

_TAG = re.compile(r'(W/)?"([^"]*)"')
_PREFERENCE = re.compile(r'(?:^|,)\s*(respond-async|wait)\s*(?:=\s*"?(\d{1,6})"?)?', re.IGNORECASE)
_LONGEST_WAIT_SECONDS = 120
_USUAL_WAIT_SECONDS = 30


async def _takes_preference(
    prefer: Annotated[
        str | None,
        Header(description="`respond-async`: answer 202 at once; `wait=10`: wait so many seconds for the release."),
    ] = None,
) -> None:
    """Declare the header; `answered` reads it."""


async def _takes_state(
    if_match: Annotated[
        str | None, Header(description="`ETag` of what is there; 412 when it is another one. `*`: something is there.")
    ] = None,
    if_none_match: Annotated[
        str | None, Header(description="`*`: it must be new; 412 when something is there.")
    ] = None,
) -> None:
    """Declare the headers; `tags_of` reads them."""


TAKES_PREFERENCE = Depends(_takes_preference)
"""Declares that an operation waits for its release as the client prefers."""
TAKES_STATE = Depends(_takes_state)
"""Declares that an operation is carried out only on the state that the client names."""
ACCEPTED = "It is stored for good, and the release named will serve it"


async def answered(
    request: Request,
    write: Write,
    outcome: WriteOutcome,
    status: int,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer to a write that is done: `status` when a release holds it, else 202.

    `Prefer: respond-async` (RFC 7240) does not wait for the release, `Prefer: wait=10` waits so many seconds. Without
    either an answer waits where every write is published at once, and does not where writes are gathered.
    """
    services = services_of(request)
    writes = services.write_queue
    changed = outcome.result.get("changed", True)
    seconds, applied = _preferred(request, 0 if services.settings.publish_seconds else _USUAL_WAIT_SECONDS)
    published = await writes.published(outcome.release, seconds)
    write.outcome = "done" if changed else "unchanged"
    write.status = status if published else 202
    write.release = request.state.release = outcome.release
    all_headers = {**NEVER, **(headers or {}), **({"Preference-Applied": applied} if applied else {})}
    if write.status == 204:
        return Response(status_code=204, headers=all_headers)
    missing = {} if published else {"missing": writes.missing(outcome.release)}
    held = {"held": True} if not published and writes.is_held else {}
    found = {**(body or {}), "release": {"number": outcome.release, "published": published, **missing, **held}}
    return JSONResponse(found, write.status, all_headers)


def tags_of(request: Request, name: str) -> list[str] | None:
    """Return the states that `If-Match` or `If-None-Match` names, `*` among them; None without the header.

    The tag of an answer is the state of the record, a point, and what tells one representation from another. A weak
    tag never matches here (RFC 9110, 13.1.1).
    """
    header = request.headers.get(name)
    if header is None:
        return None
    if header.strip() == "*":
        return ["*"]
    return [tag.partition(".")[0] for weak, tag in _TAG.findall(header) if not weak]


def _preferred(request: Request, usual: float) -> tuple[float, str]:
    header = ", ".join(request.headers.getlist("prefer"))
    asked = {name.lower(): value for name, value in _PREFERENCE.findall(header)}
    if asked.get("wait"):
        seconds = min(int(asked["wait"]), _LONGEST_WAIT_SECONDS)
        return seconds, f"wait={seconds}"
    return (0, "respond-async") if "respond-async" in asked else (usual, "")

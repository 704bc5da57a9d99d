"""Sets entity tags and cache headers, known from the release and the request before the answer is computed."""

from __future__ import annotations

import hashlib
import re

from fastapi import Request, Response

from .compression import SUFFIX

# Raise when the same release and request get another answer than before, so that no cache keeps the old one.
_REPRESENTATION = "3"
_LIVE = "public, max-age=60, stale-while-revalidate=600"
_TAG = re.compile(r'(?:W/)?("[^"]*")')

NEVER = {"Cache-Control": "no-store"}
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}


def entity_tag(request: Request, release_tag: str, *more: str) -> str:
    """Return a strong entity tag from the release, the address, what the client accepts, and `more` if the body counts.

    The order of parameters with different names does not matter.
    """
    parameters = sorted(request.query_params.multi_items(), key=lambda pair: pair[0])
    accepted = [request.headers.get(name, "") for name in ("accept", "accept-language")]
    parts = (_REPRESENTATION, release_tag, request.url.path, repr(parameters), *accepted, *more)
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"'


def conditional(request: Request, release_tag: str, vary: str = "Accept, Accept-Language") -> Response | None:
    """Return 304 when the client has this very answer already (GET and HEAD), else None.

    Only for addresses that answer 200 whenever they did so once: the answer is not computed.
    """
    sent = _TAG.findall(request.headers.get("if-none-match", ""))
    if not sent or not release_tag or request.method not in ("GET", "HEAD"):
        return None
    tag = entity_tag(request, release_tag)
    # A record's tag begins with its state; the rest tells all there is to tell here.
    known = next((each for each in sent if _own_part(each) == tag.strip('"')), None)
    if known is None:
        return None
    return Response(status_code=304, headers={**cache_headers(request, release_tag, vary), "ETag": known})


def _own_part(sent: str) -> str:
    return sent.strip('"').removesuffix(SUFFIX).rpartition(".")[2]


def cache_headers(request: Request, release_tag: str, vary: str = "Accept, Accept-Language") -> dict[str, str]:
    """Return `ETag`, `Cache-Control` and `Vary` for a 200; without a release tag nothing may be kept unchecked."""
    if not release_tag:
        return {"Cache-Control": "no-cache", "Vary": vary}
    return {"ETag": entity_tag(request, release_tag), "Cache-Control": _LIVE, "Vary": vary}

"""Chooses the release that answers a request: the one that `release=` names, else the one that serves."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import WithJsonSchema

from ...errors import Gone, InvalidArgument, NotFound, StoreUnavailable
from ...releases.readers import Reader
from ...releases.releases import Releases
from ..models.whole_numbers import Whole
from .caching import IMMUTABLE
from .services import basics_of, services_of

Since = Annotated[Whole, Query(ge=1, le=2**31 - 1, description="Number of an earlier release.", examples=[1])]
Release = Annotated[
    str | None,
    Query(description="Number of a kept release to ask instead of the one that serves; `GET /releases` lists them."),
    WithJsonSchema({"type": "integer", "minimum": 1, "examples": [1]}),
]


async def _takes_release(release: Release = None) -> None:
    """Declare the parameter; `reader_of` reads it, and refuses in its own order and words."""


TAKES_RELEASE = Depends(_takes_release)
"""Declares that an operation answers from one release."""


def reader_of(request: Request) -> Reader:
    """Return the reader of the release that answers, and note its number on the request for headers and links.

    Raises:
        InvalidArgument: `release=` is no number, or stands twice.
        NotFound: there is no such release.
        Gone: there was one, and it was pruned.
        StoreUnavailable: nothing is published yet.
    """
    readers = services_of(request).readers
    request.state.of_a_store = True  # which may change at any time where others fill a remote engine
    values = request.query_params.getlist("release")
    if not values:
        reader = readers.current()
    else:
        reader = readers.at(_number(values))
        request.state.pinned = str(reader.number)
    if reader.number:
        request.state.release = reader.number
    return reader


def as_files(request: Request, reader: Reader) -> Reader | None:
    """Return the same release from its files here; None when a remote engine answers and they are not here."""
    if reader.path is not None:
        return reader
    try:
        found = services_of(request).file_readers.at(reader.number)
    except (NotFound, Gone, StoreUnavailable):
        return None
    return found if found.tag == reader.tag else None


def pinned_release(request: Request) -> str:
    """Return the number that `release=` named, once `reader_of` has found that release; else an empty text."""
    found: str = getattr(request.state, "pinned", "")
    return found


def release_headers(request: Request, reader: Reader) -> dict[str, str]:
    """Return the headers of a 200 or 304 that depend on the release: when it was made, and that it never changes."""
    if pinned_release(request):
        return {**last_modified(reader), **IMMUTABLE}
    if "if-modified-since" in request.headers:
        newest = max(Releases(basics_of(request).settings.data).numbers(), default=0)
        request.state.rolled_back = reader.number < newest
    return last_modified(reader)


def last_modified(reader: Reader) -> dict[str, str]:
    """Return when the data of an answer were published; the envelope compares it with what a client has."""
    return {} if reader.created is None else modified_at(reader.created)


def releases_modified(request: Request) -> dict[str, str]:
    """Return when what is told of all releases changed last: by a publication or a dump, or with a setting."""
    basics = basics_of(request)
    return modified_at(max(Releases(basics.settings.data).changed(), basics.begun))


def modified_at(moment: datetime) -> dict[str, str]:
    """Return a moment as `Last-Modified`."""
    # RFC 9110, 8.8.2.1: no later than the answer, though the clock may have been ahead when it was published.
    return {"Last-Modified": format_datetime(min(moment, datetime.now(UTC)), usegmt=True)}


def _number(values: list[str]) -> int:
    if len(values) > 1:
        raise InvalidArgument(f"release may stand once, got {len(values)} of them")
    text = values[0]
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidArgument(f"release must be the number of a release, such as 3, got {text[:50]!r}")
    return int(text)

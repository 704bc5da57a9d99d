"""What lists keep of themselves for who asks only for what was added or changed since some time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from ...catalogue.records import Item, Page
from ...errors import Gone, InvalidArgument
from ...releases.history import History
from ..edge.call import Call
from ..edge.services import basics_of
from ..models.parameters import MAX_LIMIT, moment_from
from .listing import Pages

ModifiedSince = Annotated[
    str | None,
    Query(
        max_length=40,
        description="Only what was added or changed since a date or time (ISO 8601), as `/changes` tells.",
        examples=["2000-01-01"],
    ),
]


def modified(call: Call, since: str | None) -> frozenset[str] | None:
    """Return the records that were added or changed since some time, up to the release asked for; None for any.

    Raises:
        InvalidArgument: it is no time, or there is no log of changes here.
        Gone: the log does not go back so far.
    """
    if since is None:
        return None
    moment = moment_from("modified_since", since)
    history = History(basics_of(call.request).settings.data)
    start = history.start
    if start is None or call.files is None:
        raise InvalidArgument("modified_since needs the log of changes, and there is none here")
    begun = history.begun
    if begun is not None and moment < datetime.fromisoformat(begun).astimezone(UTC):
        raise Gone(f"the log of changes goes back to {begun}, not to {since}")
    return frozenset(history.modified_since(moment, call.reader.number))


def only(fetch: Pages[Item], among: frozenset[str], *, limit: int, offset: int) -> Page[Item]:
    """Return a page of those items of a list that are among some; reads the whole list."""
    found, place = list[Item](), 0
    while True:
        page = fetch(limit=MAX_LIMIT, offset=place)
        found += [item for item in page.items if item.iri in among]
        place += MAX_LIMIT
        if place >= page.total:
            return Page(tuple(found[offset : offset + limit]), len(found), limit, offset)

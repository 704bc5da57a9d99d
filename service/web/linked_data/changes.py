"""Serves what changed: the log that harvesters follow, and the comparison of two kept releases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from ...catalogue.records import Item, Kind
from ...errors import Gone, InvalidArgument, NotFound
from ...rdf.durations import in_hours
from ...rdf.jsonld import document
from ...rdf.media_types import JSON
from ...releases.changes import ReleaseChange, changes_between, count_changes, record_list
from ...releases.history import Filters, History, Net
from ...releases.readers import Reader
from ...releases.tombstones import tombstones
from ...store.oxigraph import OxigraphStore
from ..edge.caching import IMMUTABLE, cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.release_choice import Since, last_modified, release_headers
from ..edge.services import FileReadersDep, basics_of
from ..edge.written import addresses_of, context_of
from ..models.addresses import Addresses
from ..models.models import AnswerModel
from ..models.parameters import moment_from, refuse_repeated, refuse_unknown
from ..models.whole_numbers import Whole

router = APIRouter(
    tags=["releases"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)]
)

Number = Annotated[Whole, Path(ge=1, le=2**31 - 1, description="Number of a release.", examples=[1])]
Entry = Callable[[ReleaseChange], Mapping[str, Any]]

_CHUNK = 64 * 1024
_MOST_BODIES = 100


class RecordChangeModel(AnswerModel):
    """A record that changed. What the log of changes alone knows is absent where there is none."""

    id: str = Field(examples=["http://localhost:8000/id/credential/python-for-data"])
    kind: str = Field(examples=["credential"])
    change: Literal["added", "changed", "removed"]
    links: dict[str, str] = Field(default={}, description="`self`: the record in this API.")
    release: int | None = Field(None, description="The release that made the change.")
    time: str | None = Field(None, description="When that was.")
    sources: list[str] = Field(default=[], description="Graphs of the sources that state it.")
    provider: str | None = None
    properties: list[str] | None = Field(None, description="What changed of it, where that is known.")
    removed_in: int | None = Field(None, description="The release that no longer had it, of a tombstone.")
    removed: str | None = Field(None, description="When that release was made.")
    body: dict[str, object] | None = Field(None, description="The record as JSON-LD, with `bodies=true`.")


class ChangesModel(AnswerModel):
    """What changed from one release to another; `items` may be long and are sent while they are found."""

    since: int
    release: int
    counts: dict[str, int] = Field(examples=[{"added": 1, "changed": 0, "removed": 0}])
    next: str | None = Field(None, description="Where to ask from then on.")
    complete: bool | None = Field(None, description="False: `next` is another page of the same changes.")
    items: list[RecordChangeModel]


@router.get("/releases/{number}/changes", response_model=ChangesModel, summary="Compare two releases")
def compare_releases(request: Request, readers: FileReadersDep, number: Number, since: Since) -> Response:
    """Answer with the records that were added, changed and removed between two kept releases, by IRI.

    A record is a micro-credential, programme or module; it has changed when something else is stated of it or its
    parts. The first comparison reads both releases and may answer 503 with `Retry-After` while another one does.
    """
    old, new = readers.at(since), readers.at(number)
    tag = f"{old.tag}/{new.tag}"
    known = conditional(request, tag, vary="Accept")
    headers = {**cache_headers(request, tag, vary="Accept"), **last_modified(new), **IMMUTABLE}
    if known is not None:
        known.headers.update(headers)
        return known
    addresses = {"removed": _addresses(request, old.number), "other": _addresses(request, new.number)}

    def entry(change: ReleaseChange) -> Mapping[str, Any]:
        return _entry(change, addresses.get(change.change, addresses["other"]))

    return _compared(old, new, headers, {}, entry)


@router.get("/changes", response_model=ChangesModel, summary="Harvest what changed")
def change_feed(
    request: Request,
    readers: FileReadersDep,
    since: Annotated[
        str,
        Query(
            max_length=40,
            description="Number of a release that you have, 0 for none, or a date or time (ISO 8601).",
            examples=["1"],
        ),
    ],
    source: Annotated[str, Query(description="Name or IRI of a source.", max_length=2000)] = "",
    provider: Annotated[str, Query(description="Local id or IRI of an organisation.", max_length=2000)] = "",
    kind: Annotated[
        Literal["credential", "programme", "module", "listed"] | None, Query(description="Kind of record.")
    ] = None,
    bodies: Annotated[bool, Query(description="Send each record that is there, as JSON-LD; 100 at most.")] = False,
    limit: Annotated[Whole, Query(ge=1, le=10_000, description="Most records to answer with.")] = 1000,
    until: Annotated[
        Whole | None, Query(ge=0, le=2**31 - 1, description="Of `next`: the release that the first page went up to.")
    ] = None,
    after: Annotated[str, Query(max_length=4000, description="Of `next`: the last record of the page before.")] = "",
) -> Response:
    """Answer with what changed from a release you have, or a date, to the one that serves, from the log of changes.

    `next` is where to ask from then on: the next page until `complete`, from then on what is new. Removed records name
    the release that no longer had them. 410: the log does not go back so far – take the dump of the serving release.
    """  # fmt: skip
    new = readers.current()
    history = History(basics_of(request).settings.data)
    newest = history.release
    if newest is None or history.start is None:
        return _without_log(request, readers, new, since, [source, provider, kind, bodies, until, after])
    last = min(until if until is not None else new.number, newest)
    first = _first(request, history, since, newest, new.number)
    tag = f"{new.tag}/{last}"
    known = conditional(request, tag, vary="Accept")
    if known is not None:
        return known
    addresses = _addresses(request, None)
    filters = Filters(
        _graph(request, source) if source else None,
        addresses_of(request).iri_from_key("provider", provider) if provider else None,
        kind,
    )
    size = min(limit, _MOST_BODIES) if bodies else limit
    counts: Counter[str] = Counter()
    page: list[Net] = []
    more = False
    for net in history.changes(first, last, filters):
        counts[net.change] += 1
        if net.iri > after and len(page) < size:
            page.append(net)
        elif net.iri > after:
            more = True
    asked = {"source": source, "provider": provider, "kind": kind or "", "bodies": "true" if bodies else ""}
    kept = {name: value for name, value in asked.items() if value}
    if more:
        kept |= {"limit": str(limit), "since": str(first), "until": str(last), "after": page[-1].iri}
    else:
        kept |= {"since": str(last)} | ({"limit": str(limit)} if limit != 1000 else {})
    following = dict(sorted(kept.items(), key=lambda item: item[0] != "since"))
    head = {
        "since": first,
        "release": last,
        "counts": {change: counts[change] for change in ("added", "changed", "removed")},
        "next": addresses.path(f"/changes?{urlencode(following)}"),
        "complete": not more,
    }
    entries = (_told(request, addresses, new, net, bodies=bodies) for net in page)
    headers = {**cache_headers(request, tag, vary="Accept"), **release_headers(request, new)}
    return StreamingResponse(_chunks(_document(head, entries)), headers=headers, media_type=JSON)


def _first(request: Request, history: History, since: str, newest: int, serving: int) -> int:
    """Return the release that a harvester has.

    Raises:
        InvalidArgument: `since` is neither a number nor a date.
        NotFound: there never was such a release.
        Gone: the log does not go back so far.
    """
    start = history.start or 0
    if since.isascii() and since.isdigit() and len(since) < 10:
        first, what = int(since), f"release {since}"
    else:
        first, what = history.release_at(moment_from("since", since)), since
    if first > newest:
        raise NotFound(f"there is no release {first}")
    if first < start:
        path = _addresses(request, None).path
        dump = f"take {path(f'/dumps/{serving}/')} and go on from {path(f'/changes?since={serving}')}"
        raise Gone(f"the log of changes goes back to release {start}, not to {what}: {dump}")
    return first


def _graph(request: Request, source: str) -> str:
    return source if ":" in source else f"{_base(request)}/graph/{source}"


def _told(request: Request, addresses: Addresses, new: Reader, net: Net, *, bodies: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": net.iri, "kind": net.kind, "change": net.change, "release": net.release, "time": net.at,
        "sources": list(net.graphs), "provider": net.provider or None,
    }  # fmt: skip
    if net.change == "removed":
        return {**found, "removed_in": net.release, "removed": net.at}
    if net.change == "changed":
        found["properties"] = None if net.properties is None else list(net.properties)
    found["links"] = {"self": _address(addresses, net.iri, net.kind)}
    if bodies:
        try:
            triples = [in_hours(triple) for triple in new.catalogue.describe(net.iri)]
        except NotFound:  # it went with a release that was rolled back, or has come since
            return {**found, "body": None}
        found["body"] = document(net.iri, triples, context_of(request))
    return found


def _without_log(
    request: Request, readers: FileReadersDep, new: Reader, since: str, more: Sequence[object]
) -> Response:
    """Compare the release a harvester has with the one that serves, where there is no log, as on a copy of releases."""
    if any(more) or not (since.isascii() and since.isdigit() and 0 < len(since) < 10):
        raise InvalidArgument("there is no log of changes here: since must be the number of a kept release, alone")
    try:
        old = readers.at(int(since))
    except Gone as error:
        path = _addresses(request, None).path
        start = f"take {path(f'/dumps/{new.number}/')} and go on from {path(f'/changes?since={new.number}')}"
        raise Gone(f"release {since} is no longer kept: {start}") from error
    tag = f"{old.tag}/{new.tag}"
    known = conditional(request, tag, vary="Accept")
    if known is not None:
        return known
    addresses = _addresses(request, None)
    by_iri = tombstones(new.path) if new.path else {}

    def entry(change: ReleaseChange) -> Mapping[str, Any]:
        tombstone = by_iri.get(change.iri)
        if change.change != "removed" or tombstone is None:
            return _entry(change, addresses)
        return {**_entry(change, None), "removed_in": tombstone.release, "removed": tombstone.removed}

    following = {"next": addresses.path(f"/changes?since={new.number}"), "complete": True}
    headers = {**cache_headers(request, tag, vary="Accept"), **release_headers(request, new)}
    return _compared(old, new, headers, following, entry)


def _compared(
    old: Reader, new: Reader, headers: Mapping[str, str], more: Mapping[str, object], entry: Entry
) -> Response:
    lists = [record_list(*_embedded(reader)) for reader in (old, new)]
    head = {"since": old.number, "release": new.number, "counts": count_changes(*lists), **more}
    entries = (entry(change) for change in changes_between(*lists))
    return StreamingResponse(_chunks(_document(head, entries)), headers=dict(headers), media_type=JSON)


def _document(head: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield json.dumps(head, ensure_ascii=False).removesuffix("}") + ', "items": ['
    separator = "\n"
    for entry in entries:
        yield separator + json.dumps(entry, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _chunks(pieces: Iterable[str]) -> Iterator[bytes]:
    waiting, size = [], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size > _CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def _entry(change: ReleaseChange, addresses: Addresses | None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": change.iri, "kind": change.record, "change": change.change}
    if addresses is not None:
        found["links"] = {"self": _address(addresses, change.iri, change.record)}
    return found


def _address(addresses: Addresses, iri: str, kind: str) -> str:
    if kind == "listed":
        return addresses.document(iri, "jsonld")
    found: Kind = "credential" if kind == "credential" else "programme"
    return addresses.api(Item(iri, found, {}))


def _embedded(reader: Reader) -> tuple[FilePath, OxigraphStore]:
    assert reader.path is not None, "a remote engine has no releases to open"
    assert isinstance(reader.store, OxigraphStore)
    return reader.path, reader.store


def _addresses(request: Request, release: int | None) -> Addresses:
    return Addresses(_base(request), str(release) if release else "")


def _base(request: Request) -> str:
    return basics_of(request).settings.base_url

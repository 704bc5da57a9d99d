"""Serves the list of releases: how to cite one, and what changed from one to another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from ...catalogue.records import Item, Kind
from ...errors import Gone, NotFound
from ...rdf.media_types import HTML, JSON
from ...rdf.results import GRAPH_TYPES
from ...releases.changes import ReleaseChange, changes_between, count_changes, record_list
from ...releases.dumps import find_dumps
from ...releases.readers import Reader
from ...releases.releases import Release, Releases
from ...releases.tombstones import tombstones
from ...store.oxigraph import OxigraphStore
from ..edge.caching import IMMUTABLE, cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.languages import preferred_language
from ..edge.openapi import in_formats
from ..edge.release_choice import Since, last_modified, release_headers
from ..edge.services import FileReadersDep, basics_of
from ..edge.written import choose_media_type, written
from ..models.addresses import Addresses
from ..models.models import AnswerModel
from ..models.parameters import Format, refuse_repeated
from ..pages.assets import pages_version
from ..pages.render import HtmlPage, html
from .dcat import citation, describe_kept

router = APIRouter(tags=["releases"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated)])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of a release.", examples=[1])]

Entry = Callable[[ReleaseChange], Mapping[str, Any]]

_CHUNK = 64 * 1024


class ReleaseModel(AnswerModel):
    """A release. `id` is its stable IRI; `checksum` is the SHA-256 over the checksums of its files."""

    id: str = Field(examples=["http://localhost:8000/releases/1"])
    release: int
    created: str = Field(examples=["2026-11-23T12:00:00+00:00"])
    serves: bool = Field(description="Whether it answers when no `release=` is given.")
    counts: dict[str, int] = Field(examples=[{"credential": 94}])
    checksum: str
    citation: str
    links: dict[str, str]


class ReleasesModel(AnswerModel):
    """Every kept release, newest first."""

    items: list[ReleaseModel]


@router.get("/releases", response_model=ReleasesModel, responses=in_formats(HTML), summary="List the releases")
def list_releases(request: Request, format_name: Format = None) -> Response:
    """Answer with the kept releases, newest first: number, time, counts, checksum and how to cite each."""
    published = _releases(request)
    found, serving = published.releases()[::-1], published.current_number()
    tag = _tag(found, serving)
    known = conditional(request, tag)
    if known is not None:
        return known
    models = [_model(request, release, serving) for release in found]
    if choose_media_type(request, format_name, (JSON, HTML)) == HTML:
        page = HtmlPage(request, preferred_language(request))
        answer = html(page, "releases.html", {"releases": models})
    else:
        answer = Response(ReleasesModel(items=models).model_dump_json().encode(), media_type=JSON)
    answer.headers.update(cache_headers(request, tag))
    return answer


@router.get(
    "/releases/{number}", response_model=ReleaseModel, responses=in_formats(*GRAPH_TYPES, HTML),
    summary="Describe a release",
)  # fmt: skip
def describe_release(request: Request, number: Number, format_name: Format = None) -> Response:
    """Answer with one release under its stable IRI: JSON, its VoID description in any RDF format, or a page."""
    published = _releases(request)
    release, serving = published.release(number), published.current_number()
    tag = _tag([release], serving)
    known = conditional(request, tag)
    if known is not None:
        return known
    media_type = choose_media_type(request, format_name, (JSON, *GRAPH_TYPES, HTML))
    model = _model(request, release, serving)
    if media_type == HTML:
        answer = html(HtmlPage(request, preferred_language(request)), "releases.html", {"releases": [model]})
    elif media_type == JSON:
        answer = Response(model.model_dump_json().encode(), media_type=JSON)
    else:
        triples = describe_kept(basics_of(request).settings, release)
        answer = written(request, model.id, triples, media_type)
    answer.headers.update(cache_headers(request, tag))
    return answer


@router.get("/releases/{number}/changes", response_model=dict[str, object], summary="Compare two releases")
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

    return _streamed(old, new, headers, {}, entry)


@router.get("/changes", response_model=dict[str, object], summary="Harvest what changed")
def change_feed(request: Request, readers: FileReadersDep, since: Since) -> Response:
    """Answer with what changed from a release you have to the one that serves; `next` is where to ask from then on.

    Removed records are tombstones: they name the release that no longer had them. 410: the release you have was
    pruned – take the dump of the serving one and go on from there.
    """
    new = readers.current()
    try:
        old = readers.at(since)
    except NotFound as error:
        if new.path is None or since > new.number:
            raise
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

    following = {"next": addresses.path(f"/changes?since={new.number}")}
    headers = {**cache_headers(request, tag, vary="Accept"), **release_headers(request, new)}
    return _streamed(old, new, headers, following, entry)


def _streamed(old: Reader, new: Reader, headers: Mapping[str, str], more: Mapping[str, str], entry: Entry) -> Response:
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
        kind: Kind = "credential" if change.record == "credential" else "programme"
        found["links"] = {"self": addresses.api(Item(change.iri, kind, {}))}
    return found


def _embedded(reader: Reader) -> tuple[FilePath, OxigraphStore]:
    assert reader.path is not None, "a remote engine has no releases to open"
    assert isinstance(reader.store, OxigraphStore)
    return reader.path, reader.store


def _model(request: Request, release: Release, serving: int | None) -> ReleaseModel:
    base, about = _base(request), release.about
    iri, root = f"{base}/releases/{release.number}", _addresses(request, None).path
    return ReleaseModel(
        id=iri,
        release=release.number,
        created=about["created"],
        serves=release.number == serving,
        counts=about["counts"],
        checksum=about["checksum"],
        citation=citation(base, release),
        links={
            "self": root(f"/releases/{release.number}"),
            "dumps": root(f"/dumps/{release.number}/"),
            "search": root(f"/api/v1/credentials?release={release.number}"),
            "void": root(f"/void?release={release.number}"),
        },
    )


def _tag(releases: Iterable[Release], serving: int | None) -> str:
    state = [(release.tag, len(find_dumps(release.path))) for release in releases]
    return f"{state}/{serving}/{pages_version()}"


def _addresses(request: Request, release: int | None) -> Addresses:
    return Addresses(_base(request), str(release) if release else "")


def _releases(request: Request) -> Releases:
    return Releases(basics_of(request).settings.data)


def _base(request: Request) -> str:
    return basics_of(request).settings.base_url

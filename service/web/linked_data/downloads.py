"""Serves the dumps of each release with their checksums, and the catalogue that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field

from ...errors import NotFound, Overloaded, StoreUnavailable
from ...rdf.media_types import HTML, JSON, N_QUADS, PLAIN
from ...rdf.results import GRAPH_TYPES
from ...releases.dumps import DUMPS, Dump, find_dumps, make_dump
from ...releases.readers import Reader
from ...releases.releases import Release, Releases
from ...store.oxigraph import OxigraphStore
from ..edge.caching import IMMUTABLE, cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.openapi import as_record, in_formats
from ..edge.release_choice import last_modified, releases_modified
from ..edge.services import SettingsDep, services_of
from ..edge.written import addresses_of, choose_media_type, written
from ..models.languages import TAKES_LANGUAGE, preferred_language
from ..models.models import AnswerModel
from ..models.parameters import Format, PageFormat, refuse_repeated, refuse_unknown
from ..pages.assets import pages_version
from ..pages.description_page import description_page
from ..pages.render import HtmlPage, html
from .dcat import catalogue_triples
from .releases import Number

Name = Annotated[str, Path(description="Name of a dump, or `SHA256SUMS`.", examples=["SHA256SUMS"])]

router = APIRouter(
    tags=["releases"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)]
)

GZIP, TEXT = "application/gzip", PLAIN
SUMS = "SHA256SUMS"
# Their dumps take some six seconds.
_SMALL_QUADS = 500_000


class DumpModel(AnswerModel):
    """A compressed file. `size` in bytes and `sha256` are null until somebody has asked for the file once."""

    name: str = Field(examples=["pinoamo.nq.gz"])
    media_type: str = Field(description="Of what is in it.", examples=[N_QUADS])
    size: int | None
    sha256: str | None
    href: str


class DumpsModel(AnswerModel):
    """The dumps of a release."""

    release: int
    items: list[DumpModel]
    checksums: str = Field(description="Address of a file that `sha256sum --check` reads.")


@router.get(
    "/dumps/{number}/",
    response_model=DumpsModel,
    responses=in_formats(HTML),
    dependencies=[TAKES_LANGUAGE],
    summary="List the dumps of a release",
)
def list_dumps(request: Request, number: Number, format_name: PageFormat = None) -> Response:
    """Answer with the files that hold everything the release states, as JSON or as a page."""
    reader = _reader(request, number)
    made = {dump.name: dump for dump in find_dumps(_path(reader))}
    tag = f"{reader.tag}/{sorted(made)}/{pages_version()}"
    modified = releases_modified(request)
    known = conditional(request, tag)
    if known is not None:
        known.headers.update(modified)
        return known
    base = addresses_of(request).path(f"/dumps/{number}")
    items = [
        DumpModel(
            name=name,
            media_type=media_type,
            size=made[name].size if name in made else None,
            sha256=made[name].checksum if name in made else None,
            href=f"{base}/{name}",
        )
        for name, media_type in DUMPS.items()
    ]
    model = DumpsModel(release=number, items=items, checksums=f"{base}/{SUMS}")
    if choose_media_type(request, format_name, (JSON, HTML)) == HTML:
        answer = html(HtmlPage(request, preferred_language(request)), "dumps.html", {"dumps": model})
    else:
        answer = Response(model.model_dump_json().encode(), media_type=JSON)
    answer.headers.update({**cache_headers(request, tag), **modified})
    return answer


@router.get(
    "/dumps/{number}/{name}", response_class=Response, responses=in_formats(GZIP, TEXT), summary="Download a dump"
)
def download_dump(request: Request, number: Number, name: Name) -> Response:
    """Answer with `pinoamo.nq.gz` (N-Quads), `pinoamo.ttl.gz` (Turtle) or `SHA256SUMS`.

    The first request makes the file, which takes as long as reading the release; while another file of it is being
    made, 503 with `Retry-After` says so.
    """
    reader = _reader(request, number)
    if name == SUMS:
        lines = [f"{dump.checksum}  {dump.name}\n" for dump in (_dump(reader, known) for known in DUMPS)]
        return Response(
            "".join(lines), headers={**last_modified(reader), **IMMUTABLE}, media_type=f"{TEXT}; charset=utf-8"
        )
    if name not in DUMPS:
        raise NotFound(f"there is no file {name[:100]!r} here; there are {', '.join((*DUMPS, SUMS))}")
    dump = _dump(reader, name)
    known = conditional(request, dump.checksum, vary="Accept")
    headers = {**cache_headers(request, dump.checksum, vary="Accept"), **last_modified(reader), **IMMUTABLE}
    if known is not None:
        known.headers.update(headers)
        return known
    if getattr(request.state, "head", False):  # nothing of the file is read for a HEAD
        return Response(headers={**headers, "Content-Length": str(dump.size)}, media_type=GZIP)
    return FileResponse(dump.path, headers=headers, media_type=GZIP)


@router.get(
    "/catalog",
    response_class=Response,
    responses=as_record(*GRAPH_TYPES, JSON, HTML),
    dependencies=[TAKES_LANGUAGE],
    summary="Describe the releases and services (DCAT)",
)
def describe_catalogue(request: Request, settings: SettingsDep, format_name: Format = None) -> Response:
    """Answer with a DCAT catalogue: the data set with its releases as versions, their dumps, and the services."""
    published = Releases(settings.data)
    releases, serving = published.releases(), published.current_number()
    _make_small_dumps(request, [release for release in releases if release.number == serving])
    said = (settings.publisher, settings.contact, settings.licence)
    tag = f"{[(release.tag, len(find_dumps(release.path))) for release in releases]}/{serving}/{said}/{pages_version()}"
    modified = releases_modified(request)
    known = conditional(request, tag)
    if known is not None:
        known.headers.update(modified)
        return known
    media_type = choose_media_type(request, format_name, (*GRAPH_TYPES, JSON, HTML))
    triples = catalogue_triples(settings, releases, serving)
    if media_type == HTML:
        answer = description_page(request, f"{settings.base_url}/catalog", [*triples], "/catalog")
    else:
        answer = written(request, f"{settings.base_url}/catalog", triples, media_type)
    answer.headers.update({**cache_headers(request, tag), **modified})
    return answer


def _make_small_dumps(request: Request, releases: Sequence[Release]) -> None:
    """Make the dumps whose size and checksum a catalogue tells, unless that would keep a harvester waiting long."""
    for release in releases:
        if sum(source["quads"] for source in release.about["sources"]) > _SMALL_QUADS:
            continue
        if len(find_dumps(release.path)) == len(DUMPS):
            continue
        with suppress(Overloaded, StoreUnavailable):  # the catalogue is whole without
            reader = services_of(request).file_readers.at(release.number)
            for name in DUMPS:
                _dump(reader, name)


def _dump(reader: Reader, name: str) -> Dump:
    assert isinstance(reader.store, OxigraphStore), "only releases on disk are opened by number"
    return make_dump(_path(reader), reader.store, name)


def _reader(request: Request, number: int) -> Reader:
    reader = services_of(request).file_readers.at(number)
    request.state.release = number
    return reader


def _path(reader: Reader) -> FilePath:
    assert reader.path is not None, "only releases on disk are opened by number"
    return reader.path

"""Serves the feeds that registers harvest, and the manifest by which QualityLink finds them."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from ...catalogue.records import Filters
from ...errors import NotFound
from ...rdf.media_types import JSON, RDF_XML
from ...releases.feeds.feeds import FEED_TYPES, FEEDS, VERSIONS, Feed, FeedName, Version, page_about
from ...releases.made_files import made_file
from ..edge.call import PROBLEMS, Call, respond
from ..edge.openapi import Responses, in_formats
from ..edge.release_choice import TAKES_RELEASE
from ..edge.services import SettingsDep
from ..edge.written import choose_media_type
from ..models.parameters import Format, refuse_repeated

_MANIFEST: Responses = {200: {"content": {JSON: {"schema": {"type": "object", "additionalProperties": True}}}}}
router = APIRouter(tags=["feeds"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated)])

_TYPES = tuple(FEED_TYPES.values())
_SUFFIXES = {media_type: suffix for suffix, media_type in FEED_TYPES.items()}
_HOURS = 24
LEFT_OUT = "Listed-Left-Out"
"""The header that says how many records are listed with gaps, and so in no feed."""
_TITLES = {
    "loq-opportunities": "Learning opportunities: offers, with what they lead to",
    "loq-qualifications": "Qualifications: micro-credentials with both levels",
}


@router.get(
    "/feeds/{name}",
    response_class=Response,
    responses=in_formats(*_TYPES),
    dependencies=[TAKES_RELEASE],
    summary="Harvest the catalogue in the Commission's catalogue profile",
)
def read_feed(
    request: Request,
    settings: SettingsDep,
    name: Annotated[
        str, Path(description="`loq-opportunities` or `loq-qualifications`.", examples=["loq-opportunities"])
    ],
    elm: Annotated[Version, Query(description="Whose names: of ELM 3.2 or 3.3.")] = "3.2",
    format_name: Format = None,
) -> Response:
    """Answer with what the register takes; `pinoamo feed check` says what it would not.

    What is listed with gaps is no micro-credential and in no feed; the header `Listed-Left-Out` says how many that are.

    The first request of a release makes the file, some milliseconds a record; 503 while somebody else's does.
    """
    found = next((each for each in FEEDS if each == name), None)
    if found is None:
        raise NotFound(f"there is no feed {name[:100]!r}; there are {', '.join(FEEDS)}")

    def produce(call: Call) -> Response:
        media_type = choose_media_type(request, format_name, _TYPES)
        return _answer(call, found, media_type, elm, settings.base_url)

    return respond(request, produce)


@router.get(
    "/.well-known/quality-link-manifest", response_class=Response, responses=_MANIFEST, summary="Find the feeds"
)
@router.get("/.well-known/quality-link-manifest.json", include_in_schema=False)
def find_feeds(settings: SettingsDep) -> Response:
    """Answer with the manifest that QualityLink looks for below a provider's domain: the addresses of the feeds."""
    sources = [
        {
            "id": f"{name}-{version}",
            "name": _TITLES[name],
            "type": "elm",
            "version": version,
            "path": f"{settings.base_url}/feeds/{name}?elm={version}&format=rdf",
            "contentType": RDF_XML,
            "refresh": _HOURS,
        }
        for version in VERSIONS
        for name in FEEDS
    ]
    return JSONResponse({"sources": sources}, headers={"Cache-Control": "public, max-age=3600"})


def _answer(call: Call, name: FeedName, media_type: str, version: Version, base_url: str) -> Response:
    left_out = call.catalogue.by_definition(Filters())["gaps"]
    headers = {LEFT_OUT: str(left_out)}
    files = call.files
    if files is None or files.path is None:  # a remote engine answers, and the release is not here as files
        output = BytesIO()
        Feed(call.reader.store, name, page_about(base_url)).write(output, media_type, version)
        return Response(output.getvalue(), headers=headers, media_type=media_type)
    store = files.store
    path = made_file(
        files.path,
        f"{name}-{version}.{_SUFFIXES[media_type]}",
        lambda file: Feed(store, name, page_about(base_url)).write(file, media_type, version),
    )
    if getattr(call.request.state, "head", False):  # nothing of the file is read for a HEAD
        size = {"Content-Length": str(path.stat().st_size)}
        return Response(headers={**headers, **size}, media_type=media_type)
    answer = FileResponse(path, headers=headers, media_type=media_type)
    for name_of_header in ("etag", "last-modified"):  # those of the release count, not of the file
        del answer.headers[name_of_header]
    return answer

"""Serves linked data: the name of a thing leads to its documents, and each format links to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from ...errors import InvalidArgument, NotFound
from ...negotiation import FORMATS
from ...rdf.media_types import HTML, JSON, JSON_LD
from ...rdf.namespaces import ESCO_SKILLS, VOID
from ...rdf.results import GRAPH_TYPES
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import Term, parse_iri
from ...releases.dumps import DUMPS
from ..edge.call import PROBLEMS, Call, respond
from ..edge.openapi import as_record
from ..edge.release_choice import TAKES_RELEASE
from ..edge.services import SettingsDep, basics_of
from ..edge.written import addresses_of, choose_media_type, written
from ..models.addresses import raw_path
from ..models.languages import TAKES_LANGUAGE, preferred_language
from ..models.parameters import Format, refuse_repeated, refuse_unknown
from ..pages.assets import pages_version
from ..pages.description_page import description_page
from .dcat import licence_triples
from .definitions import router as definitions

router = APIRouter(
    tags=["linked data"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)]
)
router.include_router(definitions)

_SUFFIXES = {FORMATS[name]: name for name in ("ttl", "jsonld", "nt", "rdf", "trig", "nq")}
_OFFERED = (*GRAPH_TYPES, JSON, HTML)
_IN_OFFERED = as_record(*_OFFERED)
Kind = Annotated[str, Path(description="Part of the name: credential, programme, …", examples=["credential"])]
Key = Annotated[str, Path(description="Rest of the name.", examples=["python-for-data"])]
_ELSEWHERE = ESCO_SKILLS + "ccd0a1d9-afda-43d9-b901-96344886e14d"


@router.get(
    "/id/{kind}/{key:path}",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[TAKES_LANGUAGE, TAKES_RELEASE],
    summary="Follow the name of a thing",
)
def follow_name(request: Request, kind: Kind, key: Key, format_name: Format = None) -> Response:
    """Lead (303) to the document about the thing, in the format asked for; people come to its page."""
    return _lead(request, format_name)


@router.get(
    "/id/{path:path}", dependencies=[TAKES_LANGUAGE, TAKES_RELEASE], include_in_schema=False, response_class=Response
)
def follow_any_name(request: Request, path: str, format_name: Format = None) -> Response:
    """Lead to what has a name of another form."""
    return _lead(request, format_name)


@router.get(
    "/doc/{kind}/{key:path}",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE, TAKES_RELEASE],
    summary="Read the document about a thing",
)
def read_document(request: Request, kind: Kind, key: Key, format_name: Format = None) -> Response:
    """Answer with what the graph says of `{base}/id/{kind}/{key}`; a suffix (`.ttl`, `.jsonld`, …) fixes the format."""
    return _read(request, format_name)


@router.get(
    "/doc/{path:path}", dependencies=[TAKES_LANGUAGE, TAKES_RELEASE], include_in_schema=False, response_class=Response
)
def read_any_document(request: Request, path: str, format_name: Format = None) -> Response:
    """Answer with what is said of what has a name of another form."""
    return _read(request, format_name)


@router.get(
    "/resource",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE, TAKES_RELEASE],
    summary="Read about a thing whose name is not ours",
)
def read_resource(
    request: Request, uri: Annotated[str, Query(examples=[_ELSEWHERE])], format_name: Format = None
) -> Response:
    """Answer with what the graph says of an IRI from elsewhere, such as an ESCO skill; people come to its page."""
    iri = parse_iri(uri).value
    return respond(request, lambda call: _document(call, iri, choose_media_type(request, format_name, _OFFERED)))


@router.get(
    "/void",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE, TAKES_RELEASE],
    summary="Describe the data set (VoID)",
)
def describe_data_set(request: Request, settings: SettingsDep, format_name: Format = None) -> Response:
    """Answer with the description of the serving release: its graphs, counts, vocabularies and links."""

    def produce(call: Call) -> Response:
        media_type = choose_media_type(request, format_name, _OFFERED)
        iri, triples = call.addresses.base_url + "/void", _description(call)
        if media_type == HTML:
            return description_page(request, iri, triples, "/void")
        return written(request, iri, triples, media_type)

    return respond(request, produce, version=f"/{settings.licence}/{pages_version()}")


@router.get(
    "/.well-known/void", status_code=303, response_class=RedirectResponse, summary="Find the data set description"
)
def find_data_set(request: Request) -> Response:
    """Lead to the description of the data set."""
    return RedirectResponse(addresses_of(request).path("/void"), 303)


def _lead(request: Request, format_name: str | None) -> Response:
    def produce(call: Call) -> Response:
        iri = call.addresses.iri_from_path(_rest(request, "/id/"))
        media_type = choose_media_type(request, format_name, _OFFERED)
        call.describe(iri)
        if media_type == HTML:
            return _see(_page_of(call, iri))
        address = call.addresses.document(iri, _SUFFIXES[JSON_LD if media_type == JSON else media_type])
        if lang := request.query_params.get("lang"):
            address += f"{'&' if '?' in address else '?'}{urlencode({'lang': lang})}"
        return _see(address)

    return respond(request, produce)


def _read(request: Request, format_name: str | None) -> Response:
    def produce(call: Call) -> Response:
        rest, _, suffix = _rest(request, "/doc/").rpartition(".")
        if not rest or suffix not in _SUFFIXES.values():
            rest, suffix = _rest(request, "/doc/"), ""
        iri = call.addresses.iri_from_path(rest)
        return _document(call, iri, choose_media_type(request, suffix or format_name, _OFFERED))

    return respond(request, produce)


def _document(call: Call, iri: str, media_type: str) -> Response:
    triples = call.describe(iri)
    if media_type == HTML:
        return _see(_page_of(call, iri))
    answer = written(call.request, iri, triples, media_type)
    address = call.addresses.document(iri, _SUFFIXES[JSON_LD if media_type == JSON else media_type])
    # JSON-LD 1.1, 6.1: whoever reads JSON follows an alternate in JSON-LD, and whoever reads JSON-LD refuses several.
    others = [
        f'<{call.addresses.document(iri, suffix)}>; rel="alternate"; type="{other}"'
        for other, suffix in _SUFFIXES.items()
        if other != media_type and media_type not in (JSON, JSON_LD)
    ]
    answer.headers["Link"] = ", ".join([f'<{iri}>; rel="describes"', *others])
    answer.headers["Content-Location"] = address
    return answer


def _page_of(call: Call, iri: str) -> str:
    language, item = preferred_language(call.request), call.catalogue.item(iri)
    return call.addresses.resource_page(iri, language) if item is None else call.addresses.page(item, language)


def _see(address: str) -> Response:
    return RedirectResponse(address, 303, {"Vary": "Accept, Accept-Language"})


def _rest(request: Request, start: str) -> str:
    whole = raw_path(request.scope)
    if start not in whole:
        raise InvalidArgument(f"an address below {start} is needed")
    return whole.partition(start)[2]


def _description(call: Call) -> Sequence[Triple]:
    release = call.files
    if release is None or release.path is None:
        raise NotFound("a remote engine answers here, and the release that it serves is not here as files")
    settings = basics_of(call.request).settings
    stored = triples_from_text((release.path / "description.nt").read_bytes())
    whole = Term("iri", f"{settings.base_url}/void#release")
    files = [Term("iri", f"{settings.base_url}/dumps/{call.reader.number}/{name}") for name in DUMPS]
    dumps = [Triple(whole, VOID + "dataDump", file) for file in files]
    return (*stored, *dumps, *licence_triples(settings, whole))

"""Writes by platforms to single micro-credentials, programmes and organisations: PUT and DELETE."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool

from ...errors import Gone, InvalidArgument, NotFound, ServiceError, UnsupportedMedia
from ...loading.bodies import Body, read_body
from ...processes.scratch import scratch
from ...rdf.normal_iris import fault_of_name
from ...rdf.terms import parse_iri
from ...releases.tombstones import tombstones
from ...writing.keys import DEFAULT_GRAPH
from ...writing.queue import WriteQueue
from ...writing.records import Kind, RecordOrder
from ..edge.authorisation import NEEDS_KEY, Write, writing
from ..edge.openapi import Responses, sent
from ..edge.release_choice import as_files
from ..edge.services import WritesDep, services_of
from ..edge.uploads import MULTIPART, read_upload
from ..edge.write_answers import ACCEPTED, TAKES_PREFERENCE, TAKES_STATE, answered, tags_of
from ..edge.written import addresses_of
from ..models.addresses import COLLECTIONS, raw_path
from ..models.parameters import KEY
from ..models.write_models import PROGRAMME_EXAMPLE, PROVIDER_EXAMPLE, WRITE_PROBLEMS, WrittenModel, body_of

router = APIRouter(tags=["writing"], responses=WRITE_PROBLEMS, dependencies=[NEEDS_KEY, TAKES_STATE, TAKES_PREFERENCE])

Key = Annotated[str, InPath(description=KEY, examples=["data-security"])]
ProgrammeKey = Annotated[str, InPath(description=KEY, examples=["example-degree"])]
ProviderKey = Annotated[str, InPath(description=KEY, examples=["example-university"])]
_TAG = {"headers": sent("ETag")}
_PUT_ANSWERS: Responses = {
    200: {"model": WrittenModel, "description": "It replaced what was there, or was the same already", **_TAG},
    201: {"model": WrittenModel, "description": "It is new", **_TAG},
    202: {"model": WrittenModel, "description": ACCEPTED, **_TAG},
}
_DELETE_ANSWERS: Responses = {
    200: {"model": WrittenModel, "description": "It is removed, and others still point at what is gone"},
    202: {"model": WrittenModel, "description": ACCEPTED},
}


@router.put(
    "/credentials/{key:path}", summary="Write one micro-credential", responses=_PUT_ANSWERS,
    openapi_extra=body_of("credential"),
)  # fmt: skip
async def put_credential(request: Request, key: Key, writes: WritesDep) -> Response:
    """Let the body be all that the key's source says of this micro-credential, once the gate lets it in.

    The body describes the record, its parts (`…#…`) and its organisations. Relative IRIs in Turtle are resolved against
    the record's own. The same body twice is the same as once.
    """
    return await _put(request, "credential", key, writes)


@router.put(
    "/programmes/{key:path}", summary="Write one degree programme or module", responses=_PUT_ANSWERS,
    openapi_extra=body_of("programme", PROGRAMME_EXAMPLE),
)  # fmt: skip
async def put_programme(request: Request, key: ProgrammeKey, writes: WritesDep) -> Response:
    """Let the body be all that the key's source says of this programme or module, once its requirement trees are right.

    The body describes it, its parts (`…#…`) and its organisations; modules are written at addresses of their own.
    """
    return await _put(request, "programme", key, writes)


@router.put(
    "/providers/{key:path}", summary="Write one organisation", responses=_PUT_ANSWERS,
    openapi_extra=body_of("provider", PROVIDER_EXAMPLE),
)  # fmt: skip
async def put_provider(request: Request, key: ProviderKey, writes: WritesDep) -> Response:
    """Let the body be all that the key's source says of this organisation and its parts (`…#…`).

    It needs a type, elm:Organisation, and a legal name.
    """
    return await _put(request, "provider", key, writes)


@router.delete(
    "/credentials/{key:path}", status_code=204, summary="Remove one micro-credential", responses=_DELETE_ANSWERS
)
async def delete_credential(request: Request, key: Key, writes: WritesDep) -> Response:
    """Remove what the key's source says of this micro-credential; its name answers 410 from the next release on."""
    return await _delete(request, "credential", key, writes)


@router.delete(
    "/programmes/{key:path}", status_code=204, summary="Remove one degree programme or module",
    responses=_DELETE_ANSWERS,
)  # fmt: skip
async def delete_programme(request: Request, key: ProgrammeKey, writes: WritesDep) -> Response:
    """Remove what the key's source says of this programme or module; its name answers 410 from the next release on."""
    return await _delete(request, "programme", key, writes)


@router.delete("/providers/{key:path}", status_code=204, summary="Remove one organisation", responses=_DELETE_ANSWERS)
async def delete_provider(request: Request, key: ProviderKey, writes: WritesDep) -> Response:
    """Remove what the key's source says of this organisation; the answer tells which records still name it."""
    return await _delete(request, "provider", key, writes)


async def _put(request: Request, kind: Kind, key: str, writes: WriteQueue) -> Response:
    async with writing(request, f"{COLLECTIONS[kind]}:write") as write:
        record = _record(request, kind, key)
        write.things.append(record)
        with scratch() as folder:
            body = await _body(request, write, record, folder)
            outcome = await writes.put(_order(request, write, kind, record, body))
        result = outcome.result
        status = 201 if result["created"] else 200
        found: dict[str, Any] = {
            "id": record,
            "status": "created" if result["created"] else "replaced" if result["changed"] else "unchanged",
            "decision": result["decision"],
            "documents": result["documents"],
        }
        headers = {"ETag": f'"{result["tag"]}"'}
        if result["created"]:
            addresses = addresses_of(request)
            path = f"/api/v1/{COLLECTIONS[kind]}/{addresses.key_from_iri(kind, record)}"
            headers["Location"] = addresses.path(path)
        return await answered(request, write, outcome, status, found, headers)


async def _delete(request: Request, kind: Kind, key: str, writes: WriteQueue) -> Response:
    async with writing(request, f"{COLLECTIONS[kind]}:write") as write:
        record = _record(request, kind, key)
        write.things.append(record)
        try:
            outcome = await writes.remove(_order(request, write, kind, record))
        except NotFound as error:
            await run_in_threadpool(_refuse_gone, request, record)
            raise NotFound(str(error)) from error
        dangling = outcome.result["dangling"]
        found = {"id": record, "status": "removed", "dangling": dangling}
        return await answered(request, write, outcome, 200 if dangling else 204, found)


def _record(request: Request, kind: Kind, key: str) -> str:
    """Return the IRI of the record that an address names.

    Raises:
        InvalidArgument: it is none that a record may have.
    """
    addresses = addresses_of(request)
    if "/" in raw_path(request.scope).rpartition(f"/api/v1/{COLLECTIONS[kind]}/")[2]:
        raise InvalidArgument(
            f"percent-encode the slashes of a key: a record at /{COLLECTIONS[kind]}/a/b could not be read"
        )
    iri = parse_iri(addresses.iri_from_key(kind, key)).value
    foreign = not iri.startswith(f"{addresses.base_url}/")
    if fault := fault_of_name(iri):
        raise InvalidArgument(fault)
    if "#" in iri:
        raise InvalidArgument(f"a record's name has no '#', which begins the name of a part, got {iri}")
    if not foreign and addresses.kind_of(iri) != kind:
        raise InvalidArgument(f"a record's name here starts with {addresses.iri_from_key(kind, '')}, got {iri}")
    if unquote(iri.rpartition("/")[2]) in ("", ".", ".."):
        raise InvalidArgument(f"a record needs an identifier other than '', '.' and '..', got {iri}")
    return iri


async def _body(request: Request, write: Write, record: str, folder: Path) -> Body:
    services = services_of(request)
    settings = services.settings
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("a record is sent as it is, without Content-Encoding")
    if request.headers.get("content-type", "").lower().startswith(MULTIPART):
        raise UnsupportedMedia("a record is sent as the body itself, not in a form")
    upload = await read_upload(request, settings.upload_mb)
    graph = write.key.graph or DEFAULT_GRAPH
    async with services.body_readers:
        return await run_in_threadpool(read_body, settings, folder, upload.data, upload.media_type, graph, record)


def _order(request: Request, write: Write, kind: Kind, record: str, body: Body | None = None) -> RecordOrder:
    key = write.key
    none_match = tags_of(request, "if-none-match")
    if none_match not in (None, ["*"]):
        raise InvalidArgument("If-None-Match can be * here, for a record that must be new; If-Match names a state")
    return RecordOrder(
        record=record,
        kind=kind,
        graph=key.source(services_of(request).settings.base_url),
        key=key.name,
        providers=key.providers,
        nquads=str(body.nquads) if body else "",
        issues=body.issues if body else (),
        if_match=tags_of(request, "if-match"),
        if_none_match=none_match is not None,
        base_url=services_of(request).settings.base_url,
        is_bound=key.is_bound,
        namespaces=key.namespaces,
        taken=services_of(request).keys.taken(key),
    )


def _refuse_gone(request: Request, record: str) -> None:
    """Say so when a release has, or had, what the work store no longer has.

    Raises:
        Gone: it does.
    """
    try:
        reader = services_of(request).readers.current()
    except ServiceError:
        return
    files = as_files(request, reader)
    tombstone = tombstones(files.path).get(record) if files and files.path else None
    if tombstone is not None or reader.catalogue.item(record) is not None:
        raise Gone(f"{record} was removed")

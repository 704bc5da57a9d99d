"""The REST resource of bulk imports: it takes a file in, and a job reads, judges and stores the records."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from ...errors import BadRequest, InvalidArgument, NotPermitted, UnsupportedMedia
from ...rdf.media_types import CSV, JSON_LINES, N_TRIPLES, RDF_XML, TURTLE, XLSX
from ...validation.documents import SUFFIXES
from ...writing.import_jobs import Job, new_job
from ...writing.keys import RESERVED_GRAPHS, Key
from ..edge.authorisation import NEEDS_KEY, writing
from ..edge.body import limited
from ..edge.caching import NEVER
from ..edge.openapi import in_formats, sent
from ..edge.services import ImportsDep, services_of
from ..edge.written import addresses_of
from ..models.parameters import Offset
from ..models.whole_numbers import Whole
from ..models.write_models import IMPORT_BODY, WRITE_PROBLEMS, ImportModel, ImportsModel

router = APIRouter(prefix="/imports", tags=["writing"], responses=WRITE_PROBLEMS, dependencies=[NEEDS_KEY])

SCOPE = "imports:write"
_TABLES = {
    CSV: "csv",
    XLSX: "xlsx",
    "application/zip": "zip",
}
_ARCHIVES = {"application/zip": "zip"}
KINDS: dict[str, dict[str, str]] = {
    "table": _TABLES,
    "elm": {**SUFFIXES, **_ARCHIVES},
    "esco": {**_ARCHIVES, CSV: "csv", TURTLE: "ttl", N_TRIPLES: "nt",
             RDF_XML: "rdf"},
    "requirements": {"application/yaml": "yaml", "text/yaml": "yaml", "application/zip": "zip"},
}  # fmt: skip
"""What the file of each format ends in, by the media type it is sent as."""

_PIECE = 1024 * 1024
Number = Annotated[str, InPath(description="Number of the import.", examples=["0123456789abcdef"])]


@router.post(
    "",
    status_code=202,
    response_model=ImportModel,
    summary="Import a file",
    responses={202: {"description": "The job is taken in", "headers": sent("Location")}},
    openapi_extra=IMPORT_BODY,
)
async def start_import(
    request: Request,
    imports: ImportsDep,
    format_name: Annotated[
        Literal["elm", "esco", "requirements", "table"],
        Query(alias="format", description="As in `pinoamo load`.", examples=["table"]),
    ],
    source: Annotated[
        str, Query(max_length=100, description="Name of the source; by default the key's.", examples=["courses"])
    ] = "",
    version: Annotated[str, Query(max_length=50, description="Version of a classification.")] = "",
    strict: Annotated[bool, Query(description="Refuse records with warnings too.")] = False,
    force: Annotated[bool, Query(description="Store it though the source loses a good part of what it held.")] = False,
) -> Response:
    """Take a file in. What passes the gate replaces all that the source held; the job at `Location` tells of it.

    The body may be packed (`Content-Encoding: gzip`).
    """
    async with writing(request, SCOPE) as write:
        name = _source(write.key, source)
        suffix = _suffix(request, format_name)
        with imports.receiving() as folder:
            file = f"{name}.{suffix}" if name.isalnum() else f"body.{suffix}"
            await _receive(request, folder / file)
            job = new_job(folder, write.key.name, format_name, name, file, version, strict)
            job = replace(job, force=force)
            if write.key.is_bound:
                taken = services_of(request).keys.taken(write.key)
                job = replace(job, is_bound=True, namespaces=write.key.namespaces, taken=taken)
            imports.start(job)
        write.things.append(job.id)
        write.status = 202
        headers = {**NEVER, "Location": _address(request, job)}
        return JSONResponse(_told(request, job).model_dump(), 202, headers)


@router.get("", response_model=ImportsModel, summary="List imports")
async def list_imports(request: Request, imports: ImportsDep) -> Response:
    """List the imports of the key, newest first; a key without a source of its own sees all."""
    async with writing(request, SCOPE, quiet=True) as write:
        jobs = await run_in_threadpool(imports.every)
        found = [_told(request, job) for job in jobs if _may_see(write.key, job)]
        return JSONResponse(ImportsModel(items=found).model_dump(), headers=NEVER)


@router.get("/{number}", response_model=ImportModel, summary="See how far an import is")
async def read_import(request: Request, number: Number) -> Response:
    """Tell the state of an import, how much is done, what the gate decided, and which release holds it or will."""
    async with writing(request, SCOPE, quiet=True) as write:
        return JSONResponse(_told(request, _job(request, write.key, number)).model_dump(), headers=NEVER)


@router.get(
    "/{number}/report",
    response_class=Response,
    responses=in_formats(JSON_LINES),
    summary="Read the report of an import",
)
async def read_import_report(
    request: Request,
    imports: ImportsDep,
    number: Number,
    limit: Annotated[Whole, Query(ge=1, le=10_000, description="Most lines to answer with.")] = 1000,
    offset: Offset = 0,
) -> Response:
    """Answer with what the loader and the gate found, as JSON Lines; `Link` leads to the next page."""
    async with writing(request, SCOPE, quiet=True) as write:
        job = _job(request, write.key, number)
        lines, more = await run_in_threadpool(imports.report, job.id, offset, limit)
        following = f'<{_address(request, job)}/report?limit={limit}&offset={offset + limit}>; rel="next"'
        headers = {**NEVER, **({"Link": following} if more else {})}
        return Response("".join(lines), media_type=JSON_LINES, headers=headers)


@router.delete("/{number}", status_code=204, summary="Cancel an import",
               responses={409: {"description": "It is being stored at this moment"}})  # fmt: skip
async def cancel_import(request: Request, imports: ImportsDep, number: Number) -> Response:
    """Break an import off, so that nothing of it is stored; forget one that has ended."""
    async with writing(request, SCOPE) as write:
        job = _job(request, write.key, number)
        write.things.append(job.id)
        await imports.cancel(job.id)
        write.status = 204
        return Response(status_code=204, headers=NEVER)


def _source(key: Key, asked: str) -> str:
    if key.providers:
        raise NotPermitted("a key that is bound to providers writes single records only")
    name = asked or key.graph
    if not name:
        raise BadRequest("name the source that the file becomes: ?source=courses")
    if key.graph and name != key.graph:
        raise NotPermitted(f"this key writes to the source {key.graph}, not to {name}")
    if name in RESERVED_GRAPHS:
        raise InvalidArgument(f"{name!r} is the name of a graph of our own; choose another one")
    return name


def _suffix(request: Request, format_name: str) -> str:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kinds = KINDS[format_name]
    if declared not in kinds:
        raise UnsupportedMedia(f"a file of the format {format_name} is one of {', '.join(kinds)}, got {declared!r}")
    return kinds[declared]


async def _receive(request: Request, path: Path) -> None:
    settings = services_of(request).settings
    refusal = f"a file for import may have {settings.import_mb} MiB at most, unpacked"
    with path.open("wb") as file:
        async for chunk in limited(_unpacked(request), settings.import_mb * 1024 * 1024, refusal):
            await run_in_threadpool(file.write, chunk)
        if not file.tell():
            raise BadRequest("the body is empty")


async def _unpacked(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces of bounded size, unpacked if it is packed.

    Raises:
        BadRequest: it is packed badly.
        UnsupportedMedia: it is packed in another way than gzip.
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        async for chunk in request.stream():
            yield chunk
        return
    if encoding != "gzip":
        raise UnsupportedMedia(f"a body may be packed by gzip, got {encoding[:50]!r}")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        async for chunk in request.stream():
            rest = chunk
            while rest:
                yield unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise BadRequest(f"the body is not whole gzip: {error}") from error
    if not unpacker.eof:
        raise BadRequest("the body is not whole gzip: it ends early")


def _job(request: Request, key: Key, number: str) -> Job:
    job = services_of(request).import_jobs.job(number)
    if not _may_see(key, job):
        raise NotPermitted(f"import {number} belongs to another key")
    return job


def _may_see(key: Key, job: Job) -> bool:
    return job.key == key.name or not key.graph


def _address(request: Request, job: Job) -> str:
    return addresses_of(request).path(f"/api/v1/imports/{job.id}")


def _told(request: Request, job: Job) -> ImportModel:
    writes = services_of(request).write_queue
    release = None
    if job.release is not None:
        release = {"number": job.release, "published": writes.is_published(job.release)}
    return ImportModel.model_validate(
        {
            "id": job.id, "state": job.state, "format": job.format, "source": job.source, "graph": job.graph or None,
            "created": job.created, "ended": job.ended, "done": job.done, "records": job.records,
            "changes": job.changes or None,
            "stored": job.stored, "message": job.message, "release": release,
            "links": {"self": _address(request, job), "report": f"{_address(request, job)}/report"},
        }
    )  # fmt: skip

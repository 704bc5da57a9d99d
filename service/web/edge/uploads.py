"""Reads the document of a request, the body itself or a part of a form, into memory up to the limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import NamedTuple, NoReturn

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ...errors import BadRequest, UnsupportedMedia
from ...negotiation import FORMATS
from ...rdf.media_types import CSV, JSON, RDF_XML, TRIG, XLSX
from ...validation.documents import MEDIA_TYPES
from .body import kept, limited, read_limited

MULTIPART = "multipart/form-data"
KINDS: Mapping[str, str] = {
    **{name: media_type for name, media_type in FORMATS.items() if media_type in MEDIA_TYPES},
    "json": JSON,
    "xml": RDF_XML,
}
"""Media types of documents by the end of their file's name."""

TABLES: Mapping[str, str] = {"csv": CSV, "xlsx": XLSX}
"""Media types of tables, which are taken where they are asked for."""

# A blank node of Turtle and a graph of TriG open with brackets too, but no literal follows those.
_JSON = re.compile(r'[\ufeff\s]*(\{\s*["}]|\[\s*[{\["])')
_XML = re.compile(r"[\ufeff\s]*<(\?xml|!DOCTYPE|!--|rdf:RDF)")
_FORM_BYTES = 64 * 1024


class Upload(NamedTuple):
    """A document as it was sent; `source` is what the sender calls it, or empty. `profiles` come from a form only."""

    data: bytes
    media_type: str
    source: str
    profiles: tuple[str, ...] = ()


async def read_upload(request: Request, most_mb: int, *, tables: bool = False) -> Upload:
    """Return the document of a request, or a table where `tables` are taken.

    A form has the document as the file `file` or the text `text`, and may name profiles in `profile`.

    Raises:
        BadRequest: the form is broken, or there is no document in it.
        TooLarge: the document is too large.
        UnsupportedMedia: the type of the document is unknown.
    """
    most = most_mb * 1024 * 1024
    declared = request.headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type == MULTIPART:
        return await upload_of(await read_form(request, most_mb), tables=tables) or _nothing()
    taken = (*MEDIA_TYPES, *TABLES.values()) if tables else MEDIA_TYPES
    if media_type not in taken:
        raise UnsupportedMedia(f"a document is one of {', '.join(taken)} or {MULTIPART}, got {declared[:100]!r}")
    return Upload(await read_limited(request, most, _refusal(most_mb)), media_type, "")


async def read_form(request: Request, most_mb: int, most_fields: int = 100) -> FormData:
    """Return the fields of a form with at most one file, all of it in memory.

    Raises:
        BadRequest: the form is broken or has too many fields.
        TooLarge: it is too large.
    """
    most = most_mb * 1024 * 1024
    chunks = kept(request, limited(request.stream(), most + _FORM_BYTES, _refusal(most_mb)))
    parser = MultiPartParser(request.headers, chunks, max_files=1, max_fields=most_fields, max_part_size=most)
    parser.spool_max_size = most + _FORM_BYTES  # beyond it a file would go to disk
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise BadRequest(f"the form cannot be read: {error.message}") from error


async def upload_of(form: FormData, *, tables: bool = False) -> Upload | None:
    """Return the document in a form: the file `file`, else the text `text`; None when both are empty.

    A file may be a table where `tables` are taken.

    Raises:
        UnsupportedMedia: the type of the file is unknown.
    """
    file, text = form.get("file"), form.get("text")
    profiles = tuple(name for name in form.getlist("profile") if isinstance(name, str) and name)
    if isinstance(file, UploadFile) and file.filename:
        data, source = await file.read(), PurePath(file.filename.replace("\\", "/")).name
        declared = (file.content_type or "").partition(";")[0].strip().lower()
        kinds = {**KINDS, **TABLES} if tables else KINDS
        media_type = kinds.get(source.lower().rpartition(".")[2]) or declared
        if media_type not in (*MEDIA_TYPES, *kinds.values()):
            raise UnsupportedMedia(f"the name of a document ends in one of {', '.join(kinds)}, got {source[:100]!r}")
        return Upload(data, media_type, source, profiles)
    if isinstance(text, str) and text.strip():
        return Upload(text.encode(), media_type_of(text), "", profiles)
    return None


def _refusal(most_mb: int) -> str:
    return f"a document may have {most_mb} MiB at most"


def _nothing() -> NoReturn:
    raise BadRequest("the form holds no document: send it as `file` or `text`")


def media_type_of(text: str) -> str:
    """Return what a pasted text looks like: JSON-LD, RDF/XML or, for everything else, TriG, which Turtle is part of."""
    if _JSON.match(text):
        return JSON
    return RDF_XML if _XML.match(text) else TRIG

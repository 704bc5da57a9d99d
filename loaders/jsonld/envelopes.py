"""Takes JSON-LD documents out of their envelopes, ready for the parser: whole in memory, so with a limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..document_kinds import kind_of_json
from ..report import SourceError
from ..sources import Member
from .contexts import inline_contexts

_EDC_CONTEXTS = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]


def read_documents(
    member: Member, contexts: Mapping[str, Any], max_mb: int, told_kind: Callable[[str], None] = lambda says: None
) -> Iterator[bytes]:
    """Yield the JSON-LD documents of a file, contexts in place; the items of a top-level list one by one.

    Taken out of their envelopes: `{"credential": …}` (upload form) and `{"payload": "…"}` (sealed). `told_kind` hears
    of documents of other models than ours.

    Raises:
        SourceError: too large, not UTF-8, not JSON (with the line), or a context that is not on disk.
    """
    document = _unwrap(_parse(_read(member, max_mb), member), member)
    for item in document if isinstance(document, list) else [document]:
        if not isinstance(item, dict):
            raise SourceError(
                f"a JSON-LD document is an object or a list of objects, got {str(item)[:50]}", member.name
            )
        if kind := kind_of_json(item):
            told_kind(kind)
        try:
            yield json.dumps(inline_contexts(item, contexts, member.name)).encode()
        except RecursionError as error:
            raise SourceError("the document is nested too deeply", member.name) from error


def _read(member: Member, max_mb: int) -> bytes:
    limit = max_mb * 1024 * 1024
    message = f"a JSON document may have {max_mb} MiB at most, since it is read whole"
    if member.size is not None and member.size > limit:
        raise SourceError(message, member.name)
    with member.open() as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise SourceError(message, member.name)
    return data


def _parse(data: bytes, member: Member) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"byte 0x{data[error.start]:02x} is not UTF-8", member.name, line) from error
    except json.JSONDecodeError as error:
        raise SourceError(f"not JSON: {error.msg}, column {error.colno}", member.name, error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"not usable JSON: {error}", member.name) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _unwrap(document: Any, member: Member) -> Any:
    if isinstance(document, dict) and isinstance(document.get("payload"), str) and "@context" not in document:
        document = _parse(document["payload"].encode("utf-8", "surrogatepass"), member)
    if isinstance(document, dict) and isinstance(document.get("credential"), dict) and "@context" not in document:
        document = {"@context": _EDC_CONTEXTS, **document["credential"]}
    return document

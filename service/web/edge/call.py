"""What every operation shares: the release that answers, pages with their links, and descriptions by negotiation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from ...catalogue.catalogue import Catalogue
from ...catalogue.records import Kind, Page
from ...errors import Gone, NotFound
from ...rdf.results import GRAPH_TYPES
from ...rdf.statements import Triple
from ...releases.readers import Reader
from ...releases.tombstones import tombstones
from ...store.statement_store import StatementStore
from ...work_store.record_nodes import record_tag
from ..models.addresses import raw_path
from ..models.convert import Converter, page_model
from ..models.models import PageModel
from ..models.parameters import label_choice
from .caching import cache_headers, conditional
from .openapi import Responses
from .release_choice import as_files, reader_of, release_headers
from .services import services_of
from .written import JSON, addresses_of, choose_media_type, written

Record = TypeVar("Record")
Model = TypeVar("Model")


PROBLEMS: Responses = {
    code: {"description": text}
    for code, text in {
        404: "Nothing is known under this name",
        410: "It was here, and a later release no longer has it",
        406: "None of the media types asked for is offered",
        422: "A value is not valid",
        503: "Nothing is published yet, or the store does not answer",
    }.items()
}
"""The refusals that operations document; each is a problem document."""


class Call:
    """One request against one release."""

    def __init__(self, request: Request, reader: Reader, lang: str | None) -> None:
        self.request = request
        self.reader = reader
        self.addresses = addresses_of(request)
        self.labels = label_choice(request, lang)
        self.convert = Converter(self.addresses, self.labels)

    @property
    def catalogue(self) -> Catalogue:
        """Return the catalogue of the release."""
        return self.reader.catalogue

    def iri(self, kind: Kind, key: str) -> str:
        """Return the IRI of a thing of a kind that the release knows.

        Raises:
            NotFound: there is no such thing, or it is of another kind.
            Gone: an earlier release had it.
        """
        iri = self.addresses.iri_from_key(kind, key)
        item = self.catalogue.item(iri)
        if item is None:
            self._refuse_gone(iri)
        if item is None or item.kind != kind:
            raise NotFound(f"no {kind} is known as {iri}")
        return iri

    def describe(self, iri: str) -> Sequence[Triple]:
        """Return what is said of a thing.

        Raises:
            NotFound: it is not the subject of any statement.
            Gone: an earlier release had it.
        """
        try:
            return self.catalogue.describe(iri)
        except NotFound:
            self._refuse_gone(iri)
            raise

    def state(self, record: str) -> str:
        """Return the state of a micro-credential in the release; empty for other things, and without its files."""
        files = self.files
        return record_tag(files.store, record) if files and isinstance(files.store, StatementStore) else ""

    @property
    def files(self) -> Reader | None:
        """Return the release from its files; see `as_files`."""
        return as_files(self.request, self.reader)

    def _refuse_gone(self, iri: str) -> None:
        files = self.files
        tombstone = tombstones(files.path).get(iri) if files and files.path else None
        if tombstone is not None:
            raise Gone(f"the {tombstone.kind} {iri} was removed in release {tombstone.release}, {tombstone.removed}")

    def json(self, model: BaseModel, headers: Mapping[str, str] | None = None) -> Response:
        """Return a model as JSON."""
        found = Response(
            model.model_dump_json(exclude_none=False).encode(), media_type=JSON, headers=dict(headers or {})
        )
        if self.labels.language:
            found.headers["Content-Language"] = self.labels.language
        return found

    def page(self, page: Page[Record], convert: Callable[[Record], Model]) -> Response:
        """Return a page as JSON, with links to the pages around it."""
        return self.json(page_model(page, convert), page_links(self.request, page))

    def description(self, iri: str, format_name: str | None) -> Response:
        """Return everything said of a thing: JSON (framed JSON-LD) first, or any RDF format.

        Raises:
            NotFound: nothing is said of it.
            NotAcceptable: the format is not offered.
        """
        media_type = choose_media_type(self.request, format_name, (JSON, *GRAPH_TYPES))
        return written(self.request, iri, self.describe(iri), media_type)


def respond(
    request: Request,
    produce: Callable[[Call], Response],
    lang: str | None = None,
    version: str = "",
    state: Callable[[Call], str] = lambda call: "",
) -> Response:
    """Answer from the release asked for or the serving one; a client that has the answer gets 304 and nothing runs.

    `version` tells one way of writing the same data from another, such as changed templates. `state` gives what a write
    can name the record by, which is the same in every representation; it becomes the start of the entity tag.
    """
    reader = reader_of(request)
    tag = reader.tag and reader.tag + version
    answer = conditional(request, tag)
    if answer is None:
        call = Call(request, reader, lang)
        answer = produce(call)
        if answer.status_code == 200:
            answer.headers.update(cache_headers(request, tag))
            if "etag" in answer.headers and (found := state(call)):
                answer.headers["ETag"] = f'"{found}.{answer.headers["etag"][1:]}'
    if answer.status_code in (200, 304):
        answer.headers.update(release_headers(request, reader))
    return answer


async def look_up(request: Request, produce: Callable[[Call], Response], lang: str | None = None) -> Response:
    """Answer as `respond` does, in the event loop: for small answers, read from an open release within a millisecond.

    A thread takes as long as such an answer, and several at once longer still, waiting for one interpreter. What must
    be opened first, or asked of a remote engine, still gets a thread.
    """
    if "release" not in request.query_params and services_of(request).readers.serving_tag():
        return respond(request, produce, lang)
    return await run_in_threadpool(respond, request, produce, lang)


def describe(request: Request, kind: Kind, key: str, format_name: str | None) -> Response:
    """Answer with everything said of one thing of a kind."""
    return respond(
        request,
        lambda call: call.description(call.iri(kind, key), format_name),
        state=lambda call: call.state(call.addresses.iri_from_key(kind, key)),
    )


def page_links(request: Request, page: Page[Any] | PageModel[Any]) -> dict[str, str]:
    """Return the `Link` header to the first, previous, next and last page (RFC 8288)."""
    last = max(0, (page.total - 1) // page.limit * page.limit)
    offsets = {"first": 0}
    if page.offset > 0:
        offsets["prev"] = max(0, page.offset - page.limit)
    if page.offset + page.limit < page.total:
        offsets["next"] = page.offset + page.limit
    offsets["last"] = last
    base = addresses_of(request).path(raw_path(request.scope))
    others = [(k, v) for k, v in request.query_params.multi_items() if k not in ("limit", "offset")]
    links = [
        f'<{base}?{urlencode([*others, ("limit", page.limit), ("offset", offset)])}>; rel="{name}"'
        for name, offset in offsets.items()
    ]
    return {"Link": ", ".join(links)}

"""What every operation over a release shares: the release that answers, what it says of a thing, and its tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from ...catalogue.catalogue import Catalogue
from ...catalogue.records import Kind
from ...errors import Gone, NotFound
from ...rdf.namespaces import DCTERMS, ESCO_THINGS, ISO_THES
from ...rdf.statements import Triple
from ...releases.readers import Reader
from ...releases.tombstones import tombstones
from ...store.statement_store import StatementStore
from ...work_store.record_nodes import record_tag
from .caching import cache_headers, conditional
from .openapi import Responses
from .release_choice import as_files, reader_of, release_headers
from .services import services_of
from .written import addresses_of

PROBLEMS: Responses = {
    code: {"description": text}
    for code, text in {
        304: "The client has the answer already",
        404: "Not found",
        410: "It was here, and a later release no longer has it",
        406: "None of the media types asked for is offered",
        422: "A value is not valid",
        503: "Nothing is published yet, or the store does not answer",
    }.items()
}
"""What operations that read document beside their answer; each refusal is a problem document."""


class Call:
    """One request against one release."""

    def __init__(self, request: Request, reader: Reader) -> None:
        self.request = request
        self.reader = reader
        self.addresses = addresses_of(request)

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
        # What is listed with gaps has the addresses of a micro-credential, and says there that it is none.
        if item is None or (item.kind, kind) not in ((kind, kind), ("listed", "credential")):
            raise NotFound(f"no {kind} is known as {iri}")
        return iri

    def described(self, kind: Kind, key: str) -> str:
        """Return the IRI of a thing of a kind, or of an ESCO concept that was one and is marked as withdrawn.

        Raises:
            NotFound: there is no such thing, or it is of another kind.
            Gone: an earlier release had it.
        """
        try:
            return self.iri(kind, key)
        except NotFound:
            iri = self.addresses.iri_from_key(kind, key)
            if kind not in ("skill", "occupation") or not self._is_withdrawn(iri):
                raise
            return iri

    def _is_withdrawn(self, iri: str) -> bool:
        try:
            said = {triple.predicate for triple in self.catalogue.describe(iri) if triple.subject.value == iri}
        except NotFound:
            return False
        return iri.startswith(ESCO_THINGS) and not said.isdisjoint((DCTERMS + "isReplacedBy", ISO_THES + "status"))

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
            if tombstone.redacted:
                raise Gone(f"the {tombstone.kind} {iri} was taken out for good, {tombstone.removed}")
            instead = f"; {', '.join(tombstone.replaced_by)} replaces it" if tombstone.replaced_by else ""
            raise Gone(
                f"the {tombstone.kind} {iri} was removed in release {tombstone.release}, {tombstone.removed}{instead}"
            )


def respond(
    request: Request,
    produce: Callable[[Call], Response],
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
        call = Call(request, reader)
        answer = produce(call)
        if answer.status_code == 200:
            answer.headers.update(cache_headers(request, tag))
            if "etag" in answer.headers and (found := state(call)):
                answer.headers["ETag"] = f'"{found}.{answer.headers["etag"][1:]}'
    if answer.status_code in (200, 304):
        answer.headers.update(release_headers(request, reader))
    return answer


async def look_up(request: Request, produce: Callable[[Call], Response]) -> Response:
    """Answer as `respond` does, in the event loop: for small answers, read from an open release within a millisecond.

    A thread takes as long as such an answer, and several at once longer still, waiting for one interpreter. What must
    be opened first, or asked of a remote engine, still gets a thread.
    """
    if "release" not in request.query_params and services_of(request).readers.serving_tag():
        return respond(request, produce)
    return await run_in_threadpool(respond, request, produce)

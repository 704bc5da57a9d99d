"""How the API answers a call: models as JSON with labels in the language asked for, pages with links, descriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel

from ...catalogue.records import Kind, Page
from ...rdf.media_types import JSON
from ...rdf.results import GRAPH_TYPES
from ..edge.call import Call, respond
from ..edge.openapi import as_record
from ..edge.written import choose_media_type, written
from ..models.addresses import raw_path
from ..models.convert import Converter, page_model
from ..models.parameters import label_choice

IN_RECORD = as_record(JSON, *GRAPH_TYPES)
"""Documents what `describe` answers with."""

Record = TypeVar("Record")
Model = TypeVar("Model")


class JsonAnswer:
    """The way from what a release says to JSON, for one call and the language of its labels."""

    def __init__(self, call: Call, lang: str | None) -> None:
        self.call = call
        self.labels = label_choice(call.request, lang)
        self.convert = Converter(call.addresses, self.labels)

    def model(self, model: BaseModel, headers: Mapping[str, str] | None = None) -> Response:
        """Return a model as JSON."""
        found = Response(
            model.model_dump_json(exclude_none=False).encode(), media_type=JSON, headers=dict(headers or {})
        )
        if self.labels.language:
            found.headers["Content-Language"] = self.labels.language
        return found

    def page(self, page: Page[Record], convert: Callable[[Record], Model]) -> Response:
        """Return a page as JSON, with links to the pages around it."""
        return self.model(page_model(page, convert), page_links(self.call, page))


def describe(request: Request, kind: Kind, key: str, format_name: str | None) -> Response:
    """Answer with everything said of one thing of a kind: JSON (framed JSON-LD) first, or any RDF format.

    Raises:
        NotFound: nothing is said of it.
        NotAcceptable: the format is not offered.
    """

    def produce(call: Call) -> Response:
        iri = call.described(kind, key)
        media_type = choose_media_type(request, format_name, (JSON, *GRAPH_TYPES))
        return written(request, iri, call.describe(iri), media_type)

    return respond(request, produce, state=lambda call: call.state(call.addresses.iri_from_key(kind, key)))


def page_links(call: Call, page: Page[Record]) -> dict[str, str]:
    """Return the `Link` header to the first, previous, next and last page (RFC 8288), all of the release that answers.

    Before a page beyond the end is the last one that has something.
    """
    last = max(0, (page.total - 1) // page.limit * page.limit)
    offsets = {"first": 0}
    if page.offset > 0:
        offsets["prev"] = min(max(0, page.offset - page.limit), last)
    if page.offset + page.limit < page.total:
        offsets["next"] = page.offset + page.limit
    offsets["last"] = last
    links = [f'<{page_address(call, page.limit, offset)}>; rel="{name}"' for name, offset in offsets.items()]
    return {"Link": ", ".join(links)}


def page_address(call: Call, limit: int, offset: int) -> str:
    """Return where another page of the list that is asked for stands; pages never mix releases."""
    own = ("limit", "offset", "release")
    pairs = [pair for pair in call.request.query_params.multi_items() if pair[0] not in own]
    number = call.reader.number
    pairs += [("limit", str(limit)), ("offset", str(offset)), *([("release", str(number))] if number else [])]
    return f"{call.addresses.path(raw_path(call.request.scope))}?{urlencode(pairs)}"

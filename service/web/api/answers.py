"""How the API answers a call: models as JSON with labels in the language asked for, pages with links, descriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from ...catalogue.records import Kind, Page
from ...errors import NotAcceptable
from ...rdf.media_types import CSV, JSON
from ...rdf.results import GRAPH_TYPES
from ..edge.call import Call, respond
from ..edge.openapi import in_formats
from ..edge.written import choose_media_type, written
from ..models.addresses import raw_path
from ..models.convert import Converter, page_model
from ..models.csv_rows import csv_chunks
from ..models.parameters import MAX_LIMIT, LabelChoice, label_choice

Record = TypeVar("Record")
Model = TypeVar("Model")
Row = TypeVar("Row", bound=BaseModel)
IN_CSV = in_formats(CSV)
"""Documents that a list comes as CSV too."""


class JsonAnswer:
    """The way from what a release says to JSON, for one call and the language of its labels."""

    def __init__(self, call: Call, lang: str | None) -> None:
        self._call = call
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
        return self.model(page_model(page, convert), page_links(self._call, page))

    def listed(
        self,
        format_name: str | None,
        fetch: Callable[[int, int], Page[Record]],
        convert: Callable[[Converter, Record], Row],
        row: type[Row],
        limit: int,
        offset: int,
    ) -> Response:
        """Return a list as a page of JSON, or as CSV to whoever prefers that: all of it unless a limit was sent.

        `fetch` gives a page from limit and offset, `row` is what `convert` makes of a record.

        Raises:
            NotAcceptable: `format=` names something else.
        """
        if self.wants_csv(format_name):
            return self.as_csv(fetch, convert, row, limit, offset)
        return self.page(fetch(limit, offset), lambda record: convert(self.convert, record))

    def as_csv(
        self,
        fetch: Callable[[int, int], Page[Record]],
        convert: Callable[[Converter, Record], Row],
        row: type[Row],
        limit: int,
        offset: int,
    ) -> Response:
        """Return a list as CSV, sent while it is read; see `listed`."""
        labels = LabelChoice(self.labels.order)
        converter = Converter(self._call.addresses, labels)
        most = limit if "limit" in self._call.request.query_params else None
        records = (convert(converter, record) for record in _every(fetch, offset, most))
        headers = {"Content-Type": f"{CSV}; charset=utf-8; header=present", "Content-Language": self.labels.order}
        return StreamingResponse(csv_chunks(row, records), headers=headers)

    def wants_csv(self, format_name: str | None) -> bool:
        """Tell whether CSV is asked for.

        Raises:
            NotAcceptable: `format=` names what is neither JSON nor CSV.
        """
        request = self._call.request
        if format_name:
            return choose_media_type(request, format_name, (JSON, CSV)) == CSV
        try:
            return choose_media_type(request, None, (JSON, CSV)) == CSV
        except NotAcceptable:  # lists were JSON whatever was accepted, and stay so
            return False


def _every(fetch: Callable[[int, int], Page[Record]], offset: int, most: int | None) -> Iterator[Record]:
    """Yield the records of a list, read page by page of one release."""
    left = most
    while left is None or left > 0:
        size = MAX_LIMIT if left is None else min(left, MAX_LIMIT)
        page = fetch(size, offset)
        yield from page.items
        offset += size
        if offset >= page.total:
            return
        left = None if left is None else left - size


def describe(request: Request, kind: Kind, key: str, format_name: str | None) -> Response:
    """Answer with everything said of one thing of a kind: JSON (framed JSON-LD) first, or any RDF format.

    Raises:
        NotFound: nothing is said of it.
        NotAcceptable: the format is not offered.
    """

    def produce(call: Call) -> Response:
        iri = call.iri(kind, key)
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

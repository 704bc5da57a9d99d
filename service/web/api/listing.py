"""How the API answers with a list: a page of JSON with links, or CSV to whoever prefers that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from ...catalogue.records import Page
from ...errors import NotAcceptable
from ...rdf.media_types import CSV, JSON
from ..edge.call import Call, respond
from ..edge.openapi import in_formats
from ..edge.written import choose_media_type
from ..models.convert import Converter, page_model
from ..models.csv_rows import csv_chunks
from ..models.parameters import MAX_LIMIT, LabelChoice, Lang, Limit, ListFormat, Offset
from .answers import JsonAnswer, page_links

Record = TypeVar("Record")
Row = TypeVar("Row", bound=BaseModel)
IN_CSV = in_formats(CSV)
"""Documents that a list comes as CSV too."""


class Pages(Protocol[Record]):
    """Reads any page of one list."""

    def __call__(self, *, limit: int, offset: int) -> Page[Record]:
        """Return a page."""
        ...


class _Listing:
    """What a caller asks of a list, whichever it is: the language of labels, a page, a format."""

    def __init__(self, request: Request, lang: str | None, limit: int, offset: int, format_name: str | None) -> None:
        self._request = request
        self._lang = lang
        self._limit = limit
        self._offset = offset
        self._format_name = format_name

    def answer(
        self,
        pages: Callable[[Call, str], Pages[Record]],
        convert: Callable[[Converter, Record], Row],
        row: type[Row],
        whole: Callable[[JsonAnswer, Page[Record]], BaseModel] | None = None,
    ) -> Response:
        """Return a list as a page of JSON, or as CSV to whoever prefers that: all of it unless a limit was sent.

        `pages` finds the list in a release, for a language to order it by; `row` is what `convert` makes of a record;
        `whole` makes the JSON of a list that has more in it than its records.

        Raises:
            NotAcceptable: `format=` names something else.
            NotFound: what the list belongs to does not exist.
        """

        def produce(call: Call) -> Response:
            answer = JsonAnswer(call, self._lang)
            fetch = pages(call, answer.labels.order)
            if self._wants_csv():
                return self._csv(call, fetch, convert, row, answer.labels.order)
            page = fetch(limit=self._limit, offset=self._offset)
            model = whole(answer, page) if whole else page_model(page, lambda record: convert(answer.convert, record))
            return answer.model(model, page_links(call, page))

        return respond(self._request, produce)

    def _csv(
        self,
        call: Call,
        fetch: Pages[Record],
        convert: Callable[[Converter, Record], Row],
        row: type[Row],
        language: str,
    ) -> Response:
        """Return a list as CSV, sent while it is read."""
        converter = Converter(call.addresses, LabelChoice(language))
        most = self._limit if "limit" in self._request.query_params else None
        records = (convert(converter, record) for record in _every(fetch, self._offset, most))
        headers = {"Content-Type": f"{CSV}; charset=utf-8; header=present", "Content-Language": language}
        return StreamingResponse(csv_chunks(row, records), headers=headers)

    def _wants_csv(self) -> bool:
        if self._format_name:
            return choose_media_type(self._request, self._format_name, (JSON, CSV)) == CSV
        try:
            return choose_media_type(self._request, None, (JSON, CSV)) == CSV
        except NotAcceptable:  # lists were JSON whatever was accepted, and stay so
            return False


def _every(fetch: Pages[Record], offset: int, most: int | None) -> Iterator[Record]:
    """Yield the records of a list, read page by page of one release."""
    left = most
    while left is None or left > 0:
        size = MAX_LIMIT if left is None else min(left, MAX_LIMIT)
        page = fetch(limit=size, offset=offset)
        yield from page.items
        offset += size
        if offset >= page.total:
            return
        left = None if left is None else left - size


async def _listing(
    request: Request, lang: Lang = None, limit: Limit = 20, offset: Offset = 0, format_name: ListFormat = None
) -> _Listing:
    return _Listing(request, lang, limit, offset, format_name)


Listing = Annotated[_Listing, Depends(_listing)]
"""Declares the parameters that every list takes."""

"""The query editor: a plain form, our named queries as examples, a script that makes it quicker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import Request, Response

from ..binding import bind
from ..queries import NamedQuery
from .render import Page, html, preferred_language

_OPENED_FIRST = "occupation-credentials"


class Example(NamedTuple):
    """A named query with the values of its example filled in."""

    name: str
    summary: str
    description: str
    text: str


def sparql_editor(request: Request) -> Response:
    """Return the editor page; `?example=` opens a named query in it and `?query=` any text."""
    page = Page(request, preferred_language(request))
    found = examples(request.app.state.queries)
    chosen = request.query_params.get("example", "")
    by_name = {example.name: example for example in found}
    opened = by_name.get(chosen) or by_name.get(_OPENED_FIRST)
    given = request.query_params.get("query")
    values = {
        "examples": found,
        "chosen": opened.name if opened and given is None else "",
        "query": given if given is not None else opened.text if opened else "",
    }
    return html(page, "sparql.html", values)


def examples(queries: Mapping[str, NamedQuery]) -> list[Example]:
    """Return the named queries ready to run, by summary."""
    found = [
        Example(query.name, query.summary, query.description, bind(query, query.example).strip() + "\n")
        for query in queries.values()
    ]
    return sorted(found, key=lambda example: example.summary)

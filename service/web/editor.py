"""The query editor: a plain form, our named queries as examples, a script that makes it quicker."""

from __future__ import annotations

from fastapi import Request, Response

from ..examples import examples
from .render import Page, html, preferred_language

_OPENED_FIRST = "occupation-credentials"


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

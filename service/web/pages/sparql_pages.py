"""The pages of the SPARQL endpoint: the editor, and the answer to a query."""

from __future__ import annotations

import json

from fastapi import Request, Response

from ...sparql.examples import examples
from ..edge.services import basics_of
from ..models.languages import preferred_language
from .render import HtmlPage, html

_OPENED_FIRST = "occupation-credentials"


def sparql_editor(request: Request) -> Response:
    """Return the editor page; `?example=` opens a named query in it and `?query=` any text."""
    page = HtmlPage(request, preferred_language(request))
    found = examples(basics_of(request).queries)
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


def sparql_result(request: Request, query: str, data: bytes, media_type: str, *, count: int, cut: bool) -> Response:
    """Return the page of an answer given as SPARQL results in JSON, or as text in an RDF format.

    `count` is how many rows there are and `cut` whether more were left out.
    """
    page = HtmlPage(request, preferred_language(request))
    found = json.loads(data) if media_type.endswith("json") else None
    values = {
        "examples": examples(basics_of(request).queries),
        "chosen": "",
        "query": query,
        "text": data.decode() if found is None else None,
        "answer": found.get("boolean") if found else None,
        "names": found["head"].get("vars", []) if found else [],
        "rows": found.get("results", {}).get("bindings", []) if found else [],
        "count": count,
        "truncated": cut,
        "notes": found["head"].get("notes", [])[int(cut) :] if found else [],  # that it is cut the page says itself
    }
    return html(page, "sparql_result.html", values)

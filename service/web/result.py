"""The answer to a query as a page: the editor with a table below it, for those who run no script."""

from __future__ import annotations

import json

from fastapi import Request, Response

from ..examples import examples
from .render import Page, html, preferred_language


def sparql_result(request: Request, query: str, data: bytes, media_type: str, *, count: int, cut: bool) -> Response:
    """Return the page of an answer given as SPARQL results in JSON, or as text in an RDF format.

    `count` is how many rows there are and `cut` whether more were left out.
    """
    page = Page(request, preferred_language(request))
    found = json.loads(data) if media_type.endswith("json") else None
    values = {
        "examples": examples(request.app.state.queries),
        "chosen": "",
        "query": query,
        "text": data.decode() if found is None else None,
        "answer": found.get("boolean") if found else None,
        "names": found["head"].get("vars", []) if found else [],
        "rows": found.get("results", {}).get("bindings", []) if found else [],
        "count": count,
        "truncated": cut,
    }
    return html(page, "sparql_result.html", values)

"""Serves the example queries: data for other editors, the query itself, or our editor for people."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from ...errors import NotFound
from ...rdf.media_types import HTML, JSON
from ...rdf.media_types import SPARQL_QUERY as QUERY
from ...rdf.results import GRAPH_TYPES
from ...sparql.examples import Example, example_triples, examples
from ..edge.caching import cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.openapi import as_record
from ..edge.services import QueriesDep, basics_of
from ..edge.written import addresses_of, choose_media_type, written
from ..models.languages import TAKES_LANGUAGE
from ..models.parameters import Format, refuse_repeated, refuse_unknown

router = APIRouter(
    tags=["queries"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)]
)


@router.get(
    "/queries",
    response_class=Response,
    responses=as_record(*GRAPH_TYPES, JSON),
    dependencies=[TAKES_LANGUAGE],
    summary="Read the example queries as data",
)
def list_examples(request: Request, queries: QueriesDep, format_name: Format = None) -> Response:
    """Answer with every named query, the values of its example filled in, as `sh:SPARQLExecutable`.

    Other editors show these as examples; people are led to ours.
    """
    return _answer(request, "", format_name, examples(queries))


@router.get(
    "/queries/{name}",
    response_class=Response,
    responses=as_record(*GRAPH_TYPES, JSON, QUERY),
    dependencies=[TAKES_LANGUAGE],
    summary="Read one example query",
)
def read_example(
    request: Request,
    queries: QueriesDep,
    name: Annotated[str, Path(description="Name of a query.", examples=["statistics"])],
    format_name: Format = None,
) -> Response:
    """Answer with one example as data, or as the query itself for `application/sparql-query`."""
    return _answer(request, f"/{name}", format_name, [e for e in examples(queries) if e.name == name])


def _answer(request: Request, path: str, format_name: str | None, found: list[Example]) -> Response:
    settings = basics_of(request).settings
    if not found:
        raise NotFound(f"no query is named {path[1:101]!r}; GET /queries lists them")
    tag = hashlib.sha256(repr(found).encode()).hexdigest()
    known = conditional(request, tag)
    if known is not None:
        return known
    offered = (*GRAPH_TYPES, JSON, *([QUERY] if path else []), HTML)
    media_type = choose_media_type(request, format_name, offered)
    headers = cache_headers(request, tag)
    if media_type == HTML:
        editor = addresses_of(request).path("/sparql") + (f"?example={found[0].name}" if path else "")
        return RedirectResponse(editor, 303, {"Vary": headers["Vary"]})
    if media_type == QUERY:
        return Response(found[0].text, headers={**headers, "Content-Type": QUERY})
    triples = example_triples(settings.base_url, found)
    answer = written(request, f"{settings.base_url}/queries{path}", triples, media_type)
    answer.headers.update(headers)
    return answer

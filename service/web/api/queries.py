"""The REST resource of named queries: the list, and the answer to each in every result and RDF format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from ...errors import NotFound
from ...negotiation import content_type
from ...rdf.media_types import JSON as PLAIN_JSON
from ...rdf.results import ASK_TYPES, GRAPH_TYPES, SELECT_TYPES, boolean_text, solution_chunks
from ...rdf.statements import Solutions
from ...sparql.named_queries import NamedQuery
from ..edge.call import PROBLEMS, Call, respond
from ..edge.openapi import Responses, in_formats
from ..edge.release_choice import TAKES_RELEASE
from ..edge.services import QueriesDep
from ..edge.written import addresses_of, choose_media_type, graph_bytes
from ..models.convert import Converter
from ..models.models import QueriesModel, QueryModel
from ..models.parameters import LabelChoice, ResultFormat
from ..models.sparql_models import RESULTS_SCHEMA
from ..models.whole_numbers import Whole
from .answers import page_address

Name = Annotated[str, Path(description="Name of a query.", examples=["statistics"])]

router = APIRouter(prefix="/queries", tags=["queries"], responses=PROBLEMS)

_TYPES = {"SELECT": SELECT_TYPES, "ASK": ASK_TYPES, "CONSTRUCT": GRAPH_TYPES}
_BESIDE_JSON = [name for name in (*SELECT_TYPES, *GRAPH_TYPES) if name != PLAIN_JSON]
_ANSWERS: Responses = {
    200: {
        "description": "Rows, a yes or no, or triples",
        "content": {**in_formats(*_BESIDE_JSON)[200]["content"], PLAIN_JSON: {"schema": RESULTS_SCHEMA}},
    }
}
_MOST_ROWS = 10_000
_RESERVED = ("limit", "offset", "format", "release")
"""Names that stand for the page, the format and the release here; a named query may not use them."""


@router.get("", response_model=QueriesModel, summary="List the named queries")
def list_queries(request: Request, queries: QueriesDep) -> QueriesModel:
    """Answer with every named query: what it asks, takes and answers, an example, and its SPARQL text."""
    convert = Converter(addresses_of(request), LabelChoice(None))
    return QueriesModel(items=[convert.query(query) for query in queries.values()])


@router.get("/{name}/about", response_model=QueryModel, summary="Describe a named query")
def describe_query(request: Request, name: Name, queries: QueriesDep) -> QueryModel:
    """Answer with what one query asks and takes."""
    return Converter(addresses_of(request), LabelChoice(None)).query(_query(queries, name))


@router.get(
    "/{name}", response_class=Response, responses=_ANSWERS,
    dependencies=[TAKES_RELEASE], summary="Run a named query",
)  # fmt: skip
def run_query(
    request: Request,
    name: Name,
    queries: QueriesDep,
    limit: Annotated[Whole | None, Query(ge=1, le=_MOST_ROWS, description="Most rows, for a query with pages.")] = None,
    offset: Annotated[Whole, Query(ge=0, le=2**31 - 1, description="Rows to leave out.")] = 0,
    format_name: ResultFormat = None,
) -> Response:
    """Answer with the rows or triples of the query. Its own parameters stand beside these, repeated for many values.

    A full page names the next one in its `Link` header. `GET /api/v1/queries` lists the queries;
    `/api/v1/queries/skill-credentials?skill=<IRI>` is an example.
    """
    query = _query(queries, name)

    def produce(call: Call) -> Response:
        arguments: dict[str, list[str]] = {}
        for key, value in request.query_params.multi_items():
            if key not in _RESERVED:
                arguments.setdefault(key, []).append(value)
        media_type = choose_media_type(request, format_name, _TYPES[query.form])
        most = limit or (_MOST_ROWS if query.paging else None)
        answer = call.catalogue.run(name, arguments, limit=most, offset=offset)
        headers = {"Content-Type": content_type(media_type)}
        if isinstance(answer, Solutions):
            body = b"".join(solution_chunks(answer.variables, answer.rows, media_type))
            if most is not None and len(answer.rows) == most:
                headers["Link"] = f'<{page_address(call, most, offset + most)}>; rel="next"'
        elif isinstance(answer, bool):
            body = boolean_text(answer, media_type)
        else:
            body = graph_bytes(answer, media_type)
        return Response(body, headers=headers)

    return respond(request, produce)


def _query(queries: Mapping[str, NamedQuery], name: str) -> NamedQuery:
    query = queries.get(name)
    if query is None:
        raise NotFound(f"no query is named {name[:100]!r}; GET /api/v1/queries lists them")
    return query

"""What the API's description says of SPARQL queries: parameters and bodies that the protocol reads for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...negotiation import FORMATS
from ...rdf.media_types import FORM, HTML, JSON, RESULTS_JSON
from ...rdf.media_types import SPARQL_QUERY as QUERY
from ...rdf.results import GRAPH_TYPES, SELECT_TYPES

_EXAMPLE = "SELECT ?credential ?title WHERE {\n  ?credential <http://purl.org/dc/terms/title> ?title\n}\nLIMIT 5"
_GRAPHS = (
    "IRI of a graph; may be repeated. Both parameters together replace FROM and FROM NAMED; an unknown graph is empty."
)


def _parameter(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": dict(schema)}


_IRIS = {"type": "array", "items": {"type": "string", "format": "iri"}}
_OPTIONS = [
    _parameter("default-graph-uri", _GRAPHS, _IRIS),
    _parameter("named-graph-uri", _GRAPHS, _IRIS),
    _parameter("format", f"Wins over Accept: {', '.join(FORMATS)}.", {"type": "string"}),
    _parameter(
        "timeout", "Time limit in seconds; it may lower the limit of the service, not raise it.", {"type": "number"}
    ),
]
_QUERY = _parameter("query", "A SELECT, ASK, CONSTRUCT or DESCRIBE query.", {"type": "string", "examples": [_EXAMPLE]})
RESULTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Results",
    "description": "SPARQL 1.1 Query Results JSON Format.",
    "required": ["head"],
    "properties": {
        "head": {"type": "object", "properties": {"vars": {"type": "array", "items": {"type": "string"}}}},
        "boolean": {"type": "boolean"},
        "results": {
            "type": "object",
            "required": ["bindings"],
            "properties": {
                "bindings": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "object",
                            "required": ["type", "value"],
                            "properties": {
                                name: {"type": "string"} for name in ("type", "value", "xml:lang", "datatype")
                            },
                        },
                    },
                }
            },
        },
    },
}
"""Rows, or a yes or no, as JSON."""
_ANSWER = {
    "description": "The whole answer. `X-Pinoamo-Truncated: rows=n` says that only the first n rows are in it.",
    "headers": {"X-Pinoamo-Truncated": {"schema": {"type": "string", "examples": ["rows=100000"]}}},
    "content": {
        **{name: {"schema": {"type": "string"}} for name in (*SELECT_TYPES, *GRAPH_TYPES, HTML)},
        **{name: {"schema": RESULTS_SCHEMA} for name in (RESULTS_JSON, JSON)},
    },
}
_REFUSALS = {
    304: "The client has the answer already",
    400: "The query is malformed (with line and column), a parameter is wrong, or SERVICE calls whom it may not",
    404: "There is no such release",
    406: "None of the formats asked for can hold the answer",
    413: "The query is too long",
    422: "The number of the release is not valid",
    429: "This client asks too often: try again after Retry-After",
    502: "An endpoint called by SERVICE failed",
    503: "Too many queries wait, or this one took too much memory: try again after Retry-After",
    504: "The query met its time limit, or an endpoint called by SERVICE met its own",
}


QUERY_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: _ANSWER,
    **{code: {"description": text} for code, text in _REFUSALS.items()},
}
"""What a query is answered with, however it is sent."""

POST_REFUSALS: dict[int | str, dict[str, Any]] = {
    403: {"description": "It is an update: those are switched off"},
    415: {"description": "The body is neither of the two types"},
}
"""What is refused besides when a query is sent as a body."""

QUERY_BY_GET: dict[str, Any] = {"parameters": [_QUERY, *_OPTIONS]}
"""What a query is sent with in an address."""

QUERY_BY_POST: dict[str, Any] = {
    "parameters": _OPTIONS,
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["query"],
                    "properties": {option["name"]: option["schema"] for option in (_QUERY, *_OPTIONS)},
                }
            },
            QUERY: {"schema": {"type": "string", "examples": [_EXAMPLE]}},
        },
    },
}
"""What a query is sent with as a body."""

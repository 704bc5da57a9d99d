"""The OpenAPI document: what the framework writes, with problem documents for every error and the SPARQL protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ...negotiation import FORMATS
from ...rdf.media_types import FORM
from ...rdf.media_types import SPARQL_QUERY as QUERY
from ...rdf.namespaces import ESCO_SKILLS
from ...rdf.results import GRAPH_TYPES, SELECT_TYPES

PROBLEM = "application/problem+json"
_REF = {"$ref": "#/components/schemas/Problem"}
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
_ANSWER = {
    "description": "The whole answer. `X-Pinoamo-Truncated: rows=n` says that only the first n rows are in it.",
    "headers": {"X-Pinoamo-Truncated": {"schema": {"type": "string", "examples": ["rows=100000"]}}},
    "content": {name: {"schema": {"type": "string"}} for name in (*SELECT_TYPES, *GRAPH_TYPES, "text/html")},
}
_REFUSALS = {
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


def _responses(more: Mapping[int, str]) -> dict[str, Any]:
    return {"200": _ANSWER, **{str(code): {"description": text} for code, text in {**_REFUSALS, **more}.items()}}


SPARQL_GET: dict[str, Any] = {"parameters": [_QUERY, *_OPTIONS], "responses": _responses({})}
"""What the document says of `GET /sparql`."""

SPARQL_POST: dict[str, Any] = {
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
    "responses": _responses(
        {403: "It is an update: those are switched off", 415: "The body is neither of the two types"}
    ),
}
"""What the document says of `POST /sparql`."""

_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "An RFC 9457 problem document. `type` leads to an explanation of this kind of problem.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri"},
        "line": {"type": "integer", "description": "Where a query does not parse, from 1."},
        "column": {"type": "integer"},
        "expected": {"type": "string", "description": "What the parser would have taken there."},
        "offered": {"type": "array", "items": {"type": "string"}, "description": "Media types that exist."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
# Things of the demo, so that every example of the reference can be opened.
_EXAMPLE_KEYS = {
    "/api/v1/credentials/": "python-for-data",
    "/api/v1/skills/": "ccd0a1d9-afda-43d9-b901-96344886e14d",
    "/api/v1/occupations/": "f2b15a0e-e65a-438a-affb-29b9d50b77d1",
    "/api/v1/programmes/": "koivula-bsc-computing",
    "/api/v1/providers/": "koivula",
    "/api/v1/queries/": "statistics",
    "/queries/": "statistics",
    "/id/": "credential/python-for-data",
    "/doc/": "credential/python-for-data.ttl",
    "/resource": ESCO_SKILLS + "ccd0a1d9-afda-43d9-b901-96344886e14d",
    "/ontology/": "MicroCredential",
    "/shapes/": "eu",
    "/context/": "1.0",
}
_RELEASE = _parameter(
    "release",
    "Number of a kept release to ask instead of the one that serves; `GET /releases` lists them.",
    {"type": "integer", "minimum": 1, "examples": [1]},
)
_JSON, _HTML, _JSON_LD = "application/json", "text/html", "application/ld+json"
# What operations answer with whose answer is no model: the framework would say JSON.
_MEDIA_TYPES = {
    **dict.fromkeys(("/void", "/catalog", "/queries"), (*GRAPH_TYPES, _JSON)),
    **dict.fromkeys(("/graphs", "/graph/{name}"), GRAPH_TYPES),
    **dict.fromkeys(
        ("/doc/{path}", "/resource", "/ontology", "/ontology/{term}", "/shapes", "/shapes/{profile}"),
        (*GRAPH_TYPES, _JSON, _HTML),
    ),
    **dict.fromkeys(("/context.jsonld", "/context/{version}.jsonld"), (_JSON_LD,)),
    "/queries/{name}": (*GRAPH_TYPES, _JSON, QUERY),
    "/dumps/{number}/{name}": ("application/gzip", "text/plain"),
    "/metrics": ("text/plain",),
}
# And these have a model for JSON, and other ways to say the same.
_MORE_MEDIA_TYPES = {
    "/releases/{number}": (*GRAPH_TYPES, _HTML),
    "/releases": (_HTML,),
    "/dumps/{number}/": (_HTML,),
    "/api/v1/queries/{name}": (*SELECT_TYPES, *GRAPH_TYPES),
}
# Operations with these tags read one release.
_READING = ("credentials", "skills", "occupations", "programmes", "providers", "search", "linked data", "SPARQL")
_SECURITY_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key that `pinoamo keys create` made. Reading needs none.",
    }
}
_ALSO_READING = ("/api/v1/queries/{name}", "/api/v1/paths", "/api/v1/audits", "/graph/{name}")
_OF_NO_RELEASE = ("/.well-known/void", "/ontology", "/shapes", "/context", "/sparql/update", "/graphs")
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError", "ProblemModel")


def complete(document: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Return the document with our server, one schema for problems, and problem documents wherever errors are named."""
    document["servers"] = [{"url": urlsplit(base_url).path or "/"}]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM_SCHEMA
    document["components"]["securitySchemes"] = _SECURITY_SCHEMES
    for path, operations in document["paths"].items():
        example = next((key for start, key in _EXAMPLE_KEYS.items() if path.startswith(start)), None)
        for method, operation in operations.items():
            if method == "get":
                _name_media_types(path, operation["responses"])
            tag = (operation.get("tags") or [""])[0]
            reads = tag in _READING and method in ("get", "post") and not path.startswith(_OF_NO_RELEASE)
            if reads or path in _ALSO_READING:
                operation["parameters"] = [*operation.get("parameters", ()), _RELEASE]
            if "requestBody" in operation:
                operation["responses"].setdefault("429", {"description": _REFUSALS[429]})
            if "requestBody" in operation or path == "/graphs":
                operation["responses"].setdefault("400", {"description": "The request breaks the protocol"})
            _complete_operation(operation, base_url)
            for parameter in operation.get("parameters", ()):
                if example and (parameter["in"] == "path" or parameter["name"] == "uri"):
                    parameter["schema"]["examples"] = [example]
    return document


def _name_media_types(path: str, responses: dict[str, Any]) -> None:
    text = {"schema": {"type": "string"}}
    if path in _MEDIA_TYPES:
        responses["200"]["content"] = dict.fromkeys(_MEDIA_TYPES[path], text)
    for media_type in _MORE_MEDIA_TYPES.get(path, ()):
        responses["200"]["content"].setdefault(media_type, text)


def _complete_operation(operation: dict[str, Any], base_url: str) -> None:
    responses = operation["responses"]
    for code, response in responses.items():
        if code.isdigit() and int(code) >= 400:
            response["content"] = _problem_content(int(code), response["description"], base_url)
    responses["default"] = {
        "description": "Any other refusal or fault",
        "content": _problem_content(500, "The service has a fault", base_url),
    }


def _problem_content(status: int, title: str, base_url: str) -> dict[str, Any]:
    example = {"type": f"{base_url}/problems/{_SLUGS.get(status, 'internal')}", "title": title, "status": status}
    return {PROBLEM: {"schema": _REF, "example": example}}


_SLUGS = {
    400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 406: "not-acceptable", 410: "gone",
    412: "precondition-failed", 413: "too-large",
    415: "unsupported-media-type", 422: "invalid-request", 429: "too-many-requests", 502: "service-failed",
    503: "store-unavailable", 504: "timeout",
}  # fmt: skip

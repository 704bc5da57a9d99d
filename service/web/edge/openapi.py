"""The OpenAPI document: what each route says of itself, and what holds for all of them.

A route says everything that is its own where it stands: parameters with examples, media types (`in_formats`), refusals
(`responses=`), the release it reads (`TAKES_RELEASE`), the key it needs (`NEEDS_KEY`). Nothing here knows an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi.routing import APIRoute

from ..models.record_schema import record_content
from .problems import MEDIA_TYPE

_REF = {"$ref": "#/components/schemas/Problem"}
Responses = dict[int | str, dict[str, Any]]
"""What `responses=` of a route takes."""

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
_MEANING = {
    "If-None-Match": "`ETag` of an answer that the client has: 304 when it is the same.",
    "If-Modified-Since": "`Last-Modified` of an answer that the client has: 304 when nothing changed since.",
    "ETag": "Tells this answer from every other one; before a point it names the state that `If-Match` takes.",
    "Last-Modified": "When what is answered changed last.",
    "Link": "The pages around this one (`first`, `prev`, `next`, `last`), absolute.",
    "Location": "The absolute address of what was made, or is meant.",
    "Retry-After": "Seconds after which to try again.",
    "WWW-Authenticate": "How to send a key.",
    "Preference-Applied": "What of `Prefer` was heeded.",
}
_CONDITIONS = ("If-None-Match", "If-Modified-Since")
_OF_AN_ANSWER = ("ETag", "Last-Modified")
_OF_A_STATUS = {
    "201": ("Location",),
    "303": ("Location",),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
# Whatever has a body is read within limits, and counts against the rate of its client.
_OF_A_BODY = {
    400: "The request breaks the protocol",
    429: "This client asks too often: try again after Retry-After",
}


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation: that of its function, with a language where its address has one too."""
    return f"{route.name}_in_language" if "{lang}" in route.path_format else route.name


def in_formats(*media_types: str) -> Responses:
    """Return what `responses=` says of an operation that answers in these media types, beside JSON if it has a model.

    One without a model has `response_class=Response` too: the framework would add JSON.
    """
    return {200: {"content": {media_type: {"schema": {"type": "string"}} for media_type in media_types}}}


def as_record(*media_types: str) -> Responses:
    """Return what `responses=` says of an operation that describes a thing in these media types, the usual one first.

    Clients that are generated read the first one. JSON has a schema.
    """
    known = record_content()
    content = {media_type: known.get(media_type, {"schema": {"type": "string"}}) for media_type in media_types}
    return {200: {"description": "What is said of it", "content": content}}


def complete(document: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Return the document with our server, one schema for problems, and problem documents wherever errors are named."""
    document["servers"] = [{"url": urlsplit(base_url).path or "/"}]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM_SCHEMA
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if "requestBody" in operation:
                _take_definitions(operation["requestBody"], schemas)
                for code, text in _OF_A_BODY.items():
                    operation["responses"].setdefault(str(code), {"description": text})
            _add_headers(method, operation)
            for answer in operation["responses"].values():
                _take_definitions(answer, schemas)
            _complete_operation(operation, base_url)
    return document


def _take_definitions(said: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Move schemas that a route brings along for a body or an answer to where every reference finds them."""
    for content in said.get("content", {}).values():
        if "$defs" in content.get("schema", {}):
            content["schema"] = dict(content["schema"])  # routes share it
            schemas.update(content["schema"].pop("$defs"))


def _add_headers(method: str, operation: dict[str, Any]) -> None:
    """Say which headers an operation heeds and sends, as far as that follows from what it takes and answers with."""
    responses, parameters = operation["responses"], operation.get("parameters", [])
    taken = {parameter["name"].lower() for parameter in parameters}
    if method != "get":
        responses.pop("304", None)
    if "304" in responses:
        operation["parameters"] = [*parameters, *(_header_parameter(name) for name in _CONDITIONS)]
        for code in {"200", "303", "304"} & responses.keys():
            told = _OF_AN_ANSWER if code == "200" else _OF_AN_ANSWER[:1] if code == "304" else ()
            _send(responses[code], *told)
    for parameter in parameters:
        if parameter["name"] == "lang":  # of which some routes say nothing, since theirs stands in two places
            parameter["schema"].setdefault("examples", ["fi"])
    if "offset" in taken:
        _send(responses["200"], "Link")
    for code, names in _OF_A_STATUS.items():
        if code in responses:
            _send(responses[code], *names)
    if "prefer" in taken:
        for code in {"200", "201", "202", "204"} & responses.keys():
            _send(responses[code], "Preference-Applied")


def _send(response: dict[str, Any], *names: str) -> None:
    for name in names:
        response["headers"] = {**response.get("headers", {}), **sent(name)}


def sent(*names: str) -> dict[str, Any]:
    """Return what `headers` of an answer says of headers that it is sent with."""
    return {name: {"description": _MEANING[name], "schema": {"type": "string"}} for name in names}


def _header_parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": _MEANING[name],
        "schema": {"type": "string"},
    }


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
    return {MEDIA_TYPE: {"schema": _REF, "example": example}}


_SLUGS = {
    400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 406: "not-acceptable", 409: "too-late",
    410: "gone", 412: "precondition-failed", 413: "too-large", 415: "unsupported-media-type",
    422: "invalid-request", 429: "too-many-requests", 502: "service-failed", 503: "store-unavailable", 504: "timeout",
}  # fmt: skip

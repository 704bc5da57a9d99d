"""The OpenAPI document: what each route says of itself, and what holds for all of them.

A route says everything that is its own where it stands: parameters with examples, media types (`in_formats`), refusals
(`responses=`), the release it reads (`TAKES_RELEASE`), the key it needs (`NEEDS_KEY`). Nothing here knows an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

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
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
# Whatever has a body is read within limits, and counts against the rate of its client.
_OF_A_BODY = {
    400: "The request breaks the protocol",
    429: "This client asks too often: try again after Retry-After",
}


def in_formats(*media_types: str) -> Responses:
    """Return what `responses=` says of an operation that answers in these media types, beside JSON if it has a model.

    One without a model has `response_class=Response` too: the framework would add JSON.
    """
    return {200: {"content": {media_type: {"schema": {"type": "string"}} for media_type in media_types}}}


def complete(document: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Return the document with our server, one schema for problems, and problem documents wherever errors are named."""
    document["servers"] = [{"url": urlsplit(base_url).path or "/"}]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM_SCHEMA
    for operations in document["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                _take_definitions(operation["requestBody"], schemas)
                for code, text in _OF_A_BODY.items():
                    operation["responses"].setdefault(str(code), {"description": text})
            _complete_operation(operation, base_url)
    return document


def _take_definitions(body: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Move schemas that a route brings along for its body to where every reference finds them."""
    for content in body["content"].values():
        schemas.update(content["schema"].pop("$defs", {}))


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

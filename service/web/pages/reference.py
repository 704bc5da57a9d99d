"""The API reference as a page, written from the OpenAPI document; nothing is fetched from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from markupsafe import Markup, escape

from ...rdf.media_types import JSON
from ...sparql.endpoints import endpoint_iris, parse_endpoints
from ..edge.problems import kinds
from ..edge.services import SettingsDep
from ..models.languages import preferred_language
from .render import HtmlPage, html

router = APIRouter(include_in_schema=False)

_CODE = re.compile(r"`([^`]+)`")


class Value(NamedTuple):
    """A parameter of an operation."""

    name: str
    place: str
    required: bool
    type: str
    description: Markup


class DocumentedOperation(NamedTuple):
    """One method of one address. `example` can be opened; None when the document has no values or it needs a key.

    `body` is an example of what is sent, as JSON; empty when nothing is, or when no example stands in the document.
    """

    anchor: str
    method: str
    path: str
    summary: Markup
    description: Markup
    values: list[Value]
    answers: list[tuple[str, Markup, str]]
    example: str | None
    body: str
    needs_key: bool


@router.get("/docs")
def reference(request: Request, settings: SettingsDep) -> Response:
    """Show every operation, the limits of the service and the kinds of problems."""
    page = HtmlPage(request, preferred_language(request))
    values = {
        "groups": _groups(request.app.openapi()),
        "settings": settings,
        "endpoints": () if settings.store else endpoint_iris(parse_endpoints(settings.service_endpoints)),
        "problems": [(slug, status, title, _code(meaning)) for slug, (status, title, meaning) in sorted(kinds())],
    }
    return html(page, "reference.html", values)


def _groups(document: Mapping[str, Any]) -> dict[str, list[DocumentedOperation]]:
    groups: dict[str, list[DocumentedOperation]] = {}
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = operation.get("tags", ["other"])[0]
            groups.setdefault(group, []).append(_operation(path, method, operation, schemas))
    return groups


def _operation(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> DocumentedOperation:
    parameters = operation.get("parameters", [])
    sent = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    sent = schemas.get(sent.get("$ref", "").rpartition("/")[2], sent)
    needed = sent.get("required", ())
    keys = [
        {"name": name, "in": "body", "required": name in needed, "schema": schema, **schema}
        for name, schema in sent.get("properties", {}).items()
    ]
    return DocumentedOperation(
        operation["operationId"],
        method.upper(),
        path,
        _code(operation.get("summary", "")),
        _code(operation.get("description", "")),
        [
            Value(
                each["name"],
                each["in"],
                each.get("required", False),
                _type_name(each["schema"]),
                _code(each.get("description", "")),
            )
            for each in [*parameters, *keys]
        ],
        [
            (status, _code(answer["description"]), ", ".join(answer.get("content", {})))
            for status, answer in _answers(operation)
        ],
        _example(path, parameters) if method == "get" and "security" not in operation else None,
        next((json.dumps(each, ensure_ascii=False) for each in sent.get("examples", ())), ""),
        "security" in operation,
    )


def _answers(operation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((code, answer) for code, answer in operation["responses"].items() if code != "default")


def _code(text: str) -> Markup:
    """Return a text with what stands between backticks as code; a lone backtick stays what it is."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _type_name(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type_name(part) for part in schema["anyOf"] if part.get("type") != "null")
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2].removesuffix("Model").lower())
    if schema.get("type") == "array":
        return f"{_type_name(schema['items'])}, repeatable"
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    return str(schema.get("format") or schema.get("type", "any"))


def _example(path: str, parameters: list[Mapping[str, Any]]) -> str | None:
    query = []
    for parameter in parameters:
        examples = parameter["schema"].get("examples", ())
        value = next(iter(examples), None)
        if parameter["in"] == "path":
            if value is None:
                return None
            path = path.replace(f"{{{parameter['name']}}}", quote(str(value)))
        elif parameter.get("required") or parameter["name"] in ("query", "graph"):
            if value is None:
                return None
            query.append((parameter["name"], value))
    return path + (f"?{urlencode(query)}" if query else "")

"""Requests made of the examples that the OpenAPI document gives: for every operation, every example of its body."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from service.app import create_app
from service.rdf.media_types import FORM
from service.settings import Settings


class Documented(NamedTuple):
    """A request that the document shows, and what the document says of the operation."""

    method: str
    path: str
    params: Mapping[str, Any]
    content: bytes | None
    media_type: str | None
    operation: Mapping[str, Any]


def document() -> dict[str, Any]:
    """Return the OpenAPI document of a service with the usual settings."""
    return create_app(Settings()).openapi()


def requests_of(described: Mapping[str, Any]) -> dict[str, Documented]:
    """Return the requests that a document shows, by a name for each."""
    found: dict[str, Documented] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            address, params = _filled(path, operation.get("parameters", ()), shown=method != "get")
            for name, media_type, example in _bodies(operation, described):
                body = None if example is None else _text(example, media_type).encode()
                label = f"{operation['operationId']} {name}".strip()
                found[label] = Documented(method.upper(), address, params, body, media_type, operation)
    return found


def _filled(path: str, parameters: Iterable[Mapping[str, Any]], *, shown: bool = False) -> tuple[str, dict[str, Any]]:
    """Return the address with what it needs, or with every parameter of which an example is shown."""
    params: dict[str, Any] = {}
    for parameter in parameters:
        values = _examples(parameter)
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(str(values[0]), safe="/"))
        elif parameter["in"] == "query" and (
            parameter.get("required") or parameter["name"] == "graph" or (shown and parameter["schema"].get("examples"))
        ):
            params[parameter["name"]] = values[0]
    return path, params


def _examples(parameter: Mapping[str, Any]) -> list[Any]:
    schema = parameter["schema"]
    one = [parameter["example"]] if "example" in parameter else []
    return [*one, *schema.get("examples", ()), *([schema["default"]] if "default" in schema else [])]


def optional_parameters(described: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return a request for each example of each parameter that a reading operation can do without."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, operations in described["paths"].items():
        operation = operations.get("get")
        if operation is None or "security" in operation:
            continue
        address, params = _filled(path, operation.get("parameters", ()))
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and not parameter.get("required"):
                for value in _examples(parameter)[: parameter["name"] != "default"]:
                    label = f"{operation['operationId']} {parameter['name']}"
                    found[label] = (address, {**params, parameter["name"]: value})
    return found


def _bodies(operation: Mapping[str, Any], described: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Any]]:
    if "requestBody" not in operation:
        yield "", None, None
        return
    for media_type, content in operation["requestBody"]["content"].items():
        schema = content["schema"]
        if "$ref" in schema:
            schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "example" in content:
            yield media_type, media_type, content["example"]
        for name, example in content.get("examples", {}).items():
            yield f"{media_type} {name}", media_type, example["value"]
        for place, example in enumerate(schema.get("examples", ())):
            yield f"{media_type} {place}", media_type, example


def _text(example: object, media_type: str | None) -> str:
    if isinstance(example, Mapping) and media_type == FORM:
        return urlencode(example)
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)

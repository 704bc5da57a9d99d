"""The JSON schema of what is said of a thing, made from our JSON-LD context: each key has one shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...rdf.jsonld_context import Definition, JsonLdContext
from ...rdf.media_types import JSON, JSON_LD
from ...rdf.namespaces import XSD
from ...resources import CONTEXT

_SCHEMAS = "#/components/schemas/"
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_THING = {"$ref": f"{_SCHEMAS}Thing"}
_THINGS = {"type": "array", "items": _THING}
_NUMBERS = {XSD + "integer": "integer", XSD + "decimal": "number", XSD + "boolean": "boolean"}
_OTHER = {
    "type": "array",
    "description": "What no key above holds, under the IRI of its property: literals as in JSON-LD, and things.",
    "items": {
        "type": "object",
        "properties": {"@value": _TEXT, "@type": _TEXT, "@language": _TEXT, "id": _TEXT},
    },
}


DOCUMENT_SCHEMA: dict[str, Any] = {
    "$ref": f"{_SCHEMAS}Document",
    "$defs": {
        "Document": {
            "type": "object",
            "title": "Document",
            "description": "A JSON-LD document. Its context is known here or refused; none is ever fetched.",
            "additionalProperties": True,
        }
    },
}
"""The schema of JSON-LD that is sent."""


def record_content() -> dict[str, Any]:
    """Return the content of an answer that describes one thing as JSON, with the schemas that it needs."""
    context = JsonLdContext.parse(json.loads(CONTEXT.read_text("utf-8")), "")
    schema = {"$ref": f"{_SCHEMAS}Record", "$defs": record_schemas(context)}
    in_json_ld = {"type": "object", "description": "The same as JSON-LD; decimals are strings there."}
    return {JSON: {"schema": schema}, JSON_LD: {"schema": in_json_ld}}


def record_schemas(context: JsonLdContext) -> dict[str, Any]:
    """Return the schemas of a thing and of a document about one; both are closed but for properties without a key."""
    keys: dict[str, Any] = {context.id_key: {**_TEXT, "description": "The IRI."}, context.type_key: _TEXTS}
    keys |= {definition.key: _shape(definition) for definition in context.definitions}
    keys |= dict.fromkeys(context.reverse_keys, _THINGS)
    backwards = {
        "type": "object",
        "description": "Things that point here by a property without a key of its own.",
        "additionalProperties": _THINGS,
    }
    thing = {
        "type": "object",
        "description": "Anything that statements are about. A key that is absent has no value here.",
        "required": [context.id_key],
        "properties": {**keys, "@reverse": backwards},
        "additionalProperties": _OTHER,
    }
    about = {"@context": {**_TEXT, "format": "uri"}, "@included": _THINGS}
    record = {
        **thing,
        "description": "Everything that is said of one thing. `@included`: what it has no connection to.",
        "required": ["@context", context.id_key],
        "properties": {**about, **thing["properties"]},  # type: ignore[dict-item]  # it is the mapping above
    }
    return {"Thing": {"title": "Thing", **thing}, "Record": {"title": "Record", **record}}


def _shape(definition: Definition) -> Mapping[str, Any]:
    about = {"description": f"<{definition.iri}>"}
    if definition.by_language:
        texts = _TEXTS if definition.as_set else _TEXT
        return {"type": "object", **about, "additionalProperties": texts}
    if definition.names_things:
        shape: Mapping[str, Any] = _THINGS if definition.as_set else _THING
    else:
        one = {"type": _NUMBERS.get(definition.coerced or "", "string")}
        shape = {"type": "array", "items": one} if definition.as_set else one
    return {**shape, **about}

"""What the reconciliation service says of itself: the manifest of version 0.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...catalogue.reconciliation.kinds import TYPES, EntityType
from ...catalogue.reconciliation.properties import Property
from ...messages.messages import best_text
from ...rdf.namespaces import ESCO_THINGS, SKOS

MOST_QUERIES = 50
PREVIEW_WIDTH, PREVIEW_HEIGHT = 400, 200
_NAMES = {
    "en": "Micro-credentials, programmes, ESCO skills and occupations",
    "fi": "Pienet osaamiskokonaisuudet, tutkinto-ohjelmat, ESCO-osaamiset ja -ammatit",
    "sv": "Mikromeriter, program, ESCO-färdigheter och -yrken",
}


def manifest(base: str, here: str, language: str) -> dict[str, Any]:
    """Return the manifest of the service at an address, such as `{base}/reconcile/fi`, with names in a language."""
    return {
        "versions": ["0.2"],
        "name": words(_NAMES, language),
        "identifierSpace": ESCO_THINGS,
        "schemaSpace": SKOS + "Concept",
        "documentation": f"{base}/docs",
        "serviceVersion": "1",
        "defaultTypes": [type_to_json(each, language) for each in TYPES],
        "view": {"url": f"{base}/resource?uri={{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": PREVIEW_WIDTH, "height": PREVIEW_HEIGHT},
        "suggest": {
            name: {"service_url": here, "service_path": f"/suggest/{name}"} for name in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/properties"},
            "property_settings": [
                {"name": "limit", "label": "Limit", "type": "number", "default": 0,
                 "help_text": "Most values of a property; 0: all."},
                {"name": "lang", "label": "Language", "type": "text", "default": "",
                 "help_text": "Texts in this language only; empty: in that of the service, else in another one."},
            ],
        },
        "batchSize": MOST_QUERIES,
    }  # fmt: skip


def type_to_json(found: EntityType, language: str) -> dict[str, str]:
    """Return a type with its name."""
    return {"id": found.id, "name": words(found.names, language)}


def property_to_json(found: Property, language: str) -> dict[str, str]:
    """Return a property with its name."""
    return {"id": found.id, "name": words(found.names, language)}


def words(names: Mapping[str, str], language: str) -> str:
    """Return the name for a reader."""
    best = best_text(names, language)
    return best.words if best else ""

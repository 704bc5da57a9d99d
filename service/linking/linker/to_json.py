"""Writes links as JSON; `docs/linking.md` promises the names."""

from __future__ import annotations

from typing import Any

from .linker import VERSION, Link, Linked, Linker


def about_linker(linker: Linker) -> dict[str, Any]:
    """Return what made the links: the method, the model by its checksum, and from which probability on it is sure."""
    return {"method": VERSION, "model": linker.reranker.version, "threshold": linker.reranker.threshold}


def linked_to_json(linked: Linked) -> dict[str, Any]:
    """Return the result for one text."""
    return {
        "text": linked.text,
        "lang": linked.language,
        "abstained": linked.abstained,
        "links": [_link_to_json(link, linked.language) for link in linked.links],
    }


def _link_to_json(link: Link, language: str) -> dict[str, Any]:
    features = {
        "method": link.method,
        "matched": link.evidence,
        "lang": link.language,
        "narrower": list(link.narrower),
        **link.values,
    }
    return {
        "skill": link.concept.iri,
        "label": link.concept.label(language),
        "score": link.score,
        "probability": link.probability,
        "features": features,
        "span": list(link.span),
    }

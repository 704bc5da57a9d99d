"""Reads held credentials from Open Badges 3.0 and 2.0 and from Comprehensive Learner Records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...rdf.namespaces import ESCO_SKILLS

_MAX_NESTED = 500


def facts_from_badges(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the facts of each badge in a document; none when it is something else.

    Credits of a badge have no unit, so its ECTS stay unknown; nothing is fetched, so a hosted badge class that a badge
    of version 2 only names is known by its IRI alone.
    """
    return list(_badges(document, nested=True))


def _badges(document: Mapping[str, Any], *, nested: bool) -> Iterator[dict[str, Any]]:
    if "Assertion" in _some(document.get("type")) and "badge" in document:
        found = document["badge"]
        badge = found if isinstance(found, Mapping) else {"id": found}
        facts = _facts(badge, document.get("issuedOn"), document.get("expires"))
        if document.get("revoked") is True:
            facts["revoked"] = True
        yield facts
        return
    for subject in _some(document.get("credentialSubject")):
        if not isinstance(subject, Mapping):
            continue
        for achievement in _some(subject.get("achievement")):
            if isinstance(achievement, Mapping):
                awarded = document.get("validFrom") or document.get("issuanceDate")
                yield _facts(achievement, awarded, document.get("validUntil") or document.get("expirationDate"))
        for inside in _some(subject.get("verifiableCredential"))[:_MAX_NESTED] if nested else ():
            if isinstance(inside, Mapping):
                yield from _badges(inside, nested=False)


def _facts(achievement: Mapping[str, Any], awarded: object, expires: object) -> dict[str, Any]:
    alignments = _some(achievement.get("alignment"))
    links = [item.get("targetUrl") for item in alignments if isinstance(item, Mapping)]
    facts: dict[str, Any] = {
        "skills": [link for link in links if isinstance(link, str) and link.startswith(ESCO_SKILLS)]
    }
    if isinstance(achievement.get("id"), str) and ":" in achievement["id"]:
        facts["iri"] = achievement["id"]
    if isinstance(achievement.get("name"), str):
        facts["title"] = achievement["name"]
    for key, value in (("awarded", awarded), ("expires", expires)):
        if isinstance(value, str):
            facts[key] = value[:10]
    return facts


def _some(value: object) -> list[Any]:
    """Return the values of a JSON-LD key: one may stand without its list."""
    return [] if value is None else value if isinstance(value, list) else [value]

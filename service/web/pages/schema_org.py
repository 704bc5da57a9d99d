"""Describes a micro-credential by schema.org, for the machines that read pages."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from ...rdf.namespaces import ESCO_THINGS
from .statements import Statements
from .views import CredentialView

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def markup(iri: str, view: CredentialView, about: Statements) -> Markup:
    """Return the JSON-LD of a page, safe inside `<script>`: no character of it can end the element."""
    text = json.dumps(credential_markup(iri, view, about), ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)


def credential_markup(iri: str, view: CredentialView, about: Statements) -> dict[str, Any]:
    """Return the credential, and the course that leads to it, as schema.org describes them."""
    providers = [{"@type": "Organization", "name": body.label.words} for body in view.awarding_bodies]
    skills = [
        {"@type": "DefinedTerm", "name": skill.label.words, "inDefinedTermSet": ESCO_THINGS}
        for skill in dict.fromkeys(skill for outcome in view.outcomes for skill in outcome.skills)
    ]
    credential: dict[str, Any] = {
        "@type": "EducationalOccupationalCredential",
        "@id": iri,
        "name": view.title.words,
        "credentialCategory": "micro-credential",
    }
    if view.description:
        credential["description"] = view.description.words
    if view.level:
        credential["educationalLevel"] = view.level.words
    if skills:
        credential["competencyRequired"] = skills
    if providers:
        credential["recognizedBy"] = providers
    course: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": view.title.words,
        "inLanguage": view.title.language or about.language,
        "educationalCredentialAwarded": credential,
    }
    if view.description:
        course["description"] = view.description.words
    if providers:
        course["provider"] = providers
    if view.outcomes:
        course["teaches"] = [outcome.title.words for outcome in view.outcomes]
    if view.ects:
        course["numberOfCredits"] = {
            "@type": "StructuredValue",
            "value": _number(view.ects),
            "unitText": "ECTS",
        }
    return course


def _number(text: str) -> int | float | str:
    if not text.replace(".", "", 1).isdigit():
        return text
    return int(float(text)) if float(text).is_integer() else float(text)

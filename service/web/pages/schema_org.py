"""Describes a micro-credential by schema.org, for the machines that read pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from ...catalogue.codes import load_codes
from ...catalogue.records import Item
from ...rdf.durations import hours_from_duration, plain_number
from ...rdf.namespaces import DCTERMS, ELM, ESCO_THINGS
from .offers import amount_of, currency_of
from .statements import Statements
from .views import CredentialView

PageOf = Callable[[Item], str]
"""Gives the public address of the page of an item."""

_ESCO_SKILLS = f"{ESCO_THINGS}concept-scheme/skills"
_MODE = ELM + "mode"
# The words that Google knows for schema:courseMode.
_MODES = {"online": "Online", "onsite": "Onsite", "blended": "Blended"}
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def markup(iri: str, view: CredentialView, about: Statements, address: str, page_of: PageOf) -> Markup:
    """Return the JSON-LD of the page at an address, safe inside `<script>`: no character of it can end the element."""
    text = json.dumps(credential_markup(iri, view, about, address, page_of), ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)


def credential_markup(
    iri: str, view: CredentialView, about: Statements, address: str, page_of: PageOf
) -> dict[str, Any]:
    """Return the credential, and the course that leads to it, as schema.org describes them.

    What Google asks of a course is there as far as the source says it: instances with mode, start and workload, and
    offers with their price; nothing is made up.
    """
    providers = [
        {
            "@type": "Organization",
            "@id": body,
            "name": about.label(body).words,
            "url": page_of(Item(body, "provider", {})),
        }
        for body in about.values(iri, ELM + "awardingOpportunity", ELM + "awardingBody")
    ]
    skills = [
        {
            "@type": "DefinedTerm",
            "@id": skill,
            "url": skill,
            "name": about.label(skill).words,
            "inDefinedTermSet": _ESCO_SKILLS,
        }
        for skill in about.values(iri, ELM + "learningOutcome", ELM + "relatedESCOSkill")
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
        "@id": f"{iri}#course",
        "url": address,
        "name": view.title.words,
        "inLanguage": view.title.language or about.language,
    }
    if view.gaps is None:  # what is listed with gaps leads to no micro-credential
        course["educationalCredentialAwarded"] = credential
    if view.description:
        course["description"] = view.description.words
    if providers:
        course["provider"] = providers
    if view.outcomes:
        course["teaches"] = [outcome.title.words for outcome in view.outcomes]
    if view.ects:
        course["numberOfCredits"] = {
            "@type": "QuantitativeValue",
            "value": _number(view.ects),
            "unitText": "ECTS",
        }
    opportunities = about.subjects(ELM + "learningAchievementSpecification", iri)
    offers = [offer for node in opportunities if (offer := _offer(node, about)) is not None]
    if offers:
        course["offers"] = offers
    taught = [node for node in opportunities if ELM + "LearningOpportunity" in about.types(node)]
    instances = [_instance(iri, node, about) for node in (taught or [""])]
    found = [instance for instance in instances if len(instance) > 1]
    if found:
        course["hasCourseInstance"] = found
    return course


def _instance(iri: str, opportunity: str, about: Statements) -> dict[str, Any]:
    """Return one way to take the course; what is known of the course itself holds for each."""
    found: dict[str, Any] = {"@type": "CourseInstance"}
    known = about.values(opportunity, _MODE) or about.values(iri, _MODE)
    modes = [word for code, word in _MODES.items() if load_codes().iri("mode", code) in known]
    if modes:
        found["courseMode"] = modes
    starts = about.values(opportunity, DCTERMS + "temporal", ELM + "startDate")
    if starts:
        found["startDate"] = starts[0][:10]
    for duration in about.values(iri, ELM + "volumeOfLearning")[:1]:
        hours = hours_from_duration(duration)
        found["courseWorkload"] = duration if hours is None else f"PT{plain_number(hours)}H"
    return found


def _offer(opportunity: str, about: Statements) -> dict[str, Any] | None:
    for amount in about.values(opportunity, ELM + "priceDetail", ELM + "amount"):
        price, currency = _number(amount_of(amount, about)), currency_of(amount, about)
        if isinstance(price, int | float) and currency:
            category = "Paid" if price else "Free"
            return {"@type": "Offer", "category": category, "price": price, "priceCurrency": currency}
    return None


def _number(text: str) -> int | float | str:
    if not text.replace(".", "", 1).isdigit():
        return text
    return int(float(text)) if float(text).is_integer() else float(text)

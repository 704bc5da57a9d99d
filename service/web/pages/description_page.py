"""Shows what the data say of themselves, VoID or DCAT, to people: thing by thing, statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Request, Response

from ...messages.messages import Text
from ...rdf.statements import Triple
from ...rdf.terms import Term, local_name
from ..models.languages import preferred_language
from .render import FORMATS, HtmlPage, html
from .statements import Shown, Statements


def description_page(request: Request, iri: str, triples: Sequence[Triple], path: str) -> Response:
    """Return a page of all that is described at an address, what the address names first."""
    page = HtmlPage(request, preferred_language(request))
    about = Statements(triples, page.language)
    subjects = dict.fromkeys([iri, *(triple.subject.value for triple in triples)])
    things = [
        (
            subject,
            about.label(subject),
            [(local_name(name), name, [_shown(term, about) for term in terms]) for name, terms in about.about(subject)],
        )
        for subject in subjects
        if about.has(subject)
    ]
    links = [(name, page.here(f"{path}?format={suffix}")) for name, suffix, _ in FORMATS]
    return html(page, "description.html", {"iri": iri, "things": things, "links": links})


def _shown(term: Term, about: Statements) -> Shown:
    if term.kind == "literal":
        return Shown(Text(term.value, term.language or ""))
    if about.has(term.value):
        return Shown(about.label(term.value), "#" + quote(term.value, safe="/:"))
    return Shown(Text(term.value), term.value if term.value.startswith(("http://", "https://", "mailto:")) else "")

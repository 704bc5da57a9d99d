"""Renders a page: the template environment, and what every template may ask of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...catalogue.codes import load_codes
from ...catalogue.records import CredentialSummary, FacetValue, Item
from ...messages.formats import LOCALES, day_words, money_words, number_words
from ...messages.messages import LANGUAGES, NAMES, Text, best_text, load_texts
from ...rdf.durations import plain_number
from ...rdf.media_types import JSON_LD, N_TRIPLES, RDF_XML, TURTLE
from ...rdf.terms import local_name
from ..edge.release_choice import pinned_release
from ..edge.services import basics_of
from ..models.addresses import Addresses, raw_path
from .assets import load_assets
from .statements import Shown

# ESCO asks for this statement in its own words.
ESCO_ENGLISH = "This service uses the ESCO classification of the European Commission."
_DESCRIPTION = 300
_FOLDER = Path(__file__).parent / "templates"


class HtmlPage:
    """A page in one language: addresses, texts and the choice of labels, for templates."""

    esco_english = ESCO_ENGLISH
    language_names = NAMES
    end_of = staticmethod(local_name)

    def __init__(self, request: Request, language: str, release: int = 0) -> None:
        self.request = request
        self.language = language
        self.release = release
        self.t = load_texts(language)
        self.pinned = pinned_release(request)
        self.described: Text | None = None
        base_url = basics_of(request).settings.base_url
        self.addresses = Addresses(base_url, self.pinned, with_host=False)
        self._public = Addresses(base_url)

    @property
    def translations(self) -> list[tuple[str, str]]:
        """Return this page in every language: `(language, address)`."""
        return [(language, self._in(language)) for language in LANGUAGES]

    @property
    def public_translations(self) -> list[tuple[str, str]]:
        """Return this page in every language under its public address, which search engines ask for."""
        return [(language, self._whole(self._in(language))) for language in LANGUAGES]

    @property
    def canonical(self) -> str:
        """Return the one public address of this page, in whatever release it is read."""
        return self._whole(self._in(self.language))

    @property
    def description(self) -> str:
        """Return what the page is about, in a sentence or two."""
        words = " ".join((self.described.words if self.described else self.t["home.lead"]).split())
        return words if len(words) <= _DESCRIPTION else words[:_DESCRIPTION].rpartition(" ")[0] + " …"

    @property
    def locale(self) -> str:
        """Return the language with its country, as Open Graph asks for."""
        return LOCALES[self.language]

    def _whole(self, address: str) -> str:
        path, _, query = address.removeprefix(self.addresses.path("")).partition("?")
        pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "release"]
        return self._public.path(path) + (f"?{urlencode(pairs)}" if pairs else "")

    def _in(self, language: str) -> str:
        path, query = self.request.url.path, parse_qsl(self.request.url.query, keep_blank_values=True)
        if path.removeprefix("/").partition("/")[0] in LANGUAGES:
            rest = raw_path(self.request.scope).removeprefix("/").partition("/")[2]
            return self.path(f"/{language}/{rest}") + (f"?{urlencode(query)}" if query else "")
        query = [(name, value) for name, value in query if name != "lang"] + [("lang", language)]
        return self.path(path) + f"?{urlencode(query)}"

    def number(self, value: Decimal | str) -> str:
        """Return a decimal as the language writes it: `7,5` in Finnish and Swedish."""
        return number_words(plain_number(value), self.language)

    def day(self, day: str) -> str:
        """Return a day, given as ISO 8601, as the language writes it: `26.10.2026` in Finnish."""
        return day_words(day, self.language)

    def money(self, amount: Decimal | float | str, currency: str) -> str:
        """Return a price: nothing is free in every currency."""
        if number_words(amount, "en") == "0":
            return self.t["site.free"]
        return money_words(amount, currency, self.language)

    def path(self, rest: str) -> str:
        """Return an address of this service."""
        return self.addresses.path(rest)

    def here(self, rest: str) -> str:
        """Return an address of this service, in the release that the reader asked for."""
        return self.addresses.kept(self.path(rest))

    def asset(self, name: str) -> str:
        """Return the address of a file of the pages, which changes when the file does."""
        return self.path(f"/static/{name}?v={load_assets()[name].version}")

    def link(self, item: Item) -> str:
        """Return the address of the page of an item."""
        return self.addresses.page(item, self.language)

    def public_link(self, item: Item) -> str:
        """Return the public address of the page of an item, in whatever release this page is read."""
        return self._public.page(item, self.language)

    def credential_link(self, summary: CredentialSummary) -> str:
        """Return the address of the page of a micro-credential."""
        return self.link(Item(summary.iri, summary.kind, summary.title))

    def elements(self, codes: Iterable[str]) -> str:
        """Return the names of elements of the definition, or their codes where they have none here."""
        return ", ".join(self.t[f"credential.{ELEMENTS[code]}"] if code in ELEMENTS else code for code in codes)

    def best(self, labels: Mapping[str, str]) -> Text | None:
        """Return the label for the reader."""
        return best_text(labels, self.language)

    def name(self, item: Item) -> str:
        """Return the name of an item, or the end of its IRI."""
        text = self.best(item.label)
        return text.words if text else local_name(item.iri)

    def title_of(self, summary: CredentialSummary) -> str:
        """Return the title of a micro-credential, or the end of its IRI."""
        text = self.best(summary.title)
        return text.words if text else local_name(summary.iri)

    def facet_name(self, value: FacetValue) -> str:
        """Return the name of a facet value, or the end of its IRI."""
        text = self.best(value.label)
        return text.words if text else local_name(value.value)

    def code_label(self, iri: str) -> Text:
        """Return the name of a concept of a code list, or the end of its IRI."""
        return self.best(load_codes().labels(iri)) or Text(local_name(iri))

    def lang(self, text: Text | None) -> Markup:
        """Return a `lang` attribute for a text in another language than the page's, else nothing."""
        if text is None or not text.language or text.language == self.language:
            return Markup("")
        return Markup(' lang="{}"').format(text.language)

    def shown(self, iri: str, label: Text) -> Shown:
        """Return the name of any thing with the address of its page."""
        kind = self.addresses.kind_of(iri)
        if kind is None:
            return Shown(label, self.addresses.resource_page(iri, self.language))
        return Shown(label, self.link(Item(iri, kind, {})))

    def formats(self, iri: str) -> list[tuple[str, str]]:
        """Return the formats a thing is described in: `(name, address)`."""
        return [(name, self._document(iri, suffix)) for name, suffix, _ in FORMATS]

    def _document(self, iri: str, suffix: str) -> str:
        return self.addresses.document(iri, suffix)


ELEMENTS: Mapping[str, str] = {
    "M2": "title", "M3": "country", "M4": "awarding_body", "M6": "learning_outcomes", "M7": "workload", "M8": "level",
    "M9": "assessment", "M10": "participation", "M11": "quality",
}  # fmt: skip
"""The elements of Annex I that a page shows, by what their names are called among the texts."""

FORMATS = (
    ("Turtle", "ttl", TURTLE),
    ("JSON-LD", "jsonld", JSON_LD),
    ("N-Triples", "nt", N_TRIPLES),
    ("RDF/XML", "rdf", RDF_XML),
)
"""The formats that pages link to: name, suffix and media type."""


def html(page: HtmlPage, template: str, values: Mapping[str, object], status: int = 200) -> Response:
    """Return a rendered page."""
    text = _environment().get_template(template).render(values, page=page)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": page.language,
        "Vary": "Accept, Accept-Language",
    }
    return Response(text.encode(), status, headers)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["m"] = environment.get_template("macros.html").module
    return environment

"""Reads what a learner asks first of a micro-credential: who offers it, where, how, when and for how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ...errors import ServiceError
from ...messages.messages import Text
from ...rdf.namespaces import DCTERMS, ELM, RDF
from ..edge.call import Call
from .described import described
from .render import HtmlPage
from .statements import Statements

AWARDING_BODY = (ELM + "awardingOpportunity", ELM + "awardingBody")
COUNTRY = (ELM + "location", ELM + "address", ELM + "countryCode")

_RDF_VALUE = RDF + "value"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is said of the offers of one micro-credential; what is empty is not said.

    `starts` are days in order; `prices` are written out, the lowest of each currency first.
    """

    providers: tuple[Text, ...]
    countries: tuple[Text, ...]
    modes: tuple[Text, ...]
    languages: tuple[Text, ...]
    starts: tuple[date, ...]
    prices: tuple[str, ...]

    def next_start(self, today: date) -> date | None:
        """Return the first start that has not passed, else the last one that has."""
        return next((day for day in self.starts if day >= today), self.starts[-1] if self.starts else None)

    def is_past(self, today: date) -> bool:
        """Tell whether every start that is stated has passed."""
        return bool(self.starts) and self.starts[-1] < today


def offer_of(iri: str, about: Statements, page: HtmlPage) -> Offer:
    """Return what a description says of the offers of a micro-credential."""
    return Offer(
        _once(about.label(body) for body in about.values(iri, *AWARDING_BODY)),
        _once(about.labels(iri, *AWARDING_BODY, *COUNTRY)),
        _once(about.labels(iri, ELM + "mode")),
        _once(about.labels(iri, DCTERMS + "language")),
        starts_of(iri, about),
        prices_of(iri, about, page),
    )


def offer_known(call: Call, page: HtmlPage, iri: str) -> Offer | None:
    """Return what a release says of the offers of a micro-credential; None where it cannot be looked up."""
    try:
        return offer_of(iri, described(call, iri, page), page)
    except ServiceError:
        return None


def starts_of(iri: str, about: Statements) -> tuple[date, ...]:
    """Return the days on which its offers start, in order; what is no day is left out."""
    stated = {
        start[:10]
        for offer in about.subjects(ELM + "learningAchievementSpecification", iri)
        for start in about.values(offer, DCTERMS + "temporal", ELM + "startDate")
    }
    return tuple(sorted(day for text in stated if (day := _day(text)) is not None))


def prices_of(iri: str, about: Statements, page: HtmlPage) -> tuple[str, ...]:
    """Return the prices of its offers, written out, each once."""
    amounts = [
        amount
        for offer in about.subjects(ELM + "learningAchievementSpecification", iri)
        for amount in about.values(offer, ELM + "priceDetail", ELM + "amount")
    ]
    written = [page.money(text, currency_of(amount, about)) for amount in amounts if (text := amount_of(amount, about))]
    return tuple(dict.fromkeys(written))


def amount_of(amount: str, about: Statements) -> str:
    """Return the number of an amount of money as text; empty when the source is silent."""
    # The catalogue profile of ELM says rdf:value, its credential profile elm:value.
    return about.value(amount, _RDF_VALUE) or about.value(amount, ELM + "value") or ""


def currency_of(amount: str, about: Statements) -> str:
    """Return the code of the currency of an amount, ISO 4217; empty when the source is silent."""
    return (about.value(amount, ELM + "unit") or "").rpartition("/")[2]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _once(texts: Iterable[Text]) -> tuple[Text, ...]:
    return tuple(dict.fromkeys(texts))

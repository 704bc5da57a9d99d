"""Builds what the page of one thing shows, in words, from its description."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ...catalogue.records import CredentialSummary
from ...catalogue.rows import in_order
from ...messages.collation import collation
from ...messages.messages import Text
from ...rdf.durations import hours_from_duration, plain_number
from ...rdf.namespaces import DCTERMS, ELM, ESCO, FOAF, MC, SKOS
from .offers import AWARDING_BODY, COUNTRY, prices_of, starts_of
from .render import HtmlPage
from .requirements import Requirement, requirement_view
from .statements import Shown, Statements

_ECTS = "http://data.europa.eu/snb/education-credit/6fcec5c5af"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the definition, or another fact; no values: the source is silent."""

    key: str
    code: str
    values: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A learning outcome and the skills its provider names."""

    title: Text
    skills: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A micro-credential with every element of the European definition."""

    title: Text
    description: Text | None
    awarding_bodies: tuple[Shown, ...]
    ects: str | None
    level: Text | None
    modes: tuple[Text, ...]
    outcomes: tuple[CheckOutcome, ...]
    entry: Text | None
    prerequisite: Requirement | None
    corequisite: Requirement | None
    mandatory: tuple[Element, ...]
    optional: tuple[Element, ...]
    others: tuple[Element, ...]
    gaps: CredentialSummary | None = None
    """What it is listed with: then it is no micro-credential."""


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """A degree programme or a module of one."""

    title: Text
    description: Text | None
    awarding_bodies: tuple[Shown, ...]
    ects: str | None
    part_of: tuple[Shown, ...]
    modules: tuple[Shown, ...]
    requirement: Requirement | None


@dataclass(frozen=True, slots=True)
class ConceptView:
    """An ESCO skill or occupation: `facts` are pairs of a text key and values."""

    title: Text
    description: Text | None
    facts: tuple[tuple[str, tuple[Shown, ...]], ...]


@dataclass(frozen=True, slots=True)
class ProviderView:
    """An organisation."""

    title: Text
    countries: tuple[Text, ...]


def credential_view(iri: str, about: Statements, page: HtmlPage) -> CredentialView:
    """Return what the page of a micro-credential shows."""
    outcomes = tuple(_outcome(node, about, page) for node in about.values(iri, ELM + "learningOutcome"))
    bodies = _linked(about.values(iri, *AWARDING_BODY), about, page)
    levels = about.labels(iri, ELM + "EQFLevel") + about.labels(iri, ELM + "NQFLevel")
    modes = tuple(about.labels(iri, ELM + "mode"))
    prerequisite, corequisite = (
        requirement_view(roots[0], about, page, iri) if (roots := about.values(iri, MC + name)) else None
        for name in ("prerequisite", "corequisite")
    )
    entry = about.text(iri, ELM + "entryRequirement", ELM + "noteLiteral")
    ects = ects_of(iri, about)
    assessments = [
        *about.labels(iri, ELM + "provenBy", DCTERMS + "type"),
        *about.labels(iri, ELM + "provenBy"),
    ]
    quality = [
        *about.labels(iri, ELM + "accreditation", DCTERMS + "type"),
        *about.labels(iri, ELM + "accreditation"),
        *about.labels(iri, ELM + "accreditation", ELM + "accreditingAgent"),
    ]
    asked = [Shown(entry)] if entry else []
    for tree, name in ((prerequisite, "first"), (corequisite, "beside")):
        if tree is not None:
            asked.append(Shown(Text(page.t[f"credential.requires_{name}"], page.language), f"#{name}"))
    mandatory = (
        Element("title", "M2", tuple(Shown(text) for text in about.texts(iri, DCTERMS + "title"))),
        Element("country", "M3", _plain(about.labels(iri, *AWARDING_BODY, *COUNTRY))),
        Element("awarding_body", "M4", bodies),
        Element("learning_outcomes", "M6", tuple(Shown(outcome.title) for outcome in outcomes)),
        Element("workload", "M7", _workload(iri, ects, about, page)),
        Element("level", "M8", _plain(levels)),
        Element("assessment", "M9", _plain(assessments)),
        Element("participation", "M10", _plain(modes)),
        Element("quality", "M11", _plain(quality)),
    )
    optional = (
        Element("prerequisites", "O1", tuple(asked)),
        Element("supervision", "O2", _plain(about.labels(iri, ELM + "provenBy", MC + "supervision"))),
        Element("stackability", "O4", _stackability(iri, about, page)),
    )
    return CredentialView(
        about.label(iri),
        about.text(iri, DCTERMS + "description"),
        bodies,
        ects,
        levels[0] if levels else None,
        modes,
        outcomes,
        entry,
        prerequisite,
        corequisite,
        mandatory,
        optional,
        tuple(_others(iri, about, page)),
        _gaps(iri, about),
    )


def _gaps(iri: str, about: Statements) -> CredentialSummary | None:
    missing, described = (in_order(about.values(iri, MC + name)) for name in ("missingElement", "describedElement"))
    if MC + "ListedAchievement" not in about.types(iri):
        return None
    return CredentialSummary(iri, {}, None, {}, None, None, (), (), (), (), missing, described)


def programme_view(iri: str, about: Statements, page: HtmlPage) -> ProgrammeView:
    """Return what the page of a programme or module shows."""
    modules = tuple(
        page.shown(part, about.label(part))._replace(note=ects_of(part, about) or "")
        for part in about.values(iri, ELM + "hasPart")
    )
    wholes = sorted({*about.subjects(ELM + "hasPart", iri), *about.values(iri, ELM + "isPartOf")})
    requirements = about.values(iri, MC + "requirement")
    return ProgrammeView(
        about.label(iri),
        about.text(iri, DCTERMS + "description"),
        _linked(about.values(iri, *AWARDING_BODY), about, page),
        ects_of(iri, about),
        _linked(wholes, about, page),
        modules,
        requirement_view(requirements[0], about, page, iri) if requirements else None,
    )


def concept_view(iri: str, about: Statements, page: HtmlPage) -> ConceptView:
    """Return what the page of an ESCO skill or occupation shows."""
    narrower = sorted({*about.subjects(SKOS + "broader", iri), *about.values(iri, SKOS + "narrower")})
    facts = (
        ("skill.alternatives", _plain(about.texts(iri, SKOS + "altLabel"))),
        ("skill.type", _plain(about.labels(iri, ESCO + "skillType"))),
        ("skill.reuse", _plain(about.labels(iri, ESCO + "skillReuseLevel"))),
        ("skill.broader", _linked(about.values(iri, SKOS + "broader"), about, page)),
        ("skill.narrower", _linked(narrower, about, page)),
    )
    return ConceptView(
        about.label(iri), about.text(iri, DCTERMS + "description"), tuple(fact for fact in facts if fact[1])
    )


def provider_view(iri: str, about: Statements) -> ProviderView:
    """Return what the page of an organisation shows."""
    return ProviderView(about.label(iri), tuple(about.labels(iri, *COUNTRY)))


def ects_of(iri: str, about: Statements) -> str | None:
    """Return the ECTS credits of a thing as text."""
    # The reading of ECTS credits is also written in queries/derived/ects.rq and service/stacking/question/facts.py.
    for credit in about.values(iri, ELM + "creditPoint"):
        if _ECTS in about.values(credit, ELM + "framework"):
            point = about.value(credit, ELM + "point")
            return plain_number(point) if point is not None else None
    return None


def _outcome(node: str, about: Statements, page: HtmlPage) -> CheckOutcome:
    return CheckOutcome(about.label(node), _linked(about.values(node, ELM + "relatedESCOSkill"), about, page))


def _workload(iri: str, ects: str | None, about: Statements, page: HtmlPage) -> tuple[Shown, ...]:
    words = [page.t("credential.ects", value=as_number(ects))] if ects else []
    for duration in about.values(iri, ELM + "volumeOfLearning"):
        hours = hours_from_duration(duration)
        words.append(duration if hours is None else page.t("credential.hours", value=hours))
    return tuple(Shown(Text(text, page.language)) for text in words)


def as_number(text: str) -> Decimal | str:
    """Return a text of the data as a number, to be written as the language does; what is none as it is."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _stackability(iri: str, about: Statements, page: HtmlPage) -> tuple[Shown, ...]:
    wholes = _linked(about.values(iri, ELM + "isPartOf"), about, page)
    return (*_plain(about.labels(iri, MC + "stackability")), *wholes)


def _others(iri: str, about: Statements, page: HtmlPage) -> Iterable[Element]:
    pages = [
        Shown(Text(url), url if url.startswith(("http://", "https://")) else "")
        for url in about.values(iri, FOAF + "homepage", ELM + "contentUrl")
    ]
    yield Element("language", "", _plain(about.labels(iri, DCTERMS + "language")))
    yield Element("field", "", _plain(about.labels(iri, ELM + "ISCEDFCode")))
    for key, values in (
        ("start", _plain([Text(page.day(start.isoformat())) for start in starts_of(iri, about)])),
        ("price", _plain([Text(price, page.language) for price in prices_of(iri, about, page)])),
        ("homepage", tuple(pages)),
        ("modified", _plain([Text(page.day(date)) for date in about.values(iri, DCTERMS + "modified")])),
    ):
        if values:
            yield Element(key, "", values)


def _linked(iris: Iterable[str], about: Statements, page: HtmlPage) -> tuple[Shown, ...]:
    shown = [page.shown(iri, about.label(iri)) for iri in iris]
    order = collation(page.language)
    return tuple(sorted(shown, key=lambda link: order.key(link.label.words)))


def _plain(texts: Iterable[Text]) -> tuple[Shown, ...]:
    return tuple(Shown(text) for text in dict.fromkeys(texts))

"""The pages for people, in Finnish, Swedish and English: rendered here, usable without a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ...catalogue.gaps import best_mends, lacking
from ...catalogue.near import courses_near
from ...catalogue.neighbours import credentials_near, occupations_near
from ...catalogue.read_model.read_model import leading_occupations
from ...catalogue.records import Filters, Item, SkillLink
from ...errors import NotFound
from ...messages.messages import LANGUAGES, Text
from ...rdf.namespaces import ELM
from ...rdf.terms import Term, local_name, parse_iri
from ..edge.caching import IMMUTABLE
from ..edge.call import Call, respond
from ..edge.problems import NO_ADDRESS
from ..models.addresses import COLLECTIONS, raw_path
from ..models.languages import preferred_language
from .assets import load_assets, pages_version
from .check_page import pages as check_pages
from .crawlers import router as crawlers
from .described import described, read_statements
from .offers import Offer, offer_of
from .path_page import pages as path_pages
from .render import FORMATS, HtmlPage, html
from .schema_org import markup
from .search_page import PAGE_SIZE, following, offset_of, search_page
from .statements import Shown, Statements
from .views import concept_view, credential_view, programme_view, provider_view

router = APIRouter(include_in_schema=False)
pages = APIRouter(include_in_schema=False)

_EXAMPLES = 8
_FIELDS = 10
_OCCUPATIONS = 200
_NEAR = 5
_COVERAGES = 10


@router.get("/")
def choose_language(request: Request) -> Response:
    """Lead to the front page in the language of the reader."""
    address = HtmlPage(request, "en").path(f"/{preferred_language(request)}/")
    return RedirectResponse(address, 303, {"Vary": "Accept-Language"})


def front_page(request: Request) -> Response:
    """Lead from `/en` to `/en/`, where the front page in that language is."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(HtmlPage(request, "en").path(f"{raw_path(request.scope)}/{query}"), 308)


@router.get("/static/{name}")
def static_file(request: Request, name: str) -> Response:
    """Answer with a style sheet, script or picture of the pages."""
    asset = load_assets().get(name)
    if asset is None:
        raise NotFound(f"there is no file {name[:100]!r} here")
    headers = IMMUTABLE if request.query_params.get("v") == asset.version else {"Cache-Control": "no-cache"}
    return Response(asset.data, headers={"Content-Type": asset.media_type, **headers})


@pages.get("/")
def home(request: Request) -> Response:
    """Show the question this service answers, a search box and what there is."""

    def produce(call: Call, page: HtmlPage) -> Response:
        counts = _counts(call)
        fields = call.catalogue.facets(Filters()).get("field", ())
        programmes = counts.get("programme", 0) + counts.get("module", 0)
        values = {
            "counts": [(kind, programmes if kind == "programme" else counts.get(kind, 0)) for kind in COLLECTIONS],
            "fields": fields[:_FIELDS],
            "occupations": _starts(call, page),
        }
        return html(page, "home.html", values)

    return _page(request, produce)


@pages.get("/search")
def search(request: Request) -> Response:
    """Show what matches."""
    return _page(request, search_page)


@pages.get("/credentials/{key:path}")
def credential(request: Request, key: str) -> Response:
    """Show a micro-credential with every element of the definition."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = call.iri("credential", key)
        about = described(call, iri, page)
        view = credential_view(iri, about, page)
        taught = [link.skill.iri for link in call.catalogue.credential_skills(iri)]
        values = {
            "view": view,
            "offered": _offered(offer_of(iri, about, page), page),
            "apply": next((value.address for one in view.others if one.key == "homepage" for value in one.values), ""),
            "occupations": occupations_near(call.catalogue, taught, _NEAR),
            "similar": credentials_near(call.catalogue, iri, taught, _NEAR),
            "programmes": call.catalogue.credential_programmes(iri),
            "prerequisites": call.catalogue.prerequisites(iri),
            "markup": markup(iri, view, about, page.canonical, page.public_link),
        }
        return _thing(page, "credential.html", iri, values)

    return _page(request, produce)


@pages.get("/skills/{key:path}")
def skill(request: Request, key: str) -> Response:
    """Show a skill, who teaches it and which occupations use it."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = call.iri("skill", key)
        values: dict[str, Any] = {
            "view": concept_view(iri, described(call, iri, page), page),
            "credentials": call.catalogue.skill_credentials(iri, limit=PAGE_SIZE, offset=offset_of(call)),
            "occupations": call.catalogue.skill_occupations(iri, limit=_OCCUPATIONS).items,
            "official": iri,
            "near": (),
        }
        if not values["credentials"].total:
            values["near"] = courses_near(call.catalogue, iri, page.language)
        return _thing(page, "skill.html", iri, values)

    return _page(request, produce)


@pages.get("/occupations/{key:path}")
def occupation(request: Request, key: str) -> Response:
    """Show an occupation, what it takes, and the micro-credentials that lead to it."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = call.iri("occupation", key)
        links = call.catalogue.occupation_skills(iri)
        coverage = call.catalogue.occupation_credentials(iri, limit=_COVERAGES, offset=offset_of(call))
        values = {
            "view": concept_view(iri, described(call, iri, page), page),
            "essential": [_taught(call, link) for link in links if link.essential],
            "optional": [_taught(call, link) for link in links if not link.essential],
            "coverage": coverage,
            "covered": [(c, call.catalogue.credential_programmes(c.credential.iri)) for c in coverage.items],
            "official": iri,
        }
        return _thing(page, "occupation.html", iri, values)

    return _page(request, produce)


@pages.get("/programmes/{key:path}")
def programme(request: Request, key: str) -> Response:
    """Show a degree programme or module, its requirements and what counts towards it."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = call.iri("programme", key)
        triples = list(call.catalogue.describe(iri))
        parts = [t.object.value for t in triples if t.subject.value == iri and t.predicate == ELM + "hasPart"]
        for part in parts:
            triples.extend(call.catalogue.describe(part))
        values = {
            "view": programme_view(iri, read_statements(call, triples, page), page),
            "credentials": call.catalogue.programme_credentials(iri, limit=PAGE_SIZE, offset=offset_of(call)),
        }
        return _thing(page, "programme.html", iri, values)

    return _page(request, produce)


@pages.get("/providers/{key:path}")
def provider(request: Request, key: str) -> Response:
    """Show an organisation and its micro-credentials."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = call.iri("provider", key)
        found = call.catalogue.credentials(
            Filters(provider=(iri,)), language=page.language, limit=PAGE_SIZE, offset=offset_of(call)
        )
        gaps = Filters(provider=(iri,), definition="gaps")
        listed = call.catalogue.credentials(gaps, language=page.language, limit=_COVERAGES)
        values = {
            "view": provider_view(iri, described(call, iri, page)), "credentials": found, "listed": listed,
            "records": page.here(f"/{page.language}/records?{urlencode({'provider': iri})}"),
        }  # fmt: skip
        return _thing(page, "provider.html", iri, values)

    return _page(request, produce)


@pages.get("/records")
def records(request: Request, provider: str) -> Response:
    """Show a provider its own records, what is missing in each, and the mends that bring in most."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = call.iri("provider", provider)
        filters = Filters(provider=(iri,), definition="gaps")
        listed = call.catalogue.credentials(filters, language=page.language, limit=PAGE_SIZE, offset=offset_of(call))
        gaps = call.catalogue.gaps(iri)
        values = {
            "view": provider_view(iri, described(call, iri, page)), "listed": listed, "mends": best_mends(gaps),
            "lacking": lacking(gaps), "met": call.catalogue.by_definition(filters)["met"],
            "back": page.link(Item(iri, "provider", {})), "next_address": following(page),
        }  # fmt: skip
        return html(page, "records.html", values)

    return _page(request, produce)


@pages.get("/resource")
def resource(request: Request, uri: str) -> Response:
    """Show anything the graph describes, statement by statement; things with a page of their own lead there."""

    def produce(call: Call, page: HtmlPage) -> Response:
        iri = parse_iri(uri).value
        item = call.catalogue.item(iri)
        if item is not None:
            return RedirectResponse(page.link(item), 303)
        about = described(call, iri, page)
        statements = [
            (local_name(name), name, [_value(term, about, page) for term in terms]) for name, terms in about.about(iri)
        ]
        return _thing(page, "resource.html", iri, {"title": about.label(iri), "statements": statements})

    return _page(request, produce)


router.include_router(crawlers)
pages.include_router(check_pages)
pages.include_router(path_pages)
for _language in LANGUAGES:
    router.include_router(pages, prefix=f"/{_language}")
    router.add_api_route(f"/{_language}", front_page)


def error_page(request: Request, status: int, title: str, detail: str) -> Response:
    """Return the page that tells a person what went wrong, in the language of the address they are at."""
    page = HtmlPage(request, _language_of(request))
    key = f"error.{status}"
    heading = page.t.get(key, page.t["error.other"])
    explanation = page.t.get(f"{key}_text", "")
    values = {
        "code": status,
        "heading": heading,
        "explanation": explanation,
        "detail": "" if detail == NO_ADDRESS else detail or title,
    }
    return html(page, "error.html", values, status)


@dataclass(frozen=True, slots=True)
class _Taught:
    skill: Item
    count: int


def _page(request: Request, produce: Callable[[Call, HtmlPage], Response]) -> Response:
    def render(call: Call) -> Response:
        return produce(call, HtmlPage(request, _language_of(request), call.reader.number))

    return respond(request, render, version=pages_version())


def _language_of(request: Request) -> str:
    first = raw_path(request.scope).removeprefix("/").partition("/")[0]
    return first if first in LANGUAGES else preferred_language(request)


def _thing(page: HtmlPage, template: str, iri: str, values: Mapping[str, object]) -> Response:
    links = page.formats(iri)
    types = {name: media_type for name, _, media_type in FORMATS}
    more = {"iri": iri, "links": links, "link_types": types, "next_address": following(page)}
    page.described = getattr(values.get("view"), "description", None)
    return html(page, template, {**more, **values})


def _offered(offer: Offer, page: HtmlPage) -> list[tuple[str, Sequence[Text]]]:
    """Return what a learner asks first, each with what is said of it."""
    return [
        ("price", [Text(price, page.language) for price in offer.prices]),
        ("start", [Text(page.day(day.isoformat()), page.language) for day in offer.starts]),
        ("country", offer.countries),
        ("language", offer.languages),
    ]


def _counts(call: Call) -> Mapping[str, int]:
    # Counting is a scan; publishing did it once.
    if call.reader.path is None:
        return call.catalogue.statistics()
    found: Mapping[str, int] = json.loads((call.reader.path / "release.json").read_text(encoding="utf-8"))["counts"]
    return found


def _starts(call: Call, page: HtmlPage) -> list[Item]:
    # A remote engine has no index to rank by.
    if call.reader.path is None:
        return list(call.catalogue.occupations(limit=_EXAMPLES, offset=0, language=page.language).items)
    found = leading_occupations(call.reader.path, call.reader.tag, _EXAMPLES)
    return [item for iri in found if (item := call.catalogue.item(iri)) is not None]


def _taught(call: Call, link: SkillLink) -> _Taught:
    return _Taught(link.skill, call.catalogue.skill_credentials(link.skill.iri, limit=1, offset=0).total)


def _value(term: Term, about: Statements, page: HtmlPage) -> Shown:
    if term.kind == "literal":
        return Shown(Text(term.value, term.language or ""))
    if about.has(term.value) or page.addresses.kind_of(term.value) is not None:
        return page.shown(term.value, about.label(term.value))
    return Shown(Text(term.value), term.value if term.value.startswith(("http://", "https://")) else "")

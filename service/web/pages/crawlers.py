"""Tells crawlers what to read: robots.txt, and a sitemap of the pages in each language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated
from xml.sax.saxutils import escape

from fastapi import APIRouter, Path, Request, Response

from ...catalogue.records import Filters, Item, Kind
from ...errors import NotFound
from ...messages.messages import LANGUAGES
from ...rdf.media_types import PLAIN, XML
from ..edge.call import Call, respond
from ..edge.services import basics_of
from ..models.addresses import COLLECTIONS, Addresses
from ..models.whole_numbers import Whole

router = APIRouter(include_in_schema=False)

# sitemaps.org lets a file have 50,000 addresses; these are made on request.
MOST_ADDRESSES = 5_000
# Answers of a form, of an older release, or made anew for each request: a crawler could go on for ever.
_NOT_FOR_CRAWLERS = ("/api/", "/sparql", "/dumps/", "/graphs", "/*?*release=", "/*?*offset=", "/*/search?", "/*/path?")
_KINDS: dict[str, Kind] = {collection: kind for kind, collection in COLLECTIONS.items()}
_DAY = {"Cache-Control": "public, max-age=86400"}
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Answer with what crawlers may read, and where the sitemap is."""
    addresses, pages = _addresses(request), Addresses(basics_of(request).settings.base_url, with_host=False)
    lines = ["User-agent: *", *(f"Disallow: {pages.path(path)}" for path in _NOT_FOR_CRAWLERS)]
    lines += [f"Allow: {pages.path('/')}", "", f"Sitemap: {addresses.path('/sitemap.xml')}"]
    return Response("\n".join(lines) + "\n", media_type=f"{PLAIN}; charset=utf-8", headers=_DAY)


@router.get("/sitemap.xml")
def sitemap_index(request: Request) -> Response:
    """Answer with the sitemaps: for each language and kind of thing as many as it takes."""

    def produce(call: Call) -> Response:
        names = [f"{language}/pages-1" for language in LANGUAGES]
        for collection, kind in _KINDS.items():
            total = _page(call, kind, "en", 1, 0)[1]
            count = -(-total // MOST_ADDRESSES)
            names += [f"{lang}/{collection}-{number}" for lang in LANGUAGES for number in range(1, count + 1)]
        places = [_addresses(request).path(f"/sitemaps/{name}.xml") for name in names]
        return _written("sitemapindex", "sitemap", places, call)

    return respond(request, produce)


@router.get("/sitemaps/{language}/{collection}-{number}.xml")
def sitemap(
    request: Request, language: str, collection: str, number: Annotated[Whole, Path(ge=1, le=100_000)]
) -> Response:
    """Answer with the addresses of pages of one kind in one language."""

    def produce(call: Call) -> Response:
        addresses = _addresses(request)
        items: list[Item] = []
        if language in LANGUAGES and collection in _KINDS:
            items, _ = _page(call, _KINDS[collection], language, MOST_ADDRESSES, (number - 1) * MOST_ADDRESSES)
        places = [addresses.page(item, language) for item in items]
        if language in LANGUAGES and (collection, number) == ("pages", 1):
            places = [addresses.path(f"/{language}/{name}") for name in ("", "search", "path", "check")]
        if not places:
            raise NotFound("there is no such sitemap; /sitemap.xml names those that there are")
        return _written("urlset", "url", places, call)

    return respond(request, produce)


def _page(call: Call, kind: Kind, language: str, limit: int, offset: int) -> tuple[list[Item], int]:
    """Return things of a kind in the order of their lists, and how many there are."""
    catalogue = call.catalogue
    if kind == "credential":
        page = catalogue.credentials(Filters(), language=language, limit=limit, offset=offset)
        return [Item(summary.iri, kind, summary.title) for summary in page.items], page.total
    lists = {
        "skill": catalogue.skills, "occupation": catalogue.occupations, "programme": catalogue.programmes,
        "provider": catalogue.providers,
    }  # fmt: skip
    found = lists[kind](limit=limit, offset=offset, language=language)
    return list(found.items), found.total


def _written(root: str, entry: str, places: Iterable[str], call: Call) -> Response:
    made = call.reader.created

    def lines() -> Iterator[str]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">\n'
        date = f"<lastmod>{made:%Y-%m-%d}</lastmod>" if made else ""
        for place in places:
            yield f"<{entry}><loc>{escape(place)}</loc>{date}</{entry}>\n"
        yield f"</{root}>\n"

    return Response("".join(lines()).encode(), media_type=XML)


def _addresses(request: Request) -> Addresses:
    return Addresses(basics_of(request).settings.base_url)

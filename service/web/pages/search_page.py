"""The search page: one kind of thing at a time, micro-credentials with filters and counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from ...catalogue.catalogue import Catalogue
from ...catalogue.records import CredentialSummary, Definition, FacetValue, Filters, Hit, Item, Kind
from ...catalogue.records import Page as Listing
from ...errors import InvalidArgument
from ...messages.messages import Text
from ..edge.call import Call
from ..models.parameters import filters_from
from .render import HtmlPage, html

KINDS: tuple[Kind, ...] = ("credential", "occupation", "skill", "programme", "provider")
PAGE_SIZE = 20

_FACETS = ("field", "level", "mode", "language", "country", "provider")
_DEFINITIONS: tuple[Definition, ...] = ("met", "gaps", "any")
_FACET_VALUES = 15
_FURTHEST = 2**31 - 1
_CLOSEST = 5


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """A value of a facet as a box to tick."""

    value: str
    label: Text
    count: int
    chosen: bool


def search_page(call: Call, page: HtmlPage) -> Response:
    """Return the page for what the address asks; a filter that means nothing is explained on it, with status 422."""
    query = call.request.query_params
    kind: Kind = next((kind for kind in KINDS if kind == query.get("kind")), "credential")
    words = " ".join(query.get("q", "").split())[:200]
    values: dict[str, Any] = {
        "kinds": KINDS, "kind": kind, "words": words, "address": _addresses(page), "next_address": following(page),
        "with_gaps": _with(page, definition="any"), "facets": (), "skills": (), "problem": "", "elsewhere": (),
        "min_ects": query.get("min_ects", ""), "max_ects": query.get("max_ects", ""),
        "by_definition": {"met": 0, "gaps": 0}, "definition": "met", "closest": (),
        "listing": Listing((), 0, PAGE_SIZE, 0),
    }  # fmt: skip
    try:
        if kind == "credential":
            values |= _credentials(call, page, words)
        else:
            values["listing"] = things(call.catalogue, kind, words, page.language, offset_of(call))
    except InvalidArgument as error:
        return html(page, "search.html", {**values, "problem": str(error)}, 422)
    values["closest"] = _closest(call.catalogue, kind, words)
    if words and (values["closest"] or not values["listing"].total):
        values["elsewhere"] = _elsewhere(call.catalogue, kind, words)
    return html(page, "search.html", values)


def offset_of(call: Call) -> int:
    """Return how many items the address leaves out.

    Raises:
        InvalidArgument: it is no whole number.
    """
    text = call.request.query_params.get("offset", "0")
    if not (text.isascii() and text.isdigit()) or int(text[:12]) > _FURTHEST:
        raise InvalidArgument(f"offset must be a whole number from 0 to {_FURTHEST}, got {text[:50]!r}")
    return int(text)


def following(page: HtmlPage) -> Callable[[int], str]:
    """Return what makes the address of the same page at another offset."""
    others = [(name, value) for name, value in page.request.query_params.multi_items() if name != "offset"]
    return lambda offset: "?" + urlencode([*others, ("offset", offset)])


def _with(page: HtmlPage, **changed: str) -> str:
    """Return the address of the first page of the same search with something changed."""
    left_out = {"offset", *changed}
    others = [(name, value) for name, value in page.request.query_params.multi_items() if name not in left_out]
    return "?" + urlencode([*others, *changed.items()])


def _addresses(page: HtmlPage) -> Callable[..., str]:
    base = page.path(f"/{page.language}/search")
    kept = page.addresses.kept
    return lambda **values: kept(f"{base}?{urlencode({name: value for name, value in values.items() if value})}")


def _credentials(call: Call, page: HtmlPage, words: str) -> Mapping[str, Any]:
    query = call.request.query_params
    names = ("provider", "country", "language", "level", "mode", "field", "skill", "missing")
    definition = next((one for one in _DEFINITIONS if one == query.get("definition")), _DEFINITIONS[0])
    filters = filters_from(
        call.addresses,
        text=words,
        min_ects=query.get("min_ects"),
        max_ects=query.get("max_ects"),
        definition=definition,
        **{name: query.getlist(name) for name in names},
    )
    listing: Listing[CredentialSummary] = call.catalogue.credentials(
        filters, language=page.language, limit=PAGE_SIZE, offset=offset_of(call)
    )
    counted = call.catalogue.facets(filters)
    facets = [(name, _choices(counted.get(name, ()), _chosen(filters, name), page)) for name in _FACETS]
    skills = [call.catalogue.item(iri) or Item(iri, "skill", {}) for iri in filters.skill]
    return {
        "listing": listing, "facets": [facet for facet in facets if facet[1]], "skills": skills,
        "definition": definition, "by_definition": call.catalogue.by_definition(filters),
    }  # fmt: skip


def _chosen(filters: Filters, name: str) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(filters, name)
    return found


def _choices(values: tuple[FacetValue, ...], chosen: tuple[str, ...], page: HtmlPage) -> list[FacetChoice]:
    shown = [
        FacetChoice(v.value, page.best(v.label) or page.code_label(v.value), v.count, v.value in chosen)
        for number, v in enumerate(values)
        if number < _FACET_VALUES or v.value in chosen
    ]
    absent = set(chosen) - {value.value for value in values}
    return shown + [FacetChoice(iri, page.code_label(iri), 0, True) for iri in sorted(absent)]


def _closest(catalogue: Catalogue, kind: Kind, words: str) -> tuple[Hit, ...]:
    """Return the best things of a kind when no single one has all the words as they are spelt."""
    found = catalogue.search(words, (kind,), limit=_CLOSEST).items
    return found if found and found[0].how != "words" else ()


def _elsewhere(catalogue: Catalogue, kind: Kind, words: str) -> list[tuple[Kind, int]]:
    """Return the other kinds of which the words find some, and how many."""
    counts = [
        (other, catalogue.search(words, (other,), limit=1, every_word=True).total) for other in KINDS if other != kind
    ]
    return [(other, total) for other, total in counts if total]


def things(catalogue: Catalogue, kind: Kind, words: str, language: str, offset: int) -> Listing[Hit]:
    """Return the things of a kind that words find, or all of them; micro-credentials are only found by words."""
    if words:
        return catalogue.search(words, (kind,), language=None, limit=PAGE_SIZE, offset=offset)
    lists = {
        "occupation": catalogue.occupations,
        "skill": catalogue.skills,
        "programme": catalogue.programmes,
        "provider": catalogue.providers,
    }
    found = lists[kind](limit=PAGE_SIZE, offset=offset, language=language)
    return Listing(tuple(Hit(item, "", "") for item in found.items), found.total, found.limit, found.offset)

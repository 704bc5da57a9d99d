"""Content negotiation by RFC 9110 and RFC 4647: which of the formats or languages on offer the client prefers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .errors import NotAcceptable
from .rdf.media_types import (
    CSV,
    HTML,
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_XML,
    RESULTS_JSON,
    RESULTS_XML,
    TRIG,
    TSV,
    TURTLE,
)

FORMATS: Mapping[str, str] = {
    "json": RESULTS_JSON,
    "xml": RESULTS_XML,
    "csv": CSV,
    "tsv": TSV,
    "ttl": TURTLE,
    "jsonld": JSON_LD,
    "nt": N_TRIPLES,
    "rdf": RDF_XML,
    "trig": TRIG,
    "nq": N_QUADS,
    "html": HTML,
}
"""Media types by the names that `format=` and file endings use."""

# Other names for formats, such as SPARQLWrapper sends, and what `json` and `xml` mean for a graph.
_OTHER_NAMES: Mapping[str, str] = {
    "json": "jsonld",
    "xml": "rdf",
    "json-ld": "jsonld",
    "rdf+xml": "rdf",
    "turtle": "ttl",
    "n3": "ttl",
    "ntriples": "nt",
    "nquads": "nq",
    "srj": "json",
    "srx": "xml",
}
# An element of a list: anything but a comma, quoted strings whole.
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?)+')
_PARAMETER = re.compile(r';\s*([^\s;=]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]*)')
_MEDIA_RANGE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+\Z")
_LANGUAGE_RANGE = re.compile(r"(?:\*|[a-z]{1,8})(?:-(?:\*|[a-z0-9]{1,8}))*\Z")
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


class _Range(NamedTuple):
    name: str
    quality: float


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """Return the media type to answer with.

    The highest quality wins; of equal ones the type that the client names most exactly, then the one offered first.
    Parameters of a range other than `q` do not matter. A header without one readable range counts as no header.

    Raises:
        NotAcceptable: the client accepts none of them.
    """
    ranges = [range_ for range_ in _ranges(accept) if _MEDIA_RANGE.match(range_.name)] or [_Range("*/*", 1.0)]
    best, best_rank = None, (0.0, 0)
    for media_type in offered:
        rank = _rank(media_type, ranges)
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = media_type, rank
    if best is None:
        raise NotAcceptable(f"offered are {', '.join(offered)}; asked for was {(accept or '')[:200]!r}", tuple(offered))
    return best


def choose_format(name: str, offered: Sequence[str]) -> str:
    """Return the media type that a `format=` parameter names; it may also be a media type itself.

    Raises:
        NotAcceptable: there is no such format here.
    """
    media_type = find_format(name, offered)
    if media_type is None:
        known = ", ".join(short for short, full in FORMATS.items() if full in offered)
        raise NotAcceptable(f"format must be one of {known} here, got {name[:100]!r}", tuple(offered))
    return media_type


def find_format(name: str, offered: Sequence[str]) -> str | None:
    """Return the media type that a `format=` parameter names, or None when it is not offered."""
    name = name.lower()
    found = (FORMATS.get(name, name), FORMATS.get(_OTHER_NAMES.get(name, ""), ""))
    return next((media_type for media_type in found if media_type in offered), None)


def choose_language(accept_language: str | None, offered: Sequence[str]) -> str:
    """Return the language of `offered` to answer in, by the lookup of RFC 4647 §3.4; the first when none matches."""
    ranges = [range_ for range_ in _ranges(accept_language) if _LANGUAGE_RANGE.match(range_.name)]
    refused = {range_.name for range_ in ranges if range_.quality == 0}
    allowed = [tag for tag in offered if tag.lower() not in refused]
    for range_ in sorted(ranges, key=lambda range_: -range_.quality):
        if range_.quality == 0:
            continue
        if range_.name == "*":
            named = {_primary(other.name) for other in ranges}
            return next((tag for tag in allowed if _primary(tag.lower()) not in named), (allowed or list(offered))[0])
        found = _look_up(range_.name, allowed)
        if found is not None:
            return found
    return (allowed or list(offered))[0]


def content_type(media_type: str) -> str:
    """Return the value of a Content-Type header: types under text/ say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _ranges(header: str | None) -> list[_Range]:
    found = []
    for element in _ELEMENT.findall(header or ""):
        name = element.partition(";")[0].strip().lower()
        parameters = {key.lower(): value for key, value in _PARAMETER.findall(element)}
        quality = parameters.get("q", "1")
        if name and _QUALITY.match(quality):
            found.append(_Range(name, float(quality)))
    return found


def _rank(media_type: str, ranges: Sequence[_Range]) -> tuple[float, int]:
    """Return quality and exactness (3 the type itself, 2 its family, 1 anything) of the closest range."""
    family = media_type.partition("/")[0] + "/*"
    for exactness, name in ((3, media_type), (2, family), (1, "*/*")):
        qualities = [range_.quality for range_ in ranges if range_.name == name]
        if qualities:
            return max(qualities), exactness
    return 0.0, 0


def _look_up(name: str, offered: Sequence[str]) -> str | None:
    subtags = [subtag for subtag in name.split("-") if subtag != "*"]
    while subtags:
        candidate = "-".join(subtags)
        for tag in offered:
            if tag.lower() == candidate:
                return tag
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return None


def _primary(tag: str) -> str:
    return tag.partition("-")[0]

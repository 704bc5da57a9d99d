"""The parameters that many operations take: pages, filters, keys and the language of labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, get_args, get_origin

from fastapi import Query, Request
from fastapi.dependencies.models import Dependant

from ...catalogue.codes import load_codes
from ...catalogue.records import Definition, Filters
from ...errors import InvalidArgument
from ...messages.messages import best_text
from ...negotiation import choose_language
from ...rdf.normal_iris import parse_thing
from ...rdf.terms import parse_decimal, parse_language
from .addresses import Addresses
from .whole_numbers import Whole

MAX_LIMIT = 200
MAX_ECTS = 1000
_ELEMENT = re.compile(r"[A-Z]{1,4}[0-9]{1,3}")
_MAX_OFFSET = 2**31 - 1

Limit = Annotated[Whole, Query(ge=1, le=MAX_LIMIT, description="Most items to answer with.")]
Offset = Annotated[Whole, Query(ge=0, le=_MAX_OFFSET, description="How many items to leave out.")]
Words = Annotated[
    str,
    Query(
        max_length=200,
        description="Words, all of which must be said of the thing; best first then.",
        examples=["programming"],
    ),
]
Lang = Annotated[
    str | None,
    Query(
        description="Language of labels, such as `fi`; `*` = all of them. Absent: `Accept-Language`, and without that "
        "header all of them.",
        examples=["fi"],
    ),
]
Format = Annotated[
    str | None,
    Query(alias="format", description="json, ttl, jsonld, nt, rdf, trig or nq; wins over `Accept`.", examples=["ttl"]),
]
ResultFormat = Annotated[
    str | None,
    Query(
        alias="format",
        description="json, xml, csv or tsv of rows; ttl, jsonld, nt, rdf, trig or nq of triples; wins over `Accept`.",
        examples=["json"],
    ),
]
PageFormat = Annotated[
    str | None, Query(alias="format", description="json or html; wins over `Accept`.", examples=["json"])
]
ListFormat = Annotated[
    str | None,
    Query(
        alias="format",
        description="json or csv; wins over `Accept`. CSV is the whole list from `offset` on, unless `limit` is given.",
        examples=["csv"],
    ),
]
KEY = "Local id, ESCO id (UUID), or a whole IRI, percent-encoded."
"""How a thing is named in an address; each collection gives an example of its own, which the demo has."""


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """Which labels to answer with: one language, or all (`language` None)."""

    language: str | None

    @property
    def order(self) -> str:
        """Return the language that titles are sorted in."""
        return self.language or "en"

    def pick(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        """Return the label in the language asked for, or the best other one under its own tag."""
        if self.language is None:
            return dict(sorted(labels.items()))
        best = best_text(labels, self.language)
        return {} if best is None else {best.language: best.words}


def label_choice(request: Request, lang: str | None) -> LabelChoice:
    """Return the languages of an answer.

    Raises:
        InvalidArgument: `lang` is no language tag.
    """
    if lang == "*":
        return LabelChoice(None)
    if lang:
        return LabelChoice(parse_language(lang))
    header = request.headers.get("accept-language", "")
    asked = [part.partition(";")[0].strip() for part in header.split(",")]
    offered = [tag for tag in asked if tag and tag != "*"]
    return LabelChoice(_asked(header, offered) if offered else None)


async def refuse_repeated(request: Request) -> None:
    """Let no parameter stand twice that has one value: which of them counts would be a guess.

    Raises:
        InvalidArgument: one does. Values that a named query or SPARQL takes are their own.
    """
    if not request.query_params:
        return
    taken = _query_parameters(request.scope["route"].dependant)
    for name in (name for name, annotation in taken if not _has_many(annotation)):
        if len(values := request.query_params.getlist(name)) > 1:
            raise InvalidArgument(f"{name} may stand once, got {len(values)} of them")


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, object]]:
    """Yield name and type of the parameters in the query of an operation: its own and of all that it depends on."""
    yield from ((field.alias, field.field_info.annotation) for field in dependant.query_params)
    for other in dependant.dependencies:
        yield from _query_parameters(other)


def _has_many(annotation: object) -> bool:
    return any(get_origin(one) is list for one in (annotation, *get_args(annotation)))


async def refuse_unknown(request: Request) -> None:
    """Let no parameter pass that the operation does not take: a mistyped filter would look like an answer.

    Raises:
        InvalidArgument: there is one. A named query refuses its own.
    """
    route = request.scope["route"]
    if not request.query_params or route.path.endswith("/queries/{name}"):
        return
    known = {name for name, _ in _query_parameters(route.dependant)}
    for name in request.query_params:
        if name not in known:
            raise InvalidArgument(f"there is no parameter {name[:50]!r} here; there are: {', '.join(sorted(known))}")


def filters_from(
    addresses: Addresses,
    *,
    text: str = "",
    provider: list[str] | None = None,
    country: list[str] | None = None,
    language: list[str] | None = None,
    level: list[str] | None = None,
    mode: list[str] | None = None,
    field: list[str] | None = None,
    skill: list[str] | None = None,
    min_ects: str | None = None,
    max_ects: str | None = None,
    definition: Definition = "met",
    missing: list[str] | None = None,
) -> Filters:
    """Return the filters that codes, ids or IRIs stand for.

    Raises:
        InvalidArgument: one of them is neither a known code nor an IRI, or a bound is no number.
    """
    codes = load_codes()

    def concepts(name: str, values: list[str] | None) -> tuple[str, ...]:
        return tuple(dict.fromkeys(codes.iri(name, value) for value in values or () if value))

    return Filters(
        text=" ".join(text.split()),
        provider=tuple(addresses.iri_from_key("provider", value) for value in provider or () if value),
        country=concepts("country", country),
        language=concepts("language", language),
        level=concepts("level", level),
        mode=concepts("mode", mode),
        field=concepts("field", field),
        skill=tuple(parse_thing(addresses.iri_from_key("skill", value)).value for value in skill or () if value),
        min_ects=_credits("min_ects", min_ects),
        max_ects=_credits("max_ects", max_ects),
        definition=definition,
        missing=tuple(dict.fromkeys(_element(value) for value in missing or () if value)),
    )


def moment_from(name: str, text: str) -> datetime:
    """Return the time that a date or time in ISO 8601 stands for; UTC where it does not say.

    Raises:
        InvalidArgument: it is neither; `name` is the parameter that holds it.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that nobody encoded
    except ValueError as error:
        also = "the number of a release, " if name == "since" else ""
        raise InvalidArgument(
            f"{name} must be {also}a date, or a time such as 2026-11-30T12:00:00Z, got {text!r}"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _element(value: str) -> str:
    if not _ELEMENT.fullmatch(value):
        raise InvalidArgument(f"missing must name elements of the definition such as M11, got {value[:50]!r}")
    return value


def _credits(name: str, value: str | None) -> Decimal | None:
    if not value:
        return None
    try:
        bound = Decimal(parse_decimal(value.strip()).value)
    except InvalidArgument as error:
        raise InvalidArgument(f"{name}: {error}") from error
    if not 0 <= bound <= MAX_ECTS:
        raise InvalidArgument(f"{name} must be a number from 0 to {MAX_ECTS}, got {value[:50]!r}")
    return bound


def _asked(header: str, offered: list[str]) -> str | None:
    try:
        return parse_language(choose_language(header, offered))
    except InvalidArgument:
        return None

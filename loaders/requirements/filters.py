"""Turns the filter of a requirement, and its numbers, into statements (docs/requirements.md)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ..identifiers import iri_term
from ..statements import typed_term
from ..vocabulary import EQF, MC, RDF_TYPE
from .keys import Entries, Meaning
from .words import level_bounds
from .yaml_nodes import Fields, Items, Node

FILTER_KEYS = ("credentials", "skills", "providers", "fields", "languages", "level", "and", "or", "not")
_DEEPEST = 16


class Statement(NamedTuple):
    """A statement; `term` is in N-Quads syntax."""

    subject: str
    predicate: str
    term: str


def typed(iri: str, name: str) -> Statement:
    """Return `iri a mc:name`."""
    return Statement(iri, RDF_TYPE, iri_term(MC + name))


def numbered(iri: str, name: str, value: Decimal | int) -> Statement:
    """Return `iri mc:name value`, an integer or a decimal."""
    text, kind = (str(value), "integer") if isinstance(value, int) else (f"{value:f}", "decimal")
    return Statement(iri, MC + name, typed_term(text, kind))


def ends(iri: str, found: tuple[Decimal | int | None, Decimal | int | None] | None) -> Iterator[Statement]:
    """Yield the least and the greatest number of a range, as far as it has them."""
    for name, end in zip(("minimum", "maximum"), found or (None, None), strict=True):
        if end is not None:
            yield numbered(iri, name, end)


def filter_statements(
    entries: Entries, iri: str, meaning: Meaning, provider: str = "", depth: int = 1
) -> Iterator[Statement]:
    """Yield what a filter says, but for its type; nothing when it lets everything pass.

    `provider` is one that the file does not name: the body that a residency means.
    """
    forms = (
        ("credentials", "credential", meaning.credential),
        ("skills", "skill", meaning.skill),
        ("providers", "provider", meaning.organisation),
        ("fields", "field", meaning.field),
        ("languages", "language", meaning.code("language")),
    )
    if provider:
        yield Statement(iri, MC + "provider", iri_term(provider))
    for word, name, form in forms:
        value = entries.get(word)
        if value is not None:
            for found in meaning.each(value, word, form):
                yield Statement(iri, MC + name, iri_term(found))
    asked = entries.get("level")
    if asked is not None:
        levels = meaning.read(asked, "level", level_bounds) or (None, None)
        for name, level in zip(("minimumLevel", "maximumLevel"), levels, strict=True):
            if level is not None:
                yield Statement(iri, MC + name, iri_term(f"{EQF}{level}"))
    for word in ("and", "or", "not"):
        value = entries.get(word)
        if value is not None:
            yield from _nested(value, word, iri, meaning, depth)


def _nested(value: Node, word: str, iri: str, meaning: Meaning, depth: int) -> Iterator[Statement]:
    inside = value.values if isinstance(value, Items) else (value,)
    if depth >= _DEEPEST or not inside:
        meaning.notes.refuse(value, word, f"one filter or more is needed, and at most {_DEEPEST} within each other")
        return
    for place, each in enumerate(inside, 1):
        if not isinstance(each, Fields):
            meaning.notes.refuse(each, word, "a filter is needed, such as {field: 06}")
            continue
        below = f"{iri}-{word}-{place}"
        yield Statement(iri, MC + word, iri_term(below))
        yield typed(below, "Filter")
        entries = Entries(each, FILTER_KEYS, meaning.notes, "a filter")
        yield from filter_statements(entries, below, meaning, "", depth + 1)

"""Finds the things that a name, a code or properties in a table may mean, with a score for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...errors import InvalidArgument
from ...linking.linker.grams import plain
from ...messages.messages import best_text
from ...rdf.terms import local_name, parse_iri
from ..catalogue import Catalogue
from ..records import Item, Kind
from .asked import Query, Wanted
from .kinds import TYPES, EntityType, type_of
from .properties import Described, property_named

_POOL = 25
_MOST_LINKED = 100
_BY_PROPERTIES = 0.3  # share of the score that properties have, when there are some
_BARE = 0.97  # of a label without what explains it in brackets
_OTHER_TYPE = 0.8  # of a thing of another type than should be
_EXPLANATION = re.compile(r"\s*\([^()]*\)\s*$")
_SEARCHED = 200  # characters of a name that are looked for


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant; `score` is at most 100, `match` says that it is the one without doubt."""

    item: Item
    type: EntityType
    name: str
    matched: str
    score: float
    match: bool
    features: Mapping[str, bool | float]


def candidates(catalogue: Catalogue, query: Query, language: str) -> Sequence[Candidate]:
    """Return what a query may mean, best first.

    Args:
        catalogue: a release.
        query: a name or an identifier, types and properties.
        language: of the names that are answered.

    Raises:
        InvalidArgument: a property is unknown.
    """
    if query.strict == "all" and len({each.id for each in query.types}) > 1:
        return ()  # nothing is of two types
    for one in query.wanted:
        property_named(one.property)
    kinds = [each.kind for each in (TYPES if query.strict == "should" or not query.types else query.types)]
    preferred = {each.kind for each in query.types} or {each.kind for each in TYPES}
    found = [_candidate(catalogue, item, matched, query, preferred, language)
             for item, matched in _found(catalogue, query, kinds)]  # fmt: skip
    ranked = sorted((one for one in found if one.score), key=lambda one: (-one.score, one.item.iri))[: query.limit]
    sure = [one for one in ranked if one.match]
    return ranked if len(sure) < 2 else [_unsure(one) for one in ranked]


def _found(catalogue: Catalogue, query: Query, kinds: Sequence[Kind]) -> Iterator[tuple[Item, str]]:
    """Yield each thing once with the label that was found: by its identifier, else by words."""
    known = _by_identifier(catalogue, query.text)
    if known is not None and known.kind in kinds:
        yield known, query.text
        return
    texts = [query.text] if query.text else [value for one in query.wanted for value in one.values]
    seen: set[str] = set()
    for text in texts:
        shown = catalogue.search(text[:_SEARCHED], kinds, None, max(_POOL, query.limit)).items
        for hit in shown:
            if hit.item.iri not in seen and type_of(hit.item.kind):
                seen.add(hit.item.iri)
                yield hit.item, hit.matched
        for item in () if query.text else _linked(catalogue, text, kinds):
            if item.iri not in seen:
                seen.add(item.iri)
                yield item, ""


def _linked(catalogue: Catalogue, value: str, kinds: Sequence[Kind]) -> Iterator[Item]:
    """Yield what a thing that is the value of a property leads to: what is narrower, teaches it or needs it."""
    known = _by_identifier(catalogue, value)
    if known is None:
        return
    described = Described(catalogue, known.iri)
    for name in ("narrower", "occupations", "credentials", "essentialSkills", "skills"):
        for other in described.values(property_named(name), "en")[:_MOST_LINKED]:
            item = catalogue.item(other.iri)
            if item is not None and item.kind in kinds:
                yield item


def _by_identifier(catalogue: Catalogue, text: str) -> Item | None:
    if ":" not in text or " " in text:
        return None
    try:
        item = catalogue.item(parse_iri(text).value)
    except InvalidArgument:
        return None
    return item if item and type_of(item.kind) else None


def _candidate(
    catalogue: Catalogue, item: Item, matched: str, query: Query, preferred: set[Kind], language: str
) -> Candidate:
    best = best_text(item.label, language)
    is_itself = matched == query.text == item.iri
    labels = [*item.label.values(), matched]
    wanted = plain(query.text)
    bare = [_EXPLANATION.sub("", label) for label in labels if _EXPLANATION.search(label)]
    name_score = max(
        [likeness(wanted, plain(label)) for label in labels] + [_BARE * likeness(wanted, plain(each)) for each in bare]
    )
    if is_itself:
        name_score = 1.0
    exact_preferred = bool(wanted) and any(plain(label) == wanted for label in item.label.values())
    exact_other = bool(wanted) and not exact_preferred and not is_itself and plain(matched) == wanted
    features: dict[str, bool | float] = {
        "identifier": is_itself,
        "exact_pref_label": exact_preferred,
        "exact_alt_label": exact_other,
        "name_similarity": round(name_score, 4),
    }
    score = name_score if query.text else 0.0
    if query.wanted:
        described = Described(catalogue, item.iri)
        having = [_has(described, one, language) for one in query.wanted]
        features |= {f"property:{one.property}": has for one, has in zip(query.wanted, having, strict=True)}
        share = sum(having) / len(having)
        score = share if not query.text else (1 - _BY_PROPERTIES) * name_score + _BY_PROPERTIES * share
    if item.kind not in preferred:
        score *= _OTHER_TYPE
    found = type_of(item.kind)
    assert found is not None
    sure = (is_itself or exact_preferred) and score > 0.999
    name = best.words if best else local_name(item.iri)
    return Candidate(item, found, name, "" if is_itself else matched, round(100 * score, 2), sure, features)


def _has(described: Described, wanted: Wanted, language: str) -> bool:
    found = property_named(wanted.property)
    values = [*described.values(found, language)]
    if found.values == "text":
        values += [value for tag in ("en", "fi", "sv") for value in described.values(found, language, tag)]
    known = {text for value in values for text in (value.iri, plain(value.text)) if text}
    numbers = {value.number for value in values if value.number is not None}
    return any(
        value in known or plain(value) in known or plain(local_name(value)) in known or _number(value) in numbers
        for value in wanted.values
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unsure(one: Candidate) -> Candidate:
    return Candidate(one.item, one.type, one.name, one.matched, one.score, False, one.features)


def likeness(one: str, other: str) -> float:
    """Return how alike two folded names are: Dice's coefficient of their letters in threes.

    >>> likeness("night", "nacht"), likeness("data", "data")
    (0.2, 1.0)
    """
    if one == other:
        return 1.0
    first, second = _threes(one), _threes(other)
    return round(2 * len(first & second) / max(1, len(first) + len(second)), 4)


@lru_cache(maxsize=4096)
def _threes(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))

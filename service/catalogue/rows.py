"""Turns rows of named queries into records; only this module and the catalogue see such rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain

from ..rdf.namespaces import ELM, ESCO, ESCO_THINGS, MC
from ..rdf.statements import Row, Solutions
from ..rdf.terms import Term
from .records import CredentialSummary, FacetValue, Filters, Hit, Item, Kind, Labels, Prerequisite

# The first that applies wins: a micro-credential of a provider's own is typed elm:Qualification, too.
_KINDS: Mapping[str, Kind] = {
    MC + "MicroCredential": "credential",
    MC + "ListedAchievement": "listed",
    MC + "DegreeProgramme": "programme",
    MC + "ProgrammeModule": "programme",
    ESCO + "Skill": "skill",
    ESCO + "Occupation": "occupation",
    ELM + "Organisation": "provider",
    ESCO_THINGS + "concept-scheme/skills": "skill",
    ESCO_THINGS + "concept-scheme/skills-hierarchy": "skill",
    ESCO_THINGS + "concept-scheme/isco": "occupation",
    ESCO_THINGS + "concept-scheme/occupations": "occupation",
}


def arguments_from_filters(filters: Filters) -> dict[str, tuple[str, ...]]:
    """Return the arguments that the queries `credentials` and `credential-facets` share."""
    text = " ".join(filters.text.split())
    given: dict[str, tuple[str, ...]] = {
        "text": (text,) if text else (),
        "provider": filters.provider,
        "country": filters.country,
        "language": filters.language,
        "level": filters.level,
        "mode": filters.mode,
        "field": filters.field,
        "skill": filters.skill,
        "missing": filters.missing,
        "min_ects": () if filters.min_ects is None else (f"{filters.min_ects:f}",),
        "max_ects": () if filters.max_ects is None else (f"{filters.max_ects:f}",),
    }
    return {name: values for name, values in given.items() if values}


def labels_from_terms(terms: Iterable[Term]) -> Labels:
    """Return one text a language, by language tag: of several the first by code point."""
    labels: dict[str, str] = {}
    for term in terms:
        tag = (term.language or "").lower()
        labels[tag] = min(labels.get(tag, term.value), term.value)
    return dict(sorted(labels.items()))


def items_from_rows(rows: Sequence[Row]) -> dict[str, Item]:
    """Return the things of a `labels` answer that are of a kind we know, by IRI."""
    items: dict[str, Item] = {}
    for iri, found in _grouped(rows, "thing").items():
        known = {row[name].value for row in found for name in ("type", "scheme") if name in row}
        kind = next((kind for mark, kind in _KINDS.items() if mark in known), None)
        if kind is not None:
            items[iri] = Item(iri, kind, _labels(found, "label"))
    return items


def labels_from_rows(rows: Sequence[Row]) -> dict[str, Labels]:
    """Return the labels of the things of a `labels` answer, whatever they are, by IRI."""
    return {iri: _labels(found, "label") for iri, found in _grouped(rows, "thing").items()}


def summaries_from_rows(rows: Sequence[Row]) -> dict[str, CredentialSummary]:
    """Return the micro-credentials of a `credential-summaries` answer, by IRI."""
    return {iri: _summary(iri, found) for iri, found in _grouped(rows, "credential").items()}


def facets_from_rows(rows: Sequence[Row], labels: Mapping[str, Labels]) -> dict[str, tuple[FacetValue, ...]]:
    """Return the values of each facet of a `credential-facets` answer, in its order."""
    facets: dict[str, tuple[FacetValue, ...]] = {}
    for row in rows:
        value = row["value"].value
        facet = FacetValue(value, labels.get(value, {}), int(row["count"].value))
        facets[row["facet"].value] = (*facets.get(row["facet"].value, ()), facet)
    return facets


def added(*facets: Iterable[FacetValue]) -> tuple[FacetValue, ...]:
    """Return the values of a facet counted over several sets: the largest count first, then by value."""
    found: dict[str, FacetValue] = {}
    for value in chain.from_iterable(facets):
        before = found.get(value.value)
        found[value.value] = replace(value, count=value.count + (before.count if before else 0))
    return tuple(sorted(found.values(), key=lambda value: (-value.count, value.value)))


def in_order(elements: Iterable[str]) -> tuple[str, ...]:
    """Return elements of a definition as people count them.

    >>> in_order(["M10", "M9", "D3"])
    ('D3', 'M9', 'M10')
    """
    return tuple(sorted(elements, key=lambda name: (name.rstrip("0123456789"), len(name), name)))


def hits_from_rows(rows: Sequence[Row], items: Mapping[str, Item]) -> tuple[Hit, ...]:
    """Return the hits of a `search` or `suggest` answer, in its order."""
    return tuple(
        Hit(items[row["thing"].value], row["label"].value, row["label_language"].value)
        for row in rows
        if row["thing"].value in items
    )


def distances(
    start: str, steps: Iterable[tuple[str, str, bool]], items: Mapping[str, Item]
) -> tuple[Prerequisite, ...]:
    """Return what steps of (dependent, required, whether needed) name below `start`, nearest first, then by IRI.

    A thing is needed when some chain of steps that are needed leads to it.

    The distance is the smallest number of links from `start` (breadth-first search). Circles end where they began;
    what is named but not in the store keeps its place with no label.
    """
    links: dict[str, list[str]] = {}
    needing: dict[str, list[str]] = {}
    for dependent, required, needed in steps:
        links.setdefault(dependent, []).append(required)
        if needed:
            needing.setdefault(dependent, []).append(required)
    found = {start: 0}
    ring = [start]
    while ring:
        ring = sorted({other for iri in ring for other in links.get(iri, ()) if other not in found})
        found.update(dict.fromkeys(ring, max(found.values()) + 1))
    needed_ones = {start}
    waiting = [start]
    while waiting:
        new = [other for other in needing.get(waiting.pop(), ()) if other not in needed_ones]
        needed_ones.update(new)
        waiting += new
    return tuple(
        Prerequisite(items.get(iri, Item(iri, "credential", {})), distance, iri in needed_ones)
        for iri, distance in found.items()
        if iri != start
    )


def _summary(iri: str, rows: Sequence[Row]) -> CredentialSummary:
    providers = _values(rows, "provider")
    points = sorted(Decimal(row["ects"].value) for row in rows if "ects" in row)
    return CredentialSummary(
        iri=iri,
        title=_labels(rows, "title"),
        provider=providers[0] if providers else None,
        provider_name=_labels([row for row in rows if _is_of(row, providers[:1])], "provider_name"),
        ects=points[0] if points else None,
        level=next(iter(_values(rows, "level")), None),
        modes=_values(rows, "mode"),
        languages=_values(rows, "language"),
        countries=_values(rows, "country"),
        fields=_values(rows, "field"),
        missing=in_order(_values(rows, "missing")),
        described=in_order(_values(rows, "described")),
    )


def _is_of(row: Row, providers: Sequence[str]) -> bool:
    return "provider" in row and row["provider"].value in providers


def _grouped(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name].value, []).append(row)
    return groups


def _labels(rows: Iterable[Row], name: str) -> Labels:
    return labels_from_terms(row[name] for row in rows if name in row)


def _values(rows: Iterable[Row], name: str) -> tuple[str, ...]:
    return tuple(sorted({row[name].value for row in rows if name in row}))


def without(variable: str, solutions: Solutions) -> Solutions:
    """Return solutions without one of their variables."""
    if variable not in solutions.variables:
        return solutions
    rows = [{name: term for name, term in row.items() if name != variable} for row in solutions.rows]
    return Solutions(tuple(name for name in solutions.variables if name != variable), rows)

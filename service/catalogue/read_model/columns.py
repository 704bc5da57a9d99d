"""Reads the facets, ECTS and skills of all micro-credentials as columns of numbers, for read model and matrix."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...rdf.statements import Row
from ...resources import QUERIES
from ...sparql.binding import bind
from ...sparql.named_queries import load_queries
from ...store.protocol import Store

# The facets and the places of their values are also written in service/catalogue/records.py,
# queries/index/facet-members.rq, queries/credential-facets.rq and queries/credentials.rq.
COLUMN_FACETS = ("provider", "language", "level", "mode", "field", "ects")
GAPS = ("missing", "described")
"""Elements of the definition, of what is listed only."""

Numbers = Sequence[int]


@dataclass(frozen=True, slots=True)
class Columns:
    """Micro-credentials go by number, in the order of their IRIs; every list of numbers is sorted."""

    things: Mapping[str, Sequence[str]]
    """The IRIs of each kind, sorted. The micro-credentials are those of the kind `credential`."""
    facets: Mapping[str, Mapping[str, Numbers]]
    """Of each facet the values, and who has them; a value nobody has is left out."""
    teachers: Mapping[str, Numbers]
    """Of each skill that is taught those that teach it, narrower skills not counted."""
    listed: Columns | None = None
    """The same of what is listed with gaps, where something is; its things stand under `credential`."""

    @property
    def size(self) -> int:
        """Return the number of micro-credentials."""
        return len(self.things.get("credential", ()))


def read_columns(store: Store, teaching: Teaching | None = None) -> Columns:
    """Return the columns of what a store holds, derived graph included; a few seconds for 100,000.

    `teaching` is what its micro-credentials teach when that is read already.
    """
    queries = load_queries(QUERIES / "index")

    def rows(name: str, **arguments: str) -> Sequence[Row]:
        return store.select(bind(queries[name], {key: [value] for key, value in arguments.items()})).rows

    things = {row["kind"].value: sorted(set(row["things"].value.split(" "))) for row in rows("things")}
    listed = _read_listed(store, things["listed"]) if things.get("listed") else None
    known = {iri: number for number, iri in enumerate(things.get("credential", ()))}
    facets: dict[str, Mapping[str, Numbers]] = {}
    for facet in COLUMN_FACETS:
        found = {
            row["value"].value: row["members"].value.split()
            for row in rows("facet-members", facet=facet)
            if row["value"].kind != "bnode"
        }
        members = {value: sorted({known[iri] for iri in iris if iri in known}) for value, iris in found.items()}
        facets[facet] = {value: array("I", numbers) for value, numbers in members.items() if numbers}
    skills, taught = teaching or read_teaching(store)
    teachers: dict[str, array[int]] = {}
    for iri, number in known.items():
        for skill in taught.get(iri, ()):
            teachers.setdefault(skills[skill], array("I")).append(number)
    return Columns(things, facets, teachers, listed)


def _read_listed(store: Store, iris: Sequence[str]) -> Columns:
    queries = load_queries(QUERIES / "index")
    known = {iri: number for number, iri in enumerate(iris)}
    facets: dict[str, dict[str, Numbers]] = {facet: {} for facet in (*COLUMN_FACETS, *GAPS)}
    for facet, value, members in store.table(queries["listed-members"].text):
        if not value.startswith("_:"):
            facets[facet][value] = array("I", sorted({known[iri] for iri in members.split() if iri in known}))
    teachers: dict[str, array[int]] = {}
    for member, skills in sorted(store.table(queries["listed-skills"].text)):
        if member in known:
            for skill in dict.fromkeys(skills.split()):
                teachers.setdefault(skill, array("I")).append(known[member])
    return Columns({"credential": iris}, facets, teachers)


def with_listed(columns: Columns) -> Columns:
    """Return the columns of micro-credentials and what is listed as those of one catalogue, in the order of IRIs."""
    listed = columns.listed
    if listed is None:
        return columns
    iris = sorted({*columns.things.get("credential", ()), *listed.things["credential"]})
    place = {iri: number for number, iri in enumerate(iris)}

    def joined(read: Callable[[Columns], Mapping[str, Numbers]]) -> Mapping[str, Numbers]:
        found: dict[str, set[int]] = {}
        for one in (columns, listed):
            own = one.things.get("credential", ())
            for value, numbers in read(one).items():
                found.setdefault(value, set()).update(place[own[number]] for number in numbers)
        return {value: array("I", sorted(numbers)) for value, numbers in found.items()}

    facets = {facet: joined(lambda one, facet=facet: one.facets[facet]) for facet in COLUMN_FACETS}  # type: ignore[misc]  # bound at once
    return Columns({**columns.things, "credential": iris}, facets, joined(lambda one: one.teachers), listed)


class Teaching(NamedTuple):
    """Skills go by number, their place in `skills`; a number takes 4 bytes, and a catalogue has ten a credential."""

    skills: Sequence[str]
    taught: Mapping[str, Sequence[int]]
    """Of each micro-credential, by IRI, the skills it teaches, each once, narrower ones not counted."""


def read_teaching(store: Store) -> Teaching:
    """Return what is taught; one query, some fifteen seconds for 100,000 micro-credentials."""
    numbers: dict[str, int] = {}
    taught: dict[str, Sequence[int]] = {}
    for credential, skills in store.table(load_queries(QUERIES / "derived")["teaches-skill"].text):
        if not credential.startswith("_:"):  # to filter all rows for it would take half as long again
            found = dict.fromkeys(skills.split())
            taught[credential] = array("I", [numbers.setdefault(skill, len(numbers)) for skill in found])
    return Teaching(tuple(numbers), taught)

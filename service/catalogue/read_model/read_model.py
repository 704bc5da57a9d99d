"""The read model of a release: one SQLite file that answers filters, facets, sorted pages and text search."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from functools import lru_cache
from itertools import chain, compress, islice
from pathlib import Path
from typing import Any

from ...errors import StoreUnavailable
from ...linking.text_index import TextIndex
from ..gaps import Gaps
from ..records import (
    FACETS,
    FOUND,
    Coverage,
    CredentialSummary,
    Definition,
    FacetValue,
    Filters,
    Hit,
    Item,
    Kind,
    Labels,
    Page,
)
from ..rows import added, in_order
from .beginnings import Beginnings
from .facets import LISTED, Facets, bits_from_numbers, flags_from_bits, numbers_from_bits
from .matched_labels import MatchedLabels
from .name_orders import NameOrders

_KINDS_OF: Mapping[Definition, tuple[Kind, ...]] = {
    "met": ("credential",), "gaps": ("listed",), "any": ("credential", "listed"),
}  # fmt: skip
FORMAT = 5
"""The layout of the file."""
_READABLE = (3, FORMAT)  # 3 has no text index beside it: texts are looked for by the named queries then


def text_folder(path: Path) -> Path:
    """Return the folder of the text index that belongs to a read model."""
    return path.with_name("text")


class _Connection(sqlite3.Connection):
    """A connection to a file that may be gone, or damaged, though it was whole when it was opened first."""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        try:
            return super().execute(*arguments)
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(f"the index of a release cannot be read: {error}") from error


class _Connections:
    """One connection a thread; they close with this object."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        weakref.finalize(self, _close, self._open)

    def __call__(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = sqlite3.connect(self._address, uri=True, check_same_thread=False, factory=_Connection)
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the index at {self._address} cannot be opened: {error}") from error
            self._local.connection = connection
            self._open.append(connection)
        return connection


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


class ReadModel:
    """Answers as the named queries do (see `Index` in index.py); safe to share between threads.

    Micro-credentials go by number inside, in the order of their IRIs.
    """

    def __init__(self, path: Path) -> None:
        """Open the file that `build_index` made.

        Raises:
            StoreUnavailable: it is missing, damaged or made by another version of the program.
        """
        self._database = _Connections(path)
        try:
            (made,) = self._database().execute("PRAGMA user_version").fetchone()
            (size,) = self._database().execute("SELECT count(*) FROM thing WHERE kind = 'credential'").fetchone()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the index {path} cannot be read: {error}") from error
        if made not in _READABLE:
            raise StoreUnavailable(f"the index {path} has layout {made}, this program reads {FORMAT}: publish again")
        listed, first = self._database().execute(_LISTED_THINGS).fetchone()
        self._facets = Facets(self._database, size)
        self._listed, self._first_listed = Facets(self._database, listed, LISTED), first or 0
        self._orders = NameOrders(self._database)
        self._beginnings = Beginnings(self._database)
        self._labels = MatchedLabels(self._database)
        self._text = TextIndex(text_folder(path)) if made == FORMAT else None
        # A page asks for its list and its facets with the same text.
        self._holding = lru_cache(maxsize=64)(self._having)

    def gaps(self, provider: str) -> Gaps:
        """See `Index.gaps`."""
        own = self._listed.members("provider", provider)
        lacking: dict[int, list[str]] = {number: [] for number in own.numbers()}
        for (element,) in self._database().execute(_ELEMENTS).fetchall():
            for number in self._listed.members("missing", element).numbers():
                if number in lacking:
                    lacking[number].append(element)
        return Counter(in_order(elements) for elements in lacking.values())

    @property
    def finds_words(self) -> bool:
        """Tell whether there is a text index; without one `search`, `suggest` and filters by text are not for it."""
        return self._text is not None

    def credentials(self, filters: Filters, *, language: str, limit: int, offset: int) -> Page[CredentialSummary]:
        """See `Index.credentials`."""
        found = [self._matching(filters, kind, language) for kind in _KINDS_OF[filters.definition]]
        order = chain.from_iterable(numbers for numbers, _ in found)
        shown = list(islice(order, offset, offset + limit))
        return Page(self._summaries(shown), sum(total for _, total in found), limit, offset)

    def _matching(self, filters: Filters, kind: Kind, language: str) -> tuple[Iterable[int], int]:
        """Return what matches in the order of a list, by the numbers of things, and how many that are."""
        facets, first = self._sets(kind)
        if not facets.size:
            return (), 0
        matching = facets.matching(filters, self._among(filters, kind))
        order: Sequence[int] = self._orders.all_of(kind, language)
        if filters.text.split():
            order, _ = self._holding(filters.text, kind)
        if matching == facets.everything:
            return order, facets.size
        flags = flags_from_bits(matching, facets.size)
        return compress(order, (flags[number - first] for number in order)), matching.bit_count()

    def facets(self, filters: Filters) -> Mapping[str, tuple[FacetValue, ...]]:
        """See `Index.facets`."""
        found = [
            self._sets(kind)[0].counts(filters, self._among(filters, kind)) for kind in _KINDS_OF[filters.definition]
        ]
        return found[0] if len(found) == 1 else {name: added(*(one[name] for one in found)) for name in FACETS}

    def _sets(self, kind: Kind) -> tuple[Facets, int]:
        """Return the sets of a kind, and the number of its first thing."""
        return (self._listed, self._first_listed) if kind == "listed" else (self._facets, 0)

    def search(
        self,
        text: str,
        kinds: Sequence[Kind],
        language: str | None,
        limit: int,
        offset: int,
        *,
        every_word: bool = False,
    ) -> Page[Hit]:
        """See `Index.search`."""
        assert self._text is not None
        found = self._text.search(text, kinds or FOUND, language, limit, offset, strict=every_word)
        return Page(self._labels.hits(found, text, language), found.total, limit, offset)

    def suggest(self, prefix: str, kinds: Sequence[Kind], language: str | None, limit: int) -> tuple[Hit, ...]:
        """See `Index.suggest`."""
        return self._beginnings.suggest(prefix, kinds or FOUND, language, limit)

    def things(self, kind: Kind, language: str, limit: int, offset: int) -> Page[str]:
        """See `Index.things`."""
        numbers, total = self._orders.page(kind, language, limit, offset)
        rows = self._database().execute(_THINGS, (json.dumps(list(numbers)),))
        return Page(tuple(iri for _, iri, _ in rows), total, limit, offset)

    def skill_credentials(self, skill: str, limit: int, offset: int) -> Page[CredentialSummary]:
        """See `Index.skill_credentials`."""
        numbers = self._facets.members("skill", skill).numbers()
        return Page(self._summaries(numbers[offset : offset + limit]), len(numbers), limit, offset)

    def occupation_credentials(self, occupation: str, limit: int, offset: int) -> Page[Coverage]:
        """See `Index.occupation_credentials`."""
        essential: Counter[int] = Counter()
        optional: Counter[int] = Counter()
        rows = self._database().execute("SELECT skill, essential FROM occupation WHERE iri = ?", (occupation,))
        for skill, is_essential in rows.fetchall():
            (essential if is_essential else optional).update(self._facets.members("skill", skill).numbers())
        ranked = sorted((-essential[n], -optional[n], n) for n in essential.keys() | optional.keys())
        numbers = [number for _, _, number in ranked]
        shown = numbers[offset : offset + limit]
        items = tuple(
            Coverage(summary, essential[number], optional[number])
            for number, summary in zip(shown, self._summaries(shown), strict=True)
        )
        return Page(items, len(numbers), limit, offset)

    def credential_programmes(self, credential: str, taught: Sequence[str]) -> Sequence[tuple[str, bool]]:
        """See `Index.credential_programmes`."""
        rows = self._database().execute(_PROGRAMMES, {"taught": json.dumps(taught), "credential": credential})
        return sorted(((iri, bool(is_stated)) for iri, is_stated in rows), key=lambda row: (not row[1], row[0]))

    def programme_credentials(self, programme: str, limit: int, offset: int) -> Page[tuple[CredentialSummary, bool]]:
        """See `Index.programme_credentials`."""
        skills = self._database().execute("SELECT skill FROM requirement WHERE programme = ?", (programme,)).fetchall()
        stated = self._facets.members("programme", programme).bits()
        suggested = self._facets.having_any("skill", (skill for (skill,) in skills)) & ~stated
        numbers = [number for bits in (stated, suggested) for number in numbers_from_bits(bits, self._facets.size)]
        summaries = self._summaries(numbers[offset : offset + limit])
        items = tuple((summary, place < stated.bit_count()) for place, summary in enumerate(summaries, offset))
        return Page(items, len(numbers), limit, offset)

    def prerequisite_links(self, credential: str) -> Sequence[tuple[str, str, bool]]:
        """See `Index.prerequisite_links`."""
        return self._database().execute(_PREREQUISITES, (credential,)).fetchall()

    def items(self, iris: Sequence[str]) -> Mapping[str, Item]:
        """See `Known.items`."""
        rows = self._database().execute(_ITEMS, (json.dumps(iris),))
        return {iri: Item(iri, kind, json.loads(names)) for iri, kind, names in rows}

    def summaries(self, iris: Sequence[str]) -> Mapping[str, CredentialSummary]:
        """See `Known.summaries`."""
        numbers = [number for (number,) in self._database().execute(_CREDENTIALS, (json.dumps(iris),))]
        return {summary.iri: summary for summary in self._summaries(numbers)}

    def _among(self, filters: Filters, kind: Kind) -> int:
        facets, first = self._sets(kind)
        found = self._holding(filters.text, kind)[1] if filters.text.split() else facets.everything
        if filters.among is None:
            return found
        numbers = [number for (number,) in self._database().execute(_CREDENTIALS, (json.dumps(list(filters.among)),))]
        own = [number - first for number in numbers if first <= number < first + facets.size]
        return found & bits_from_numbers(own, facets.size)

    def _having(self, text: str, kind: Kind) -> tuple[Sequence[int], int]:
        """Return the things of a kind that have every word, best first and as a set."""
        assert self._text is not None
        facets, first = self._sets(kind)
        found = self._text.search(text, (kind,), None, facets.size, strict=True)
        numbers = array("I", found.numbers)
        return numbers, bits_from_numbers((number - first for number in numbers), facets.size)

    def _summaries(self, numbers: Sequence[int]) -> tuple[CredentialSummary, ...]:
        wanted = json.dumps(list(numbers))
        values: dict[int, dict[str, list[str]]] = {}
        names: dict[str, Labels] = {}
        for number, facet, value, labels in self._database().execute(_VALUES, (wanted,)):
            facet = facet.removeprefix(LISTED)
            values.setdefault(number, {}).setdefault(facet, []).append(value)
            if facet == "provider" and value not in names:
                names[value] = json.loads(labels)
        return tuple(
            _summary(iri, json.loads(title), values.get(number, {}), names)
            for number, iri, title in self._database().execute(_THINGS, (wanted,))
        )


# What a thing of several kinds is called is for the query to tell.
_ITEMS = """
SELECT thing.iri, thing.kind, thing.labels FROM json_each(?) AS wanted
JOIN thing ON thing.iri = wanted.value GROUP BY thing.iri HAVING count(*) = 1
"""
_CREDENTIALS = """
SELECT thing.number FROM json_each(?) AS wanted
JOIN thing ON thing.iri = wanted.value AND thing.kind IN ('credential', 'listed')
"""
_ELEMENTS = "SELECT iri FROM value WHERE facet = 'listed:missing'"
_LISTED_THINGS = "SELECT count(*), min(number) FROM thing WHERE kind = 'listed'"
_PROGRAMMES = """
SELECT iri, max(is_stated) FROM (
  SELECT requirement.programme AS iri, 0 AS is_stated FROM json_each(:taught) AS wanted
  JOIN narrower ON narrower.taught = wanted.value
  JOIN requirement ON requirement.skill = narrower.skill
  UNION ALL
  SELECT value.iri, 1 FROM thing
  JOIN fact ON fact.credential = thing.number
  JOIN value ON value.number = fact.value AND value.facet = 'programme'
  WHERE thing.iri = :credential AND thing.kind = 'credential'
) GROUP BY iri
"""
_PREREQUISITES = """
WITH RECURSIVE below (dependent, required, needed) AS (
  SELECT prerequisite.dependent, prerequisite.required, prerequisite.needed FROM thing
  JOIN prerequisite ON prerequisite.dependent = thing.iri
  WHERE thing.iri = ? AND thing.kind = 'credential'
  UNION
  SELECT prerequisite.dependent, prerequisite.required, prerequisite.needed FROM below
  JOIN prerequisite ON prerequisite.dependent = below.required
)
SELECT dependent, required, needed FROM below
"""
_THINGS = """
SELECT thing.number, thing.iri, thing.labels FROM json_each(?) AS wanted
JOIN thing ON thing.number = wanted.value ORDER BY wanted.key
"""
_VALUES = """
SELECT fact.credential, value.facet, value.iri,
  CASE WHEN value.facet IN ('provider', 'listed:provider') THEN value.labels END
FROM json_each(?) AS wanted
JOIN fact ON fact.credential = wanted.value
JOIN value ON value.number = fact.value
ORDER BY fact.credential, fact.value
"""


def _summary(
    iri: str, title: Labels, values: Mapping[str, Sequence[str]], names: Mapping[str, Labels]
) -> CredentialSummary:
    """Return the record; of several providers or levels the first by IRI counts, of several credits the least."""
    one = {facet: found[0] for facet, found in values.items()}
    provider = one.get("provider")
    many = {facet: tuple(values.get(facet, ())) for facet in FACETS}
    return CredentialSummary(
        iri=iri,
        title=title,
        provider=provider,
        provider_name=names[provider] if provider else {},
        ects=min((Decimal(number) for number in values.get("ects", ())), default=None),
        level=one.get("level"),
        modes=many["mode"],
        languages=many["language"],
        countries=many["country"],
        fields=many["field"],
        missing=in_order(values.get("missing", ())),
        described=in_order(values.get("described", ())),
    )


@lru_cache(maxsize=16)
def leading_occupations(release: Path, tag: str, limit: int) -> tuple[str, ...]:
    """Return the occupations with the most essential skills that some micro-credential covers, then by IRI.

    Reads the index of a release once; `tag` tells a release from an earlier one in the same folder.
    """
    address = f"{(release / 'index.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        return tuple(iri for (iri,) in database.execute(_LEADING, (limit,)))


_LEADING = """
SELECT occupation.iri FROM occupation
JOIN value ON value.facet = 'skill' AND value.iri = occupation.skill
WHERE occupation.essential AND value.count > 0
GROUP BY occupation.iri ORDER BY count(*) DESC, occupation.iri LIMIT ?
"""

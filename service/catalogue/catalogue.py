"""Answers users' questions about the catalogue: from the read model where there is one, else by a named query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from ..errors import NotFound
from ..rdf.statements import Row, Solutions, Triple
from ..sparql.binding import MAX_VALUES, bind
from ..sparql.named_queries import NamedQuery
from ..store.protocol import Store
from .gaps import Gaps
from .index import Index
from .lookup import Arguments, Lookup
from .records import (
    EVERY_SKILL,
    FACETS,
    Coverage,
    CredentialSummary,
    Definition,
    FacetValue,
    Filters,
    Hit,
    Item,
    Kind,
    OccupationLink,
    Page,
    Prerequisite,
    ProgrammeLink,
    SkillKinds,
    SkillLink,
)
from .rows import arguments_from_filters, distances, facets_from_rows, hits_from_rows, without

_MOST_FOUND = 100_000


class Catalogue:
    """Asks one store, or the index over it. A page costs one query for its rows and one for their records."""

    def __init__(self, store: Store, queries: Mapping[str, NamedQuery], index: Index | None = None) -> None:
        """Take a store, the named queries and, for a store that does not change, an index over it."""
        self._store = store
        self._queries = queries
        self._index = index
        # Releases made before there was a text index have none: texts are looked for by the named queries then.
        self._texts = index if index is not None and index.finds_words else None
        self._lookup = Lookup(store, queries, index)

    def run(
        self, name: str, arguments: Arguments, limit: int | None = None, offset: int = 0
    ) -> Solutions | bool | Sequence[Triple]:
        """Return the answer of a named query, without the column `order`, which only some engines need.

        Raises:
            NotFound: there is no such query.
            InvalidArgument: an argument is unknown, missing or malformed, or a page is asked of a query without pages.
        """
        if name not in self._queries:
            raise NotFound(f"there is no query {name[:100]!r}; there are: {', '.join(self._queries)}")
        query = self._queries[name]
        text = bind(query, arguments, limit=limit, offset=offset)
        match query.form:
            case "SELECT":
                return without("order", self._store.select(text))
            case "ASK":
                return self._store.ask(text)
        return self._store.construct(text)

    def credentials(
        self, filters: Filters, *, language: str = "en", limit: int = 20, offset: int = 0
    ) -> Page[CredentialSummary]:
        """See `Index.credentials`."""
        if self._index is not None and (self._texts is not None or not filters.text.split()):
            return self._index.credentials(filters, language=language, limit=limit, offset=offset)
        arguments = {**arguments_from_filters(filters), "label_language": (language,)}
        if filters.definition == "gaps":
            return self._lookup.page("listed", arguments, limit, offset, self._summaries_of)
        met: Page[CredentialSummary] = Page((), 0, limit, offset)
        if not filters.missing:
            met = self._lookup.page("credentials", arguments, limit, offset, self._summaries_of)
        if filters.definition == "met":
            return met
        left, first = limit - len(met.items), max(0, offset - met.total)
        gaps = self.credentials(
            replace(filters, definition="gaps"), language=language, limit=max(1, left), offset=first
        )
        return Page((*met.items, *gaps.items[:left]), met.total + gaps.total, limit, offset)

    def by_definition(self, filters: Filters) -> Mapping[Definition, int]:
        """Return how many micro-credentials match, and how much that is listed with gaps does."""
        kinds: tuple[Definition, ...] = ("met", "gaps")
        return {kind: self.credentials(replace(filters, definition=kind), limit=1).total for kind in kinds}

    def gaps(self, provider: str) -> Gaps:
        """Return how many of what is listed of a provider lack which elements."""
        if self._index is not None:
            return self._index.gaps(provider)
        found: Counter[tuple[str, ...]] = Counter()
        filters, offset = Filters(provider=(provider,), definition="gaps"), 0
        while page := self.credentials(filters, limit=MAX_VALUES, offset=offset).items:
            found.update(one.missing for one in page)
            offset += MAX_VALUES
        return found

    def facets(self, filters: Filters) -> Mapping[str, tuple[FacetValue, ...]]:
        """See `Index.facets`. Without an index one query, and one more for each facet that has a filter.

        Without an index what is listed with gaps is not counted.
        """
        if self._index is not None and (self._texts is not None or not filters.text.split()):
            return self._index.facets(filters)
        if filters.definition == "gaps" or filters.missing:
            return dict.fromkeys(FACETS, ())
        rows = self._facet_rows(filters)
        for facet in FACETS:
            if getattr(filters, facet):
                others = self._facet_rows(replace(filters, **{facet: ()}))  # type: ignore[arg-type]  # FACETS are fields of tuples
                rows = [row for row in rows if row["facet"].value != facet]
                rows.extend(row for row in others if row["facet"].value == facet)
        found = facets_from_rows(rows, self._lookup.labels(row["value"].value for row in rows))
        return {facet: found.get(facet, ()) for facet in FACETS}

    def search(
        self,
        text: str,
        kinds: Sequence[Kind] = (),
        language: str | None = None,
        limit: int = 20,
        offset: int = 0,
        *,
        every_word: bool = False,
    ) -> Page[Hit]:
        """See `Index.search`. A text without words finds nothing."""
        words = " ".join(text.split())
        if not words:
            return Page((), 0, limit, offset)
        if self._texts is not None:
            return self._texts.search(words, kinds, language, limit, offset, every_word=every_word)
        return self._lookup.page("search", _text_arguments(words, kinds, language), limit, offset, self._hits_of)

    def suggest(
        self, prefix: str, kinds: Sequence[Kind] = (), language: str | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """See `Index.suggest`. An empty prefix finds nothing."""
        start = " ".join(prefix.split())
        if not start:
            return ()
        if self._texts is not None:
            return self._texts.suggest(start, kinds, language, limit)
        return tuple(self._hits_of(self._lookup.rows("suggest", _text_arguments(start, kinds, language), limit)))

    def skill_credentials(self, skill: str, limit: int = 20, offset: int = 0) -> Page[CredentialSummary]:
        """See `Index.skill_credentials`."""
        if self._index is not None:
            return self._index.skill_credentials(skill, limit, offset)
        return self._lookup.page("skill-credentials", {"skill": (skill,)}, limit, offset, self._summaries_of)

    def occupation_credentials(self, occupation: str, limit: int = 20, offset: int = 0) -> Page[Coverage]:
        """See `Index.occupation_credentials`."""
        if self._index is not None:
            return self._index.occupation_credentials(occupation, limit, offset)

        def records(rows: Sequence[Row]) -> list[Coverage]:
            counts = {r["credential"].value: (int(r["essential"].value), int(r["optional"].value)) for r in rows}
            return [Coverage(summary, *counts[summary.iri]) for summary in self._summaries_of(rows)]

        return self._lookup.page("occupation-credentials", {"occupation": (occupation,)}, limit, offset, records)

    def occupation_skills(self, occupation: str) -> tuple[SkillLink, ...]:
        """Return the skills of an occupation, essential ones first, then by IRI."""
        rows = self._lookup.rows("occupation-skills", {"occupation": (occupation,)})
        items = self._lookup.items(row["skill"].value for row in rows)
        return tuple(
            SkillLink(items.get(iri, Item(iri, "skill", {})), row["relation"].value == "essential")
            for row in rows
            if (iri := row["skill"].value)
        )

    def skill_occupations(self, skill: str, limit: int = 20, offset: int = 0) -> Page[OccupationLink]:
        """Return the occupations that need a skill: those to which it is essential first, then by IRI."""

        def records(rows: Sequence[Row]) -> list[OccupationLink]:
            items = self._lookup.items(row["occupation"].value for row in rows)
            return [
                OccupationLink(items[row["occupation"].value], row["relation"].value == "essential") for row in rows
            ]

        return self._lookup.page("skill-occupations", {"skill": (skill,)}, limit, offset, records)

    def credential_skills(self, credential: str) -> tuple[SkillLink, ...]:
        """Return the skills that a micro-credential teaches, by IRI; one that ESCO does not know has no label."""
        iris = self._taught(credential)
        items = self._lookup.items(iris)
        return tuple(SkillLink(items.get(iri, Item(iri, "skill", {}))) for iri in iris)

    def credential_programmes(self, credential: str) -> tuple[ProgrammeLink, ...]:
        """Return the programmes and modules a micro-credential may count towards: stated ones first, then by IRI."""
        if self._index is not None:
            found = self._index.credential_programmes(credential, self._taught(credential))
        else:
            rows = self._lookup.rows("credential-programmes", {"credential": (credential,)})
            found = [(row["programme"].value, row["basis"].value == "stated") for row in rows]
        summaries = self._lookup.summaries([credential])
        items = self._lookup.items(iri for iri, _ in found)
        return tuple(
            ProgrammeLink(summary, items[iri], is_stated)
            for summary in summaries
            for iri, is_stated in found
            if iri in items
        )

    def programme_credentials(self, programme: str, limit: int = 20, offset: int = 0) -> Page[ProgrammeLink]:
        """Return the micro-credentials that may count towards a programme or module: stated ones first, then by IRI."""

        item = self.item(programme) or Item(programme, "programme", {})
        if self._index is not None:
            page = self._index.programme_credentials(programme, limit, offset)
            links = tuple(ProgrammeLink(summary, item, is_stated) for summary, is_stated in page.items)
            return Page(links, page.total, limit, offset)

        def records(rows: Sequence[Row]) -> list[ProgrammeLink]:
            bases = {row["credential"].value: row["basis"].value for row in rows}
            return [ProgrammeLink(c, item, bases[c.iri] == "stated") for c in self._summaries_of(rows)]

        return self._lookup.page("programme-credentials", {"programme": (programme,)}, limit, offset, records)

    def prerequisites(self, credential: str) -> tuple[Prerequisite, ...]:
        """Return what the prerequisites of a micro-credential name, and theirs in turn, nearest first, then by IRI."""
        if self._index is not None:
            links = self._index.prerequisite_links(credential)
        else:
            rows = self._lookup.rows("prerequisites", {"credential": (credential,)})
            links = [(row["dependent"].value, row["required"].value, row["needed"].value == "yes") for row in rows]
        return distances(credential, links, self._lookup.items(required for _, required, _ in links))

    def providers(self, limit: int = 20, offset: int = 0, language: str = "en", text: str = "") -> Page[Item]:
        """Return the bodies that award a micro-credential, by name; those that have every word of a text best first."""
        return self._list("provider", language, limit, offset, text)

    def programmes(self, limit: int = 20, offset: int = 0, language: str = "en", text: str = "") -> Page[Item]:
        """Return the degree programmes and modules, by title; those that have every word of a text best first."""
        return self._list("programme", language, limit, offset, text)

    def skills(
        self, limit: int = 20, offset: int = 0, language: str = "en", text: str = "", kinds: SkillKinds = EVERY_SKILL
    ) -> Page[Item]:
        """Return the ESCO skills of some kinds, by label; those that have every word of a text best first.

        Where kinds are asked for the query `skills` finds them, which reads the labels of all.
        """
        if kinds == EVERY_SKILL:
            return self._list("skill", language, limit, offset, text)
        asked = {name: values for name, values in asdict(kinds).items() if values}
        if not text.split():
            arguments = {**asked, "language": (language,)}
            return self._lookup.page(
                "skills", arguments, limit, offset, lambda rows: self._items_of([row["skill"].value for row in rows])
            )
        among = {row["skill"].value for row in self._lookup.rows("skills", asked)}
        found = self.search(text, ("skill",), None, _MOST_FOUND, 0, every_word=True)
        items = [hit.item for hit in found.items if hit.item.iri in among]
        return Page(tuple(items[offset : offset + limit]), len(items), limit, offset)

    def occupations(self, limit: int = 20, offset: int = 0, language: str = "en", text: str = "") -> Page[Item]:
        """Return the ESCO occupations, by label; those that have every word of a text best first."""
        return self._list("occupation", language, limit, offset, text)

    def item(self, iri: str) -> Item | None:
        """Return the thing with its kind and labels, or None when nothing of a kind we know has this IRI."""
        return self._lookup.items([iri]).get(iri)

    def describe(self, iri: str) -> Sequence[Triple]:
        """Return what is said of a thing: the query `credential` for a micro-credential, else `resource`.

        Raises:
            NotFound: it is not the subject of any statement.
        """
        for name in ("credential", "resource"):
            triples = self._store.construct(bind(self._queries[name], {name: (iri,)}))
            if any(triple.subject.value == iri for triple in triples):
                return triples
        raise NotFound(f"nothing is known of <{iri}>")

    def statistics(self) -> Mapping[str, int]:
        """Return how many things of each kind there are; a kind that has none is left out."""
        return {row["kind"].value: int(row["count"].value) for row in self._lookup.rows("statistics", {})}

    def _taught(self, credential: str) -> Sequence[str]:
        return [row["skill"].value for row in self._lookup.rows("credential-skills", {"credential": (credential,)})]

    def _facet_rows(self, filters: Filters) -> list[Row]:
        return list(self._lookup.rows("credential-facets", arguments_from_filters(filters)))

    def _summaries_of(self, rows: Sequence[Row]) -> Sequence[CredentialSummary]:
        return self._lookup.summaries(row["credential"].value for row in rows)

    def _hits_of(self, rows: Sequence[Row]) -> Sequence[Hit]:
        return hits_from_rows(rows, self._lookup.items(row["thing"].value for row in rows))

    def _list(self, kind: Kind, language: str, limit: int, offset: int, text: str) -> Page[Item]:
        """Return the things of a kind by name, or those a text finds; query and column are called after the kind."""
        if text.split():
            found = self.search(text, (kind,), None, limit, offset, every_word=True)
            return Page(tuple(hit.item for hit in found.items), found.total, limit, offset)
        if self._index is not None:
            page = self._index.things(kind, language, limit, offset)
            return Page(self._items_of(page.items), page.total, limit, offset)

        def records(rows: Sequence[Row]) -> Sequence[Item]:
            return self._items_of([row[kind].value for row in rows])

        return self._lookup.page(f"{kind}s", {"language": (language,)}, limit, offset, records)

    def _items_of(self, iris: Sequence[str]) -> tuple[Item, ...]:
        items = self._lookup.items(iris)
        return tuple(items[iri] for iri in iris if iri in items)


def _text_arguments(text: str, kinds: Sequence[Kind], language: str | None) -> Arguments:
    return {"text": (text,), "kind": tuple(kinds), "language": (language,) if language else ()}

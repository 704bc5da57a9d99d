"""The protocol of the read model: a method for each question that it answers in place of a named query.

The choice of one label among many is also written in service/messages/messages.py, queries/credentials.rq
and queries/listed.rq.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .gaps import Gaps
from .lookup import Known
from .records import Coverage, CredentialSummary, FacetValue, Filters, Hit, Kind, Page


class Index(Known, Protocol):
    """A read model that answers scanning questions quickly, with the same answers as the named queries.

    Text is compared lower-cased (str.lower) and by code point. Only the names of lists stand as readers of the language
    sort them (service/messages/collation.py), where the named queries go by code point. The label of a thing in
    language L is its label in L, else in the primary subtag of L, else in English, else in the language whose tag sorts
    first; of several labels in one language the first by code point.
    """

    def credentials(self, filters: Filters, *, language: str, limit: int, offset: int) -> Page[CredentialSummary]:
        """Return micro-credentials that match, by title as `language` sorts it, then IRI.

        `filters.definition`: what is listed with gaps is among them only where it is asked for, and comes last.
        `filters.text`: what `search` finds for it among micro-credentials, every word of it, and best first.
        `filters.skill`: the credential covers one of them. Credits outside the bounds, or none, do not
        match when a bound is given; bounds are inclusive.
        """
        ...

    def facets(self, filters: Filters) -> Mapping[str, tuple[FacetValue, ...]]:
        """Return provider, country, language, level, mode and field, with counts over the micro-credentials that match.

        Each facet ignores its own filter, so that other values of it stay visible. Largest count first, then value.
        """
        ...

    def gaps(self, provider: str) -> Gaps:
        """Return how many of what is listed of a provider lack which elements."""
        ...

    @property
    def finds_words(self) -> bool:
        """Tell whether it has a text index: whether it may be asked for texts at all."""
        ...

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
        """Return things that have the words of a text in what is said of them, best first (docs/search.md).

        No kinds: every kind. A language: labels in it, in others where none is found. Where nothing has every
        word, misspelt ones are looked for, then some of the words unless every one is asked for. The one answer
        without an equal named query: the query finds parts of one label, and no other forms of a word.
        """
        ...

    def suggest(self, prefix: str, kinds: Sequence[Kind], language: str | None, limit: int) -> tuple[Hit, ...]:
        """Return things with a label that starts with `prefix`, in any case and with or without accents, each once.

        Best first: the label is the text; then preferred labels and titles before alternative ones, shorter ones (in
        code points) first, then by lower-case label, language tag, label and IRI, each by code point.
        """
        ...

    def things(self, kind: Kind, language: str, limit: int, offset: int) -> Page[str]:
        """Return the things of a kind that have a name, by their names as `language` sorts them, then by IRI.

        Of providers those that award a micro-credential.
        """
        ...

    def skill_credentials(self, skill: str, limit: int, offset: int) -> Page[CredentialSummary]:
        """Return micro-credentials that cover the skill (docs/model.md §5), ordered by IRI."""
        ...

    def occupation_credentials(self, occupation: str, limit: int, offset: int) -> Page[Coverage]:
        """Return micro-credentials that cover a skill of the occupation (docs/model.md §5).

        Most essential skills first, then most optional, then IRI.
        """
        ...

    def credential_programmes(self, credential: str, taught: Sequence[str]) -> Sequence[tuple[str, bool]]:
        """Return (programme or module, whether that is stated) of a micro-credential that teaches these skills.

        Others than the stated ones require a skill that it covers (docs/model.md §5). Stated ones first, then by IRI.
        """
        ...

    def programme_credentials(self, programme: str, limit: int, offset: int) -> Page[tuple[CredentialSummary, bool]]:
        """Return micro-credentials that may count towards a programme or module, and whether that is stated.

        Others than the stated ones cover a skill that it, or a module of it, requires. Stated ones first, then by IRI.
        """
        ...

    def prerequisite_links(self, credential: str) -> Sequence[tuple[str, str, bool]]:
        """Return (dependent, required, whether needed) of a micro-credential and of all below it, in any order."""
        ...

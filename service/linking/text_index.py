"""The text index of a release: things found by the words of their names and descriptions, best first.

A word is looked for as written, without accents, as a beginning, in its other forms, as a part of a compound and, where
nothing has every word so, as if misspelt. How and where it was found decides its worth; `docs/search.md` tells the
order. The index is a folder that tantivy wrote; see `text_index_build` for what is in it.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from ..errors import StoreUnavailable
from .matches import How, Matches
from .words import LANGUAGES, encodable, folded, forms, joined, languages_of, primary, words_of

FIELDS: Mapping[str, float] = {
    "title": 1.0, "alternative": 0.85, "key": 0.7, "outcome": 0.5, "provider": 0.5, "code": 0.4, "description": 0.35,
}  # fmt: skip
"""The fields of a thing and what a word in each is worth."""

NAMES = ("title", "alternative")
"""The fields whose words are found by their beginnings, ends and misspelt."""

WHOLE, ENDS, TEACHES = "whole", "ends", "teaches"
"""Fields of whole names, of what the words of names end with, and of the numbers of the skills that a thing teaches."""

_AS_WRITTEN, _FOLDED, _BEGINNING, _FORM, _PART, _END, _MISSPELT = 1.0, 0.96, 0.8, 0.85, 0.7, 0.62, 0.54
_TAUGHT = 0.55  # of what a word is worth in the skill itself
_NEIGHBOURS = 0.9  # two words written as one, or one as two
_EQUAL, _STARTS = 2.0, 0.5
_TIE = 0.02
_SHORT = 3  # shorter words begin nothing and are part of nothing: `AI`, `C`, `R`
_SHORTEST_PART = 5
_SHORTEST_MISSPELT, _LONG = 4, 7
_MOST_WORDS = 12
_MOST_SKILLS, _GOOD = 500, 0.8


class TextIndex:
    """Answers from one index; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Open the folder.

        Raises:
            StoreUnavailable: it is missing or damaged.
        """
        try:
            # tantivy writes a lock beside what it opens, and a release may lie on a disk that only reads. Open files
            # outlive their names. It may lock once more, in a thread of its own, while the folder is being removed.
            with tempfile.TemporaryDirectory(prefix="pinoamo-text-", ignore_cleanup_errors=True) as place:
                for file in folder.iterdir():
                    if file.suffix != ".lock":
                        (Path(place) / file.name).symlink_to(file.resolve())
                index = tantivy.Index.open(place)
                index.config_reader("manual")  # a release never changes: nobody need watch for it
                self._schema = index.schema
                self._searcher = index.searcher()
        except (OSError, ValueError) as error:
            raise StoreUnavailable(f"the text index {folder} cannot be read: {error}") from error
        self._size = max(1, self._searcher.num_docs)
        self._found = lru_cache(maxsize=256)(self._find)

    def search(
        self,
        text: str,
        kinds: Sequence[str],
        language: str | None,
        limit: int,
        offset: int = 0,
        *,
        strict: bool = False,
    ) -> Matches:
        """Return what a text finds.

        Args:
            text: words, in any case and with or without accents.
            kinds: what may be found; none means everything.
            language: the language of the words and of the labels looked in; None means any. Where it finds nothing,
                the others are asked.
            limit: how many numbers at most.
            offset: how many to pass over first.
            strict: every word must be found, if need be misspelt.

        Raises:
            InvalidArgument: the text holds half a character.
        """
        words = tuple(words_of(encodable(text))[:_MOST_WORDS])
        if not words:
            return Matches((), 0, "words")
        return self._found(words, tuple(kinds), language, limit, offset, strict)

    def _find(
        self,
        words: tuple[str, ...],
        kinds: tuple[str, ...],
        language: str | None,
        limit: int,
        offset: int,
        strict: bool,
    ) -> Matches:
        stages: list[tuple[How, str | None, bool, bool]] = [("words", language, False, True)]
        if language is not None:
            stages.append(("words", None, False, True))
        stages.append(("spelling", None, True, True))
        if not strict and len(words) > 1:
            stages.append(("nearest", None, True, False))
        for how, tongue, misspelt, every in stages:
            query = self._query(words, tongue, misspelt=misspelt, every=every)
            numbers, total = self._run(query, kinds, limit, offset)
            if total:
                return Matches(numbers, total, how)
        return Matches((), 0, "nearest")

    def _run(self, query: Query, kinds: tuple[str, ...], limit: int, offset: int) -> tuple[tuple[int, ...], int]:
        if kinds:
            only = Query.const_score_query(Query.term_set_query(self._schema, "kind", list(kinds)), 0.0)
            query = Query.boolean_query([(Occur.Must, only), (Occur.Must, query)])
        # Room is made for as many as are asked for: no more than there are things.
        limit, offset = min(limit, self._size), min(offset, self._size)
        result = self._searcher.search(query, max(1, limit), offset=offset)
        addresses = [address for _, address in result.hits][:limit]
        numbers = self._searcher.fast_field_values("number", addresses)
        total: int | None = result.count  # type: ignore[attr-defined]  # the stubs leave it out
        return tuple(number for number in numbers if isinstance(number, int)), total or 0

    def _query(self, words: Sequence[str], language: str | None, *, misspelt: bool, every: bool) -> Query:
        tongues = (primary(language),) if language else LANGUAGES
        alone = [list(self._word(word, tongues, language, misspelt=misspelt)) for word in words]
        groups = [(Occur.Must if every else Occur.Should, self._any_of(clauses)) for clauses in alone]
        if len(words) == 2:
            both = list(self._word("".join(words), tongues, language, misspelt=misspelt, worth=_NEIGHBOURS * 2))
            split: Query = Query.boolean_query(groups)
            groups = [(Occur.Must, Query.disjunction_max_query([split, self._any_of(both)]))]
        whole = folded(" ".join(words))
        groups.append((Occur.Should, self._scored(WHOLE, whole, _EQUAL)))
        groups.append((Occur.Should, self._starting(WHOLE, whole, _STARTS)))
        return Query.boolean_query(groups)

    def _word(
        self, word: str, tongues: Sequence[str], language: str | None, *, misspelt: bool, worth: float = 1.0
    ) -> Iterator[Query]:
        """Give every way in which one word can be found, each with what it is worth; by a skill that is taught, too."""
        ways = list(self._ways(word, tongues, language, misspelt=misspelt, worth=worth))
        yield from ways
        yield from self._taught(self._any_of(ways))

    def _ways(
        self, word: str, tongues: Sequence[str], language: str | None, *, misspelt: bool, worth: float
    ) -> Iterator[Query]:
        bare = folded(word)
        mark = f"{primary(language)}:" if language else ""
        rarity = worth * self._rarity(bare)
        spoken = [tongue for tongue in languages_of(word) if tongue in tongues] or tongues
        lemmas = dict.fromkeys((tongue, form) for tongue in spoken for form in forms(word, tongue))
        other = [f"{tongue}:{form}" for tongue, form in lemmas] if len(bare) >= _SHORT else []
        for field, weight in FIELDS.items():
            value = weight * rarity
            yield self._scored(field, f"{mark}={word}", _AS_WRITTEN * value)
            yield self._scored(field, f"{mark}~{bare}", _FOLDED * value, tie=field in NAMES)
            if other:
                yield Query.const_score_query(Query.term_set_query(self._schema, field, other), _FORM * value)
        # The shortest of several beginnings finds what the others find.
        parts = sorted(
            _shortest({part for part in (bare, *(form for _, form in lemmas)) if len(part) >= _SHORTEST_PART})
        )
        for field in NAMES:
            value = FIELDS[field] * rarity
            if len(bare) >= _SHORT:
                yield self._starting(field, f"{mark}~{bare}", _BEGINNING * value)
            for part in parts:
                if part != bare:
                    yield self._starting(field, f"{mark}~{part}", _PART * value)
        if parts:
            yield Query.const_score_query(Query.term_set_query(self._schema, ENDS, parts), _END * rarity)
        if misspelt and len(bare) >= _SHORTEST_MISSPELT:
            texts = {bare, *(form for _, form in lemmas if len(form) >= _SHORTEST_MISSPELT)}
            for field in NAMES:
                for text in sorted(texts):
                    for distance in (1, 2) if len(text) >= _LONG else (1,):
                        near = Query.fuzzy_term_query(
                            self._schema, field, f"~{text}", distance, transposition_cost_one=True,
                            prefix=text != bare and len(text) >= _SHORTEST_PART,
                        )  # fmt: skip
                        yield Query.const_score_query(near, _MISSPELT / distance**0.5 * FIELDS[field] * rarity)

    def _taught(self, word: Query) -> Iterator[Query]:
        """Give what finds the things that teach a skill in which a word is found: the best skills, then the others."""
        skills = Query.const_score_query(Query.term_query(self._schema, "kind", "skill"), 0.0)
        both = Query.boolean_query([(Occur.Must, skills), (Occur.Must, word)])
        hits = [(float(score), address) for score, address in self._searcher.search(both, _MOST_SKILLS).hits]
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        best = hits[0][0] if hits else 0.0
        for good in (True, False):
            found = [(s, n) for (s, _), n in zip(hits, numbers, strict=True) if (s >= _GOOD * best) is good]
            if found:
                teaching = Query.term_set_query(self._schema, TEACHES, [str(number) for _, number in found])
                yield Query.const_score_query(teaching, _TAUGHT * found[-1][0])

    def _rarity(self, bare: str) -> float:
        """Return what it is worth that a word is found: more when fewer things have it."""
        having = max(self._searcher.doc_freq(field, f"~{bare}") for field in NAMES)
        return math.log(1 + self._size / (1 + having))

    def _scored(self, field: str, term: str, value: float, *, tie: bool = False) -> Query:
        query = Query.term_query(self._schema, field, term, index_option="freq")
        fixed = Query.const_score_query(query, value)
        if not tie:
            return fixed
        # Of equally good ones the shorter name: what BM25 makes of it decides between them.
        return Query.boolean_query([(Occur.Must, fixed), (Occur.Should, Query.boost_query(query, _TIE))])

    def _starting(self, field: str, start: str, value: float) -> Query:
        # No letter may differ, but more may follow; as a regular expression it would take 200 times as long to prepare.
        return Query.const_score_query(Query.fuzzy_term_query(self._schema, field, start, 0, prefix=True), value)

    def _any_of(self, clauses: Sequence[Query]) -> Query:
        return Query.disjunction_max_query(clauses)


def _shortest(words: set[str]) -> set[str]:
    """Return the words that no other one is the beginning of."""
    return {word for word in words if not any(word != other and word.startswith(other) for other in words)}


def terms_of(text: str, language: str) -> tuple[str, ...]:
    """Return the terms under which a text is found.

    Each word as written (`=`) and folded (`~`), of any language and of its own (`fi:=`, `fi:~`), and its forms
    (`fi:`); two neighbours as one word too.
    """
    words = words_of(text)
    tongue = primary(language)
    terms = []
    for word in (*words, *joined(words)):
        exact, bare = f"={word}", f"~{folded(word)}"
        terms += [exact, bare, f"{tongue}:{exact}", f"{tongue}:{bare}"] if tongue else [exact, bare]
    for known in (tongue,) if tongue else LANGUAGES:
        terms += [f"{known}:{form}" for word in words for form in forms(word, known)]
    return tuple(terms)


def ends_of(text: str) -> tuple[str, ...]:
    """Return what the words of a text end with, folded, from five letters on; not the whole words."""
    bare = [folded(word) for word in words_of(text)]
    return tuple(word[start:] for word in bare for start in range(1, len(word) - _SHORTEST_PART + 1))

"""Links texts to concepts: ranked, each with a probability and what it rests on, or with nothing when unsure."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ...errors import InvalidArgument
from ..words import encodable, primary, word_spans
from .candidates import FEATURES, Candidates, Labels
from .concepts import Concept, ConceptKind
from .reranker import Reranker, default_reranker, probabilities
from .statements import statements_of
from .tongues import Tongues

VERSION = "pinoamo-ngrams-1"
"""Names the method; the reranker has a version of its own."""

LONGEST_TEXT = 20_000
"""Characters of a text."""

LEAST = 0.01
"""The least probability of a candidate that is told."""

Method = Literal["exact", "label", "alike", "broader"]
"""The text is the label; the label's words stand in it; it is like the label; narrower concepts speak for it."""

_SPOKEN_FOR = 10  # candidates that speak for what is broader
_HEARD = 0.15  # what is less likely does not speak for it
_ENDS = 4  # decimals of what is answered


@dataclass(frozen=True, slots=True)
class Link:
    """A concept that a text may mean.

    `score` are log-odds, `probability` what they mean. `evidence` is the label it rests on, in the language of that
    label; `span` is where in the text; `values` are the features. For a broader concept they are those of its best
    narrower one, and `narrower` names all that speak for it.
    """

    concept: Concept
    score: float
    probability: float
    method: Method
    evidence: str
    language: str
    span: tuple[int, int]
    values: Mapping[str, float]
    narrower: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """The links of a text, best first; `abstained` when none of them is as probable as the threshold."""

    text: str
    language: str
    abstained: bool
    links: tuple[Link, ...]


class Linker:
    """Links texts to the concepts of one release; makes an index of labels when first needed. Safe between threads."""

    def __init__(self, concepts: Sequence[Concept], reranker: Reranker | None = None) -> None:
        """Take all concepts; without a reranker the one that comes with the service."""
        self.reranker = reranker or default_reranker()
        self._concepts: dict[ConceptKind, list[Concept]] = {
            kind: [concept for concept in concepts if concept.kind == kind] for kind in get_args(ConceptKind)
        }
        self._by_iri = {concept.iri: concept for concept in concepts}
        names: dict[str, list[str]] = defaultdict(list)
        for concept in concepts:
            for label in concept.labels:
                names[label.language].append(label.text)
        self._tongues = Tongues(names)
        self._labels: dict[tuple[ConceptKind, str], Labels] = {}
        self._lock = threading.Lock()

    @property
    def languages(self) -> Sequence[str]:
        """Return the languages that a text may be in: those of the labels."""
        return self._tongues.languages

    def concepts(self, kind: ConceptKind) -> Sequence[Concept]:
        """Return what a text may be linked to."""
        return self._concepts[kind]

    def tongues(self, text: str) -> Sequence[str]:
        """Return the languages that a text is taken to be in: one, or two that are as likely."""
        return self._tongues.of(text)

    def link(
        self,
        text: str,
        language: str | None = None,
        *,
        limit: int = 5,
        kind: ConceptKind = "skill",
        least: float = LEAST,
    ) -> Linked:
        """Return what a text means.

        Args:
            text: a phrase, a sentence, a paragraph; a long one is linked statement by statement.
            language: its language, such as `fi`; None to find out.
            limit: most links.
            kind: what to link to.
            least: less probable candidates are not told.

        Raises:
            InvalidArgument: no concept has a label in the language, or the text is too long or no Unicode.
        """
        if len(encodable(text)) > LONGEST_TEXT:
            raise InvalidArgument(f"a text may have {LONGEST_TEXT} characters, got {len(text)}")
        tongues = (self._known(language),) if language else self.tongues(text)
        best: dict[str, Link] = {}
        for start, end in statements_of(text):
            for link in self._of_statement(text[start:end], start, tongues, kind, least):
                known = best.get(link.concept.iri)
                if known is None or (link.score, -link.span[0]) > (known.score, -known.span[0]):
                    best[link.concept.iri] = link
        ranked = sorted(best.values(), key=lambda link: (-link.score, link.concept.iri))
        spoken = ranked[0].language if ranked else tongues[0] if tongues else ""
        sure = bool(ranked) and ranked[0].probability >= self.reranker.threshold
        if not sure and (broader := self._broader(ranked)):
            ranked.insert(0, broader)
            sure = True
        links = tuple(link for link in ranked[:limit] if link.probability >= least)
        return Linked(text, spoken, not sure, links)

    def _known(self, language: str) -> str:
        tongue = primary(language)
        if tongue not in self.languages:
            raise InvalidArgument(f"lang must be one of {', '.join(self.languages)}, got {language[:50]!r}")
        return tongue

    def _of_statement(
        self, text: str, start: int, tongues: Sequence[str], kind: ConceptKind, least: float
    ) -> Iterator[Link]:
        spans = word_spans(text)
        for tongue in tongues:
            labels = self._labels_of(kind, tongue)
            found = labels.candidates(text)
            scores = self.reranker.scores(found.features)
            likely = probabilities(scores)
            for place in np.nonzero(likely >= least)[0]:
                first, last = int(found.first[place]), int(found.last[place])
                where = (start + spans[first][0], start + spans[max(first, last - 1)][1])
                yield self._link(labels, found, int(place), float(scores[place]), float(likely[place]), where, kind)

    def _link(
        self,
        labels: Labels,
        found: Candidates,
        place: int,
        score: float,
        likely: float,
        where: tuple[int, int],
        kind: ConceptKind,
    ) -> Link:
        values = {name: round(float(x), _ENDS) for name, x in zip(FEATURES, found.features[place], strict=True)}
        return Link(
            concept=self._concepts[kind][found.concepts[place]],
            score=round(score, _ENDS),
            probability=round(likely, _ENDS),
            method="exact" if values["whole"] else "label" if values["inside"] else "alike",
            evidence=labels.texts[found.rows[place]],
            language=labels.language,
            span=where,
            values=values,
        )

    def _labels_of(self, kind: ConceptKind, language: str) -> Labels:
        with self._lock:
            found = self._labels.get((kind, language))
            if found is None:
                found = self._labels[kind, language] = Labels(self._concepts[kind], language)
            return found

    def _broader(self, ranked: Sequence[Link]) -> Link | None:
        """Return the concept right above the best candidates that is meant if any of them is; None when unsure too."""
        speaking: dict[str, list[Link]] = defaultdict(list)
        for link in [link for link in ranked[:_SPOKEN_FOR] if link.probability >= _HEARD]:
            for iri in link.concept.broader:
                if iri in self._by_iri:
                    speaking[iri].append(link)
        odds = {iri: 1 - float(np.prod([1 - link.probability for link in links])) for iri, links in speaking.items()}
        several = {iri: value for iri, value in odds.items() if len(speaking[iri]) > 1}
        if not several or max(several.values()) < self.reranker.threshold:
            return None
        iri = min(several, key=lambda each: (-several[each], each))
        links = speaking[iri]
        probability = min(several[iri], 1 - 10**-_ENDS)
        return Link(
            concept=self._by_iri[iri],
            score=round(float(np.log(probability / (1 - probability))), _ENDS),
            probability=round(probability, _ENDS),
            method="broader",
            evidence=links[0].evidence,
            language=links[0].language,
            span=links[0].span,
            values=links[0].values,
            narrower=tuple(link.concept.iri for link in links),
        )

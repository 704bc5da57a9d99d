"""Tells in which of the loaded languages a text is: by its letters in threes, and by small words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from .grams import Floats, Numbers, grams_of, plain

_PLACES = 1 << 15
_ENOUGH = 4000  # labels of a language that its profile is made from
_WORTH = 1.5  # of a small word, in units of log-likelihood
_CLOSE = 0.12  # another language counts too when a letter-triple speaks so much less for it, on average
_SMALL_WORDS: Mapping[str, str] = {
    "da": "og i at en et den til på med for af er som det de der ikke kan skal",
    "de": "und der die das den dem von zu mit für auf ist im ein eine einer oder als bei nach wird werden kann",
    "en": "and the of to in for with on is an or as by at from be are you your will can our we that this their have",
    "es": "y el la los las de del en con para por una un es que se como al su",
    "et": "ja on ning või ka et kui oma ei see",
    "fi": "ja on sekä tai että osaa ovat ei se voi kun joka hän sen oman myös kuten eri",
    "fr": "et le la les des du de en un une pour dans avec sur est au aux par que qui ou",
    "it": "e il lo la gli di del della in con per una un che si sono come al",
    "nl": "en de het een van in op voor met te is zijn aan bij door dat of wordt worden kan naar",
    "no": "og i å en et den til på med for av er som det de ikke kan skal",
    "pt": "e o a os as de do da em com para por uma um que se como ao",
    "sv": "och att i en ett den det till på med för av är som de inte kan ska om från eller samt",
}


class Tongues:
    """Profiles of languages. Never changes; safe to share between threads."""

    def __init__(self, labels: Mapping[str, Iterable[str]]) -> None:
        """Take labels by language."""
        self.languages = tuple(sorted(labels))
        self._small = {name: frozenset(plain(_SMALL_WORDS.get(name, "")).split()) for name in self.languages}
        counts = np.stack([_counts(labels[name]) for name in self.languages] or [_counts(())])
        self._known = counts.sum(axis=0) > 0
        spread = (counts + 0.1) / (counts.sum(axis=1, keepdims=True) + 0.1 * _PLACES)
        self._table: Floats = np.log(spread).astype(np.float32)

    def of(self, text: str) -> tuple[str, ...]:
        """Return the language of a text, and another one that is as likely; none where none of its letters is known."""
        words = plain(text).split()
        places = _triples([" ".join(words)])
        if not len(places) or not self._known[places].any():
            return ()
        if len(self.languages) == 1:
            return self.languages
        told = self._table[:, places].mean(axis=1)
        small = [sum(word in self._small[name] for word in words) for name in self.languages]
        told = told + _WORTH * np.array(small) / max(1, len(words))
        order = np.argsort(-told, kind="stable")
        best, second = order[0], order[1]
        if told[best] - told[second] < _CLOSE:
            return self.languages[best], self.languages[second]
        return (self.languages[best],)


def _triples(texts: list[str]) -> Numbers:
    grams = grams_of(texts, sizes=(3,))
    return grams.places % _PLACES


def _counts(labels: Iterable[str]) -> Numbers:
    texts = [plain(label) for label, _ in zip(labels, range(_ENOUGH), strict=False)]
    return np.bincount(_triples(texts), minlength=_PLACES)

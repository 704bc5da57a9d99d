"""Words of a text and the forms in which they are compared: as written, without accents, and as lemma and stem.

A lemmatiser (`simplemma`) and a stemmer (Snowball) work before accents are taken off: together they unite more
inflected Finnish words than either alone. Both are data and rules in a package; nothing is fetched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import snowballstemmer
from simplemma import Lemmatizer
from simplemma.strategies import DefaultStrategy
from simplemma.strategies.dictionaries import StreamDictionaryFactory

from ..errors import InvalidArgument

LANGUAGES = ("fi", "sv", "en")
"""The languages whose word forms are known; words of others are compared as written."""

_STEMMERS = {"fi": "finnish", "sv": "swedish", "en": "english"}
_OTHER_STEMMERS = {
    "da": "danish", "de": "german", "es": "spanish", "et": "estonian", "fr": "french", "hu": "hungarian",
    "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
}  # fmt: skip
# C++, C# and F# are words; what joins parts of a word, such as a hyphen, is between two.
_WORD = re.compile(r"\w+[+#]*")
# Letters that have no decomposition, as people write them on a keyboard without them.
_UNACCENTED = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_CLUSTER = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
_LONGEST = 64


def encodable(text: str) -> str:
    """Return a text that can be written as UTF-8.

    Raises:
        InvalidArgument: it holds half a character.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidArgument("text must be Unicode without lone surrogates")
    return text


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case and composed (NFC), as macOS, which types `a` and `¨`, does not.

    >>> words_of("Data-analyysi, C++ ja C#")
    ['data', 'analyysi', 'c++', 'ja', 'c#']
    """
    return [word[:_LONGEST] for word in _WORD.findall(unicodedata.normalize("NFC", text).lower())]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where in a text each of its words begins and ends, however its letters are composed.

    >>> word_spans("R ja C++"), word_spans("a\u0308a\u0308ni")
    ([(0, 1), (2, 4), (5, 8)], [(0, 6)])
    """
    pieces = [match.group() for match in _CLUSTER.finditer(text)]
    composed = [unicodedata.normalize("NFC", piece).lower() for piece in pieces]
    # Where each letter of the composed text comes from: its piece begins here in the text and ends where the next does.
    begins, ends, place = [], [], 0
    for piece, letters in zip(pieces, composed, strict=True):
        begins += [place] * len(letters)
        place += len(piece)
        ends += [place] * len(letters)
    found = [(begins[m.start()], ends[m.end() - 1]) for m in _WORD.finditer("".join(composed))]
    # Letters that only compose with more than marks, as those of Hangul do, are not told apart here.
    return found if len(found) == len(words_of(text)) else [(0, len(text))] * len(words_of(text))


@lru_cache(maxsize=1 << 17)
def folded(word: str) -> str:
    """Return a word without accents and case.

    >>> folded("ÄÄNITYS"), folded("Straße")
    ('aanitys', 'strasse')
    """
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_UNACCENTED)


@lru_cache(maxsize=1 << 17)
def forms(word: str, language: str) -> tuple[str, ...]:
    """Return the lemma's stem and the word's own, both folded, each once; nothing in a language that is not known.

    >>> set(forms("ohjelmoinnin", "fi")).isdisjoint(forms("ohjelmointi", "fi"))
    False
    """
    if language not in _STEMMERS:
        return ()
    stem_of = _stemmer(_STEMMERS[language])
    lemma = _lemmatiser().lemmatize(word, lang=language).lower()
    return tuple(dict.fromkeys((folded(stem_of(lemma)), folded(stem_of(word)))))


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """Return the stem of a word, folded, in any language that Snowball knows; of others the word itself.

    >>> stem("maschinen", "de") == stem("maschine", "de")
    True
    """
    name = _STEMMERS.get(language) or _OTHER_STEMMERS.get(language)
    return folded(_stemmer(name)(word) if name else word)


@lru_cache(maxsize=1 << 16)
def languages_of(word: str) -> tuple[str, ...]:
    """Return the languages whose dictionary has a word; all of them for one that none has."""
    found = tuple(language for language in LANGUAGES if _dictionary(language, word))
    return found or LANGUAGES


def warm() -> None:
    """Read the dictionaries: 1.5 s of processor time, which the first search would wait for otherwise."""
    for language in LANGUAGES:
        forms("a", language)


def primary(language: str) -> str:
    """Return the primary subtag of a language tag, lower-case: `sv` of `sv-FI`."""
    return language.partition("-")[0].lower()


def joined(words: Sequence[str]) -> Iterator[str]:
    """Give every two neighbours as one word, for those who write `book keeping`, or `cybersecurity`."""
    return (one + other for one, other in pairwise(words))


# Looked up where they lie: as dictionaries in memory the three languages would fill 500 MB.
_DICTIONARIES = StreamDictionaryFactory()


def _dictionary(language: str, word: str) -> bool:
    return _DICTIONARIES.get_dictionary(language).get(word) is not None


@cache
def _lemmatiser() -> Lemmatizer:
    return Lemmatizer(lemmatization_strategy=DefaultStrategy(dictionary_factory=_DICTIONARIES))


@cache
def _stemmer(name: str) -> Callable[[str], str]:
    found: Callable[[str], str] = snowballstemmer.stemmer(name).stemWord
    return found

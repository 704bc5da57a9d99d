"""Reads the words of the pages in Finnish, Swedish and English, and picks one label among many languages.

The choice of one label among many is also written in service/catalogue/index.py, queries/credentials.rq and
queries/listed.rq.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from .formats import number_words, plural_form

LANGUAGES = ("fi", "sv", "en")
NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}

_FOLDER = Path(__file__).parent
_FILES = ("", "path.")
_PLACE = re.compile(r"\{(\w+)\}")


class Text(NamedTuple):
    """Words and the language they are in; `language` is empty when nobody said."""

    words: str
    language: str = ""


class Texts:
    """The words of one language: `texts["home.title"]`, `texts("search.found", total=3)`.

    A text may have forms for one and for other numbers, in a table `{one = …, other = …}`: `{count}` decides, or
    the first place where there is none.
    """

    def __init__(self, language: str, words: Mapping[str, str | Mapping[str, str]]) -> None:
        self.language = language
        self._words = {key: text if isinstance(text, str) else text["other"] for key, text in words.items()}
        self._forms = {key: forms for key, forms in words.items() if not isinstance(forms, str)}

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its `{places}` filled, numbers as the language writes them."""
        words = self._words[key]
        if forms := self._forms.get(key):
            places = _PLACE.findall(words)
            decides = "count" if "count" in places else places[0]
            words = forms.get(_form(values[decides], self.language), words)
        return words.format_map({name: _filled(value, self.language) for name, value in values.items()})

    def forms(self, key: str) -> Mapping[str, str]:
        """Return the plural forms of a text by their category; one that has none has only `other`."""
        return self._forms.get(key, {"other": self._words[key]})

    def keys(self) -> frozenset[str]:
        """Return every key."""
        return frozenset(self._words)

    def get(self, key: str, otherwise: str) -> str:
        """Return a text, or the other one when there is none."""
        return self._words.get(key, otherwise)


def _form(value: object, language: str) -> str:
    return plural_form(value, language) if isinstance(value, int | float | Decimal) else "other"


def _filled(value: object, language: str) -> object:
    return number_words(value, language) if isinstance(value, int | float | Decimal) else value


def text_files(languages: Sequence[str] = LANGUAGES) -> tuple[Path, ...]:
    """Return the files that hold the texts."""
    return tuple(_FOLDER / f"{name}{language}.toml" for language in languages for name in _FILES)


@cache
def load_texts(language: str) -> Texts:
    """Return the texts of one of `LANGUAGES`; the files are read once."""
    sources = [tomllib.loads(path.read_text(encoding="utf-8")) for path in text_files((language,))]
    return Texts(
        language,
        {f"{part}.{key}": text for source in sources for part, texts in source.items() for key, text in texts.items()},
    )


def best_text(labels: Mapping[str, str], language: str) -> Text | None:
    """Return the label for a reader: their language, its main part, English, then the first by tag.

    >>> best_text({"sv": "färdighet", "en": "skill"}, "fi")
    Text(words='skill', language='en')
    """
    if not labels:
        return None
    asked = (language, language.partition("-")[0], "en")
    tag = next((tag for tag in asked if tag in labels), None)
    if tag is None:
        tag = min(labels)
    return Text(labels[tag], tag)


def outcome_words(verdict: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key of the text for a verdict, given as JSON, and its outcome.

    A profile that makes nothing mandatory must not be said to be met: its outcome is `undecided`. Shapes of others say
    only what is wrong, so that of them nothing follows from what they are silent about.
    """
    severities = {finding["severity"] for finding in verdict["elements"] if "component" not in finding}
    if verdict["outcome"] == "conforms" and severities and "violation" not in severities:
        return "check.answer_undecided", "undecided"
    return f"check.outcome_{verdict['outcome']}", verdict["outcome"]

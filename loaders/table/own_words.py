"""What a source says once: a map of its columns and words to ours, and what holds for all its rows or by provider."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..codes import CodeLists
from ..report import CallError
from ..vocabulary import SCHEMES
from .columns import CODED, NUMBERS, is_column, nearest_column
from .near_codes import NearCodes

SEPARATOR = "|"
CUT = "…"
"""Ends a word of a map that stands for every text which begins so."""

_MOST_BYTES = 4 * 1024 * 1024
_MAP_TABLES = ("columns", "values", "factors")
_DEFAULT_TABLES = ("all", "provider")


def as_word(text: str) -> str:
    """Return a text as maps compare it: neither capitals nor blanks matter."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of one column become: whole texts, and beginnings with the longest first."""

    whole: Mapping[str, str] = field(default_factory=dict)
    beginnings: tuple[tuple[str, str], ...] = ()

    def find(self, text: str) -> str | None:
        """Return what a text becomes, nothing when the map does not speak of it."""
        word = as_word(text)
        if word in self.whole:
            return self.whole[word]
        return next((code for start, code in self.beginnings if word.startswith(start)), None)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A source's own words and silences.

    Attributes:
        columns: our column by the source's, as `as_word` has it; empty for one that is left out.
        values: by column of ours, what its words become.
        factors: what numbers of a column are multiplied with.
        all_rows: texts by column, for rows that state none.
        by_provider: the same by provider; they go before those for all rows.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Words] = field(default_factory=dict)
    factors: Mapping[str, Decimal] = field(default_factory=dict)
    all_rows: Mapping[str, str] = field(default_factory=dict)
    by_provider: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def translated(self, column: str, text: str) -> str:
        """Return what a cell becomes: by its whole text, else by each of its parts."""
        words = self.values.get(column)
        if words is None:
            return text
        found = words.find(text)
        if found is not None or SEPARATOR not in text:
            return text if found is None else found
        parts = [(part, words.find(part)) for part in text.split(SEPARATOR)]
        return SEPARATOR.join(part if code is None else code for part, code in parts if code != "")

    def defaults(self, provider: str) -> Mapping[str, str]:
        """Return what holds for the rows of a provider that do not state it."""
        return {**self.all_rows, **self.by_provider.get(provider, {})}


def read_own_words(map_file: Path | None, defaults_file: Path | None, codes: CodeLists) -> OwnWords:
    """Read the files that a person wrote or corrected.

    Raises:
        CallError: a file cannot be read, or names a column or a code that there is none of, or runs in a circle.
    """
    columns: dict[str, str] = {}
    values: dict[str, Words] = {}
    factors: dict[str, Decimal] = {}
    if map_file:
        tables = _read(map_file, _MAP_TABLES)
        columns = _columns(map_file, tables.get("columns", {}))
        for column, words in tables.get("values", {}).items():
            _know_column(map_file, f"values.{column}", column)
            values[column] = _words(map_file, column, _table(map_file, f"values.{column}", words), codes)
        factors = {column: _factor(map_file, column, text) for column, text in tables.get("factors", {}).items()}
    all_rows: Mapping[str, str] = {}
    by_provider: dict[str, Mapping[str, str]] = {}
    if defaults_file:
        tables = _read(defaults_file, _DEFAULT_TABLES)
        all_rows = read_defaults(defaults_file, "all", tables.get("all", {}), codes)
        for provider, texts in tables.get("provider", {}).items():
            name = f"provider.{provider}"
            by_provider[provider] = read_defaults(defaults_file, name, _table(defaults_file, name, texts), codes)
    return OwnWords(columns, values, factors, all_rows, by_provider)


def _read(path: Path, tables: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CallError(f"{path} is larger than {_MOST_BYTES >> 20} MiB")
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise CallError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CallError(f"{path} is no TOML file: {error}") from error
    for name, table in found.items():
        if name not in tables:
            raise CallError(f"{path}: a table is one of {', '.join(tables)}, got {name[:50]!r}")
        _table(path, name, table)
    return found


def _table(path: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CallError(f"{path}: {name} must be a table of texts, got {str(value)[:50]!r}")
    return value


def _text(path: Path, name: str, value: object) -> str:
    if isinstance(value, list):
        return SEPARATOR.join(_text(path, name, each) for each in value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CallError(f'{path}: {name} must be a text such as "fi", got {str(value)[:50]!r}')
    return str(value).strip()


def _know_column(path: Path, name: str, column: str) -> None:
    if not is_column(column):
        raise CallError(f"{path}: {name}: there is no column {column[:50]!r}{nearest_column(column)}")


def _columns(path: Path, table: Mapping[str, object]) -> dict[str, str]:
    columns: dict[str, str] = {}
    taken: dict[str, str] = {}
    for source, value in table.items():
        column = _text(path, f"columns.{source}", value).lower()
        if column:
            _know_column(path, f"columns.{source}", column)
            if column in taken:
                raise CallError(f"{path}: both {taken[column]!r} and {source!r} become {column}; leave one out")
            taken[column] = source
        columns[as_word(source)] = column
    return columns


def _words(path: Path, column: str, table: Mapping[str, object], codes: CodeLists) -> Words:
    texts = {as_word(word): _text(path, f"values.{column}", value) for word, value in table.items()}
    for word in texts:
        _refuse_circle(path, column, word, texts)
    for code in texts.values():
        _know_codes(path, f"values.{column}", column, code, codes)
    beginnings = ((word.removesuffix(CUT).rstrip(), code) for word, code in texts.items() if word.endswith(CUT))
    longest_first = sorted(beginnings, key=lambda pair: -len(pair[0]))
    return Words({word: code for word, code in texts.items() if not word.endswith(CUT)}, tuple(longest_first))


def _refuse_circle(path: Path, column: str, word: str, texts: Mapping[str, str]) -> None:
    """Refuse words that become each other: which of them the record is to say nobody could tell."""
    walk = [word]
    while (following := as_word(texts.get(walk[-1], ""))) in texts and following != walk[-1]:
        walk.append(following)
        if following in walk[:-1]:
            raise CallError(f"{path}: values.{column} runs in a circle: {' → '.join(each[:30] for each in walk)}")


def _know_codes(path: Path, name: str, column: str, text: str, codes: CodeLists) -> None:
    # A type of quality assurance may be one of the source's own.
    if column not in CODED or column == "quality_assurance":
        return
    scheme = SCHEMES[CODED[column]]
    for word in filter(None, text.split(SEPARATOR)):
        known = codes.find_field(word.strip()) if column == "isced_f" else codes.find(scheme, word)
        if not known:
            near = NearCodes(codes, CODED[column]).nearest(word)
            hint = f"; did you mean {near}?" if near else f"; codes are: {codes.words(scheme)}"
            raise CallError(f"{path}: {name}: {word[:50]!r} is no code{hint}")


def _factor(path: Path, column: str, value: object) -> Decimal:
    if column not in NUMBERS:
        raise CallError(f"{path}: factors are for {', '.join(NUMBERS)}, got {column[:50]!r}")
    try:
        factor = Decimal(_text(path, f"factors.{column}", value))
    except InvalidOperation:
        factor = Decimal(0)
    if not (factor.is_finite() and factor > 0):
        raise CallError(f"{path}: factors.{column} must be a number above 0 such as 0.5, got {str(value)[:50]!r}")
    return factor


def read_defaults(path: Path, name: str, table: Mapping[str, object], codes: CodeLists) -> Mapping[str, str]:
    """Return the texts of one table of defaults by column.

    Raises:
        CallError: it names a column or a code that there is none of, or one that each row has for itself.
    """
    texts: dict[str, str] = {}
    for column, value in table.items():
        own = "its own in every row" if column == "id" or column.startswith("title@") else ""
        if own or (column == "provider" and name != "all"):
            raise CallError(f"{path}: {name}: {column} is {own or 'what the table is for'}; leave it out")
        _know_column(path, name, column)
        texts[column] = _text(path, f"{name}.{column}", value)
        _know_codes(path, name, column, texts[column], codes)
    return texts

"""Writes the text index of a release: one document a thing, its words as terms made here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tantivy

from ..errors import StoreUnavailable
from .text_index import ENDS, FIELDS, NAMES, TEACHES, WHOLE, ends_of, terms_of
from .words import folded, words_of

_MEMORY = 64 * 1024 * 1024
_SHARED = frozenset({"provider", "code"})  # many micro-credentials have the same texts
_FILE = 0o666


class Passage(NamedTuple):
    """A text of a thing: which of `FIELDS` it is and its language tag, empty when nobody said."""

    field: str
    text: str
    language: str


class Indexed(NamedTuple):
    """A thing to index, by its number; `teaches` are the numbers of skills, which are indexed too."""

    number: int
    kind: str
    passages: Iterable[Passage]
    teaches: Iterable[int] = ()


def build_text_index(folder: Path, things: Iterable[Indexed]) -> None:
    """Write an index of things to a new folder.

    Raises:
        StoreUnavailable: it cannot be written.
    """
    folder.mkdir()
    try:
        index = tantivy.Index(_schema(), path=str(folder), reuse=False)
        writer = index.writer(heap_size=_MEMORY, num_threads=1)
        for thing in things:
            writer.add_document(_document(thing))
        writer.commit()
        writer.wait_merging_threads()
        for file in folder.iterdir():
            if file.suffix == ".lock":
                file.unlink()
            else:
                # Some are made for the owner alone: they are for whom the folder is for.
                file.chmod(folder.stat().st_mode & _FILE)
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"the text index {folder} cannot be written: {error}") from error


_shared_terms = lru_cache(maxsize=1 << 14)(terms_of)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", fast=True)
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field(WHOLE, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(TEACHES, tokenizer_name="raw", index_option="basic")
    for field in (*FIELDS, ENDS):
        option = "freq" if field in NAMES else "basic"
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=option)
    return builder.build()


def _document(thing: Indexed) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("number", thing.number)
    document.add_text("kind", thing.kind)
    for skill in thing.teaches:
        document.add_text(TEACHES, str(skill))
    # Of names it counts how long they are. Of the rest each term is written once.
    terms: dict[str, dict[str, None]] = {}
    for field, text, language in thing.passages:
        if field in NAMES:
            document.add_text(field, " ".join(terms_of(text, language)))
            document.add_text(WHOLE, folded(" ".join(words_of(text))))
        else:
            known = _shared_terms if field in _SHARED else terms_of
            terms.setdefault(field, {}).update(dict.fromkeys(known(text, language)))
        if field in NAMES:
            terms.setdefault(ENDS, {}).update(dict.fromkeys(ends_of(text)))
    for field, found in terms.items():
        document.add_text(field, " ".join(found))
    return document

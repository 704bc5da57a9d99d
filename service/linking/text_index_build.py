"""Writes the text index of a release: one document a thing, its words as terms made here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import tantivy

from ..errors import StoreUnavailable
from .text_index import ENDS, FIELDS, NAMES, WHOLE, ends_of, register, terms_of
from .words import folded, words_of

_MEMORY = 64 * 1024 * 1024


class Passage(NamedTuple):
    """A text of a thing: which of `FIELDS` it is and its language tag, empty when nobody said."""

    field: str
    text: str
    language: str


class Indexed(NamedTuple):
    """A thing to index, by its number."""

    number: int
    kind: str
    passages: Iterable[Passage]


def build_text_index(folder: Path, things: Iterable[Indexed]) -> None:
    """Write an index of things to a new folder.

    Raises:
        StoreUnavailable: it cannot be written.
    """
    folder.mkdir()
    try:
        index = tantivy.Index(_schema(), path=str(folder), reuse=False)
        register(index)
        writer = index.writer(heap_size=_MEMORY, num_threads=1)
        for thing in things:
            writer.add_document(_document(thing))
        writer.commit()
        writer.wait_merging_threads()
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"the text index {folder} cannot be written: {error}") from error


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", fast=True)
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    for field in (*FIELDS, WHOLE, ENDS):
        builder.add_text_field(field, tokenizer_name="lines", index_option="freq" if field in NAMES else "basic")
    return builder.build()


def _document(thing: Indexed) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("number", thing.number)
    document.add_text("kind", thing.kind)
    for field, text, language in thing.passages:
        document.add_text(field, "\n".join(terms_of(text, language)))
        if field in NAMES:
            document.add_text(ENDS, "\n".join(ends_of(text)))
        if field in ("title", "alternative"):
            document.add_text(WHOLE, folded(" ".join(words_of(text))))
    return document

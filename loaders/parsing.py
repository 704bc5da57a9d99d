"""Parses RDF text to statements; no other module of the loaders imports pyoxigraph."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import pyoxigraph as ox

from .report import SourceError

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "json": ox.RdfFormat.JSON_LD,
}

AMONG_OTHERS = tuple(sorted(FORMATS.keys() - {"xml"}))
"""Kinds that are read from folders and archives: of XML files that lie about few are RDF."""

ToldTag = Callable[[str, int], None]
"""Hears of a language tag that was mended, and of its line."""

_WITH_TAGS = ("ttl", "trig", "nt", "nq")
# A tag with underscores after the end of a text. Such words within a text are let be.
_ODD_TAG = re.compile(
    rb"""(?<=[^\\]["'])@([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*_[A-Za-z0-9_-]{1,40})(?=[\s.;,)\]}<]|\Z)"""
)
_TEXT = re.compile(
    rb'"{3}(?:[^"\\]|\\.|"(?!""))*"{3}' rb"|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"
    rb'|"(?:[^"\\\n]|\\.)*"' rb"|'(?:[^'\\\n]|\\.)*'" rb'|<[^<>"\s]*>',
    re.DOTALL,
)  # fmt: skip
_LONGEST_LINE = 1 << 14
_TAG_AT_END = re.compile(rb"[\"'](?:@[A-Za-z0-9_-]*)?\Z")
_LONGEST_TAG = 64
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


class _CheckedStream:
    """A stream without its byte order mark and with its language tags mended, and in XML without entities.

    The parser expands nested ones unlimited.
    """

    _DECLARATION = b"<!ENTITY"

    def __init__(self, stream: BinaryIO, kind: str, source: str, told_tag: ToldTag | None) -> None:
        self._stream = stream
        self._is_xml = FORMATS[kind] == ox.RdfFormat.RDF_XML
        self._has_tags = kind in _WITH_TAGS
        self._source = source
        self._told_tag = told_tag
        self._tail: bytes | None = None
        self._ready = b""
        self._before = b""
        self._line = 1

    def read(self, size: int = -1) -> bytes:
        if not self._ready:
            self._ready = self._next(size)
        if size < 0:
            size = len(self._ready)
        chunk, self._ready = self._ready[:size], self._ready[size:]
        return chunk

    def _next(self, size: int) -> bytes:
        chunk = self._stream.read(size)
        if self._tail is None:
            self._tail = b""
            if chunk.startswith(codecs.BOM_UTF8):
                chunk = chunk[len(codecs.BOM_UTF8) :] or self._stream.read(size)
        if self._is_xml:
            seen = self._tail + chunk
            if self._DECLARATION in seen:
                raise SourceError("RDF/XML that declares entities is refused; write the IRIs out", self._source)
            self._tail = seen[-len(self._DECLARATION) :]
        return self._with_tags_mended(chunk) if self._has_tags else chunk

    def _with_tags_mended(self, chunk: bytes) -> bytes:
        """Return text with hyphens for the underscores of language tags: their grammar has none, so all would end."""
        chunk = self._to_end_of_tag(chunk)
        before, whole = len(self._before), self._before + chunk
        if _ODD_TAG.search(whole):
            chunk = self._to_end_of_tag(self._to_end_of_line(chunk))
            whole = self._before + chunk
            texts = _texts(whole)
            chunk = _ODD_TAG.sub(lambda match: self._mended(match, whole, before, texts), whole)[before:]
        self._line += chunk.count(b"\n")
        self._before = whole[max(whole.rfind(b"\n") + 1, len(whole) - _LONGEST_LINE) :]
        return chunk

    def _to_end_of_line(self, chunk: bytes) -> bytes:
        # Whether a tag stands within a text shows there.
        rest = b""
        while b"\n" not in rest and len(rest) < _LONGEST_LINE:
            more = self._stream.read(_LONGEST_TAG)
            if not more:
                break
            rest += more
        return chunk + rest

    def _to_end_of_tag(self, chunk: bytes) -> bytes:
        while _TAG_AT_END.search(chunk, max(0, len(chunk) - _LONGEST_TAG)):
            more = self._stream.read(_LONGEST_TAG)
            if not more:
                break
            chunk += more
        return chunk

    def _mended(self, match: re.Match[bytes], whole: bytes, before: int, texts: list[tuple[int, int]]) -> bytes:
        place = match.start()
        around = texts[bisect_left(texts, (place,)) - 1 :][:1]
        if place < before or any(start < place < end for start, end in around):
            return match[0]
        if self._told_tag is not None:
            self._told_tag(match[1].decode("ascii"), self._line + whole.count(b"\n", before, place))
        return match[0].replace(b"_", b"-")


def _texts(whole: bytes) -> list[tuple[int, int]]:
    """Return where the texts and IRIs are that begin and end on one line, in order."""
    found: list[tuple[int, int]] = []
    start = 0
    for line in whole.split(b"\n"):
        if _ODD_TAG.search(line):
            found += ((start + text.start(), start + text.end()) for text in _TEXT.finditer(line))
        start += len(line) + 1
    return found


def parse_statements(
    stream: BinaryIO | bytes, kind: str, source: str, base: str | None = None, told_tag: ToldTag | None = None
) -> Iterator[tuple[str, str, str]]:
    """Yield subject, predicate and object of each statement, in N-Triples syntax, as a stream; graph names are dropped.

    Relative IRIs are resolved against `base` where it is given. Neither IRIs nor language tags are checked: an unusable
    one costs its statement, not the file (`odd_values`). Durations and numbers keep their text.

    Raises:
        SourceError: a syntax error, with its line where the syntax has lines.
    """
    if not isinstance(stream, bytes):
        stream = cast(BinaryIO, _CheckedStream(stream, kind, source, told_tag))
    try:
        for quad in ox.parse(stream, FORMATS[kind], base_iri=base, lenient=True):
            yield str(quad.subject), str(quad.predicate), str(quad.object)
    except SyntaxError as error:
        raise SourceError(f"syntax error: {error.msg}", source, error.lineno or 0) from error


def literal_parts(term: str) -> tuple[str, str, str]:
    """Return text, language and datatype of a literal in N-Triples syntax; all empty for anything else.

    >>> literal_parts('"a \\\\"b\\\\""@en')
    ('a "b"', 'en', '')
    """
    match = _LITERAL.fullmatch(term)
    if not match:
        return "", "", ""
    text, language, datatype = match[1], match[2] or "", match[3] or ""
    return _ESCAPED.sub(_unescape, text) if "\\" in text else text, language, datatype


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _PLAIN.get(match[3], match[3])

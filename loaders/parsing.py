"""Parses RDF text to statements; no other module of the loaders imports pyoxigraph."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

import pyoxigraph as ox

from .report import SourceError

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "json": ox.RdfFormat.JSON_LD,
}

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


class _CheckedStream:
    """A stream without its byte order mark, and in XML without entities: the parser expands nested ones unlimited."""

    _DECLARATION = b"<!ENTITY"

    def __init__(self, stream: BinaryIO, is_xml: bool, source: str) -> None:
        self._stream = stream
        self._is_xml = is_xml
        self._source = source
        self._tail: bytes | None = None

    def read(self, size: int = -1) -> bytes:
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
        return chunk


def parse_statements(
    stream: BinaryIO | bytes, kind: str, source: str, base: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """Yield subject, predicate and object of each statement, in N-Triples syntax, as a stream; graph names are dropped.

    Relative IRIs are resolved against `base` where it is given. IRIs are not checked: an unusable one costs its
    statement, not the file. Durations and numbers keep their text.

    Raises:
        SourceError: a syntax error, with its line where the syntax has lines.
    """
    if not isinstance(stream, bytes):
        stream = cast(BinaryIO, _CheckedStream(stream, kind == "rdf", source))
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

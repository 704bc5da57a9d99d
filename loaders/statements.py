"""Writes N-Quads with record marks (docs/model.md §3); no other module of the loaders puts terms into text.

The marks of records are also written in service/validation/blocks.py.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from .identifiers import iri_term, is_language_tag
from .vocabulary import RDF_TYPE, XSD

_BUFFER_BYTES = 1 << 16
_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r", ord('"'): '\\"', ord("\\"): "\\\\",
}  # fmt: skip


def text_term(text: str, language: str = "") -> str:
    """Return a literal as N-Quads writes it, plain or in a language.

    >>> print(text_term('say "hi"', "en"))
    "say \\"hi\\""@en
    """
    if language and not is_language_tag(language):
        raise ValueError(f"a language tag is needed, got {language[:50]!r}")
    return _quote(text) + (f"@{language}" if language else "")


def typed_term(text: str, datatype: str) -> str:
    """Return a literal of a datatype; `datatype` is a local name of XML Schema, such as `date`."""
    return f"{_quote(text)}^^{iri_term(XSD + datatype)}"


def _quote(text: str) -> str:
    # Looking first is much faster than translating every text.
    return f'"{text.translate(_ESCAPES) if _SPECIAL.search(text) else text}"'


class StatementWriter:
    """Writes statements of one named graph, in records or shared, and counts them.

    Statements are gathered until the next mark, so that a record that turns out to be refused can be dropped whole.
    """

    def __init__(self, output: BinaryIO, graph_iri: str) -> None:
        self._output = output
        self._graph_iri = graph_iri
        self._end = f" {iri_term(graph_iri)} .\n"
        self._lines: list[str] = []
        self._size = 0
        self._in_shared = False
        self.records = 0
        self.quads = 0

    @property
    def graph_iri(self) -> str:
        """The name of the graph."""
        return self._graph_iri

    def start_record(self, record_iri: str, source: str, line: int) -> None:
        """Begin a record: what is written up to the next mark belongs to it."""
        self.flush()
        place = "".join(character if character.isprintable() else " " for character in source)
        self._lines.append(f"# record {iri_term(record_iri)} {place}:{line}\n")
        self._in_shared = False
        self.records += 1

    def start_shared(self) -> None:
        """Begin what belongs to no record."""
        if not self._in_shared:
            self.flush()
            self._lines.append("# shared\n")
            self._in_shared = True

    def add_type(self, subject: str, type_iri: str) -> None:
        """Write `subject a type`."""
        self.add_term(subject, RDF_TYPE, iri_term(type_iri))

    def add_iri(self, subject: str, predicate: str, value: str) -> None:
        """Write a statement whose object is an IRI."""
        self.add_term(subject, predicate, iri_term(value))

    def add_text(self, subject: str, predicate: str, text: str, language: str = "") -> None:
        """Write a statement whose object is text, plain or in a language."""
        self.add_term(subject, predicate, text_term(text, language))

    def add_typed(self, subject: str, predicate: str, text: str, datatype: str) -> None:
        """Write a statement whose object has an XML Schema datatype."""
        self.add_term(subject, predicate, typed_term(text, datatype))

    def add_term(self, subject: str, predicate: str, term: str) -> None:
        """Write a statement whose object is in N-Quads syntax already."""
        self.add_line(f"{iri_term(subject)} {iri_term(predicate)} {term}")

    def add_line(self, triple: str) -> None:
        """Write a statement of which subject, predicate and object are in N-Quads syntax already."""
        self._lines.append(triple + self._end)
        self._size += len(triple)
        self.quads += 1
        if self._in_shared and self._size > _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand everything gathered to the output."""
        if self._lines:
            self._output.write("".join(self._lines).encode())
            self._lines.clear()
            self._size = 0

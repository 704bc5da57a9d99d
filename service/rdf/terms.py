"""RDF terms as plain tuples; user text becomes a term here or is refused."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from ..errors import InvalidArgument
from .namespaces import RDF, XSD

RDF_TYPE = RDF + "type"

# RFC 3987 asks for more; SPARQL's IRIREF forbids these characters, a scheme makes it absolute, and engines refuse a
# second `#` and a `%` that encodes nothing.
_IRI_CHARACTER = r"(?:[^\x00-\x20<>\"{}|^`\\#%\ud800-\udfff]|%[0-9A-Fa-f]{2})"
_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_IRI_CHARACTER}*(?:#{_IRI_CHARACTER}*)?\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\Z")
_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_ESCAPES = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f",
}  # fmt: skip


class Term(NamedTuple):
    """An RDF term. `datatype` is None for xsd:string and for language-tagged text."""

    kind: Literal["iri", "bnode", "literal"]
    value: str
    language: str | None = None
    datatype: str | None = None


def parse_iri(text: str) -> Term:
    """Return the absolute IRI in `text`.

    Raises:
        InvalidArgument: it is relative or holds a character that no IRI may hold.
    """
    if not _IRI.match(text):
        raise InvalidArgument(f"an absolute IRI such as http://example.org/x is needed, got {text[:200]!r}")
    return Term("iri", text)


def parse_language(text: str) -> str:
    """Return a BCP 47 language tag in lower case.

    Raises:
        InvalidArgument: it is not shaped like a tag.
    """
    if not _LANGUAGE.match(text):
        raise InvalidArgument(f"a language tag such as fi, sv or en is needed, got {text[:50]!r}")
    return text.lower()


def parse_decimal(text: str) -> Term:
    """Return an xsd:decimal; `7.5` is one, `7,5`, `1e3` and `five` are not.

    Raises:
        InvalidArgument: it is not a decimal number.
    """
    if not _DECIMAL.match(text):
        raise InvalidArgument(f"a number such as 5 or 7.5 is needed, got {text[:50]!r}")
    return Term("literal", text, None, XSD + "decimal")


def parse_integer(text: str) -> Term:
    """Return an xsd:integer.

    Raises:
        InvalidArgument: it is not a whole number.
    """
    if not _INTEGER.match(text):
        raise InvalidArgument(f"a whole number is needed, got {text[:50]!r}")
    return Term("literal", text, None, XSD + "integer")


def text_literal(text: str, language: str | None = None) -> Term:
    """Return plain text, or text in a language."""
    return Term("literal", text, language)


def sparql_from_term(term: Term) -> str:
    """Return the term in SPARQL (and Turtle, N-Triples) syntax, every special character escaped.

    >>> sparql_from_term(text_literal('say "hi"'))
    '"say \\\\"hi\\\\""'
    """
    if term.kind == "iri":
        return f"<{term.value}>"
    if term.kind == "bnode":
        return f"_:{term.value}"
    escaped = "".join(_ESCAPES.get(character, character) for character in term.value)
    if term.language:
        return f'"{escaped}"@{term.language}'
    if term.datatype:
        return f'"{escaped}"^^<{parse_iri(term.datatype).value}>'
    return f'"{escaped}"'


def local_name(iri: str) -> str:
    """Return what follows the last `#` or `/`."""
    return re.split(r"[#/]", iri)[-1]

"""Reads the statements of ELM 3.2 and 3.3 documents in any RDF syntax, and gives them the names of 3.2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import urljoin

from ..document_kinds import kind_of_xml
from ..identifiers import iri_term
from ..jsonld.envelopes import read_documents
from ..parsing import ToldTag, parse_statements
from ..report import SourceError
from ..sources import Member
from ..vocabulary import ELM, ELM_3_3, ELM_3_3_PROFILES, ELM_PROFILES
from .spool import TYPE

JSON_KINDS = ("json", "jsonld")
_XML_KINDS = ("rdf", "xml")
_BEGINNING = 1 << 14
_RENAMED = {f"<{ELM_3_3}": f"<{ELM}", f"<{ELM_3_3_PROFILES}": f"<{ELM_PROFILES}"}


def read_statements(
    member: Member,
    contexts: dict[str, object],
    max_json_mb: int,
    base: str | None = None,
    told_tag: ToldTag | None = None,
    told_kind: Callable[[str], None] = lambda says: None,
) -> Iterator[tuple[str, str, str]]:
    """Yield subject, predicate and object of each statement of a file, in N-Triples syntax.

    `told_tag` hears of language tags that were mended for the parser, `told_kind` of documents of other models.
    Relative IRIs are resolved against `base`; in JSON-LD those of things only, since a key or a type that no context
    maps looks like one.

    Raises:
        SourceError: the file cannot be read on.
    """
    if member.kind in JSON_KINDS:
        for document in read_documents(member, contexts, max_json_mb, told_kind):
            for subject, predicate, value in parse_statements(document, "jsonld", member.name):
                is_thing = predicate != TYPE and base is not None
                yield _resolved(subject, base), predicate, _resolved(value, base) if is_thing else value
    else:
        if member.kind in _XML_KINDS and (kind := _kind_in(member)):
            raise SourceError(kind, member.name)
        with member.open() as stream:
            yield from parse_statements(stream, member.kind, member.name, base, told_tag)


def _kind_in(member: Member) -> str:
    with member.open() as stream:
        return kind_of_xml(stream.read(_BEGINNING))


def _resolved(term: str, base: str | None) -> str:
    if base is None or term[0] != "<" or ":" in term:
        return term
    return f"<{urljoin(base, term[1:-1])}>"


def unknown_key(predicate: str, value: str) -> str:
    """Return the key or type that no context maps to an IRI: JSON-LD says to pass over it, and the report tells."""
    if ":" not in predicate:
        return predicate[1:-1]
    return value[1:-1] if predicate == TYPE and value.startswith("<") and ":" not in value else ""


def rename(term: str, number: int) -> str:
    """Return a term in the names of ELM 3.2; blank nodes of differently numbered files stay different.

    Raises:
        InvalidIri: an IRI holds a character that no IRI may hold, or is relative.
    """
    return _rename_iri(term) if term[0] == "<" else checked(term, number)


def checked(term: str, number: int) -> str:
    """Return a term under its own name; blank nodes of differently numbered files stay different.

    Raises:
        InvalidIri: an IRI holds a character that no IRI may hold, or is relative.
    """
    first = term[0]
    if first == "<":
        return iri_term(term[1:-1])
    if first == "_":
        return f"_:f{number}{term[2:]}"
    if term[-1] == ">":
        iri_term(term[term.rindex("^^") + 3 : -1])
    return term


@lru_cache(maxsize=16384)
def _rename_iri(term: str) -> str:
    """Return an IRI in ELM 3.2; the term is in angle brackets.

    Raises:
        InvalidIri: it holds a character that no IRI may hold, or is relative.
    """
    for old, new in _RENAMED.items():
        if term.startswith(old):
            term = new + term[len(old) :]
    return iri_term(term[1:-1])

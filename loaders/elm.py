"""The `elm` format: a catalogue in the European Learning Model 3.2 or 3.3, in any RDF syntax; the graph holds 3.2."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from .contexts import read_contexts
from .elm_records import write_catalogue
from .elm_spool import TYPE, CatalogueSpool, open_catalogue_spool
from .identifiers import InvalidIri, iri_term
from .jsonld import read_documents
from .parsing import FORMATS, parse_statements
from .report import Report
from .request import Request
from .sources import Member, find_members
from .statements import StatementWriter
from .vocabulary import ELM, ELM_3_3, ELM_3_3_PROFILES, ELM_PROFILES

_JSON = ("json", "jsonld")
_RENAMED = {f"<{ELM_3_3}": f"<{ELM}", f"<{ELM_3_3_PROFILES}": f"<{ELM_PROFILES}"}


def name_graph(request: Request) -> str:
    """Return the graph's name when the caller gave none: the first source's own name."""
    return request.sources[0].resolve().name.partition(".")[0]


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write every micro-credential, programme and module of the sources as a record, then what they share.

    All sources are one graph: they may speak of each other's nodes. They wait in a temporary database on disk until all
    are read, since RDF may tell about a record anywhere.

    Raises:
        SourceError: a file cannot be read on; nothing was written.
    """
    contexts = read_contexts(request.contexts)
    members = [member for source in request.sources for member in find_members(source, FORMATS)]
    with open_catalogue_spool() as spool:
        for number, member in enumerate(members):
            before = spool.statements
            unknown: set[str] = set()
            for subject, predicate, value in _read(member, contexts, request.max_json_mb):
                if member.kind in _JSON and (key := _unknown_key(predicate, value)):
                    unknown.add(key)
                else:
                    _keep(subject, predicate, value, number, member.name, spool, report)
            for key in sorted(unknown):
                report.warning(member.name, 0, key, "the context does not know this name; what it says is not read")
            if spool.statements == before:
                report.warning(member.name, 0, "", "there are no statements in it")
        spool.finish()
        write_catalogue(spool, writer, report)
    return {}


def _read(member: Member, contexts: dict[str, object], max_json_mb: int) -> Iterator[tuple[str, str, str]]:
    if member.kind in _JSON:
        for document in read_documents(member, contexts, max_json_mb):
            yield from parse_statements(document, "jsonld", member.name)
    else:
        with member.open() as stream:
            yield from parse_statements(stream, member.kind, member.name)


def _unknown_key(predicate: str, value: str) -> str:
    """Return the key or type that no context maps to an IRI: JSON-LD says to pass over it, and the report tells."""
    if ":" not in predicate:
        return predicate[1:-1]
    return value[1:-1] if predicate == TYPE and value.startswith("<") and ":" not in value else ""


def _keep(
    subject: str, predicate: str, value: str, number: int, source: str, spool: CatalogueSpool, report: Report
) -> None:
    """Put a statement into the spool, in today's names; blank nodes of different files stay different."""
    try:
        renamed = _rename(subject, number), _rename(predicate, number), _rename(value, number)
    except InvalidIri as error:
        report.error(source, 0, predicate[1:-1], f"{error}; the statement is left out")
    else:
        spool.add(*renamed, source)


def _rename(term: str, number: int) -> str:
    first = term[0]
    if first == "<":
        return _rename_iri(term)
    if first == "_":
        return f"_:f{number}{term[2:]}"
    if term[-1] == ">":
        _rename_iri(term[term.rindex("^^") + 2 :])
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

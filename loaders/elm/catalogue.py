"""The `elm` format: a catalogue in the European Learning Model 3.2 or 3.3, in any RDF syntax; the graph holds 3.2."""

from __future__ import annotations

from ..identifiers import InvalidIri
from ..jsonld.contexts import read_contexts
from ..parsing import FORMATS
from ..report import Report
from ..request import Request
from ..sources import find_members
from ..statements import StatementWriter
from .records import write_catalogue
from .spool import CatalogueSpool, open_catalogue_spool
from .statements import JSON_KINDS, read_statements, rename, unknown_key


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
    members = []
    for source in request.sources:
        found = find_members(source, FORMATS)
        if not found:
            report.error(source.name, 0, "", f"nothing in it can be read: it holds no {', '.join(sorted(FORMATS))}")
        members += found
    with open_catalogue_spool() as spool:
        for number, member in enumerate(members):
            before = spool.statements
            unknown: set[str] = set()
            for subject, predicate, value in read_statements(member, contexts, request.max_json_mb, writer.graph_iri):
                if member.kind in JSON_KINDS and (key := unknown_key(predicate, value)):
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


def _keep(
    subject: str, predicate: str, value: str, number: int, source: str, spool: CatalogueSpool, report: Report
) -> None:
    """Put a statement into the spool, in today's names; blank nodes of different files stay different."""
    try:
        renamed = rename(subject, number), rename(predicate, number), rename(value, number)
    except InvalidIri as error:
        report.error(source, 0, predicate[1:-1], f"{error}; the statement is left out")
    else:
        spool.add(*renamed, source)

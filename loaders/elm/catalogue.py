"""The `elm` format: a catalogue in the European Learning Model 3.2 or 3.3, in any RDF syntax; the graph holds 3.2."""

from __future__ import annotations

from ..jsonld.contexts import read_contexts
from ..odd_values import OddValues
from ..parsing import AMONG_OTHERS, FORMATS
from ..report import Report
from ..request import Request
from ..sources import find_members
from ..statements import StatementWriter
from .records import write_catalogue
from .spool import open_catalogue_spool
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
    contexts = read_contexts(request.contexts, request.base)
    members = []
    for source in request.sources:
        found = find_members(source, FORMATS, AMONG_OTHERS)
        if not found:
            report.error(source.name, 0, "", f"nothing in it can be read: it holds no {', '.join(AMONG_OTHERS)}")
        members += found
    with open_catalogue_spool() as spool:
        for number, member in enumerate(members):
            before = spool.statements
            unknown: set[str] = set()
            odd = OddValues(member, number, report)
            base = writer.graph_iri
            read = read_statements(member, contexts, request.max_json_mb, base, odd.told_tag, odd.told_kind)
            for statement in read:
                if member.kind in JSON_KINDS and (key := unknown_key(statement[1], statement[2])):
                    unknown.add(key)
                elif strict := odd.strict(statement, rename):
                    spool.add(*strict, member.name)
            for key in sorted(unknown):
                report.warning(member.name, 0, key, "the context does not know this name; what it says is not read")
            if spool.statements == before:
                report.warning(member.name, 0, "", "there are no statements in it")
        spool.finish()
        write_catalogue(spool, writer, report)
    return {}

"""The `document` format: documents as they are, each a record of its own, for checking and never for loading."""

from __future__ import annotations

from ..jsonld.contexts import read_contexts
from ..odd_values import OddValues
from ..parsing import AMONG_OTHERS, FORMATS
from ..report import Report, SourceError
from ..request import Request
from ..sources import Member, find_members
from ..statements import StatementWriter
from .statements import JSON_KINDS, checked, read_statements, unknown_key


def name_graph(request: Request) -> str:
    """Return the graph's name; checking does not use it."""
    return "documents"


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write every statement of each file under the mark of a record `urn:document:N`, in the names it uses itself.

    A file that cannot be read is an error of the report and has a mark without statements.
    """
    contexts = read_contexts(request.contexts, request.base)
    number = 0
    for source in request.sources:
        try:
            members = find_members(source, FORMATS, AMONG_OTHERS)
        except SourceError as error:
            report.error(error.source, error.line, "", str(error))
            continue
        if not members:
            report.error(source.name, 0, "", f"nothing in it can be read: it holds no {', '.join(AMONG_OTHERS)}")
        for member in members:
            number += 1
            lines = _lines(member, number, contexts, request.max_json_mb, report)
            writer.start_record(f"urn:document:{number}", member.name, 0)
            for line in lines:
                writer.add_line(line)
            writer.flush()
    return {}


def _lines(member: Member, number: int, contexts: dict[str, object], max_mb: int, report: Report) -> list[str]:
    lines: dict[str, None] = {}
    odd = OddValues(member, number, report, "warning")
    unknown: set[str] = set()
    room = max_mb * 1024 * 1024
    try:
        for statement in read_statements(member, contexts, max_mb, member.address, odd.told_tag, odd.told_kind):
            if member.kind in JSON_KINDS and (key := unknown_key(statement[1], statement[2])):
                unknown.add(key)
                continue
            strict = odd.strict(statement, checked)
            if strict is None:
                continue
            line = " ".join(strict)
            lines[line] = None
            room -= len(line)
            if room < 0:
                raise SourceError(f"a document may hold {max_mb} MiB of statements at most", member.name)
    except SourceError as error:
        report.error(error.source, error.line, "", str(error))
        return []
    for key in sorted(unknown):
        report.warning(member.name, 0, key, "the context does not know this name; what it says is not read")
    return list(lines)

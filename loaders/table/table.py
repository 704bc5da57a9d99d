"""The `table` format: one micro-credential a row, CSV or XLSX, columns as in docs/loading.md."""

from __future__ import annotations

from ..codes import CodeLists, read_code_lists
from ..identifiers import Names, is_identifier
from ..report import Report, SourceError
from ..request import Request
from ..rows import KINDS, SourceRow, read_rows
from ..sources import Member, find_members
from ..statements import StatementWriter
from .cells import TEXT_COLUMNS, UNREAD, Cells, column_language
from .records import write_record

COLUMNS = (
    "id", "provider", "country", "language", "ects", "workload_hours", "eqf_level", "mode", "assessment",
    "supervision", "quality_assurance", "accreditor", "skills", "prerequisites", "stackability", "part_of", "isced_f",
    "start", "price", "currency", "homepage", "modified", "entry_requirement",
)  # fmt: skip
_MAX_ID_LENGTH = 500
_Places = dict[str, tuple[str, int, int]]
"""Where each id stands, and a digest of what its row says."""


def name_graph(request: Request) -> str:
    """Return the graph's name when the caller gave none: the first source's own name."""
    return request.sources[0].resolve().name.partition(".")[0]


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write every row that has an id and a title as one record; what cannot be read is reported and left out.

    Raises:
        SourceError: a file cannot be read as a table at all.
    """
    codes = read_code_lists(request.vocabulary)
    names = Names(request.base)
    places: _Places = {}
    for source in request.sources:
        for member in find_members(source, KINDS):
            _load_file(member, names, codes, places, writer, report)
    return {}


def _load_file(
    member: Member,
    names: Names,
    codes: CodeLists,
    places: _Places,
    writer: StatementWriter,
    report: Report,
) -> None:
    known = {*COLUMNS, *(f"{name}@{language}" for name in TEXT_COLUMNS for language in ("fi", "sv", "en"))}
    rows = read_rows(member, known, report)
    columns = _read_header(next(rows), member.name, report)
    empty = True
    for row in rows:
        empty = False
        cells = Cells(row, columns, member.name, codes, report)
        identifier = _accept_row(cells, places)
        if identifier:
            write_record(names.credential(identifier), identifier, cells, names, writer)
    if empty:
        report.warning(member.name, 1, "", "there is a header and no row below it")


def _read_header(row: SourceRow, source: str, report: Report) -> list[str]:
    """Return the column names, `UNREAD` where a column is not read."""
    columns: list[str] = []
    for cell in row.cells:
        name, at, language = cell.strip().lower().partition("@")
        column = name + at + language
        if column and column in columns:
            report.error(source, row.line, column, "the column occurs twice; the second one is not read")
            column = UNREAD
        elif column and column not in COLUMNS and not (name in TEXT_COLUMNS and column_language(column)):
            hint = f"; write {name}@en, {name}@fi or {name}@sv" if name in TEXT_COLUMNS else ""
            report.warning(source, row.line, column[:50], f"an unknown column, not read{hint}")
            column = UNREAD
        columns.append(column)
    if "id" not in columns or not any(column.startswith("title@") for column in columns):
        found = ", ".join(cell[:30] for cell in row.cells[:20])
        raise SourceError(f"a column id and one such as title@en are needed, found: {found}", source, row.line)
    return columns


def _accept_row(cells: Cells, places: _Places) -> str:
    """Return the row's id, or nothing when the row cannot be read; reports why."""
    identifier = cells.text("id")
    if not identifier:
        cells.refuse("id", "the row has no id; it is left out")
    elif not is_identifier(identifier):
        cells.refuse("id", f"{identifier!r} cannot end an address; the row is left out")
    elif len(identifier) > _MAX_ID_LENGTH:
        cells.refuse("id", f"an id has at most {_MAX_ID_LENGTH} characters; the row is left out")
    elif identifier in places:
        source, line, digest = places[identifier]
        if digest == hash(cells.content):
            cells.note("id", f"the same row as {source}:{line}; merged with it")
        else:
            cells.refuse("id", f"{identifier!r} stands in {source}:{line} already; this row is left out", identifier)
    elif not cells.texts("title"):
        cells.refuse("title", "the row has no title in any language; it is left out")
    else:
        places[identifier] = (cells.source, cells.line, hash(cells.content))
        return identifier
    return ""

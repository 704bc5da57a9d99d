"""The `table` format: one micro-credential a row, CSV or XLSX, columns as in docs/loading.md."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..codes import CodeLists, read_code_lists
from ..identifiers import Names, is_identifier, is_web_iri
from ..report import CallError, Report, SourceError
from ..request import Request
from ..rows import KINDS, SourceRow, read_rows
from ..sources import Member, find_members
from ..statements import StatementWriter
from .cells import UNREAD, Cells
from .columns import COLUMNS, PUBLISHED, TEXT_COLUMNS, UNPUBLISHED, is_column
from .own_words import OwnWords, as_word, read_own_words
from .proposals import propose
from .provider_table import is_table, read_provider_table
from .records import write_record

_MAX_ID_LENGTH = 500
_Places = dict[str, tuple[str, int, int]]
"""Where each id stands, and a digest of what its row says."""


def name_graph(request: Request) -> str:
    """Return the graph's name when the caller gave none: the first source's own name."""
    return request.sources[0].resolve().name.partition(".")[0]


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write every row that has an id and a title as one record; what cannot be read is reported and left out.

    Where the request asks for a proposal, a map is written instead.

    Raises:
        CallError: a map, defaults or a prefix of ids that cannot be used.
        SourceError: a file cannot be read as a table at all.
    """
    codes = read_code_lists(request.vocabulary)
    members = [member for source in request.sources for member in find_members(source, KINDS)]
    if request.proposal:
        _write_file(request.proposal, propose(members, codes, report))
        return {}
    table = request.defaults if request.defaults and is_table(request.defaults) else None
    own = read_own_words(request.map, None if table else request.defaults, codes)
    if table:
        own = replace(own, by_provider=read_provider_table(table, codes, report))
    names = _names(request)
    places: _Places = {}
    providers: set[str] = set()
    for member in members:
        _load_file(member, names, codes, own, places, providers, writer, report)
    for provider in own.by_provider.keys() - providers:
        report.warning(str(request.defaults), 0, "provider", f"no row has the provider {provider[:50]!r}", provider)
    return {}


def _names(request: Request) -> Names:
    prefix = request.id_prefix
    if prefix.startswith(("http:", "https:")) and not is_web_iri(prefix):
        raise CallError(f"ids cannot begin with {prefix[:100]!r}; an address is such as https://uni.example/course/")
    if any(character.isspace() or not character.isprintable() for character in prefix):
        raise CallError(f"what ids begin with has no blanks, got {prefix[:100]!r}")
    return Names(request.base, prefix)


def _write_file(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CallError(f"cannot write {path}: {error.strerror}") from error


def _load_file(
    member: Member,
    names: Names,
    codes: CodeLists,
    own: OwnWords,
    places: _Places,
    providers: set[str],
    writer: StatementWriter,
    report: Report,
) -> None:
    known = {
        *own.columns,
        *COLUMNS,
        *(f"{name}@{language}" for name in TEXT_COLUMNS for language in ("fi", "sv", "en")),
    }
    rows = read_rows(member, known, report)
    columns = _read_header(next(rows), member.name, own, report)
    empty = True
    for row in rows:
        empty = False
        cells = Cells(row, columns, member.name, codes, own, report)
        providers.add(cells.text("provider"))
        identifier = _accept_row(cells, places)
        if identifier:
            write_record(names.credential(identifier), identifier, cells, names, writer)
    if empty:
        report.warning(member.name, 1, "", "there is a header and no row below it")


def _read_header(row: SourceRow, source: str, own: OwnWords, report: Report) -> list[str]:
    """Return the column names, `UNREAD` where a column is not read."""
    columns: list[str] = []
    for cell in row.cells:
        name, at, language = cell.strip().lower().partition("@")
        column = own.columns.get(as_word(cell), name + at + language)
        if not column and cell.strip():
            column = UNREAD  # as the map says
        elif column and column in columns:
            report.error(source, row.line, column, "the column occurs twice; the second one is not read")
            column = UNREAD
        elif column and not is_column(column):
            hint = f"; write {name}@en, {name}@fi or {name}@sv" if name in TEXT_COLUMNS else ""
            report.warning(source, row.line, column[:50], f"an unknown column, not read{hint}")
            column = UNREAD
        columns.append(column)
    if "id" not in columns or not any(column.startswith("title@") for column in columns):
        found = ", ".join(cell[:30] for cell in row.cells[:20])
        raise SourceError(
            f"a column id and one such as title@en are needed, or a map; found: {found}", source, row.line
        )
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
            shown = identifier[:50]
            cells.refuse("id", f"{shown!r} stands in {source}:{line} already; this row is left out", shown)
    elif (status := as_word(cells.text("status"))) in UNPUBLISHED:
        cells.note("status", f"not published, since the source says {status!r}")
    elif not cells.texts("title"):
        cells.refuse("title", "the row has no title in any language; it is left out")
    else:
        if status and status not in PUBLISHED:
            cells.warn("status", f"{status[:50]!r} is not known to mean that the row is a draft; it is read", status)
        places[identifier] = (cells.source, cells.line, hash(cells.content))
        return identifier
    return ""

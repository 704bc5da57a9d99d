"""Reads CSV files and XLSX workbooks as rows of text with their numbers."""

from __future__ import annotations

import csv
import datetime
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from .report import Report, SourceError
from .sources import MAX_LINE_BYTES, Member, check_archive, read_lines

KINDS = ("csv", "tsv", "txt", "xlsx", "xlsm")
_XLSX = ("xlsx", "xlsm")
_DELIMITERS = ",;\t"
_MAX_CELLS = 1000
_MAX_ROWS = 1_048_576
_BROKEN_WORKBOOK = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, TypeError, ParseError)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: its number as a spreadsheet counts it, its cells, and what is wrong with a cell.

    As `csv_rows` gives it the number is that of the first line.
    """

    line: int
    cells: list[str]
    problems: dict[int, str] = field(default_factory=dict)


def read_rows(member: Member, known_columns: Collection[str], report: Report) -> Iterator[SourceRow]:
    """Yield the rows of a file, the header first, empty rows left out but counted.

    Args:
        member: the file.
        known_columns: names that tell the right delimiter of a CSV file from a wrong one.
        report: gets a warning for every worksheet that is not read.

    Raises:
        SourceError: the file is empty, broken, not UTF-8, or its quotes do not match.
    """
    empty = True
    rows = _workbook_rows(member, report) if member.kind in _XLSX else csv_rows(member, known_columns)
    for number, row in enumerate(rows, 1):
        if any(row.cells) or row.problems:
            empty = False
            yield SourceRow(number, row.cells, row.problems)
    if empty:
        raise SourceError("the file is empty", member.name)


def csv_rows(member: Member, known_columns: Collection[str]) -> Iterator[SourceRow]:
    """Yield the rows of a CSV file; cells may hold line feeds. Of `,` `;` and tab the one that fits the header is used.

    Raises:
        SourceError: broken UTF-8, or quotes that do not match, with the line.
    """
    lines = read_lines(member)
    first = next(lines, None)
    if first is None:
        return
    known = {name.casefold() for name in known_columns}
    headers = {delimiter: _split_header(first[1], delimiter) for delimiter in _DELIMITERS}
    delimiter = max(headers, key=lambda one: (len(known.intersection(headers[one])), len(headers[one])))

    def texts() -> Iterator[str]:
        yield first[1]
        for _, text in lines:
            yield text

    csv.field_size_limit(MAX_LINE_BYTES)
    reader = csv.reader(texts(), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SourceError(f"not a CSV row: {error}; check the quotes", member.name, start) from error
        if len(cells) > _MAX_CELLS:
            raise SourceError(f"a row of {len(cells)} cells; {_MAX_CELLS} are allowed", member.name, start)
        yield SourceRow(start, [cell.strip() for cell in cells])


def _split_header(text: str, delimiter: str) -> list[str]:
    return [name.strip(' "\r\n').casefold() for name in text.split(delimiter)]


def _workbook_rows(member: Member, report: Report) -> Iterator[SourceRow]:
    with member.open() as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                check_archive(archive, member.name)
            stream.seek(0)
            yield from _sheet_rows(stream, member.name, report)
        except _BROKEN_WORKBOOK as error:
            raise SourceError(f"is not a whole XLSX workbook: {error}", member.name) from error


def _sheet_rows(stream: BinaryIO, name: str, report: Report) -> Iterator[SourceRow]:
    # Two readings side by side: one gives the values a formula had when the file was saved, the other tells formulas.
    import openpyxl  # a quarter of a second, which only workbooks need

    values = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(stream, read_only=True)
    if not values.worksheets:
        return
    for sheet in values.worksheets[1:]:
        report.warning(name, 0, "", f"only the first worksheet is read, not {sheet.title!r}")
    sheets = (values.worksheets[0], formulas.worksheets[0])
    for sheet in sheets:
        sheet.reset_dimensions()  # a false size in the file would cost memory
    pairs = zip(*(sheet.iter_rows(max_row=_MAX_ROWS) for sheet in sheets), strict=True)
    for number, (cells, sources) in enumerate(pairs, 1):
        row = SourceRow(number, [_cell_text(cell.value) for cell in cells])
        for column, (cell, source) in enumerate(zip(cells, sources, strict=True)):
            if cell.data_type == "e":
                row.problems[column] = f"the cell holds the error {cell.value}"
                row.cells[column] = ""
            elif source.data_type == "f" and cell.value is None:
                row.problems[column] = "the cell holds a formula that was never computed; save it as a value"
        yield row


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()

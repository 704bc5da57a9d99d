"""Defaults as a table: one provider a row, CSV or XLSX, with what holds for its records in columns of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..codes import CodeLists
from ..report import CallError, Report
from ..rows import KINDS, read_rows
from ..sources import find_members
from .columns import COLUMNS
from .own_words import read_defaults


def is_table(path: Path) -> bool:
    """Tell by its name whether a file of defaults is a table.

    >>> is_table(Path("providers.csv")), is_table(Path("defaults.toml"))
    (True, False)
    """
    return path.suffix.lower().removeprefix(".") in KINDS


def read_provider_table(path: Path, codes: CodeLists, report: Report) -> Mapping[str, Mapping[str, str]]:
    """Return what holds for the records of each provider, by column.

    Raises:
        CallError: it cannot be used as defaults: no column `provider`, a provider twice or without a name, an unknown
            column or code.
        SourceError: it cannot be read as a table at all.
    """
    found: dict[str, Mapping[str, str]] = {}
    for member in find_members(path, KINDS):
        rows = read_rows(member, COLUMNS, report)
        header = [cell.strip().lower() for cell in next(rows).cells]
        if "provider" not in header:
            raise CallError(f"{path}: a table of defaults needs a column provider; found: {', '.join(header)[:200]}")
        for row in rows:
            texts = {name: text.strip() for name, text in zip(header, row.cells, strict=False) if name and text.strip()}
            provider = texts.pop("provider", "")
            if not provider or provider in found:
                what = f"{provider[:50]!r} stands in a row before" if provider else "no provider is named"
                raise CallError(f"{path}:{row.line}: {what}")
            found[provider] = read_defaults(path, f"row {row.line}", texts, codes)
    return found

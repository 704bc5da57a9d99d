"""The `template` command: writes an example of a source of one's own, which loads as it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..resources import TEMPLATES
from .console import say
from .read import opened

app = typer.Typer(rich_markup_mode=None)

_FILES = {"table": "courses.csv", "requirements": "programmes.yaml"}


@app.command()
def template(
    source_format: Annotated[
        Literal["table", "requirements"], typer.Argument(metavar="FORMAT", help="table or requirements.")
    ],
    out: Annotated[Path | None, typer.Option(help="Write it there; default: standard output.")] = None,
) -> None:
    """Write an example of a table or of programmes with their rules, to be filled with data of your own."""
    name = _FILES[source_format]
    with opened(out) as file:
        (file or sys.stdout.buffer).write((TEMPLATES / name).read_bytes())
        sys.stdout.flush()
    if out:
        say(f"Wrote {out}. Put your data in place of the example, then: pinoamo load {source_format} {out}")

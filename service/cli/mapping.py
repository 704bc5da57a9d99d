"""The `map` command: proposes which column of a table is which, and the nearest code for each word that is none."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from .configuration import settings_from_environment
from .console import progress, say
from .read import opened

app = typer.Typer(rich_markup_mode=None)


@app.command("map")
def map_command(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Tables: files, folders or zip archives.")],
    out: Annotated[Path | None, typer.Option(help="Write the map there; default: standard output.")] = None,
) -> None:
    """Propose a map of a table's columns and words to ours, to be corrected and given to `pinoamo load --map`."""
    from ..processes.loader import run_loader

    settings = settings_from_environment()
    with opened(out) as file, TemporaryDirectory() as folder:
        proposal, report = Path(folder, "map.toml"), Path(folder, "report.jsonl")
        options = ("--propose-map", str(proposal), "--graph", "map")
        with progress("map") as step:
            run_loader(
                settings, "table", sources, Path(folder, "none.nq"), report,
                lambda stage, done: step(stage), options,
            )  # fmt: skip
        text = proposal.read_bytes()
        (file or sys.stdout.buffer).write(text)
        sys.stdout.flush()
    if out:
        say(f"Wrote {out}. Correct it, then: pinoamo load table {sources[0]} --map {out}")

"""The `esco` commands: what a newer version of ESCO means for the catalogue."""

from __future__ import annotations

import csv
import json
import sys
from typing import Annotated, Literal

import typer

from .configuration import settings_from_environment
from .console import once_free, say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What a newer version of ESCO means.")


@app.callback()
def _group() -> None:
    """Keep `drift` a command of its own: a group of one would be that one."""


@app.command()
def drift(
    format_name: Annotated[
        Literal["text", "json", "csv"], typer.Option("--format", help="text, json or csv.")
    ] = "text",
    renamed: Annotated[
        bool, typer.Option("--renamed", help="Links to concepts with another preferred label, too.")
    ] = False,
) -> None:
    """List the links of the catalogue to concepts that ESCO has withdrawn, with what replaces them. Exit 1: some."""
    from ..loading.esco_versions import as_rows
    from ..loading.esco_versions import drift as find_drift
    from ..work_store.work_store import open_work

    settings = settings_from_environment()
    with once_free(lambda wait: open_work(settings.data, wait), settings.write_wait_seconds) as work:
        links = find_drift(work, renamed=renamed)
    if format_name == "json":
        typer.echo(json.dumps(as_rows(links), ensure_ascii=False, indent=1))
    elif format_name == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(("thing", "property", "graph", "concept", "label", "state", "replaced_by", "how"))
        writer.writerows((*link[:6], " ".join(link.replaced_by), link.how) for link in links)
    else:
        for link in links:
            known = "" if link.state == "renamed" else "; no successor known"
            if link.replaced_by:
                known = f"; replaced by {', '.join(link.replaced_by)} ({link.how})"
            typer.echo(f"{link.thing}: {link.concept} “{link.label}” {link.state}{known}")
    concepts = len({link.concept for link in links})
    say(f"{len(links):,} links of the catalogue to {concepts:,} concepts are not what they were.")
    raise typer.Exit(1 if any(link.state != "renamed" for link in links) else 0)

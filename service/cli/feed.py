"""The commands about feeds: what the register would reject, told before it is harvested."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from .configuration import settings_from_environment
from .console import say
from .read import open_reader, opened, write_json_lines

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="What registers harvest.")

_SHOWN = 20


@app.callback()
def _group() -> None:
    """Keep `check` a word of its own: with one command alone it would be left out."""


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[FEED]…", help="Default: every feed.")] = None,
    output: Annotated[
        Literal["text", "json"], typer.Option("--format", help="text, or one JSON object a line.")
    ] = "text",
    release: Annotated[int | None, typer.Option(help="Number of the release; default: the one that serves.")] = None,
    report: Annotated[Path | None, typer.Option(help="File for every entry, as JSON Lines.")] = None,
) -> None:
    """Say per record what the register would reject, and what a feed leaves out. Exit 1: some record is left out."""
    from ..catalogue.records import Filters
    from ..errors import InvalidArgument
    from ..releases.feeds.feeds import FEEDS, Feed, page_about

    unknown = [name for name in names or () if name not in FEEDS]
    if unknown:
        raise InvalidArgument(f"a feed is one of {', '.join(FEEDS)}, got {unknown[0][:100]!r}")
    settings = settings_from_environment()
    rejected = False
    with open_reader(settings, release) as reader, opened(report) as file:
        for name in FEEDS:
            if names and name not in names:
                continue
            listed = reader.catalogue.by_definition(Filters())["gaps"]
            entries = list(Feed(reader.store, name, page_about(settings.base_url)).entries())
            out = [entry for entry in entries if not entry.in_feed]
            rejected = rejected or bool(out)
            if file is not None:
                write_json_lines(file, ({"feed": name, **entry.to_json()} for entry in entries))
            if output == "json":
                for entry in entries:
                    typer.echo(json.dumps({"feed": name, **entry.to_json()}, ensure_ascii=False))
                continue
            typer.echo(f"{name}: {len(entries) - len(out)} of {len(entries)} in the feed")
            if listed:
                typer.echo(f"  left out: {listed:,} listed with gaps, which are no micro-credentials")
            for entry in out[:_SHOWN]:
                typer.echo(f"  rejected: {entry.thing}: {'; '.join(entry.reasons)}")
            if len(out) > _SHOWN:
                say(f"  … and {len(out) - _SHOWN} more: --format json or --report FILE tells all")
            left_out = Counter(text for entry in entries if entry.in_feed for text in entry.left_out)
            for text, count in left_out.most_common(_SHOWN):
                typer.echo(f"  left out ({count} times): {text}")
    raise typer.Exit(1 if rejected else 0)

"""The commands that write to the work store and publish it: load, publish, demo, unload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import InvalidArgument, LoadFailed
from ..resources import ONTOLOGY, SHAPES
from ..settings import Settings
from .configuration import settings_from_environment
from .console import entries, once_free, progress, say, tell_load
from .read import opened, write_json_lines

if TYPE_CHECKING:
    from ..work_store.work_store import WorkStore

app = typer.Typer(rich_markup_mode=None)


@app.command("load")
def load_command(
    source_format: Annotated[
        Literal["esco", "elm", "table", "requirements"],
        typer.Argument(metavar="FORMAT", help="esco, elm, table or requirements."),
    ],
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Files or folders.")],
    profile: Annotated[str, typer.Option(help="The definition to hold the records to.")] = "eu",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse records with warnings too.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write what was refused and warned about, as JSON Lines.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    graph: Annotated[str, typer.Option(help="Name of the source; default: by format and file name.")] = "",
    version: Annotated[str, typer.Option(help="Version of a classification, when its path does not say it.")] = "",
    map_file: Annotated[
        Path | None, typer.Option("--map", help="table: its columns and words in ours, as `pinoamo map` proposes.")
    ] = None,
    defaults: Annotated[Path | None, typer.Option(help="table: what holds for all rows, or by provider.")] = None,
    base: Annotated[str, typer.Option(help="table: what ids begin with, such as uni-a. or an address.")] = "",
    conditions: Annotated[
        Path | None, typer.Option(help="List records that state what this file asks for, though the profile refuses.")
    ] = None,
) -> None:
    """Load a source into the work store through the gate. It is served after the next `pinoamo publish`."""
    from ..loading.conditions import check_elements, read_conditions
    from ..loading.loading import load
    from ..validation.profiles import load_profile
    from ..writing.keys import KeyRing

    settings = settings_from_environment()
    asked = read_conditions(conditions) if conditions else None
    definition = load_profile(SHAPES, (asked and asked.profile) or profile)
    if asked:
        check_elements(asked, definition)
    yielding = KeyRing(settings).yielding(settings.base_url)
    of_tables = {"--map": str(map_file or ""), "--defaults": str(defaults or ""), "--id-prefix": base}
    if any(of_tables.values()) and source_format != "table":
        raise InvalidArgument(f"--map, --defaults and --base are for the format table, got {source_format}")
    given = {"--graph": graph, "--version": version, **of_tables}
    options = [f"{name}={value}" for name, value in given.items() if value]
    with opened(report) as file, _work(settings) as work:
        try:
            with progress(f"{source_format} {Path(sources[0]).name}") as step:
                outcome = load(
                    work, settings, definition, source_format, sources, strict=strict, dry_run=dry_run,
                    named=bool(graph), options=options, yielding=yielding, conditions=asked,
                    progress=lambda stage, done: step(f"{stage} {done:,}"),
                )  # fmt: skip
        except LoadFailed as error:
            if file:
                write_json_lines(file, ({"stage": "loader", **issue} for issue in error.issues))
            raise
        if file:
            write_json_lines(file, entries(outcome))
        tell_load(outcome, work, strict=strict, dry_run=dry_run)
    raise typer.Exit(0 if outcome.clean else 1)


@app.command()
def publish() -> None:
    """Publish the work store as a new release, which serves from then on."""
    settings = settings_from_environment()
    with _work(settings) as work:
        _publish(work, settings)


@app.command()
def demo(
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when a release already serves.")] = False,
) -> None:
    """Load and publish the demo: a fictional catalogue, four programmes and a slice of ESCO."""
    settings = settings_from_environment()
    if not (if_empty and has_release(settings)):
        publish_demo(settings)


@app.command()
def unload(name: Annotated[str, typer.Argument(help="Name of the source's graph, or its last part.")]) -> None:
    """Remove a loaded source from the work store. It is gone from the service after the next `pinoamo publish`."""
    settings = settings_from_environment()
    with _work(settings) as work:
        graph = name if ":" in name else f"{settings.base_url}/graph/{name}"
        if not work.remove(graph):
            known = ", ".join(source.graph for source in work.sources()) or "nothing"
            raise InvalidArgument(f"{graph} is not loaded; loaded are: {known}")
    say(f"Removed {graph}.")


def publish_demo(settings: Settings) -> None:
    """Load the demo and let it serve."""
    from ..loading.demo import load_demo

    with _work(settings) as work:
        with progress("demo"):
            load_demo(work, settings, lambda outcome: tell_load(outcome, work))
        _publish(work, settings)
    say("Six records were refused on purpose: the demo shows what the definition asks for.")


def has_release(settings: Settings) -> bool:
    """Tell whether a release serves, or an engine that others fill."""
    from ..releases.releases import Releases

    return settings.is_filled_by_others or Releases(settings.data).current_number() is not None


@contextmanager
def _work(settings: Settings) -> Iterator[WorkStore]:
    from ..loading.own_vocabulary import ensure_vocabulary
    from ..work_store.work_store import open_work

    with once_free(lambda wait: open_work(settings.data, wait), settings.write_wait_seconds) as work:
        for message in work.recovered:
            say(f"Recovered: {message}.", "yellow")
        ensure_vocabulary(work, ONTOLOGY, settings.base_url)
        before = _state(work, settings)
        try:
            yield work
        except KeyboardInterrupt as error:
            same = _state(work, settings) == before
            rest = "nothing changed" if same else "the next command that writes finishes or discards what was under way"
            raise KeyboardInterrupt(f"interrupted; {rest}") from error


def _state(work: WorkStore, settings: Settings) -> object:
    from ..releases.releases import Releases
    from ..work_store.folder import WorkFolder

    return work.sources(), WorkFolder(settings.data).is_interrupted, Releases(settings.data).current_number()


def _publish(work: WorkStore, settings: Settings) -> None:
    from ..releases.publishing import publish
    from ..sparql.named_queries import load_queries

    if all(source.format == "vocabulary" for source in work.sources()):
        raise InvalidArgument("nothing is loaded: run `pinoamo load` or `pinoamo demo` first")
    with progress("publish") as step:
        release = publish(work, settings, load_queries(), step)
    counts = ", ".join(f"{count:,} {kind}s" for kind, count in release.about["counts"].items())
    say(f"Release {release.number} serves: {counts}.")

"""The commands that write to the work store and publish it: load, publish, demo, unload, rebase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import InvalidArgument, LoadFailed
from ..resources import ONTOLOGY, QUERIES, SHAPES
from ..settings import Settings
from .configuration import settings_from_environment
from .console import entries, once_free, progress, say, tell_changes, tell_load
from .public_address import published_for, refuse_address
from .read import opened, write_json_lines

if TYPE_CHECKING:
    from ..releases.releases import Release
    from ..work_store.work_store import WorkStore

app = typer.Typer(rich_markup_mode=None)

_KNOWN_SKILL = "D4"
"""The element of the definition that asks whether ESCO has a skill."""
VOCABULARY = "vocabulary"
"""The format, and the name, of the graph that is always there."""


@app.command("load")
def load_command(
    source_format: Annotated[
        Literal["esco", "elm", "table", "requirements", "sssom"],
        typer.Argument(metavar="FORMAT", help="esco, elm, table, requirements or sssom."),
    ],
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Files or folders.")],
    profile: Annotated[str, typer.Option(help="The definition to hold the records to.")] = "eu",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse records with warnings too.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write what was refused and warned about, as JSON Lines.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Store it though the source loses a good part of what it held.")
    ] = False,
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
    mix: Annotated[bool, typer.Option("--mix", help="Load it beside the demo.")] = False,
) -> None:
    """Load a source into the work store through the gate. It is served after the next `pinoamo publish`."""
    from ..loading.conditions import check_elements, read_conditions
    from ..loading.demo import is_all_demo, is_demo
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
        if not (mix or dry_run or is_all_demo(sources)) and any(map(is_demo, work.sources())):
            raise InvalidArgument(
                f"{settings.data} holds the demo, and a catalogue of both would mislead: run `pinoamo demo --remove` "
                "first, name another folder in PINOAMO_DATA, or say --mix"
            )
        try:
            with progress(f"{source_format} {Path(sources[0]).name}") as step:
                outcome = load(
                    work, settings, definition, source_format, sources, strict=strict, dry_run=dry_run, force=force,
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
        if any(finding["id"] == _KNOWN_SKILL for entry in outcome.warned for finding in entry["findings"]):
            _tell_missing_esco(work)
    raise typer.Exit(0 if outcome.clean and not outcome.would_lose else 1)


def _tell_missing_esco(work: WorkStore) -> None:
    from ..loading.known_things import knows_skills
    from ..sparql.named_queries import load_queries

    if not knows_skills(work.store, load_queries(QUERIES / "gate")):
        say("No ESCO is loaded, so no skill is known yet: `pinoamo load esco`, then load this once more.", "yellow")


@app.command()
def publish(
    keep: Annotated[str, typer.Option(help="Keep the release for good, under this name.")] = "",
) -> None:
    """Publish the work store as a new release, which serves from then on."""
    from ..releases.releases import Releases

    settings = settings_from_environment()
    published = Releases(settings.data)
    if keep:
        published.check_name(keep)
    with _work(settings) as work:
        number = _publish(work, settings)
        if keep:
            published.keep(number, keep)
            say(f"Release {number} is kept for good as {keep!r}.")


@app.command()
def demo(
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when a release already serves.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the demo, and publish what is left.")] = False,
    mix: Annotated[bool, typer.Option("--mix", help="Load it beside data of your own.")] = False,
) -> None:
    """Load and publish the demo: a fictional catalogue, four programmes and a slice of ESCO."""
    settings = settings_from_environment()
    if remove:
        _remove_demo(settings)
    elif not (if_empty and has_release(settings)):
        publish_demo(settings, mix=mix)


def _remove_demo(settings: Settings) -> None:
    from ..loading.demo import is_demo

    with _work(settings) as work:
        graphs = [source.graph for source in work.sources() if is_demo(source)]
        for graph in graphs:
            work.remove(graph)
        say(f"Removed the demo from {settings.data}." if graphs else f"{settings.data} does not hold the demo.")
        if graphs and has_release(settings):
            _publish(work, settings)


@app.command()
def unload(name: Annotated[str, typer.Argument(help="Name of the source's graph, or its last part.")]) -> None:
    """Remove a loaded source from the work store. It is gone from the service after the next `pinoamo publish`."""
    from ..loading.what_changes import what_changes
    from ..work_store.graph_contents import things_in

    settings = settings_from_environment()
    with _work(settings) as work:
        graph = name if ":" in name else f"{settings.base_url}/graph/{name}"
        old = things_in(work.store, graph) if work.source(graph) else {}
        if not work.remove(graph):
            known = ", ".join(source.graph for source in work.sources()) or "nothing"
            raise InvalidArgument(f"{graph} is not loaded; loaded are: {known}")
        changes = what_changes(old, {}, work.store)
    say(f"Removed {graph}.")
    tell_changes(changes)


@app.command()
def rebase() -> None:
    """Rename what is loaded so that it begins with PINOAMO_BASE_URL, and publish it."""
    settings = settings_from_environment()
    with _work(settings, any_address=True) as work:
        _rebase(work, settings)


def rebase_demo(settings: Settings) -> None:
    """Give the demo the public address of the settings, where nothing else is loaded."""
    from ..loading.demo import is_own

    with _work(settings, any_address=True) as work:
        if not any(map(is_own, work.sources())):
            _rebase(work, settings)


def _rebase(work: WorkStore, settings: Settings) -> None:
    from ..loading.rebasing import rebase as rename_all
    from ..loading.rebasing import renamed
    from ..writing.keys import KeyRing

    address = settings.base_url
    with progress("rebase") as step:
        before = rename_all(work, address, step)
    KeyRing(settings).rename(lambda iri: renamed(iri, before, address))
    if before:
        say(f"Names that began with {', '.join(before)} begin with {address} now.")
    else:
        say(f"The names of what is loaded begin with {address} already.")
    if has_release(settings) and (before or published_for(settings.data) != {address}):
        _publish(work, settings)


def publish_demo(settings: Settings, *, mix: bool = False) -> None:
    """Load the demo and let it serve."""
    from ..loading.demo import is_own, load_demo

    with _work(settings) as work:
        own = [source.graph for source in work.sources() if is_own(source)]
        if own and not mix:
            raise InvalidArgument(
                f"{settings.data} holds data of your own ({', '.join(own[:3])}), and a catalogue of both would "
                "mislead: name another folder in PINOAMO_DATA, or say --mix"
            )
        with progress("demo"):
            load_demo(work, settings, lambda outcome: tell_load(outcome, work))
        _publish(work, settings)
    say(
        "Of six records that lack something, on purpose, two are listed with their gaps and four are held back: "
        "the definition and data/demo/conditions.toml say what is asked."
    )
    say(f"The demo lies in {settings.data}; `pinoamo demo --remove` removes it, before you load data of your own.")


def publish_nothing(settings: Settings) -> None:
    """Publish an empty catalogue, where nothing is loaded, so that a server has something to serve."""
    with _work(settings) as work:
        if has_release(settings):  # another server was quicker
            return
        if any(source.format != VOCABULARY for source in work.sources()):
            raise InvalidArgument(
                f"what is loaded in {settings.data} is not published yet: run `pinoamo publish` first"
            )
        _make(work, settings)
    say(
        f"{settings.data} holds nothing yet, so an empty catalogue serves: `pinoamo load` and `pinoamo publish` fill "
        "it, or `pinoamo demo` shows an example."
    )


def has_release(settings: Settings) -> bool:
    """Tell whether a release serves, or an engine that others fill."""
    from ..releases.releases import Releases

    return settings.is_filled_by_others or Releases(settings.data).current_number() is not None


def is_empty(settings: Settings) -> bool:
    """Tell whether nothing was ever loaded or published here."""
    from ..work_store.folder import WorkFolder

    loaded = [graph for graph in WorkFolder(settings.data).graphs() if not graph.endswith(f"/graph/{VOCABULARY}")]
    return not loaded and not has_release(settings)


@contextmanager
def _work(settings: Settings, *, any_address: bool = False) -> Iterator[WorkStore]:
    from ..loading.own_vocabulary import ensure_vocabulary
    from ..work_store.folder import bases_of
    from ..work_store.work_store import open_work

    with once_free(lambda wait: open_work(settings.data, wait), settings.write_wait_seconds) as work:
        for message in work.recovered:
            say(f"Recovered: {message}.", "yellow")
        others = bases_of(source.graph for source in work.sources()) - {settings.base_url}
        if not any_address:  # else nothing may get a name below the new address before all of it does
            if others:
                refuse_address(settings, others)
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


def _publish(work: WorkStore, settings: Settings) -> int:
    if all(source.format == VOCABULARY for source in work.sources()) and not has_release(settings):
        raise InvalidArgument("nothing is loaded: run `pinoamo load` or `pinoamo demo` first")
    release = _make(work, settings)
    counts = [f"{count:,} {_counted(kind, count)}" for kind, count in release.about["counts"].items()]
    say(f"Release {release.number} serves: {', '.join(counts) or 'an empty catalogue'}.")
    return release.number


def _counted(kind: str, count: int) -> str:
    return "listed with gaps" if kind == "listed" else kind if count == 1 else f"{kind}s"


def _make(work: WorkStore, settings: Settings) -> Release:
    from ..releases.publishing import publish
    from ..sparql.named_queries import load_queries

    with progress("publish") as step:
        return publish(work, settings, load_queries(), step)

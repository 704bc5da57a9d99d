"""The `pinoamo` command: data on standard output, the rest on standard error. Exit: 0 good, 1 bad data, 2 bad call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from . import cli_check, cli_path, cli_read
from .demo import load_demo
from .errors import ServiceError
from .loading import LoadOutcome, load
from .queries import load_queries
from .releases import Release, Shelf
from .settings import Settings
from .validation.profiles import load_profile
from .vocabulary import ensure_vocabulary
from .work import Work, open_work, writing

ROOT = Path(__file__).parent.parent
SHAPES, ONTOLOGY = ROOT / "shapes", ROOT / "ontology"
_SHOWN = 20

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Micro-credentials as a knowledge graph: load, check, publish, serve, query.",
)
console = Console(stderr=True)


def main() -> None:
    """Run the command; a refusal is one line on standard error, never a stack trace."""
    try:
        app()
    except ServiceError as error:
        console.print(f"pinoamo: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except OSError as error:
        console.print(f"pinoamo: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


def settings_from_environment() -> Settings:
    """Return the settings, or end with code 2 naming the setting that is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default; the plugin for mypy is not used
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            console.print(f"pinoamo: PINOAMO_{name}: {problem['msg']}", markup=False)
        raise typer.Exit(2) from error


cli_read.register(app, settings_from_environment)
cli_path.register(app, settings_from_environment)
cli_check.register(app, settings_from_environment)


@app.command("load")
def load_command(
    source_format: Annotated[str, typer.Argument(metavar="FORMAT", help="esco, elm or table.")],
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Files or folders.")],
    profile: Annotated[str, typer.Option(help="The definition to hold the records to.")] = "eu",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse records with warnings too.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write what was refused and warned about, as JSON Lines.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    graph: Annotated[str, typer.Option(help="Name of the source; default: by format and file name.")] = "",
    version: Annotated[str, typer.Option(help="Version of a classification, when its path does not say it.")] = "",
) -> None:
    """Load a source into the work store through the gate. It is served after the next `pinoamo publish`."""
    settings = settings_from_environment()
    options = [*(["--graph", graph] if graph else []), *(["--version", version] if version else [])]
    with _work(settings) as work, _progress(f"{source_format} {Path(sources[0]).name}") as step:
        outcome = load(
            work, settings, load_profile(SHAPES, profile), source_format, sources, strict=strict, dry_run=dry_run,
            named=bool(graph), options=options, progress=lambda stage, done: step(f"{stage} {done:,}"),
        )  # fmt: skip
    _tell_load(outcome, report, strict=strict, dry_run=dry_run)
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
    if if_empty and Shelf(settings.data).current_number() is not None:
        return
    with _work(settings) as work:
        with _progress("demo"):
            load_demo(work, settings, lambda outcome: _tell_load(outcome, None))
        _publish(work, settings)
    console.print("Six records were refused on purpose: the demo shows what the definition asks for.")


@app.command()
def unload(name: Annotated[str, typer.Argument(help="Name of the source's graph, or its last part.")]) -> None:
    """Remove a loaded source from the work store. It is gone from the service after the next `pinoamo publish`."""
    settings = settings_from_environment()
    with _work(settings) as work:
        graph = name if ":" in name else f"{settings.base_url}/graph/{name}"
        if not work.remove(graph):
            known = ", ".join(source.graph for source in work.sources()) or "nothing"
            console.print(f"pinoamo: {graph} is not loaded; loaded are: {known}", markup=False)
            raise typer.Exit(2)
    console.print(f"Removed {graph}.", markup=False)


@app.command()
def releases() -> None:
    """List the releases; the one that serves is marked."""
    shelf = Shelf(settings_from_environment().data)
    serving = shelf.current_number()
    table = Table("release", "created", "credentials", "skills", "occupations", "programmes", "serves", box=None)
    for release in shelf.releases():
        counts = release.about["counts"]
        kinds = ("credential", "skill", "occupation", "programme")
        row = [str(release.number), release.about["created"], *(str(counts.get(kind, 0)) for kind in kinds)]
        table.add_row(*row, "yes" if release.number == serving else "")
    Console().print(table)


@app.command()
def rollback(number: Annotated[int, typer.Argument(metavar="N", help="The release that shall serve.")]) -> None:
    """Let another release serve, after checking its files against their checksums."""
    settings = settings_from_environment()
    with writing(settings.data):  # not the work store: it may need space to recover, and this must work without
        release = Shelf(settings.data).roll_back(number)
    console.print(f"Release {release.number} serves.")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int | None, typer.Option(help="Processes that run SPARQL of the public.")] = None,
) -> None:
    """Serve the current release until interrupted."""
    import uvicorn

    from .app import create_app

    settings = settings_from_environment()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    if not settings.store and Shelf(settings.data).current_number() is None:
        console.print(f"pinoamo: nothing is published in {settings.data} yet: run `pinoamo demo` first", markup=False)
        raise typer.Exit(2)
    console.print(f"Serving on http://{host}:{port} (stop with Ctrl-C)")
    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning", server_header=False)


@contextmanager
def _work(settings: Settings) -> Iterator[Work]:
    with open_work(settings.data) as work:
        for message in work.recovered:
            console.print(f"Recovered: {message}.", style="yellow", markup=False)
        ensure_vocabulary(work, ONTOLOGY, settings.base_url)
        yield work


def _publish(work: Work, settings: Settings) -> Release:
    shelf = Shelf(settings.data)
    with _progress("publish") as step:
        release = shelf.publish(work, settings, load_queries(), step)
    counts = ", ".join(f"{count:,} {kind}s" for kind, count in release.about["counts"].items())
    console.print(f"Release {release.number} serves: {counts}.", markup=False, highlight=False, soft_wrap=True)
    return release


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda text: bar.update(task, description=f"{title}: {text}")


def _tell_load(outcome: LoadOutcome, report: Path | None, *, strict: bool = False, dry_run: bool = False) -> None:
    entries: list[dict[str, Any]] = [
        *({"stage": "loader", **issue} for issue in outcome.issues),
        *({"stage": "gate", **entry} for entry in (*outcome.refused, *outcome.warned)),
    ]
    if report:
        cli_read.write_json_lines(report, entries)
    for issue in outcome.issues[:_SHOWN]:
        place = f"{issue.get('source', '')}:{issue.get('line', '')}"
        console.print(
            f"{issue['severity']}: {place} {issue.get('field') or ''} {issue['message']}", markup=False, soft_wrap=True
        )
    for entry in outcome.refused[:_SHOWN]:
        for line in cli_read.sentences(entry, ("violation", "warning") if strict else ("violation",)):
            console.print(f"refused: {line}", style="red", markup=False, soft_wrap=True)
    hidden = max(0, len(outcome.issues) - _SHOWN) + max(0, len(outcome.refused) - _SHOWN)
    if hidden:
        console.print(f"… and {hidden} more; --report FILE writes them all", markup=False)
    counted = ", ".join(f"{count:,} {decision}" for decision, count in sorted(outcome.records.items()))
    verb = "Would load" if dry_run else "Loaded" if outcome.stored else "Kept what was there before:"
    where = f"{outcome.quads:,} statements into {outcome.graph or 'no graph'}"
    console.print(f"{verb} {where} ({counted or 'shared data'}).", markup=False, highlight=False, soft_wrap=True)
    if outcome.quarantine:
        console.print(
            f"Refused records are kept in {outcome.quarantine}", markup=False, highlight=False, soft_wrap=True
        )


if __name__ == "__main__":
    main()

"""The `pinoamo` command: data on standard output, the rest on standard error. Exit: 0 good, 1 bad data, 2 bad call.

What only some commands need is imported inside them: the program starts as fast as the command allows.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import ValidationError

from ..errors import InvalidArgument, LoadFailed, ServiceError, StoreUnavailable, WorkLocked
from ..resources import ONTOLOGY, SHAPES
from ..settings import Settings
from . import check, keys, path, read, releases
from .console import entries, once_free, progress, say, tell_load

if TYPE_CHECKING:
    from ..work_store.work_store import WorkStore


_BACKLOG = 2048


class _Commands(typer.core.TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            say("interrupted" if not error.args else str(error))
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Micro-credentials as a knowledge graph: load, check, publish, serve, query.",
)


def main() -> None:
    """Run the command; a refusal is one line on standard error, never a stack trace."""
    try:
        app()
    except ServiceError as error:
        say(f"pinoamo: {error}", "red")
        # What the call cannot be blamed for: the data, another writer, a store that does not answer.
        sys.exit(1 if isinstance(error, LoadFailed | WorkLocked) or error.status >= 500 else 2)
    except OSError as error:
        say(f"pinoamo: {error.filename or 'the system'}: {error.strerror or error}", "red")
        sys.exit(1)
    except KeyboardInterrupt:  # before the command has begun
        say("interrupted")
        sys.exit(130)


def settings_from_environment() -> Settings:
    """Return the settings, or end with code 2 naming the setting that is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default; the plugin for mypy is not used
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            say(f"pinoamo: PINOAMO_{name}: {problem['msg'].removeprefix('Value error, ')}", "red")
        raise typer.Exit(2) from error


read.register(app, settings_from_environment)
releases.register(app, settings_from_environment)
path.register(app, settings_from_environment)
check.register(app, settings_from_environment)
keys.register(app, settings_from_environment)


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
) -> None:
    """Load a source into the work store through the gate. It is served after the next `pinoamo publish`."""
    from ..loading.loading import load
    from ..validation.profiles import load_profile

    settings = settings_from_environment()
    definition = load_profile(SHAPES, profile)
    options = [*(["--graph", graph] if graph else []), *(["--version", version] if version else [])]
    with read.opened(report) as file, _work(settings) as work:
        try:
            with progress(f"{source_format} {Path(sources[0]).name}") as step:
                outcome = load(
                    work, settings, definition, source_format, sources, strict=strict, dry_run=dry_run,
                    named=bool(graph), options=options, progress=lambda stage, done: step(f"{stage} {done:,}"),
                )  # fmt: skip
        except LoadFailed as error:
            if file:
                read.write_json_lines(file, ({"stage": "loader", **issue} for issue in error.issues))
            raise
        if file:
            read.write_json_lines(file, entries(outcome))
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
    if not (if_empty and _serves(settings)):
        _demo(settings)


def _demo(settings: Settings) -> None:
    from ..loading.demo import load_demo

    with _work(settings) as work:
        with progress("demo"):
            load_demo(work, settings, lambda outcome: tell_load(outcome, work))
        _publish(work, settings)
    say("Six records were refused on purpose: the demo shows what the definition asks for.")


def _serves(settings: Settings) -> bool:
    from ..releases.releases import Releases

    return settings.is_filled_by_others or Releases(settings.data).current_number() is not None


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


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that run SPARQL of the public.")] = None,
    demo_if_empty: Annotated[
        bool, typer.Option("--demo-if-empty", help="First the demo, when nothing serves.")
    ] = False,
) -> None:
    """Serve the current release until interrupted."""
    settings = settings_from_environment()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    with _listening(host, port) as listener:
        if demo_if_empty and not _serves(settings):
            _demo(settings)
        if not _serves(settings):
            raise StoreUnavailable(f"nothing is published in {settings.data} yet: run `pinoamo demo` first")
        _serve(settings, listener, f"http://{f'[{host}]' if ':' in host else host}:{port}")


def _serve(settings: Settings, listener: socket.socket, address: str) -> None:
    from ..server import serve

    say(f"Serving on {address} (stop with Ctrl-C)")
    if not serve(settings, listener):
        raise typer.Exit(1)


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens: a port that is taken is found before anything is opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except socket.gaierror as error:
        raise InvalidArgument(f"cannot listen on {host}: {error.strerror}") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InvalidArgument(f"cannot listen on {host}, port {port}: {reason}") from error


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


if __name__ == "__main__":
    main()

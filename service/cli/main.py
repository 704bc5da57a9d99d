"""The `pinoamo` command: data on standard output, the rest on standard error. Exit: 0 good, 1 bad data, 2 bad call.

What only some commands need is imported inside them: the program starts as fast as the command allows.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ..errors import LoadFailed, ServiceError, WorkLocked, WouldLose
from . import check, esco, feed, keys, link, mapping, path, read, releases, serve, template, work
from .configuration import keep_private
from .console import say


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
# In the order of `pinoamo --help`.
for _file in (read, releases, path, link, check, template, mapping, work, serve):
    app.add_typer(_file.app)
app.add_typer(feed.app, name="feed")
app.add_typer(keys.app, name="keys")
app.add_typer(esco.app, name="esco")


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"pinoamo {version('pinoamo')}")
        except PackageNotFoundError:
            typer.echo("pinoamo, from a checkout that is not installed")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version, and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; a refusal is one line on standard error, never a stack trace."""
    keep_private()
    try:
        app()
    except ServiceError as error:
        say(f"pinoamo: {error}", "red")
        # What the call cannot be blamed for: the data, another writer, a store that does not answer.
        sys.exit(1 if isinstance(error, LoadFailed | WorkLocked | WouldLose) or error.status >= 500 else 2)
    except OSError as error:
        say(f"pinoamo: {error.filename or 'the system'}: {error.strerror or error}", "red")
        sys.exit(1)
    except KeyboardInterrupt:  # before the command has begun
        say("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    main()

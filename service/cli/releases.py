"""The commands that keep releases: list, verify, roll back, back up, restore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidArgument
from .configuration import settings_from_environment
from .console import once_free, progress, say
from .public_address import published_for, refuse_address
from .read import table_console

app = typer.Typer(rich_markup_mode=None)

_KINDS = ("credential", "skill", "occupation", "programme")


@app.command()
def releases(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array instead of a table.")] = False,
) -> None:
    """List the releases; the one that serves is marked."""
    from rich.table import Table

    from ..releases.releases import Releases

    published = Releases(settings_from_environment().data)
    serving, kept = published.current_number(), published.kept()
    if as_json:
        names = ("created", "counts", "checksum", "base_url")
        listed = [
            {
                "release": each.number,
                "serves": each.number == serving,
                "name": kept.get(each.number),
                **{name: each.about[name] for name in names},
            }
            for each in published.releases()
        ]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    table = Table("release", "created", *(f"{kind}s" for kind in _KINDS), "serves", "kept as", box=None)
    for release in published.releases():
        row = [str(release.number), release.about["created"]]
        row += [str(release.about["counts"].get(kind, 0)) for kind in _KINDS]
        table.add_row(*row, "yes" if release.number == serving else "", kept.get(release.number, ""))
    table_console().print(table)


@app.command()
def verify(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[N]…", help="Default: every release.")] = None,
    fall_back: Annotated[
        bool, typer.Option("--fall-back", help="Let the newest whole one serve, when the one that serves is not.")
    ] = False,
) -> None:
    """Compare every file of releases with its checksum. Exit code 1: one is damaged."""
    from ..releases.releases import Releases
    from ..work_store.lock import writing

    configured = settings_from_environment()
    published = Releases(configured.data)
    whole: list[int] = []
    found = numbers or list(published.numbers())
    for number in found:
        damage = published.damage(number)
        typer.echo(f"release {number}: {f'damaged: {damage}' if damage else 'whole'}")
        if not damage:
            whole.append(number)
    serving = published.current_number()
    if fall_back and serving in found and serving not in whole and whole:
        with once_free(lambda wait: writing(configured.data, wait), configured.write_wait_seconds):
            published.roll_back(max(whole), hold=False)
        say(f"Release {max(whole)} serves.")
    raise typer.Exit(0 if len(whole) == len(found) else 1)


@app.command()
def rollback(
    number: Annotated[int, typer.Argument(metavar="N", help="The release that shall serve.")],
    work: Annotated[
        bool, typer.Option("--work", help="Put the work store back too: what was written since is lost.")
    ] = False,
) -> None:
    """Let another release serve, after checking its files against their checksums."""
    from ..releases.publishing import send
    from ..releases.releases import Releases
    from ..work_store.lock import writing

    configured = settings_from_environment()
    with once_free(lambda wait: writing(configured.data, wait), configured.write_wait_seconds):
        # not the work store: it may need space to recover, and this must work without
        published = Releases(configured.data)
        made_for = published.release(number).about["base_url"]
        if made_for != configured.base_url and published_for(configured.data) - {made_for}:
            refuse_address(configured, {made_for})
        release = published.roll_back_work(number) if work else published.roll_back(number)
        with progress(f"release {number}") as step:
            send(release, configured, step)
    say(f"Release {release.number} serves.")
    if work:
        say("The work store is what that release holds; writes are published again.")
    if published.is_held:
        say("What is written now is kept and held: mend what was wrong, then run `pinoamo publish`.")


@app.command()
def redact(iri: Annotated[str, typer.Argument(metavar="IRI", help="The record, or other thing, to take out.")]) -> None:
    """Take out what is said of a thing for good: of the work store, every kept release, the log, and their files."""
    from ..rdf.terms import parse_iri
    from ..releases.redaction import redact as take_out
    from ..sparql.named_queries import load_queries
    from ..work_store.work_store import open_work

    configured = settings_from_environment()
    name = parse_iri(iri).value
    opened_work = once_free(lambda wait: open_work(configured.data, wait), configured.write_wait_seconds)
    with opened_work as work, progress("redact") as step:
        done = take_out(work, configured, load_queries(), name, step)
    kept = ", ".join(map(str, done.releases)) or "none"
    say(f"Took out {done.statements:,} statements of the work store, and made releases {kept} anew.")
    for file in done.files:
        say(f"Took out the lines of {file} that name it.")
    for backup_made in done.backups:
        state = "is there and holds it" if backup_made["exists"] else "is not there now, and held it"
        say(f"The backup {backup_made['path']} of {backup_made['created']} {state}, if it had it.", "yellow")
    if configured.store_graphs:
        say("The remote engine still has it: remove its graphs, then run `pinoamo push`.", "yellow")


@app.command()
def push() -> None:
    """Send the release that serves to the remote engine: what `publish` and `rollback` do when they can."""
    from ..releases.publishing import send
    from ..releases.releases import Releases
    from ..work_store.lock import writing

    configured = settings_from_environment()
    if not configured.store_graphs:
        raise InvalidArgument("no engine is named: set PINOAMO_STORE and PINOAMO_STORE_GRAPHS")
    with once_free(lambda wait: writing(configured.data, wait), configured.write_wait_seconds):
        published = Releases(configured.data)
        number = published.current_number()
        if number is None:
            raise InvalidArgument("nothing is published: run `pinoamo publish` first")
        with progress(f"release {number}") as step:
            send(published.release(number), configured, step)
    say(f"Release {number} serves.")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A folder that does not exist yet.")],
    link: Annotated[
        bool, typer.Option("--link", help="Hard links for what never changes: quick and small, on one disk only.")
    ] = False,
) -> None:
    """Copy the whole data directory, consistent and with checksums, while it is served."""
    from ..releases.backup import back_up

    configured = settings_from_environment()
    with progress("backup") as step:
        made = back_up(configured.data, target, link=link, wait_seconds=configured.write_wait_seconds, progress=step)
    say(f"Backed up {len(made.files):,} files, {made.size / 1e6:,.1f} MB, to {target}.")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder that `pinoamo backup` made.")],
) -> None:
    """Fill an empty data directory from a backup, after checking every file. Overwrites nothing."""
    from ..releases.backup import restore as restore_backup

    with progress("restore") as step:
        made = restore_backup(source, settings_from_environment().data, progress=step)
    serving = f"release {made.serving} serves" if made.serving else "nothing was published in it"
    say(f"Restored {len(made.files):,} files of {made.created}; {serving}.")

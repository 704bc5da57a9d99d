"""What the commands print for people on standard error: messages, progress, the outcome of a load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from ..errors import WorkLocked
from ..loading.what_changes import WhatChanges, sentences_of
from ..processes.loader import sentence

if TYPE_CHECKING:
    from ..loading.loading import LoadOutcome
    from ..work_store.work_store import WorkStore

_SHOWN = 20
_SHOWN_CAUSES = 40
Held = TypeVar("Held")

console = Console(stderr=True)


def say(text: str, style: str | None = None) -> None:
    """Say a line as it is, however long."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def once_free(take: Callable[[float], AbstractContextManager[Held]], seconds: float) -> Iterator[Held]:
    """Enter what needs the writer's lock, waiting so many seconds for another process, and saying so.

    Raises:
        WorkLocked: the other process has not let go of it.
    """
    with ExitStack() as stack:
        try:
            held = stack.enter_context(take(0))
        except WorkLocked:
            if not seconds:
                raise
            say(f"Another process is writing; waiting {seconds:g} seconds for it at most.", "yellow")
            held = stack.enter_context(take(seconds))
        yield held


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that work goes on; give the function that tells at what."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda text: bar.update(task, description=f"{title}: {text}")


def entries(outcome: LoadOutcome) -> Iterator[dict[str, Any]]:
    """Yield what a load found, for its report: first by cause, then what was found first of each cause."""
    from ..loading.summary import MOST_KEPT

    causes = outcome.causes()
    yield {
        "stage": "summary",
        "causes": [cause.to_json() for cause in causes.all],
        "changes": outcome.changes.to_json(),
    }
    yield from ({"stage": "dangling", **each.to_json()} for each in outcome.changes.dangling)
    yield from causes.details(outcome.issues, (*outcome.refused, *outcome.warned, *outcome.gave_way), MOST_KEPT)


def tell_load(outcome: LoadOutcome, work: WorkStore, *, strict: bool = False, dry_run: bool = False) -> None:
    """Say what became of a load, and what was refused and warned about: line by line, by cause where it is much."""
    both = ("violation", "warning")
    # That there are no records is said below, where it is no fault: a classification has none.
    shown = [issue for issue in outcome.issues if issue["severity"] != "info" or issue["line"] or not outcome.stored]
    issues = [f"{issue['severity']}: {sentence(issue)}" for issue in shown]
    refused = _lines("refused", outcome.refused, both if strict else both[:1])
    warned = _lines("warned", outcome.warned, both)
    if max(map(len, (issues, refused, warned))) > _SHOWN:
        _tell_causes(outcome)
    else:
        for lines, style in ((issues, None), (refused, "red"), (warned, "yellow")):
            for line in lines:
                say(line, style)
    counted = ", ".join(f"{count:,} {decision}" for decision, count in sorted(outcome.records.items())) or "no records"
    if dry_run or outcome.stored:
        verb = "Would load" if dry_run else "Loaded"
        say(f"{verb} {outcome.quads:,} statements into {outcome.graph or 'no graph'} ({counted}).")
        for graph in outcome.replaced:
            say(f"It replaces {graph}, which is removed; `pinoamo esco drift` lists the links that this touches.")
        tell_changes(outcome.changes)
        if outcome.would_lose:
            say(f"Would be refused without --force: {outcome.would_lose}", "red")
    else:
        old = any(source.graph == outcome.graph for source in work.sources())
        say(f"Stored nothing ({counted}){f'; {outcome.graph} keeps what it held before' if old else ''}.")
    if outcome.gave_way:
        names = ", ".join(entry["record"] for entry in outcome.gave_way[:_SHOWN])
        count = len(outcome.gave_way)
        say(f"What keys had written of {count:,} things gave way to this load and is in quarantine: {names}", "yellow")
    if outcome.quarantine:
        say(f"Refused records are kept in {outcome.quarantine}")


def tell_changes(changes: WhatChanges) -> None:
    """Say how many things were added, changed and removed, and what still points at what is gone."""
    counted, *dangling = sentences_of(changes)
    say(f"Things described: {counted}.")
    for line in dangling:
        say(line, "yellow")


def _tell_causes(outcome: LoadOutcome) -> None:
    causes = outcome.causes().all
    for cause in causes[:_SHOWN_CAUSES]:
        say(cause.sentence(), {"refused": "red", "listed": "yellow", "warned": "yellow"}.get(cause.kind))
    hidden = len(causes) - _SHOWN_CAUSES
    more = f"… and {hidden} more causes. " if hidden > 0 else ""
    say(f"{more}--report FILE writes the causes, and of each the rows where it was found first")


def _lines(word: str, entries: Sequence[Any], severities: Sequence[str]) -> list[str]:
    return [
        f"{'listed' if entry['decision'] == 'listed' else word}: {line}"
        for entry in entries
        for line in sentences(entry, severities)
    ]


def sentences(entry: Mapping[str, Any], severities: Sequence[str], language: str = "en") -> Iterator[str]:
    """Yield a line for each thing a gated record was refused or warned for, of the severities given."""
    place = ":".join(str(part) for part in (entry["source"], entry["line"]) if part)
    for finding in entry["findings"]:
        if finding["status"] in ("violated", "unknown") and finding["severity"] in severities:
            words = " ".join(filter(None, (finding["message"].get(language), finding["fix"].get(language))))
            value = f" (got {finding['value']})" if finding["value"] and finding["value"] not in words else ""
            what = " ".join(filter(None, (place, entry["record"], finding["id"], finding["severity"])))
            yield f"{what}: {words}{value}"

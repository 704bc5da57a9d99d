"""The `check` command: it reads files, folders and patterns, and writes text, JSON or a SHACL report."""

from __future__ import annotations

import asyncio
import glob
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from ..errors import CheckFailed, InvalidArgument, Overloaded, TimedOut
from ..negotiation import FORMATS
from ..settings import Settings
from .check_text import text_lines
from .configuration import settings_from_environment

if TYPE_CHECKING:
    from ..workers.check_pool import CheckPool
    from ..workers.check_task import CheckAnswer, CheckTask

app = typer.Typer(rich_markup_mode=None)

Format = Literal["text", "json", "ttl"]
EngineName = Literal["fast", "reference", "both"]
Language = Literal["fi", "sv", "en"]

_BATCH = 25
_ARCHIVE = ".zip"
_NAMED = (_ARCHIVE, ".xml")  # read when they are named, and passed over in folders
_console = Console(stderr=True)


@app.command()
def check(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Files, folders or patterns like **/*.ttl.")],
    profile: Annotated[list[str] | None, typer.Option(help="A definition, such as eu; may be repeated.")] = None,
    shapes: Annotated[
        list[Path] | None, typer.Option(help="A file of SHACL shapes; repeated, the files are one profile.")
    ] = None,
    background: Annotated[
        list[Path] | None, typer.Option(help="Axioms or code lists that the shapes are to know; may be repeated.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="text, json, or ttl: a SHACL report.")] = "text",
    matrix: Annotated[
        bool, typer.Option("--matrix", help="By whose definition is it one? All of them, and what to change.")
    ] = False,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = "en",
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 also where statements were left out.")] = False,
    engine: Annotated[
        EngineName | None, typer.Option(help="fast, reference, or both; default: both, large documents fast.")
    ] = None,
) -> None:
    """Check documents against definitions of micro-credentials. Exit: 0 all conform, 1 not all do, 2 wrong call."""
    from ..resources import SHAPES
    from ..validation.profiles import definition_names
    from ..workers.check_task import CheckTask

    if matrix and (shapes or output == "ttl"):
        raise InvalidArgument("--matrix compares profiles: as text or json, without --shapes")
    if background and not shapes:
        raise InvalidArgument("--background is for --shapes: the profiles here have code lists of their own")
    names = tuple(profile or (() if shapes else definition_names(SHAPES) if matrix else ("eu",)))
    options = settings_from_environment()
    task = CheckTask(
        profiles=() if matrix else names,
        recognition=names if matrix else (),
        shapes=tuple(str(path.absolute()) for path in shapes or ()),
        background=tuple(str(path.absolute()) for path in background or ()),
        report=output == "ttl",
        store=_serving_store(options),
        engine=engine,
        strict=strict,
        seconds=options.check_seconds,
    )
    conform = asyncio.run(_check(task, find_documents(sources), options, output, lang))
    raise typer.Exit(0 if conform else 1)


def find_documents(sources: Sequence[str]) -> list[Path]:
    """Return the files that names, folders and patterns stand for, each once, in order.

    Raises:
        InvalidArgument: nothing stands for a name, or a file is of no kind that is read.
    """
    found: dict[Path, None] = {}
    for source in sources:
        paths = (
            [Path(source)] if Path(source).exists() else [Path(p) for p in sorted(glob.glob(source, recursive=True))]
        )
        if not paths:
            raise InvalidArgument(f"there is no file, folder or pattern {source}")
        for path in paths:
            if path.is_dir():
                inside = (each for each in sorted(path.rglob("*")) if each.is_file() and _is_read(each))
                found.update(dict.fromkeys(inside))
            elif _is_read(path) or path.suffix in _NAMED:
                found[path] = None
            elif str(path) == source:
                raise InvalidArgument(f"{path} is none of {', '.join(sorted(_kinds()))}, xml, zip or a folder")
    return list(found)


async def _check(task: CheckTask, paths: Sequence[Path], settings: Settings, output: Format, lang: str) -> bool:
    """Write the answers as they come; return whether all conform."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from ..workers.check_pool import CheckPool

    writer = _Writer(output, lang, bool(task.recognition))
    checkers = CheckPool(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as bar:
            row = bar.add_task("check", total=len(paths))
            for batch in _batches(paths):
                async for answer in _answers(checkers, replace(task, paths=tuple(str(path) for path in batch))):
                    writer.write(answer)
                bar.advance(row, len(batch))
    finally:
        await checkers.close()
    writer.end()
    if not paths:
        _console.print("pinoamo: there is no document in it: nothing was checked", markup=False)
    return writer.conform and bool(paths)


async def _answers(checkers: CheckPool, task: CheckTask) -> AsyncIterator[CheckAnswer]:
    """Yield answers for a batch: one, or one for each document when the batch meets a limit."""
    try:
        found = await checkers.run(task)
    except (TimedOut, Overloaded, CheckFailed) as error:
        if len(task.paths) == 1:
            yield _failure(task, str(error))
            return
    else:
        yield found
        return
    for path in task.paths:
        async for answer in _answers(checkers, replace(task, paths=(path,))):
            yield answer


def _failure(task: CheckTask, message: str) -> CheckAnswer:
    """Return the answer for a document that could not be checked."""
    from ..workers.check_task import CheckAnswer

    if task.report:
        return CheckAnswer(f"# {task.paths[0]}: {message}\n".encode(), False)
    profiles = [*task.profiles, *([Path(task.shapes[-1]).stem] if task.shapes else [])]
    document: dict[str, Any] = {
        "source": task.paths[0],
        "verdicts": [
            {"profile": name, "outcome": "nothing-checked", "focus_nodes": 0, "elements": []} for name in profiles
        ],
        "issues": [],
        "error": {"line": None, "message": message},
    }
    if task.recognition:
        document["recognition"] = [
            {"profile": name, "title": {}, "answer": "not-asked", "changes": [], "unknown": []}
            for name in task.recognition
        ]
    return CheckAnswer(json.dumps({"documents": [document]}).encode(), False)


class _Writer:
    """Writes answers one after another: JSON as one object, Turtle as one graph."""

    def __init__(self, output: Format, lang: str, matrix: bool) -> None:
        self._output = output
        self._lang = lang
        self._matrix = matrix
        self._first = True
        self._fixes: list[dict[str, Any]] = []
        self._console = Console(highlight=False, soft_wrap=True)
        self.conform = True

    def write(self, answer: CheckAnswer) -> None:
        self.conform = self.conform and answer.conforms
        if self._output == "ttl":
            sys.stdout.buffer.write(answer.body)
            return
        found = json.loads(answer.body)
        self._tell_fixes(found.get("workarounds", []))
        for document in found["documents"]:
            if self._output == "text":
                for line in text_lines(document, self._lang):
                    self._console.print(line)
                continue
            if self._matrix:
                document.pop("verdicts")
                document.pop("credential", None)
            sys.stdout.write('{"documents": [\n' if self._first else ",\n")
            sys.stdout.write(json.dumps(document, ensure_ascii=False))
            self._first = False

    def end(self) -> None:
        if self._output == "json":
            sys.stdout.write('{"documents": [' if self._first else "\n")
            more = f', "workarounds": {json.dumps(self._fixes, ensure_ascii=False)}' if self._fixes else ""
            sys.stdout.write(f"]{more}}}\n")
        sys.stdout.flush()

    def _tell_fixes(self, fixes: list[dict[str, Any]]) -> None:
        if not self._fixes:
            self._fixes = fixes
            for fix in fixes:
                _console.print(f"worked around: {fix['name']} ({fix['times']}): {fix['what']}", markup=False)


def _batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield a few files at a time, no two of one name, since reading tells them apart by that; archives alone."""
    batch: list[Path] = []
    for path in paths:
        alone = path.suffix == _ARCHIVE
        if batch and (alone or len(batch) == _BATCH or path.name in {each.name for each in batch}):
            yield batch
            batch = []
        batch.append(path)
        if alone:
            yield batch
            batch = []
    if batch:
        yield batch


def _kinds() -> set[str]:
    from ..validation.documents import MEDIA_TYPES

    return {name for name, media_type in FORMATS.items() if media_type in MEDIA_TYPES} | {"json"}


def _is_read(path: Path) -> bool:
    return path.name.removesuffix(".gz").rpartition(".")[2] in _kinds() and not path.name.startswith(".")


def _serving_store(settings: Settings) -> str:
    from ..releases.releases import Releases

    published = Releases(settings.data)
    number = None if settings.store else published.current_number()
    return "" if number is None else str(published.release(number).path.absolute() / "store")

"""The commands that read: named queries, SPARQL, export; only data goes to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from ..errors import InvalidArgument
from ..rdf.media_types import CSV, JSON_LD, N_QUADS, N_TRIPLES, RESULTS_JSON, TRIG, TURTLE
from ..settings import Settings
from .configuration import as_usual, settings_from_environment
from .console import say

if TYPE_CHECKING:
    from ..rdf.statements import Row, RowStream, Solutions, Triple
    from ..releases.readers import Reader

app = typer.Typer(rich_markup_mode=None)

Format = Literal["table", "json", "csv", "ttl"]
Dump = Literal["nq", "trig", "nt", "ttl", "elm", "table"]
_DUMPS: Mapping[str, str] = {
    "nq": N_QUADS,
    "trig": TRIG,
    "nt": N_TRIPLES,
    "ttl": TURTLE,
}
# Statements that a query may have merged; they take a gigabyte.
_MOST_MERGED = 1_000_000
Output = Annotated[Format, typer.Option("--format", help="table, json or csv; ttl (or json, for JSON-LD) for graphs.")]


@app.command()
def query(
    name: Annotated[str, typer.Argument(help="A file name in queries/, such as skill-credentials.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[PARAM=VALUE]…")] = None,
    output: Output = "table",
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows, where the query has pages.")] = None,
    offset: Annotated[int, typer.Option(min=0, help="Rows to leave out.")] = 0,
) -> None:
    """Run a named query over the release that serves. PARAM=VALUE may be repeated."""
    with open_reader(settings_from_environment()) as reader:
        parsed = _parsed(arguments or [])
        for option in ("limit", "offset"):
            if option in parsed:
                raise InvalidArgument(f"{option} is an option: --{option} {parsed[option][0]}")
        answer = reader.catalogue.run(name, parsed, limit=limit, offset=offset)
        _write(answer, output)


@app.command()
def sparql(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="A file with one query, or - for standard input.")],
    output: Output = "table",
) -> None:
    """Run a SPARQL query over the release that serves, without a limit on rows."""
    from ..processes.limits import deepen_stack
    from ..sparql.guard import refuse_service
    from ..store.any_query import run_query
    from ..store.datasets import Datasets
    from ..store.graph_table import read_table
    from ..store.oxigraph import OxigraphStore

    deepen_stack()
    settings = settings_from_environment()
    text = (sys.stdin.read() if source == "-" else _text(Path(source))).removeprefix("\ufeff")
    if not text.strip():
        raise InvalidArgument("the query is empty")
    with open_reader(settings) as reader:
        if isinstance(reader.store, OxigraphStore):
            refuse_service(text)
            table = read_table(reader.path) if reader.path else None
            unknown: dict[str, str] = {}
            datasets = Datasets(reader.store, table, _MOST_MERGED)
            _write(datasets.evaluate(text, base_iri=f"{settings.base_url}/sparql", unknown=unknown), output)
            for note in unknown.values():
                print(f"pinoamo: {note}", file=sys.stderr)
        else:
            _write(run_query(reader.store, text, base=f"{settings.base_url}/sparql"), output)


@app.command()
def export(
    dump_format: Annotated[
        Dump,
        typer.Argument(
            metavar="FORMAT", help="nq or trig keep the graphs; nt, ttl do not; elm: the catalogue profile, in Turtle."
        ),
    ],
    release: Annotated[int | None, typer.Option(help="Number of the release; default: the one that serves.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    elm: Annotated[Literal["3.2", "3.3"] | None, typer.Option(help="For elm: whose names; default: 3.2.")] = None,
) -> None:
    """Write a whole release, as a stream."""
    from ..rdf.durations import WorkloadsInHours
    from ..rdf.results import PREFIXES
    from ..releases.feeds.feeds import write_all
    from ..releases.feeds.table import table_rows, write_table
    from ..store.oxigraph import OxigraphStore

    if elm and dump_format != "elm":
        raise InvalidArgument("--elm is for the format elm")
    settings = settings_from_environment()
    with open_reader(settings, release) as reader:
        if dump_format == "elm":
            with opened(out) as file:
                write_all(reader.store, settings.base_url, file or sys.stdout.buffer, elm or "3.2")
            sys.stdout.flush()
            return
        if dump_format == "table":
            rows = list(table_rows(reader.store, settings.base_url))
            with opened(out) as file:
                write_table(rows, file or sys.stdout.buffer)
            sys.stdout.flush()
            for row in rows:
                for lost in row.lost:
                    say(f"not in the table: {row.record}: {lost}")
            return
        if not isinstance(reader.store, OxigraphStore):
            raise InvalidArgument("a remote engine is exported with its own tools")
        with opened(out) as file:
            output = WorkloadsInHours(file or sys.stdout.buffer)
            reader.store.dump(output, _DUMPS[dump_format], PREFIXES)
            output.flush()
        sys.stdout.flush()


def write_json_lines(file: IO[bytes], entries: Iterable[Mapping[str, Any]]) -> None:
    """Write a report, one JSON object a line."""
    file.writelines(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in entries)


@contextmanager
def opened(path: Path | None) -> Iterator[IO[bytes] | None]:
    """Open a file for writing, when there is one to write.

    Raises:
        InvalidArgument: it cannot be written.
    """
    if path is None:
        yield None
        return
    is_new = not path.exists()
    try:
        file = path.open("wb")
    except OSError as error:
        raise InvalidArgument(f"cannot write {path}: {error.strerror}") from error
    with file:
        if is_new:
            as_usual(path)
        yield file


def table_console() -> Console:
    """Return a console for tables: piped, every value stays whole on one line; a terminal folds to its width."""
    return Console(width=None if sys.stdout.isatty() else 100_000)


@contextmanager
def open_reader(settings: Settings, number: int | None = None) -> Iterator[Reader]:
    """Open the release that serves, or one by its number."""
    from ..releases.readers import Readers
    from ..sparql.named_queries import load_queries

    readers = Readers(settings, load_queries())
    try:
        yield readers.current() if number is None else readers.at(number)
    finally:
        readers.close()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidArgument(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{path} is not UTF-8 text") from error


def _parsed(words: Sequence[str]) -> dict[str, list[str]]:
    arguments: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise InvalidArgument(f"arguments are written name=value, got {word!r}")
        arguments.setdefault(name, []).append(value)
    return arguments


def _write(answer: Solutions | RowStream | bool | Iterable[Triple], output: Format) -> None:
    from ..rdf.results import boolean_text, solution_chunks, write_graph
    from ..rdf.statements import RowStream, Solutions

    stdout = sys.stdout.buffer
    if isinstance(answer, bool):
        stdout.write(boolean_text(answer, RESULTS_JSON) if output == "json" else f"{str(answer).lower()}\n".encode())
    elif not isinstance(answer, Solutions | RowStream):
        write_graph(answer, stdout, JSON_LD if output == "json" else TURTLE)
    elif output == "table":
        _table(answer.variables, answer.rows)
    elif output == "ttl":
        raise InvalidArgument("ttl is for graphs; this query answers with rows: take table, json or csv")
    else:
        for chunk in solution_chunks(answer.variables, answer.rows, RESULTS_JSON if output == "json" else CSV):
            stdout.write(chunk)
    stdout.flush()


def _table(variables: Sequence[str], rows: Iterable[Row]) -> None:
    table = Table(*variables, box=None, pad_edge=False)
    for row in rows:
        cells = (row.get(name) for name in variables)
        table.add_row(*("" if t is None else f"{t.value}@{t.language}" if t.language else t.value for t in cells))
    table_console().print(table, markup=False, highlight=False)

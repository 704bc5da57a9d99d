"""The `link` command: texts linked to skills and occupations of ESCO."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import InvalidArgument
from .configuration import settings_from_environment
from .console import progress

if TYPE_CHECKING:
    from ..releases.linkers import ReleaseLinker

app = typer.Typer(rich_markup_mode=None)

Result = Mapping[str, Any]
_COLUMNS = ("text", "lang", "abstained", "rank", "skill", "label", "probability", "score", "method", "matched", "span")


@app.command()
def link(
    source: Annotated[
        str, typer.Argument(metavar="TEXT|FILE|-", help="A text, or a file with one a line; - is stdin.")
    ],
    lang: Annotated[str | None, typer.Option(help="Language of the texts, such as fi; default: found out.")] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="Most links of a text.")] = 5,
    kind: Annotated[Literal["skill", "occupation"], typer.Option("--type", help="What to link to.")] = "skill",
    column: Annotated[str | None, typer.Option(help="The file is CSV, and the texts are in this column.")] = None,
    output: Annotated[
        Literal["table", "json", "csv", "sssom"], typer.Option("--format", help="table, json, csv or sssom.")
    ] = "table",
    release: Annotated[int | None, typer.Option(help="Number of the release; default: the one that serves.")] = None,
) -> None:
    """Link texts to ESCO, with probabilities. One result a text, in their order."""
    from ..linking.linker.linker import Linked
    from ..linking.linker.to_json import about_linker, linked_to_json
    from ..linking.linker.to_sssom import MappingSet, sssom_lines
    from ..releases.linkers import open_linker

    texts = _texts(source, column)
    settings = settings_from_environment()
    opened = open_linker(settings, release)

    def found() -> Iterator[Linked]:
        with progress("linking") as tell:
            for number, text in enumerate(texts, 1):
                yield opened.linker.link(text, lang, limit=top, kind=kind)
                if not number % 100:
                    tell(f"{number:,} texts")

    results = (linked_to_json(linked) for linked in found())
    if output == "json":
        _write_json(opened, about_linker(opened.linker), results)
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        writer.writerows(row for result in results for row in _rows(result))
    elif output == "sssom":
        iri, model = f"{settings.base_url}/mappings/release-{opened.release}", opened.linker.reranker.version
        about = MappingSet(iri, settings.licence, opened.esco_version, model, opened.date)
        sys.stdout.writelines(sssom_lines(about, found()))
    else:
        for result in results:
            typer.echo("\n".join(_lines(result)))


def _texts(source: str, column: str | None) -> Iterator[str]:
    """Give the texts one by one: a file of any length is not held in memory."""
    if source != "-" and not _is_file(source):
        if column:
            raise InvalidArgument(f"--column needs a CSV file, and there is none at {source[:100]!r}")
        return iter([source])
    return _read(source, column)


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # a text that no file can be named like
        return False


def _read(source: str, column: str | None) -> Iterator[str]:
    try:
        with open(sys.stdin.fileno() if source == "-" else source, encoding="utf-8-sig", newline="") as file:
            if column is None:
                yield from (line.rstrip("\r\n") for line in file if line.strip())
                return
            rows = csv.DictReader(file)
            if column not in (rows.fieldnames or ()):
                raise InvalidArgument(f"{source} has no column {column!r}; it has: {', '.join(rows.fieldnames or ())}")
            yield from (row[column] or "" for row in rows)
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{source} is not UTF-8 text") from error
    except csv.Error as error:
        raise InvalidArgument(f"{source} is no CSV: {error}") from error


def _write_json(opened: ReleaseLinker, about: Mapping[str, Any], results: Iterable[Result]) -> None:
    """Write what `POST /api/v1/links` answers, a result a line."""
    head = {"release": opened.release, "esco_version": opened.esco_version, "linker": about}
    sys.stdout.write(json.dumps(head, ensure_ascii=False).removesuffix("}") + ', "results": [')
    for number, result in enumerate(results):
        sys.stdout.write((",\n" if number else "\n") + json.dumps(result, ensure_ascii=False))
    sys.stdout.write("\n]}\n")


def _rows(result: Result) -> Iterator[list[str]]:
    head = [result["text"], result["lang"], str(result["abstained"]).lower()]
    if not result["links"]:
        yield [*head, *[""] * (len(_COLUMNS) - len(head))]
    for rank, link in enumerate(result["links"], 1):
        features = link["features"]
        yield [
            *head, str(rank), link["skill"], link["label"], str(link["probability"]), str(link["score"]),
            features["method"], features["matched"], "-".join(map(str, link["span"])),
        ]  # fmt: skip


def _lines(result: Result) -> Iterator[str]:
    unsure = " (none is sure)" if result["abstained"] and result["links"] else ""
    yield f"{result['text']} [{result['lang']}]{unsure}"
    for link in result["links"]:
        start, end = link["span"]
        rests = f"{link['features']['method']}: {link['features']['matched']} ~ {result['text'][start:end]}"
        yield f"  {link['probability']:.2f} {link['label']} <{link['skill']}> ({rests})"
    if not result["links"]:
        yield "  nothing"

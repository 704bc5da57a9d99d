"""`python -m loaders FORMAT SOURCE…`: N-Quads to stdout, the report to a file or to stderr.

Exit 0: everything was read. 1: something in the data was refused, the rest was written. 2: the call is wrong, or a
source could not be read on; what was written before that must not be used. 3: the loader itself failed, also by running
out of memory or disk; the report then has no summary.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from .identifiers import Names, is_web_iri
from .registry import FORMATS, Format
from .report import CallError, Report, SourceError
from .request import DEFAULT_BASE, JSON_MB, Request
from .resources import CODE_LISTS
from .statements import StatementWriter

_EXIT_CODES = "exit code: 0 all read, 1 something was refused, 2 the call or a source failed, 3 the loader failed"
_RESERVED_GRAPHS = ("derived", "vocabulary")


def main(arguments: Sequence[str] | None = None, output: BinaryIO | None = None) -> int:
    """Run one loader and return the exit code; statements go to standard output unless `output` is given."""
    options = _parser().parse_args(arguments)
    chosen = FORMATS[options.format]
    request = Request(
        sources=tuple(options.source),
        base=options.base,
        graph=options.graph,
        version=options.version,
        vocabulary=options.vocabulary,
        contexts=options.contexts,
        max_json_mb=options.max_json_mb,
        id_prefix=options.id_prefix,
        map=options.map,
        defaults=options.defaults,
        proposal=options.propose_map,
    )
    with ExitStack() as stack:
        try:
            channel = stack.enter_context(options.report.open("w", encoding="utf-8")) if options.report else sys.stderr
            report = Report(channel, as_json=options.report is not None)
            return _run(chosen, request, output or sys.stdout.buffer, report)
        except CallError as error:
            print(f"error: {error}", file=sys.stderr)
        except BrokenPipeError:
            # The reader went away: keep the interpreter from failing on its last flush.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            print(f"error: cannot write: {error}", file=sys.stderr)
        except Exception:  # noqa: BLE001 - left alone it would exit with 1, which says that the rest was written
            traceback.print_exc()
            return 3
    return 2


def _run(chosen: Format, request: Request, output: BinaryIO, report: Report) -> int:
    writer = StatementWriter(output, Names(request.base).graph(_graph_name(chosen, request)))
    counts: dict[str, int | str] = {"format": chosen.name, "graph": writer.graph_iri}
    failed = False
    try:
        own_counts = chosen.load(request, writer, report)
        writer.flush()
        output.flush()
        counts |= {"records": writer.records, "quads": writer.quads} | own_counts
    except SourceError as error:
        failed = True
        report.error(error.source, error.line, "", str(error))
    report.summary(counts)
    return 2 if failed else 1 if report.errors else 0


def _graph_name(chosen: Format, request: Request) -> str:
    if not is_web_iri(request.base):
        raise CallError(f"--base must be an http or https address, got {request.base!r}")
    name = request.graph or chosen.name_graph(request)
    if not name or name in _RESERVED_GRAPHS:
        raise CallError(f"the graph needs a name other than {', '.join(_RESERVED_GRAPHS)}, got {name!r}; use --graph")
    return name


def _parser() -> argparse.ArgumentParser:
    formats = "\n".join(f"  {one.name:12} {one.summary}" for one in FORMATS.values())
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",  # `loaders` in a checkout, `pinoamo.loaders` where it is installed
        description="Read a source and write N-Quads with record marks to standard output.",
        epilog=f"formats:\n{formats}\n\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help="one of the formats below")
    parser.add_argument("source", nargs="+", type=Path, metavar="SOURCE", help="file, folder or zip archive")
    parser.add_argument("--base", default=DEFAULT_BASE, metavar="URL", help=f"start of minted IRIs ({DEFAULT_BASE})")
    parser.add_argument("--graph", default="", metavar="NAME", help="name of the graph (default: after the source)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report there, as JSON Lines")
    parser.add_argument("--version", default="", metavar="V", help="esco: the version, when no path names it")
    parser.add_argument("--vocabulary", type=Path, default=CODE_LISTS, metavar="DIR", help="code lists, Turtle files")
    parser.add_argument("--contexts", type=Path, metavar="DIR", help="elm: more JSON-LD contexts, with an index.json")
    parser.add_argument("--max-json-mb", type=int, default=JSON_MB, metavar="N", help=f"elm: JSON limit ({JSON_MB})")
    parser.add_argument("--id-prefix", default="", metavar="TEXT", help="table: what ids begin with")
    parser.add_argument("--map", type=Path, metavar="FILE", help="table: its columns and words in ours, TOML")
    parser.add_argument("--defaults", type=Path, metavar="FILE", help="table: what holds for all rows, TOML")
    parser.add_argument("--propose-map", type=Path, metavar="FILE", help="table: write a proposed map there instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())

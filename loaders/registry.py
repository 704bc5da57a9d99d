"""The table of source formats: one entry each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .elm import catalogue, document
from .esco import release
from .report import Report
from .request import Request
from .requirements import files
from .sssom import mappings
from .statements import StatementWriter
from .table import table


class Format(NamedTuple):
    """A source format: what it is, how its graph is called, and the function that reads it.

    `load` writes statements as it reads and returns counts of its own for the summary.
    """

    name: str
    summary: str
    name_graph: Callable[[Request], str]
    load: Callable[[Request, StatementWriter, Report], dict[str, int | str]]


FORMATS = {
    one.name: one
    for one in (
        Format("esco", "an official ESCO release: CSV packs, Turtle or N-Triples", release.name_graph, release.load),
        Format(
            "elm",
            "an ELM 3.2 or 3.3 catalogue: Turtle, TriG, JSON-LD, RDF/XML, N-Quads",
            catalogue.name_graph,
            catalogue.load,
        ),
        Format("document", "any RDF as it is, for checking only", document.name_graph, document.load),
        Format(
            "requirements",
            "programmes with their rules, and prerequisites, in YAML",
            files.name_graph,
            files.load,
        ),
        Format("sssom", "a set of mappings in SSSOM, TSV", mappings.name_graph, mappings.load),
        Format("table", "CSV or XLSX, one micro-credential a row", table.name_graph, table.load),
    )
}

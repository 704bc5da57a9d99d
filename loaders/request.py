"""The request to a loader: its sources and options."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .resources import CODE_LISTS

DEFAULT_BASE = "http://localhost:8000"
JSON_MB = 64


@dataclass(frozen=True, slots=True)
class Request:
    """The sources and the options of one run.

    Attributes:
        sources: files, folders or archives, in the order given.
        base: public address; the start of every IRI that is minted.
        graph: name of the graph, empty to let the format name it.
        version: version of a classification, empty to read it from the sources' paths.
        vocabulary: folder of the code lists, Turtle.
        contexts: folder with `index.json`, JSON-LD context address to file; added to the bundled contexts.
        max_json_mb: largest JSON document that is read, MiB.
        id_prefix: what the ids of a table's rows begin with, so that those of two sources differ.
        map: file that tells what a table's columns and words are in ours.
        defaults: file of what holds for the rows of a table that do not state it.
        proposal: where to write a proposed map, instead of statements.
    """

    sources: tuple[Path, ...]
    base: str = DEFAULT_BASE
    graph: str = ""
    version: str = ""
    vocabulary: Path = field(default=CODE_LISTS)
    contexts: Path | None = None
    max_json_mb: int = JSON_MB
    id_prefix: str = ""
    map: Path | None = None
    defaults: Path | None = None
    proposal: Path | None = None

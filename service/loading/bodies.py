"""Reads the body of a write with a loader process, within limits and under the names of one source."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UnsupportedMedia
from ..processes.loader import run_loader
from ..rdf.media_types import TRIG, TURTLE
from ..settings import Settings
from ..validation.documents import SUFFIXES
from .admission import admit
from .catalogue_terms import CatalogueTerms

_WITH_BASE = (TURTLE, TRIG)


class Body(NamedTuple):
    """N-Quads with record marks (docs/model.md §3), and what the loader reported."""

    nquads: Path
    issues: tuple[Mapping[str, Any], ...]


def read_body(
    settings: Settings, folder: Path, data: bytes, media_type: str, graph: str, base: str | None = None
) -> Body:
    """Read a document into a file in `folder`; blocks for as long as the loader takes, at most the time of a check.

    Args:
        settings: limits, and the public base.
        folder: an empty one.
        data: the document.
        media_type: its type.
        graph: the name of its source, as the last part of an IRI has it.
        base: what relative IRIs are resolved against, where the syntax has a base.

    Raises:
        UnsupportedMedia: nobody here reads that type.
        LoadFailed: it cannot be read, or meets a limit.
    """
    if media_type not in SUFFIXES:
        raise UnsupportedMedia(f"the body must be one of {', '.join(SUFFIXES)}, got {media_type[:100]!r}")
    document = folder / f"body.{SUFFIXES[media_type]}"
    start = b"" if base is None or media_type not in _WITH_BASE else f"@base <{base}> . ".encode()
    document.write_bytes(start + data.removeprefix(codecs.BOM_UTF8))
    nquads = folder / "statements.nq"  # no name that the document may have
    limits = settings.model_copy(update={"loader_seconds": settings.check_seconds})
    options = ("--graph", graph, "--max-json-mb", str(settings.upload_mb))
    entries = run_loader(
        limits, "elm", [str(document)], nquads, folder / "report.jsonl", lambda stage, done: None, options
    )
    entries = (*entries, *admit(nquads, CatalogueTerms(settings.vocabularies.split())))
    return Body(nquads, tuple(entry for entry in entries if "severity" in entry))

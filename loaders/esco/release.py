"""The `esco` format: an official ESCO release, as CSV packs or as Turtle, N-Triples or RDF/XML; one graph a version."""

from __future__ import annotations

import re

from ..report import CallError, Report
from ..request import Request
from ..sources import find_members
from ..statements import StatementWriter
from . import csv_packs, rdf_release

_VERSION = re.compile(r"(?<![A-Za-z0-9])v([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?![0-9])")
_BARE_VERSION = re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?")


def name_graph(request: Request) -> str:
    """Return `esco-` and the version: the one asked for, else the one that the sources' paths name.

    Raises:
        CallError: no path names a version, or they name several.
    """
    asked = request.version.removeprefix("v")
    if asked and not _BARE_VERSION.fullmatch(asked):
        raise CallError(f"--version must look like 1.1.1, got {request.version!r}")
    found = {versions[-1] for source in request.sources if (versions := _VERSION.findall(str(source.resolve())))}
    if not asked and len(found) != 1:
        named = f"they name {', '.join(sorted(found))}" if found else "none of them names one"
        raise CallError(
            f"which ESCO version is it? The paths should say v1.1.1 or the like; {named}; use --version 1.1.1"
        )
    return f"esco-{asked or found.pop()}"


def load(request: Request, writer: StatementWriter, report: Report) -> dict[str, int | str]:
    """Write concepts, labels and relations with the official IRIs, all shared; return their numbers.

    Raises:
        SourceError: a file cannot be read on, or the concepts that relations speak of are not among the sources.
        CallError: there is nothing to read in the sources.
    """
    members = [
        member for source in request.sources for member in find_members(source, (*csv_packs.KINDS, *rdf_release.KINDS))
    ]
    tables = [member for member in members if member.kind in csv_packs.KINDS]
    if not members:
        raise CallError("the sources hold no ESCO file: a CSV pack, or a Turtle or N-Triples release, is needed")
    writer.start_shared()
    if tables:
        return csv_packs.load(tables, writer, report)
    return rdf_release.load(members, writer, report)

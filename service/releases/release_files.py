"""Makes the files of a release beside its store: derived statements, read model, matrix, description, checksums."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..catalogue.read_model.build import build_index
from ..catalogue.read_model.columns import Teaching, read_columns, with_listed
from ..files import write_json, write_whole
from ..rdf.media_types import N_TRIPLES
from ..rdf.statements import Triple
from ..rdf.syntax import text_from_triples
from ..sparql.named_queries import NamedQuery
from ..stacking.matrix.build import build_matrix
from ..store.graph_table import make_table, properties_of, write_table
from ..store.oxigraph import OxigraphStore
from ..store.statement_store import StatementStore
from ..work_store.compaction import merge_derived
from .checksums import checksum_of, checksums_of, files_of
from .derived import derive
from .description import describe_release
from .fingerprints import record_kinds

Progress = Callable[[str], None]
WriteChanges = Callable[[StatementStore, Mapping[str, str]], None]
"""Writes what a release changed into its folder, from its store and its records with their kinds."""

MATRIX = "stacking.npz"


def with_listed_name(matrix: Path) -> Path:
    """Return the file of the matrix with what is listed with gaps; a release that lists nothing has none."""
    return matrix.with_name(f"{matrix.stem}-listed.npz")


@dataclass(frozen=True, slots=True)
class About:
    """What a release is told before it is made. `more` goes into release.json; `matrix` names the file of its matrix.

    A redacted release has another name for that, since programs keep a matrix by its path.
    """

    number: int
    created: datetime
    base_url: str
    sources: Sequence[Mapping[str, Any]]
    matrix: str = MATRIX
    more: Mapping[str, Any] = field(default_factory=dict)


def make_files(
    folder: Path,
    about: About,
    queries: Mapping[str, NamedQuery],
    write_changes: WriteChanges,
    previous: Path,
    progress: Progress = lambda _: None,
) -> None:
    """Make all files of a release in a folder that has its store, without derived statements, and nothing else.

    What is a file of the release in `previous`, too, keeps its checksum.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    progress("deriving skills, programmes and prerequisites")
    teaching = _add_derived(folder, f"{about.base_url}/graph/derived")
    progress("indexing and describing")
    reader, stored = StatementStore.read_only(folder / "store"), tuple(files_of(folder))
    try:
        # The engine and SQLite work without holding the interpreter, so two threads use two cores.
        with ThreadPoolExecutor(2) as pool:
            # The first to begin, so that nobody waits for it for ever.
            columns = pool.submit(read_columns, reader, teaching).result
            index = pool.submit(build_index, reader, folder / "index.sqlite", columns)
            matrix = pool.submit(build_matrix, reader, folder / about.matrix, columns)
            description = pool.submit(_describe, reader, folder, about)
            records = pool.submit(record_kinds, reader)
            statistics = pool.submit(reader.select, queries["statistics"].text)
            early = pool.submit(checksums_of, folder, stored, previous)
            text = text_from_triples(description.result(), N_TRIPLES)
            write_whole(folder / "description.nt", text)
            write_changes(reader, records.result())
            counts = {row["kind"].value: int(row["count"].value) for row in statistics.result().rows}
            index.result()
            matrix.result()
            if columns().listed:
                build_matrix(reader, with_listed_name(folder / about.matrix), lambda: with_listed(columns()))
            checksums = early.result()
    finally:
        reader.close()
    gc.collect()
    checksums |= checksums_of(folder, set(files_of(folder)) - set(stored), previous)
    sizes = {name: (folder / name).stat().st_size for name in checksums}
    found = {
        "release": about.number,
        "created": about.created.isoformat(timespec="seconds"),
        "base_url": about.base_url,
        "counts": counts,
        "sources": about.sources,
        "checksum": checksum_of(checksums),
        "files": checksums,
        "sizes": sizes,
        **about.more,
    }
    write_json(folder / "release.json", found)


def _describe(reader: OxigraphStore, folder: Path, about: About) -> Sequence[Triple]:
    properties = properties_of(reader)
    write_table(folder, make_table(reader, properties))
    return describe_release(reader, about.number, about.base_url, about.created, about.sources, properties)


def _add_derived(folder: Path, graph: str) -> Teaching:
    path = folder / "derived.nq"
    store = OxigraphStore.writable(folder / "store")
    try:
        found = derive(store)
        with path.open("w", encoding="utf-8") as file:
            statements = sum(file.write(lines) and lines.count("\n") for lines in found.lines(graph))
        store.load(path)
        store.flush()
        merge_derived(store, statements)
    finally:
        store.close()
    path.unlink()
    gc.collect()  # RocksDB keeps its lock until the last reference is gone
    return found.teaching

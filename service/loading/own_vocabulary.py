"""Puts our terms and code lists into the work store, as a graph of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..files import sha256_of
from ..rdf.media_types import TURTLE
from ..rdf.statements import Triple
from ..rdf.syntax import nquads_from_triples, triples_from_text
from ..work_store.work_store import Source, WorkStore


def ensure_vocabulary(work: WorkStore, ontology: Path, base_url: str) -> bool:
    """Bring the graph `{B}/graph/vocabulary` of the work store up to the files in `ontology/`; True when it changed."""
    graph = f"{base_url}/graph/vocabulary"
    paths = sorted(ontology.rglob("*.ttl"))
    files = tuple((str(path.relative_to(ontology)), sha256_of(path)) for path in paths)
    if any(source.graph == graph and source.files == files for source in work.sources()):
        return False
    staged = work.staged / "vocabulary.nq"
    triples = list(_triples(paths))
    staged.write_bytes(nquads_from_triples(triples, graph))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    work.replace(Source(graph, "vocabulary", files, now, "", len(triples)), staged)
    return True


def _triples(paths: Iterable[Path]) -> Iterator[Triple]:
    for path in paths:
        with path.open("rb") as file:
            yield from triples_from_text(file, TURTLE)

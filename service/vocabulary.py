"""Our terms and code lists as a graph of the work store, and what the gate needs to know of things referred to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from .binding import bind
from .files import sha256_of
from .oxigraph import nquads_from_triples, triples_from_text
from .queries import NamedQuery
from .store import Store, Triple
from .work import Source, Work

_BATCH = 400


def ensure_vocabulary(work: Work, ontology: Path, base_url: str) -> bool:
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
            yield from triples_from_text(file, "text/turtle")


class KnownThings:
    """Remembers types and schemes of IRIs that a store describes; one query for every 400 IRIs not yet asked."""

    def __init__(self, store: Store, query: NamedQuery) -> None:
        self._store = store
        self._query = query
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def types(self, iris: Iterable[str]) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return (types, schemes) of each IRI; both are empty for what the store does not know."""
        asked = dict.fromkeys(iris)
        new = [iri for iri in asked if iri not in self._known]
        for start in range(0, len(new), _BATCH):
            self._ask(new[start : start + _BATCH])
        return {iri: self._known[iri] for iri in asked}

    def _ask(self, iris: list[str]) -> None:
        types: dict[str, list[str]] = {iri: [] for iri in iris}
        schemes: dict[str, list[str]] = {iri: [] for iri in iris}
        for row in self._store.select(bind(self._query, {"thing": iris})).rows:
            thing = row["thing"].value
            if "type" in row:
                types[thing].append(row["type"].value)
            if "scheme" in row:
                schemes[thing].append(row["scheme"].value)
        for iri in iris:
            self._known[iri] = (tuple(types[iri]), tuple(schemes[iri]))

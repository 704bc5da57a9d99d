"""Our terms and code lists as a graph of the work store, and what the gate needs to know of things referred to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
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
    """Remembers what a store says of IRIs, one graph left out: one query for every 400 IRIs not yet asked."""

    def __init__(self, store: Store, queries: Mapping[str, NamedQuery], left_out: str = "") -> None:
        """Take the queries of `queries/gate`, and the graph that is about to be replaced."""
        self._store = store
        self._queries = queries
        self._left_out = left_out
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def types(self, iris: Iterable[str]) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return (types, schemes) of each IRI; both are empty for what the store does not know."""
        asked = dict.fromkeys(iris)
        for batch in batched((iri for iri in asked if iri not in self._known), _BATCH):
            self._ask(batch)
        return {iri: self._known[iri] for iri in asked}

    def described_elsewhere(self, records: Iterable[str]) -> Mapping[str, str]:
        """Return the records that another graph describes, each with one such graph."""
        return self._elsewhere("described-elsewhere", records)

    def required_elsewhere(self, records: Iterable[str]) -> Mapping[str, str]:
        """Return the records that another graph states prerequisites of, each with one such graph."""
        return self._elsewhere("required-elsewhere", records)

    def _elsewhere(self, name: str, records: Iterable[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for batch in batched(records, _BATCH):
            text = bind(self._queries[name], {"record": batch, "left_out": [self._left_out]})
            found |= {row["record"].value: row["graph"].value for row in self._store.select(text).rows}
        return found

    def _ask(self, iris: Sequence[str]) -> None:
        types: dict[str, list[str]] = {iri: [] for iri in iris}
        schemes: dict[str, list[str]] = {iri: [] for iri in iris}
        left_out = [self._left_out] if self._left_out else []
        text = bind(self._queries["known-types"], {"thing": iris, "left_out": left_out})
        for row in self._store.select(text).rows:
            thing = row["thing"].value
            if "type" in row:
                types[thing].append(row["type"].value)
            if "scheme" in row:
                schemes[thing].append(row["scheme"].value)
        for iri in iris:
            self._known[iri] = (tuple(types[iri]), tuple(schemes[iri]))


def batched(items: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield the items in tuples of `size`; the last may be shorter."""
    waiting = iter(items)
    while batch := tuple(islice(waiting, size)):
        yield batch

"""Keeps releases in a remote engine: each a set of graphs of its own, and a pointer that moves in one step.

Graph `{B}/releases` announces releases and says whose turn it is: the highest turn serves, so that moving the pointer
is adding one statement. Graph `{B}/releases/7` describes release 7, whose graphs are `{B}/releases/7/graph/…`, or those
of an earlier release where nothing has changed since. One more graph, `{B}/releases/7/default`, holds what all of them
state, each statement once: it is the default graph of a query, since engines count a statement of two graphs twice.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from ..errors import NotFound, StoreUnavailable
from ..rdf.media_types import N_TRIPLES
from ..rdf.namespaces import DCTERMS, SCHEMA, SD, SPDX, VOID, XSD
from ..rdf.statements import Row, Triple
from ..rdf.syntax import text_from_triples
from ..rdf.terms import Term
from ..resources import QUERIES
from ..settings import Settings
from ..sparql.binding import bind
from ..sparql.named_queries import load_queries
from ..store.graph_store_client import GraphStore
from ..store.graph_table import read_table
from ..store.oxigraph import EVERY_GRAPH
from ..store.remote import RemoteGraphs, RemoteStore
from ..store.statement_store import StatementStore
from ..work_store.folder import WorkFolder
from .engine_state import note_sent
from .releases import Release

Progress = Callable[[str], None]

_CHECKSUM = SPDX + "checksumValue"
_DEFAULT_GRAPH = SD + "defaultGraph"
_POSITION = SCHEMA + "position"
_LINES = 50_000
_LOOK_SECONDS = 1.0
_ABSOLUTE = "%3A"  # in the place of a graph whose name does not begin with the base URL
_FEWEST_KEPT = 2  # a reader may still answer from the one before


@dataclass(frozen=True, slots=True)
class EngineRelease:
    """A release that an engine holds whole, and its graphs there."""

    number: int
    tag: str
    created: datetime
    graphs: RemoteGraphs


class EngineReleases:
    """What an engine holds. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = f"{settings.base_url}/releases"
        self._queries = load_queries(QUERIES / "engine")
        self._store = RemoteStore(settings.store, settings.query_seconds, settings.store_token)
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._mark = WorkFolder(settings.data).sent
        self._seen = 0
        self._serving: EngineRelease | None = None
        self._failure = ""
        self._known: dict[int, EngineRelease] = {}

    def serving(self) -> EngineRelease | None:
        """Return the release that serves; None when the engine was filled by other means.

        Looks once a second, and at once when a release was sent from this data directory. Who waits while somebody
        else looks is told what that one found, be it that the engine does not answer.

        Raises:
            StoreUnavailable: the engine does not answer.
        """
        asked = time.monotonic()
        with self._lock:
            sent = self._last_sent()
            due = asked > self._looked + (0 if self._failure else _LOOK_SECONDS)
            if due or sent != self._seen:
                self._serving, self._failure = None, ""
                try:
                    places = self._places()
                    number = max(places, key=lambda each: places[each]) if places else None
                    self._serving = None if number is None else self._known.get(number) or self.release(number)
                except StoreUnavailable as error:
                    self._failure = str(error)
                self._looked, self._seen = time.monotonic(), sent
            if self._failure:
                raise StoreUnavailable(self._failure)
            return self._serving

    def _last_sent(self) -> int:
        try:
            return self._mark.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def release(self, number: int) -> EngineRelease:
        """Return a release.

        Raises:
            NotFound: the engine does not hold it, or not whole.
        """
        said = self._said(number)
        tag, created = said.get(DCTERMS + "identifier"), said.get(DCTERMS + "issued")
        if not tag or not created:
            self._known.pop(number, None)
            raise NotFound(f"the engine holds no release {number}")
        moment = datetime.fromisoformat(created[0]).astimezone(UTC)
        rows = self._rows("overlaps", release=self._term(number).value)
        graphs = RemoteGraphs(
            tuple(said.get(VOID + "subset", ())),
            next(iter(said.get(_DEFAULT_GRAPH, ())), ""),
            frozenset(frozenset((row["graph"].value, row["other"].value)) for row in rows),
        )
        found = EngineRelease(number, tag[0], moment, graphs)
        self._known[number] = found
        return found

    def store(self, release: EngineRelease) -> RemoteStore:
        """Return one release as a store: its default graph is what its graphs state, and no others."""
        own = {self._place(name): name for name in release.graphs.named}

        def rename(graph: str) -> str:
            name = engine_graph(self._settings.base_url, release.number, graph)
            return own.get(self._place(name), name)

        settings = self._settings
        names = {self._name_here(place): name for place, name in own.items()}
        return RemoteStore(settings.store, settings.query_seconds, settings.store_token, release.graphs, rename, names)

    def push(self, release: Release, progress: Progress = lambda _: None) -> None:
        """Send a release to the engine and let it serve; what is there already is not sent again.

        A failure leaves the release serving that did; to do it again is safe.

        Raises:
            StoreUnavailable: the engine does not answer, refuses, or holds something else than was sent.
        """
        graphs = GraphStore(self._settings)
        try:
            if not self._holds(release):
                self._send(release, graphs, progress)
            last = max(self._places().values(), default=0)
            position = Term("literal", str(last + 1), None, XSD + "integer")
            graphs.add(self._registry, _lines(Triple(self._term(release.number), _POSITION, position)))
            note_sent(self._settings)
            progress("pruning")
            self._prune(release.number, graphs)
        finally:
            graphs.close()

    def _holds(self, release: Release) -> bool:
        try:
            return self.release(release.number).tag == release.tag
        except NotFound:
            return False

    def _send(self, release: Release, graphs: GraphStore, progress: Progress) -> None:
        number, about = release.number, self._term(release.number)
        store = StatementStore.read_only(release.path / "store")
        try:
            there = self._graphs_there()
            parts = []
            to_send: dict[str, str] = {}
            names: dict[str, str] = {}
            # A release of before its store kept a default graph goes as it is: the union answers, as it did.
            for graph in (*store.graphs(), *([EVERY_GRAPH] if store.keeps_default_graph else ())):
                progress(f"comparing {graph or 'the default graph'}")
                size, checksum = _checksum(store.lines(graph))
                name = engine_graph(self._settings.base_url, number, graph) if graph else f"{about.value}/default"
                same = there.get((self._place(name), checksum))
                if same is not None and self._size(same) == size:
                    name = same
                else:
                    to_send[graph] = name
                names[graph] = name
                parts.append(Triple(about, VOID + "subset" if graph else _DEFAULT_GRAPH, Term("iri", name)))
                parts.append(Triple(Term("iri", name), _CHECKSUM, Term("literal", checksum)))
            table = read_table(release.path)
            for one, other in map(sorted, table.overlaps if table else ()):
                parts.append(Triple(Term("iri", names[one]), DCTERMS + "relation", Term("iri", names[other])))
            graphs.put(about.value, _lines(*parts))
            graphs.add(self._registry, _lines(Triple(Term("iri", self._registry), DCTERMS + "hasPart", about)))
            for graph, name in to_send.items():
                progress(f"sending {graph or 'the default graph'}")
                sent = self._send_graph(store, graph, name, graphs)
                held = self._size(name)
                if held != sent:
                    raise StoreUnavailable(f"the engine holds {held} statements of {name} and was sent {sent}")
            created = Term("literal", release.about["created"], None, XSD + "dateTime")
            tag = Triple(about, DCTERMS + "identifier", Term("literal", release.tag))
            graphs.add(about.value, _lines(tag, Triple(about, DCTERMS + "issued", created)))
        finally:
            store.close()

    def _graphs_there(self) -> Mapping[tuple[str, str], str]:
        """Return the graphs of releases that are held whole, by their place in a release and their checksum."""
        numbers = {self._number(row["release"].value) for row in self._registry_rows()}
        rows = (row for number in numbers for row in self._rows("graphs", release=self._term(number).value))
        return {(self._place(row["graph"].value), row["checksum"].value): row["graph"].value for row in rows}

    def _size(self, graph: str) -> int:
        return int(self._rows("size", graph=graph)[0]["count"].value)

    def _send_graph(self, store: StatementStore, graph: str, name: str, graphs: GraphStore) -> int:
        send, sent = graphs.put, 0
        with_blanks: list[bytes] = []
        waiting: list[bytes] = []
        for line in store.lines(graph):
            sent += 1
            # A blank node means the same only within one message.
            blank = line.startswith(b"_:") or b" _:" in line.rpartition(b"> ")[2]
            (with_blanks if blank else waiting).append(line)
            if len(waiting) >= _LINES:
                send(name, waiting)
                send, waiting = graphs.add, []
        send(name, [*waiting, *with_blanks])
        return sent

    def _prune(self, serving: int, graphs: GraphStore) -> None:
        known = sorted({self._number(row["release"].value) for row in self._registry_rows()})
        said = {number: self._said(number) for number in known}
        subsets = {
            number: {*said[number].get(VOID + "subset", ()), *said[number].get(_DEFAULT_GRAPH, ())} for number in known
        }
        for number in known[: -max(self._settings.keep_releases, _FEWEST_KEPT)]:
            if number == serving or not subsets[number]:
                continue
            graphs.delete(self._term(number).value)  # first, so that nobody finds it any more
            gone = subsets.pop(number)
            for name in sorted(gone.difference(*subsets.values())):
                graphs.delete(name)

    def _places(self) -> Mapping[int, int]:
        """Return the place of each release in the order of those that were made to serve."""
        found: dict[int, int] = {}
        for row in self._registry_rows():
            if "turn" in row:
                number = self._number(row["release"].value)
                found[number] = max(found.get(number, 0), int(row["turn"].value))
        return found

    def _registry_rows(self) -> Sequence[Row]:
        return self._rows("registry", registry=self._registry)

    def _said(self, number: int) -> Mapping[str, Sequence[str]]:
        said: dict[str, list[str]] = {}
        for row in self._rows("release", release=self._term(number).value):
            said.setdefault(row["property"].value, []).append(row["value"].value)
        return said

    def _rows(self, name: str, **arguments: str) -> Sequence[Row]:
        return self._store.select(bind(self._queries[name], {key: (value,) for key, value in arguments.items()})).rows

    def _term(self, number: int) -> Term:
        return Term("iri", f"{self._registry}/{number}")

    def _place(self, graph: str) -> str:
        """Return what follows the number of the release in the engine's name of a graph."""
        return graph.removeprefix(f"{self._registry}/").partition("/")[2]

    def _name_here(self, place: str) -> str:
        """Return what the catalogue calls a graph by its place in a release; the other way round: `engine_graph`."""
        name = place.partition("/")[2]
        return unquote(name) if _ABSOLUTE in name else f"{self._settings.base_url}/graph/{name}"

    def _number(self, release: str) -> int:
        return int(release.removeprefix(f"{self._registry}/"))


def engine_graph(base_url: str, number: int, graph: str) -> str:
    """Return the name that a graph of a release has in an engine.

    >>> engine_graph("http://localhost:8000", 7, "http://localhost:8000/graph/esco")
    'http://localhost:8000/releases/7/graph/esco'
    """
    own = f"{base_url}/graph/"
    name = graph.removeprefix(own) if graph.startswith(own) else quote(graph, safe="")
    return f"{base_url}/releases/{number}/graph/{name}"


def _checksum(lines: Iterable[bytes]) -> tuple[int, str]:
    """Return how many lines there are, and their SHA-256; a store gives those of a graph in one order."""
    size, digest = 0, hashlib.sha256()
    for line in lines:
        size += 1
        digest.update(line)
    return size, digest.hexdigest()


def _lines(*triples: Triple) -> Iterator[bytes]:
    yield text_from_triples(triples, N_TRIPLES)

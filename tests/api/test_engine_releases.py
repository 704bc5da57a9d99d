"""Releases in a remote engine: published there, switched in one step, kept, pruned, and retried after a failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from service.app import create_app
from service.errors import BadRequest, NotFound, StoreUnavailable
from service.releases.engine import EngineReleases, engine_graph
from service.releases.readers import Readers
from service.releases.releases import Releases
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.store.graph_store_client import GraphStore
from service.store.remote import RemoteStore
from tests.api.test_releases import BASE, FIRST, MC, SECOND, THIRD, graphs
from tests.conftest import ROOT
from tests.support.engines import empty_engine
from tests.support.serving import publish

TITLES = f"SELECT DISTINCT ?t WHERE {{ ?c a <{MC}MicroCredential> ; <http://purl.org/dc/terms/title> ?t }}"
SETS = {
    1: {"Same", "Part", "Linked", "Gone"},
    2: {"Same", "Part", "Linked", "Gone", "New"},
    3: {"Same", "Part", "Linked", "New"},
}


@pytest.fixture(scope="module", params=["oxigraph-server", "virtuoso"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """The settings that lead to an empty engine that may be written to."""
    with empty_engine(request.param, tmp_path_factory.mktemp(request.param)) as settings:
        yield settings


@pytest.fixture(scope="module")
def settings(engine: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three releases as files and in the engine, where the last one serves."""
    settings = Settings(data=tmp_path_factory.mktemp("pushed") / "var", workers=1, **engine)  # type: ignore[arg-type]
    for records in (FIRST, SECOND, THIRD):
        EngineReleases(settings).push(publish(settings, graphs(records)))
    return settings


def titles(settings: Settings, number: int | None = None) -> tuple[int, set[str]]:
    readers = Readers(settings, load_queries())
    reader = readers.current() if number is None else readers.at(number)
    return reader.number, {row["t"].value for row in reader.store.select(TITLES).rows}


def test_each_release_answers_from_its_own_graphs_and_no_others(settings: Settings) -> None:
    assert titles(settings) == (3, SETS[3])
    for number, expected in SETS.items():
        assert titles(settings, number) == (number, expected)
    with pytest.raises(NotFound):
        titles(settings, 9)


def test_service_over_the_engine_follows_the_pointer(settings: Settings) -> None:
    with TestClient(create_app(settings), base_url=BASE) as client:
        answer = client.get("/api/v1/credentials")
        assert answer.json()["total"] == len(SETS[3])
        assert answer.headers["x-pinoamo-release"] == "3"
        assert "last-modified" in answer.headers
        again = client.get("/api/v1/credentials", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        old = client.get("/api/v1/credentials?release=1")
        assert (old.json()["total"], old.headers["x-pinoamo-release"]) == (len(SETS[1]), "1")
        assert "immutable" in old.headers["cache-control"]
        assert client.get("/health/ready").json() == {"status": "ready", "release": 3}
        query = {"query": TITLES, "release": "2"}
        rows = client.get("/sparql", params=query).json()["results"]["bindings"]
        assert {row["t"]["value"] for row in rows} == SETS[2]
        own = client.get("/sparql", params={"query": TITLES, "default-graph-uri": f"{BASE}/graph/test"}).json()
        assert {row["t"]["value"] for row in own["results"]["bindings"]} == SETS[3]
        none = client.get("/sparql", params={"query": TITLES, "default-graph-uri": f"{BASE}/graph/none"}).json()
        assert none["results"]["bindings"] == []
        assert client.get("/dumps/3/").status_code == 200
        assert client.get("/changes?since=2").json()["counts"] == {"added": 0, "changed": 1, "removed": 1}


def rows(client: TestClient, **parameters: str) -> int:
    """Return how many rows a query has, 0 when it is refused."""
    answer = client.get("/sparql", params=parameters)
    return len(answer.json()["results"]["bindings"]) if answer.status_code == 200 else 0


IN_GRAPH = f"SELECT ?s {{ GRAPH <{BASE}/graph/test> {{ ?s a ?type }} }}"
FROM = f"SELECT ?s FROM <{BASE}/graph/test> {{ ?s a ?type }}"
ANY = "SELECT ?s { ?s a ?type }"
CAPABILITIES: dict[str, Callable[[TestClient], bool]] = {
    "named queries, REST": lambda client: client.get("/api/v1/credentials").json()["total"] == len(SETS[3]),
    "pages": lambda client: client.get("/en/search").status_code == 200,
    "linked data, in every RDF format": lambda client: client.get("/doc/credential/same.ttl").status_code == 200,
    "SPARQL queries": lambda client: rows(client, query=ANY) > 0,
    "`default-graph-uri`, `named-graph-uri`": lambda client: (
        rows(client, query=ANY, **{"default-graph-uri": f"{BASE}/graph/none"}) == 0
        and rows(client, query=ANY, **{"default-graph-uri": f"{BASE}/graph/test"}) > 0
        and rows(client, query="SELECT ?s { GRAPH ?g { ?s a ?type } }", **{"named-graph-uri": f"{BASE}/graph/test"}) > 0
    ),
    "`GRAPH` and `FROM` with the names of the catalogue": lambda client: (
        min(rows(client, query=IN_GRAPH), rows(client, query=FROM)) > 0
    ),
    "`?release=N`": lambda client: client.get("/api/v1/credentials?release=2").status_code == 200,
    "`ETag`, 304, `Last-Modified`": lambda client: (
        {"etag", "last-modified"} <= set(client.get("/api/v1/credentials").headers)
    ),
    "dumps, comparison of releases, change feed": lambda client: client.get("/changes?since=2").status_code == 200,
    "410 for what was removed": lambda client: client.get("/id/credential/gone").status_code == 410,
    "VoID at `/void`": lambda client: client.get("/void").status_code == 200,
    "reading graphs at `/graphs`": lambda client: (
        client.get("/graphs", params={"graph": f"{BASE}/graph/test"}).status_code == 200
    ),
    "writing by `PUT` and `DELETE`": lambda client: (
        client.delete(
            "/api/v1/credentials/never", headers={"Authorization": f"Bearer {KEY}", "If-Match": "*"}
        ).status_code in (404, 412)
    ),
}  # fmt: skip
KEY = "a-key-that-is-long-enough-for-this"
COLUMNS = ("embedded", "oxigraph-server", "virtuoso")


def documented(column: str) -> dict[str, bool]:
    """Return what the matrix in the documentation says of an engine."""
    text = (ROOT / "docs" / "engines.md").read_text("utf-8").partition("## What each engine can do")[2]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    position = [heading.lower().replace(" ", "-") for heading in table[0]].index(column)
    return {row[0]: row[position] == "yes" for row in table[2:]}


@pytest.fixture(scope="module")
def three(settings: Settings) -> Iterator[TestClient]:
    """The service over the engine, where release 3 serves."""
    EngineReleases(settings).push(Releases(settings.data).release(3))
    keyed = settings.model_copy(update={"write_key": SecretStr(KEY)})
    with TestClient(create_app(keyed), base_url=BASE) as client:
        yield client


def test_graphs_have_the_names_of_the_catalogue_in_queries_and_answers(three: TestClient) -> None:
    def graphs_of(query: str) -> set[str]:
        answer = three.get("/sparql", params={"query": query})
        return {row["g"]["value"] for row in answer.json()["results"]["bindings"]}

    test = f"{BASE}/graph/test"
    everything = graphs_of("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    assert test in everything
    assert not [name for name in everything if "/releases/" in name]
    assert graphs_of(f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g = <{test}>) }}") == {test}
    assert graphs_of(f"SELECT DISTINCT ?g {{ VALUES ?g {{ <{test}> }} GRAPH ?g {{ ?s ?p ?o }} }}") == {test}
    assert graphs_of(f"SELECT DISTINCT ?g FROM NAMED <{test}> {{ GRAPH ?g {{ ?s ?p ?o }} }}") == {test}
    assert graphs_of("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } FILTER(?g = </graph/test>) }") == {test}


def test_matrix_says_what_the_engine_can_do(three: TestClient, request: pytest.FixtureRequest) -> None:
    found = {name: can(three) for name, can in CAPABILITIES.items()}
    assert found == documented(request.node.callspec.params["engine"])


def test_matrix_says_what_the_embedded_store_can_do(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", workers=1, write_key=SecretStr(KEY))
    for records in (FIRST, SECOND, THIRD):
        publish(settings, graphs(records))
    with TestClient(create_app(settings), base_url=BASE) as client:
        assert {name: can(client) for name, can in CAPABILITIES.items()} == documented("embedded")


def test_roll_back_moves_the_pointer_without_sending_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nothing need be sent")

    published = Releases(settings.data)
    with monkeypatch.context() as patch:
        patch.setattr(GraphStore, "put", refuse)
        EngineReleases(settings).push(published.release(1))
        assert titles(settings) == (1, SETS[1])
        EngineReleases(settings).push(published.release(3))
    assert titles(settings) == (3, SETS[3])


def fail_after(monkeypatch: pytest.MonkeyPatch, messages: int) -> None:
    """Let the engine be gone after so many messages."""
    send, sent = GraphStore._send, iter(range(messages))

    def sending(self: GraphStore, method: str, graph: str, body: bytes | None = None) -> None:
        if next(sent, None) is None:
            raise StoreUnavailable("the engine is gone")
        send(self, method, graph, body)

    monkeypatch.setattr(GraphStore, "_send", sending)


def test_publication_that_fails_at_any_message_leaves_the_last_release_and_can_be_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {graph: f"{text}\n<urn:a> <urn:p> <urn:b> ." for graph, text in graphs(FIRST).items()}
    release = publish(settings, new)
    messages = 0
    while True:
        with monkeypatch.context() as patch:
            fail_after(patch, messages)
            try:
                EngineReleases(settings).push(release)
                break
            except StoreUnavailable:
                number, found = titles(settings)
                assert found == SETS[1] if number == release.number else (number, found) == (3, SETS[3])
                messages += 1
    assert messages >= 5
    assert titles(settings) == (release.number, SETS[1])


def test_readers_of_other_processes_see_whole_releases_while_one_is_published(settings: Settings) -> None:
    readers = Readers(settings, load_queries())
    release = publish(settings, graphs(SECOND))
    engine, seen = EngineReleases(settings), set()

    def look(_: str) -> None:
        reader = readers.current()
        found = frozenset(row["t"].value for row in reader.store.select(TITLES).rows)
        seen.add((reader.number, found == SETS[2] if reader.number == release.number else found == SETS[1]))

    engine.push(release, look)
    until(lambda: readers.current().number == release.number)
    look("")
    assert {whole for _, whole in seen} == {True}
    assert release.number in {number for number, _ in seen}


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 600
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_old_releases_are_pruned_with_all_their_graphs(settings: Settings) -> None:
    few = settings.model_copy(update={"keep_releases": 1})
    release = publish(few, graphs(THIRD))
    EngineReleases(few).push(release)
    assert titles(settings) == (release.number, SETS[3])
    assert titles(settings, release.number - 1)[1] == SETS[2], "a reader may still answer from it"
    with pytest.raises(NotFound):
        titles(settings, 1)
    query = f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{BASE}/releases/")) }}'
    there = {row["g"].value for row in RemoteStore(settings.store, 60).select(query).rows}
    kept = [EngineReleases(few).release(number) for number in (release.number, release.number - 1)]
    assert there == {
        name for each in kept for name in (f"{BASE}/releases/{each.number}", *each.graphs.named, each.graphs.merged)
    }


def test_graph_that_has_not_changed_is_used_again_for_as_long_as_a_release_needs_it(
    engine: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "http://again.example"
    settings = Settings(data=tmp_path / "var", base_url=base, keep_releases=1, **engine)  # type: ignore[arg-type]
    fixed, moving, sent = f"{base}/graph/fixed", f"{base}/graph/moving", list[tuple[str, str]]()
    send = GraphStore._send

    def noting(self: GraphStore, method: str, graph: str, body: bytes | None = None) -> None:
        sent.append((method, graph))
        send(self, method, graph, body)

    monkeypatch.setattr(GraphStore, "_send", noting)

    def push(version: int, words: str = "always") -> set[tuple[str, str]]:
        sent.clear()
        texts = {fixed: f'<urn:f> <urn:p> "{words}" .', moving: f'<urn:m> <urn:p> "{version}" .'}
        EngineReleases(settings).push(publish(settings, texts))
        return {each for each in sent if "/graph/" in each[1]}

    def said(number: int, graph: str) -> set[str]:
        found = EngineReleases(settings)
        asked = found.store(found.release(number)).over([graph], None)
        return {row["o"].value for row in asked.select("SELECT ?o { ?s <urn:p> ?o }").rows}

    def name(number: int, graph: str) -> str:
        return engine_graph(base, number, graph)

    assert {("PUT", name(1, fixed)), ("PUT", name(1, moving))} <= push(1)
    assert ("PUT", name(2, fixed)) not in push(2)
    assert [said(2, fixed), said(2, moving)] == [{"always"}, {"2"}]
    third = push(3)
    assert ("DELETE", name(1, moving)) in third
    assert ("DELETE", name(1, fixed)) not in third, "releases 2 and 3 need it"
    assert said(3, fixed) == {"always"}
    GraphStore(settings).delete(name(1, fixed))
    assert ("PUT", name(4, fixed)) in push(4), "the engine has lost it"
    assert said(4, fixed) == {"always"}
    assert ("PUT", name(5, fixed)) in push(5, "changed")
    assert ("DELETE", name(4, fixed)) in push(6, "changed")
    assert [said(6, fixed), said(6, moving)] == [{"changed"}, {"6"}]


def test_statement_of_two_graphs_counts_once(engine: dict[str, object], tmp_path: Path) -> None:
    # Virtuoso 7.2 and the server of Oxigraph 0.5 count it twice when both graphs are the default graph.
    base = "http://once.example"
    settings = Settings(data=tmp_path / "var", base_url=base, **engine)  # type: ignore[arg-type]
    one, other, apart = (f"{base}/graph/{name}" for name in ("one", "other", "apart"))
    shared = '<urn:s> <urn:p> <urn:t> .\n<urn:t> <urn:p> "v" .'
    EngineReleases(settings).push(publish(settings, {one: shared, other: shared, apart: '<urn:x> <urn:p> "x" .'}))
    store = Readers(settings, load_queries()).current().store
    assert isinstance(store, RemoteStore)
    path = "SELECT (COUNT(*) AS ?n) %s { ?s <urn:p>/<urn:p> ?o }"
    every = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"

    def count(store: RemoteStore, query: str) -> int:
        return int(store.select(query).rows[0]["n"].value)

    assert [count(store, path % ""), count(store, every), count(store, named)] == [1, 3, 5]
    assert count(store.over([one, other, apart, one], None), every) == 3
    assert count(store.over([one, apart, one], None), every) == 3
    assert count(store.over([one], [one, other, apart]), named) == 5
    with pytest.raises(BadRequest, match="state some of the same"):
        store.over([one, other], None)
    clauses = [f"FROM <{engine_graph(base, 1, graph)}>" for graph in (one, other, apart)]
    assert count(store.over_clauses(path % clauses[0]), path % clauses[0]) == 1
    store.over_clauses(path % f"{clauses[1]} {clauses[2]}")
    with pytest.raises(BadRequest, match="state some of the same"):
        store.over_clauses(path % f"{clauses[0]} {clauses[1]}")


def test_demo_is_held_whole_and_apart_from_other_catalogues(settings: Settings, demo_settings: Settings) -> None:
    # What was sent is counted there: push would fail if the engine had lost or merged a statement.
    other = settings.model_copy(update={"data": demo_settings.data, "base_url": "http://other.example"})
    EngineReleases(other).push(Releases(demo_settings.data).release(1))
    readers, ours = Readers(other, load_queries()), Readers(demo_settings, load_queries())
    assert readers.current().catalogue.statistics() == ours.current().catalogue.statistics()
    ours.close()
    assert titles(settings)[1] == SETS[3]


def test_engine_that_refuses_is_told(settings: Settings) -> None:
    wrong = settings.model_copy(update={"store_graphs": settings.store_graphs.rpartition("/")[0] + "/nowhere"})
    with pytest.raises(StoreUnavailable, match="refused POST with 4"):
        EngineReleases(wrong).push(Releases(settings.data).releases()[-1])


def test_engine_that_is_gone_is_not_ready(settings: Settings) -> None:
    gone = settings.model_copy(update={"store": "http://127.0.0.1:9/sparql"})
    with TestClient(create_app(gone), base_url=BASE) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503

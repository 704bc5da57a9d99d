"""Public queries when another engine holds the data: the same rules, proved with a real Oxigraph server."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.errors import ServiceError
from service.settings import Settings
from service.store.oxigraph import OxigraphStore
from service.workers.query_task import QueryTask
from service.workers.remote_queries import RemoteQueries
from tests.support.engines import oxigraph_server

BASE = "http://data.example"
SELECT = "SELECT ?o WHERE { <http://e/a> <http://e/p> ?o }"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("engine")
    nquads = folder / "data.nq"
    nquads.write_text('<http://e/a> <http://e/p> "x"@fi <http://e/g> .\n', encoding="utf-8")
    with oxigraph_server(folder, nquads) as endpoint:
        settings = Settings(data=Path(folder, "var"), base_url=BASE, store=endpoint, query_rows=100)
        with TestClient(create_app(settings)) as found:
            yield found


def query(client: TestClient, text: str, accept: str = "*/*", **parameters: str) -> httpx.Response:
    return client.get("/sparql", params={"query": text, **parameters}, headers={"Accept": accept})


@pytest.mark.parametrize(
    ("text", "accept", "expected"),
    [
        (SELECT, "text/csv", "o\r\nx\r\n"),
        (SELECT, "text/tab-separated-values", '?o\n"x"@fi\n'),
        ("ASK { ?s ?p ?o }", "*/*", '{"head":{},"boolean":true}\n'),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples", '<http://e/a> <http://e/p> "x"@fi .\n'),
    ],
)
def test_every_form_is_answered(client: TestClient, text: str, accept: str, expected: str) -> None:
    assert query(client, text, accept).text == expected


@pytest.mark.parametrize(
    ("text", "accept", "status"),
    [
        ("SELECT * WHERE {", "*/*", 400),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "*/*", 400),
        (r"SELECT * { \u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "*/*", 400),
        ("INSERT DATA { <http://e/a> <http://e/b> 1 }", "*/*", 400),
        (SELECT, "text/turtle", 406),
    ],
)
def test_bad_queries_are_refused(client: TestClient, text: str, accept: str, status: int) -> None:
    assert query(client, text, accept).status_code == status


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"default-graph-uri": "http://e/g"}, "o\r\nx\r\n"),
        ({"default-graph-uri": "http://e/other"}, "o\r\n"),
        ({"named-graph-uri": "http://e/g"}, "o\r\n"),
    ],
)
def test_graph_parameters_are_handed_on(client: TestClient, parameters: dict[str, str], expected: str) -> None:
    assert query(client, SELECT, "text/csv", **parameters).text == expected


def test_rows_beyond_the_limit_are_announced(client: TestClient) -> None:
    values = " ".join(str(number) for number in range(101))
    answer = query(client, f"SELECT * {{ VALUES ?x {{ {values} }} }}")
    assert answer.headers["x-pinoamo-truncated"] == "rows=100"
    assert len(answer.json()["results"]["bindings"]) == 100


def test_nothing_is_kept_unchecked_since_the_data_may_change_unseen(client: TestClient) -> None:
    answer = query(client, SELECT)
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"


def test_service_description_names_the_endpoint(client: TestClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "application/n-triples"})
    assert f"<{BASE}/sparql>" in answer.text


class _Holding(BaseHTTPRequestHandler):
    """An engine that answers nothing until it is let go."""

    asked, let_go = threading.Event(), threading.Event()
    waits: ClassVar[list[bool]] = []

    def do_POST(self) -> None:
        self.asked.set()
        self.waits.append(self.let_go.wait(5))  # the service waits for ten
        self.send_error(503)

    do_GET = do_POST  # noqa: N815  # the name that http.server asks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("path", ["credentials/x/skills", "occupations/x/skills", "suggest?q=data"])
def test_engine_that_is_slow_holds_nobody_else(tmp_path: Path, path: str) -> None:
    for event in (_Holding.asked, _Holding.let_go):
        event.clear()
    _Holding.waits.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Holding) as engine:
        threading.Thread(target=engine.serve_forever, daemon=True).start()
        settings = Settings(data=tmp_path, base_url=BASE, store=f"http://127.0.0.1:{engine.server_port}/sparql")
        with TestClient(create_app(settings)) as client, ThreadPoolExecutor(1) as pool:
            asking = pool.submit(client.get, f"/api/v1/{path}")
            assert _Holding.asked.wait(20)
            assert client.get("/health/live").status_code == 200
            _Holding.let_go.set()
            assert asking.result().status_code == 503
        engine.shutdown()
    assert all(_Holding.waits)


def test_query_that_fails_leaves_no_file_open() -> None:
    store, task = OxigraphStore.in_memory(), QueryTask("", "ASK { ?s ?p ?o }", accept="image/png")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(ServiceError):
            asyncio.run(RemoteQueries(Settings()).run(task, store))
        gc.collect()
    assert told == []

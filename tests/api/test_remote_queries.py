"""Public queries when another engine holds the data: the same rules, proved with a real Oxigraph server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.engines import oxigraph_server

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

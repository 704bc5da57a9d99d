"""The 34 cases of the W3C test suite for the SPARQL 1.1 Protocol, against a running server.

Source: https://www.w3.org/2009/sparql/docs/tests/data-sparql11/protocol/ – the cases by their names there. What they
ask is asked here of graphs of our own, since only those below the base URL can be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from service.settings import Settings
from tests.conftest import PATIENCE
from tests.support.serving import publish, running

pytestmark = pytest.mark.system

BASE = "http://data.example"
KEY = "a-key-that-is-long-enough-for-this"
D1, D2, D3 = (f"{BASE}/graph/data{number}" for number in (1, 2, 3))
TARGET = f"{BASE}/graph/protocol-update-dataset-test"
DOCUMENT = "http://xmlns.com/foaf/0.1/Document"
RESOURCE = "http://purl.org/dc/terms/BibliographicResource"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}
UPDATE = {"Content-Type": "application/sparql-update"}
RESULTS = ("application/sparql-results+xml", "application/sparql-results+json")
GRAPHS = ("application/rdf+xml", "text/turtle", "application/n-triples")
Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data: Path = tmp_path_factory.mktemp("data")
    settings = Settings(
        data=data,
        base_url=BASE,
        workers=1,
        write_key=SecretStr(KEY),
        keep_releases=100,
        vocabularies="http://e/ http://xmlns.com/foaf/0.1/",
        **PATIENCE,
    )
    publish(settings, {graph: f"<{graph}> <{TYPE}> <{DOCUMENT}> ." for graph in (D1, D2, D3)})
    with running(settings) as address, httpx.Client(base_url=address, timeout=120) as found:
        yield found


def truth(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] in (*RESULTS, "application/json")
    found: bool = answer.json()["boolean"]
    return found


# --- queries ----------------------------------------------------------------------------------------------------------


def test_query_get(client: httpx.Client) -> None:
    assert truth(client.get("/sparql?query=ASK%20%7B%7D"))


def test_query_post_form(client: httpx.Client) -> None:
    assert truth(client.post("/sparql", content="query=ASK%20%7B%7D", headers=FORM))


def test_query_post_direct(client: httpx.Client) -> None:
    assert truth(client.post("/sparql", content="ASK {}", headers=QUERY))


BOTH = f"ASK {{ <{D1}> ?p ?o . <{D2}> ?p ?o }}"
NAMED = f"ASK {{ GRAPH ?g1 {{ <{D1}> a <{DOCUMENT}> }} GRAPH ?g2 {{ <{D2}> a <{DOCUMENT}> }} FILTER(?g1 != ?g2) }}"
FULL = f"ASK {{ <{D3}> a <{DOCUMENT}> . {NAMED.removeprefix('ASK { ')}"
DATASETS: Mapping[str, tuple[str, Pairs]] = {
    "query_dataset_default_graphs": (BOTH, [("default-graph-uri", D1), ("default-graph-uri", D2)]),
    "query_dataset_named_graphs": (NAMED, [("named-graph-uri", D1), ("named-graph-uri", D2)]),
    "query_dataset_full": (FULL, [("default-graph-uri", D3), ("named-graph-uri", D1), ("named-graph-uri", D2)]),
}


@pytest.mark.parametrize("name", ["query_dataset_default_graphs", "query_dataset_named_graphs"])
def test_query_datasets_by_get(client: httpx.Client, name: str) -> None:
    query, graphs = DATASETS[name]
    assert truth(client.get("/sparql", params=[("query", query), *graphs]))


@pytest.mark.parametrize("name", DATASETS)
def test_query_datasets_by_post(client: httpx.Client, name: str) -> None:
    query, graphs = DATASETS[name]
    assert truth(client.post("/sparql", params=graphs, content=query, headers=QUERY))
    assert not truth(client.post("/sparql", params=graphs[1:], content=query, headers=QUERY))


def test_query_multiple_dataset(client: httpx.Client) -> None:
    query = f"ASK FROM <{D1}> {{ <{D1}> a <{DOCUMENT}> }}"
    assert truth(client.get("/sparql", params={"query": query}))
    assert not truth(client.get("/sparql", params={"query": query, "default-graph-uri": D2}))


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("SELECT (1 AS ?value) {}", RESULTS),
        ("ASK {}", RESULTS),
        ("DESCRIBE <http://example.org/>", GRAPHS),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", GRAPHS),
    ],
    ids=["select", "ask", "describe", "construct"],
)
def test_query_content_type(client: httpx.Client, query: str, offered: tuple[str, ...]) -> None:
    for media_type in offered:
        answer = client.post("/sparql", content=query, headers={**QUERY, "Accept": media_type})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].partition(";")[0] == media_type


BAD: Mapping[str, tuple[str, str, Mapping[str, str], bytes]] = {
    "bad_query_method": ("PUT", "/sparql?query=ASK%20%7B%7D", {}, b""),
    "bad_multiple_queries": ("GET", "/sparql?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", {}, b""),
    "bad_query_wrong_media_type": ("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}"),
    "bad_query_missing_form_type": ("POST", "/sparql", {}, b"query=ASK%20%7B%7D"),
    "bad_query_missing_direct_type": ("POST", "/sparql", {}, b"ASK {}"),
    "bad_query_non_utf8": ("POST", "/sparql", QUERY, "ASK {} # é".encode("utf-16")),
    "bad_query_syntax": ("GET", "/sparql?query=ASK%20%7B", {}, b""),
    "bad_update_get": ("GET", "/sparql/update?update=CLEAR%20ALL", {}, b""),
    "bad_multiple_updates": ("POST", "/sparql/update", FORM, b"update=CLEAR%20NAMED&update=CLEAR%20DEFAULT"),
    "bad_update_wrong_media_type": ("POST", "/sparql/update", {"Content-Type": "text/plain"}, b"CLEAR NAMED"),
    "bad_update_missing_form_type": ("POST", "/sparql/update", {}, b"update=CLEAR%20NAMED"),
    "bad_update_non_utf8": ("POST", "/sparql/update", UPDATE, "CLEAR NAMED # é".encode("utf-16")),
    "bad_update_syntax": ("POST", "/sparql/update", FORM, b"update=CLEAR%20XYZ"),
    "bad_update_dataset_conflict": (
        "POST",
        "/sparql/update?using-named-graph-uri=http%3A%2F%2Fexample%2Fpeople",
        UPDATE,
        f"INSERT {{ GRAPH <{TARGET}> {{ ?s ?p ?o }} }} USING NAMED <{D1}> WHERE {{ ?s ?p ?o }}".encode(),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests(client: httpx.Client, name: str) -> None:
    method, address, headers, body = BAD[name]
    headers = {**headers, "Authorization": f"Bearer {KEY}"}
    answer = client.request(method, address, headers=headers, content=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# --- updates ----------------------------------------------------------------------------------------------------------


def update(client: httpx.Client, text: str, params: Pairs | None = None, **more: Any) -> None:
    headers = {**UPDATE, "Authorization": f"Bearer {KEY}"}
    answer = client.post("/sparql/update", params=params or [], content=text, headers=headers)
    assert answer.status_code == 200, answer.text


def holds(client: httpx.Client, *statements: str) -> bool:
    return truth(client.post("/sparql", content=f"ASK {{ {' '.join(statements)} }}", headers=QUERY))


def test_update_post_form(client: httpx.Client) -> None:
    body = {"update": f"CLEAR ALL ; INSERT DATA {{ GRAPH <{TARGET}> {{ <http://e/s> <http://e/p> 1 }} }}"}
    answer = client.post("/sparql/update", data=body, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200, answer.text
    assert holds(client, f"GRAPH <{TARGET}> {{ <http://e/s> <http://e/p> 1 }}")
    assert not holds(client, f"<{D1}> a <{DOCUMENT}>")


def test_update_post_direct(client: httpx.Client) -> None:
    update(client, f"CLEAR NAMED ; INSERT DATA {{ GRAPH <{TARGET}> {{ <http://e/s> <http://e/p> 2 }} }}")
    assert holds(client, f"GRAPH <{TARGET}> {{ <http://e/s> <http://e/p> 2 }}")
    assert not holds(client, "<http://e/s> <http://e/p> 1")


SETUP = (
    "CLEAR ALL ; INSERT DATA { " + " ".join(f"GRAPH <{g}> {{ <{g}> a <{DOCUMENT}> }}" for g in (D1, D2, D3)) + " } ; "
)
INTO = f"INSERT {{ GRAPH <{TARGET}> {{ ?s a <{RESOURCE}> }} }} WHERE "


def made(*graphs: str) -> list[str]:
    return [f"GRAPH <{TARGET}> {{ <{graph}> a <{RESOURCE}> }}" for graph in graphs]


@pytest.mark.parametrize(
    ("where", "params", "made_of", "not_made_of"),
    [
        (f"{{ ?s a <{DOCUMENT}> }}", [("using-graph-uri", D1)], [D1], [D2, D3]),
        (f"{{ ?s a <{DOCUMENT}> }}", [("using-graph-uri", D1), ("using-graph-uri", D2)], [D1, D2], [D3]),
        (
            f"{{ GRAPH ?g {{ ?s a <{DOCUMENT}> }} }}",
            [("using-named-graph-uri", D1), ("using-named-graph-uri", D2)],
            [D1, D2],
            [D3],
        ),
        (
            f"{{ GRAPH ?g {{ ?in a <{DOCUMENT}> }} ?s a <{DOCUMENT}> }}",
            [("using-graph-uri", D1), ("using-named-graph-uri", D2)],
            [D1],
            [D2, D3],
        ),
    ],
    ids=["default_graph", "default_graphs", "named_graphs", "full"],
)
def test_update_datasets(
    client: httpx.Client, where: str, params: Pairs, made_of: list[str], not_made_of: list[str]
) -> None:
    """The suite sets the data up in the same request, where USING names graphs of the request itself."""
    update(client, SETUP.removesuffix(" ; "))
    update(client, INTO + where, params)
    assert holds(client, *made(*made_of))
    assert not any(holds(client, *made(graph)) for graph in not_made_of)


def test_update_dataset_of_one_request(client: httpx.Client) -> None:
    update(client, SETUP + INTO + f"{{ ?s a <{DOCUMENT}> }}", [("using-graph-uri", D1)])
    assert holds(client, *made(D1))
    assert not holds(client, *made(D2))


def test_update_base_uri(client: httpx.Client) -> None:
    statement = f"GRAPH <{TARGET}> {{ <http://e/s> <http://e/p> %s }}"
    update(client, f"CLEAR GRAPH <{TARGET}> ; INSERT DATA {{ {statement % '<test>'} }}")
    answer = client.get("/sparql", params={"query": f"SELECT ?o {{ {statement % '?o'} }}"})
    [row] = answer.json()["results"]["bindings"]
    assert row["o"] == {"type": "uri", "value": f"{BASE}/sparql/test"}

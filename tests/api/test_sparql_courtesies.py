"""What clients and people get wrong or leave out, understood where its meaning is plain; and answers that are cut."""

from __future__ import annotations

import json
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from service.server import Server
from service.settings import Settings
from tests.conftest import PATIENCE
from tests.support.serving import address_of, publish, running

BASE = "http://data.example"
GRAPH = f"{BASE}/graph/one"
NAMES = "SELECT ?thing ?name WHERE { ?thing <http://e/name> ?name }"
MANY = "SELECT * { VALUES ?z { 1 2 3 4 5 6 7 8 } VALUES ?b { 1 2 3 } }"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1, query_rows=10, **PATIENCE)
    triples = "\n".join(f'<http://e/{number}> <http://e/p> "{number}" .' for number in range(20))
    publish(found, {GRAPH: f'<http://e/a> <http://e/name> "a" .\n<{BASE}/x> <http://e/p> <{BASE}/x> .\n{triples}'})
    return found


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as address, httpx.Client(base_url=address, timeout=60) as found:
        yield found


def test_relative_iris_are_read_against_the_endpoint(client: httpx.Client) -> None:
    """RFC 3986, 5.1.3 and SPARQL 1.1, 4.1.1.2; a BASE of the query goes before."""
    query = "CONSTRUCT { <s> <p> <?q> , <#f> , </a> , <http://e/abs> } WHERE {}"
    found = Graph().parse(data=client.get("/sparql", params={"query": query}).text, format="turtle")
    assert set(found.objects(URIRef(f"{BASE}/s"), URIRef(f"{BASE}/p"))) == {
        URIRef(f"{BASE}/sparql?q"), URIRef(f"{BASE}/sparql#f"), URIRef(f"{BASE}/a"), URIRef("http://e/abs")
    }  # fmt: skip
    own = client.get("/sparql", params={"query": f"BASE <http://e/> {query}", "format": "nt"}).text
    assert "<http://e/s> <http://e/p> <http://e/a> ." in own
    [row] = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o FILTER(?o IN(1,<x>)) }"}).json()["results"][
        "bindings"
    ]
    assert row["s"]["value"] == f"{BASE}/x"


def test_a_byte_order_mark_is_dropped(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": "\ufeff" + NAMES}).status_code == 200
    body = ("\ufeff" + NAMES).encode()
    assert client.post("/sparql", content=body, headers={"Content-Type": "application/sparql-query"}).status_code == 200


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
def test_an_empty_graph_parameter_names_no_graph(client: httpx.Client, name: str) -> None:
    """Forms of HTML send every field, also the empty ones."""
    answer = client.get("/sparql", params={"query": NAMES, name: ""})
    assert len(answer.json()["results"]["bindings"]) == 1


@pytest.mark.parametrize(
    ("query", "root"),
    [(NAMES, "{http://www.w3.org/2005/sparql-results#}sparql"), ("ASK {}", "{http://www.w3.org/2005/sparql-results#}sparql"),
     ("CONSTRUCT WHERE { ?s <http://e/name> ?o }", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF")],
)  # fmt: skip
def test_plain_xml_is_offered(client: httpx.Client, query: str, root: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/xml"})
    assert answer.headers["content-type"] == "application/xml"
    assert ET.fromstring(answer.content).tag == root


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("JSON", NAMES, JSON),
        ("srj", NAMES, JSON),
        ("srx", "ASK {}", XML),
        ("Xml", NAMES, XML),
        ("TTL", "DESCRIBE <http://e/a>", "text/turtle; charset=utf-8"),
    ],
)
def test_formats_go_by_their_names_however_written(client: httpx.Client, name: str, query: str, expected: str) -> None:
    assert client.get("/sparql", params={"query": query, "format": name}).headers["content-type"] == expected


def test_all_columns_come_in_the_order_of_appearance(client: httpx.Client) -> None:
    found = client.get("/sparql", params={"query": "SELECT * { ?thing <http://e/name> ?called }", "format": "csv"})
    assert found.text.splitlines()[0] == "thing,called"


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("/sparql/?query=ASK%20%7B%7D", "/sparql?query=ASK%20%7B%7D"),
        ("/void/", "/void"),
        ("//void", "/void"),
        ("/api/v1//credentials/?q=a%20b", "/api/v1/credentials?q=a%20b"),
    ],
)
def test_a_stray_slash_leads_on(client: httpx.Client, address: str, meant: str) -> None:
    answer = client.get(httpx.URL(str(client.base_url).rstrip("/") + address), follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == BASE + meant
    assert client.post("/sparql/", data={"query": "ASK {}"}, follow_redirects=False).status_code == 308


def test_an_address_of_nothing_stays_nothing(client: httpx.Client) -> None:
    assert client.get("/nothing/", follow_redirects=False).status_code == 404


# --- answers that are cut ---------------------------------------------------------------------------------------------


def test_cut_json_says_so_in_its_head(client: httpx.Client) -> None:
    body = client.get("/sparql", params={"query": MANY}).json()
    assert body["head"]["vars"] == ["z", "b"]
    assert len(body["results"]["bindings"]) == 10
    [note] = body["head"]["notes"]
    assert "10 results" in note
    assert "LIMIT and OFFSET" in note
    assert f"{BASE}/releases" in note


@pytest.mark.parametrize(
    ("media_type", "sign"),
    [("text/turtle", "# "), ("application/n-triples", "# "), ("application/trig", "# "), ("application/n-quads", "# "),
     ("application/rdf+xml", "<!-- ")],
)  # fmt: skip
def test_cut_graph_says_so_in_a_comment(client: httpx.Client, media_type: str, sign: str) -> None:
    query = {"query": "CONSTRUCT WHERE { ?s <http://e/p> ?o }"}
    text = client.get("/sparql", params=query, headers={"Accept": media_type}).text
    assert text.splitlines()[-1].startswith(f"{sign}cut after 10 results")
    kinds = {"application/rdf+xml": "xml", "application/n-triples": "nt", "application/n-quads": "nquads"}
    with_comment = Graph().parse(data=text, format=kinds.get(media_type, "turtle"))
    without = Graph().parse(data=text[: text.rindex(sign)], format=kinds.get(media_type, "turtle"))
    assert len(with_comment) == 10
    assert isomorphic(with_comment, without)


def test_cut_xml_says_so_in_a_comment(client: httpx.Client) -> None:
    text = client.get("/sparql", params={"query": MANY}, headers={"Accept": XML}).text
    assert "<!-- cut after 10 results" in text
    assert ET.fromstring(text) is not None


def test_whole_answer_has_no_notes(client: httpx.Client) -> None:
    assert "notes" not in client.get("/sparql", params={"query": NAMES}).json()["head"]


# --- requests that no route ever sees ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[str]:
    """The address of the server as `pinoamo serve` runs it."""
    server = Server(settings)
    server.config.port = 0
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield address_of(server)
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("size", [70_000, 300_000])
def test_an_address_that_is_too_long_is_414(served: str, size: int) -> None:
    connection = HTTPConnection(served.removeprefix("http://"), timeout=60)  # httpx sends no address of this length
    with closing(connection):
        connection.request("GET", "/sparql?query=" + "x" * size)
        answer = connection.getresponse()
        problem = json.loads(answer.read())
    assert (answer.status, problem["status"]) == (414, 414)
    assert answer.getheader("content-type") == "application/problem+json"
    assert problem["type"] == f"{BASE}/problems/uri-too-long"
    assert "POST" in problem["detail"]
    assert httpx.get(served + "/problems/uri-too-long", headers={"Accept": "application/json"}).status_code == 200


def test_headers_that_are_too_large_are_431(served: str) -> None:
    answer = httpx.get(served + "/health/live", headers={"X-Long": "x" * 70_000}, timeout=60)
    assert answer.status_code == 431
    assert answer.json()["status"] == 431


def test_an_address_as_long_as_allowed_is_answered(served: str) -> None:
    query = NAMES + " #" + "x" * 50_000
    assert httpx.get(served + "/sparql", params={"query": query}, timeout=60).status_code == 200


def test_the_text_of_a_note_is_json(client: httpx.Client) -> None:
    text = client.get("/sparql", params={"query": 'SELECT (<http://e/"f>(1) AS ?x) {}'}).text
    assert json.loads(text)

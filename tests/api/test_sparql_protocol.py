"""The SPARQL 1.1 Protocol against a running server: the three tables of the interface conventions, row by row."""

from __future__ import annotations

import csv
import io
import json
import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from service.settings import Settings
from tests.support.serving import publish, running

BASE = "http://data.example"
G1, G2 = f"{BASE}/graph/one", f"{BASE}/graph/two"
GRAPHS = {
    G1: '<http://e/a> <http://e/name> "Åbo%41+&" .\n<http://e/a> <http://e/name> "Turku"@fi .',
    G2: '<http://e/b> <http://e/name> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .',
}
NAMES = "SELECT ?thing ?name WHERE { ?thing <http://e/name> ?name } ORDER BY ?thing STR(?name)"
ASK = "ASK { ?thing <http://e/name> ?name }"
CONSTRUCT = "CONSTRUCT { ?thing <http://e/called> ?name } WHERE { ?thing <http://e/name> ?name }"
RESULTS = "{http://www.w3.org/2005/sparql-results#}"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")

JSON, XML, CSV, TSV = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1, query_rows=1000)
    publish(found, GRAPHS)
    return found


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[str]:
    with running(settings) as address:
        yield address


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, headers={"Accept": "*/*"}, timeout=600) as found:
        yield found


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"]["value"] for row in answer.json()["results"]["bindings"]]


ALL = ["Turku", "Åbo%41+&", "7"]


# --- requests ---------------------------------------------------------------------------------------------------------


def test_get_answers_the_query(client: httpx.Client) -> None:
    assert names(client.get("/sparql", params={"query": NAMES})) == ALL


def test_post_form_answers_the_query(client: httpx.Client) -> None:
    assert names(client.post("/sparql", data={"query": NAMES})) == ALL


def test_post_of_the_query_itself_answers_it(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/sparql-query; charset=utf-8"}
    assert names(client.post("/sparql", content=NAMES.encode(), headers=headers)) == ALL


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_parameters_are_decoded_once(client: httpx.Client, way: str) -> None:
    query = 'SELECT ?name WHERE { ?thing ?property ?name FILTER(STR(?name) = "Åbo%41+&") }'
    answer = {
        "get": lambda: client.get("/sparql", params={"query": query}),
        "form": lambda: client.post("/sparql", data={"query": query}),
        "direct": lambda: client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"}),
    }[way]()
    assert names(answer) == ["Åbo%41+&"]


@pytest.mark.parametrize("way", ["get", "form"])
def test_percent_sign_of_a_literal_survives(client: httpx.Client, way: str) -> None:
    """`%2541` is `%41` sent once, and `A` for who decodes twice (rdflib-endpoint does)."""
    query = "SELECT%20(%22%2541%22%20AS%20%3Fname)%20%7B%7D"
    if way == "get":
        answer = client.get(httpx.URL(f"/sparql?query={query}"))
    else:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post("/sparql", content=f"query={query}", headers=headers)
    assert names(answer) == ["%41"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([("default-graph-uri", G1)], ["Turku", "Åbo%41+&"]),
        ([("default-graph-uri", G1), ("default-graph-uri", G2)], ALL),
        ([("default-graph-uri", "http://nowhere.example/g")], []),
        ([("default-graph-uri", "file:///etc/passwd")], []),
        ([("named-graph-uri", G1)], []),
    ],
)
def test_default_graph_parameters_make_the_default_graph(
    client: httpx.Client, parameters: list[tuple[str, str]], expected: list[str]
) -> None:
    assert names(client.get("/sparql", params=[("query", NAMES), *parameters])) == expected
    assert names(client.post("/sparql", data={"query": NAMES}, params=parameters)) == expected
    headers = {"Content-Type": "application/sparql-query"}
    assert names(client.post("/sparql", content=NAMES, params=parameters, headers=headers)) == expected


def test_named_graph_parameters_make_the_named_graphs(client: httpx.Client) -> None:
    query = "SELECT ?name WHERE { GRAPH ?graph { ?thing <http://e/name> ?name } } ORDER BY STR(?name)"
    assert names(client.get("/sparql", params=[("query", query), ("named-graph-uri", G1)])) == ["Turku", "Åbo%41+&"]
    assert names(client.get("/sparql", params=[("query", query), ("default-graph-uri", G1)])) == []


def test_graph_parameters_replace_the_dataset_of_the_query(client: httpx.Client) -> None:
    query = f"SELECT ?name FROM <{G2}> WHERE {{ ?thing <http://e/name> ?name }} ORDER BY STR(?name)"
    assert names(client.get("/sparql", params={"query": query})) == ["7"]
    assert names(client.get("/sparql", params={"query": query, "default-graph-uri": G1})) == ["Turku", "Åbo%41+&"]


def test_without_a_dataset_the_default_graph_is_the_union(client: httpx.Client) -> None:
    query = "SELECT ?name WHERE { GRAPH ?graph { ?thing <http://e/name> ?name } } ORDER BY STR(?name)"
    assert names(client.get("/sparql", params={"query": query})) == ["7", "Turku", "Åbo%41+&"]


@pytest.mark.parametrize("target", ["<file:///etc/passwd>", "<http://127.0.0.1:9/x>", "<nowhere:at-all>"])
def test_from_is_never_fetched(client: httpx.Client, target: str) -> None:
    query = f"SELECT * FROM {target} WHERE {{ ?subject ?property ?name }}"
    assert names(client.get("/sparql", params={"query": query})) == []


def test_head_is_get_without_the_body(client: httpx.Client) -> None:
    head = client.head("/sparql", params={"query": NAMES})
    get = client.get("/sparql", params={"query": NAMES})
    assert head.status_code == 200
    assert head.content == b""
    kept = ("content-type", "content-length", "etag", "vary", "cache-control")
    assert {name: head.headers[name] for name in kept} == {name: get.headers[name] for name in kept}


def test_options_says_what_other_sites_may_do(client: httpx.Client) -> None:
    answer = client.options("/sparql", headers={"Origin": "http://x", "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
    allowed = set(answer.headers["access-control-allow-headers"].split(", "))
    assert allowed >= {"Accept", "Accept-Language", "Content-Type", "If-None-Match"}


@pytest.mark.parametrize("accept", ["text/turtle", "application/ld+json", "application/rdf+xml", "*/*"])
def test_get_without_query_describes_the_service(client: httpx.Client, accept: str) -> None:
    answer = client.get("/sparql", headers={"Accept": accept})
    assert answer.status_code == 200
    media_type = answer.headers["content-type"].partition(";")[0]
    graph = Graph().parse(data=answer.content, format="json-ld" if "json" in media_type else media_type)
    service = URIRef(f"{BASE}/sparql")
    assert (service, RDF.type, SD.Service) in graph
    assert (service, SD.endpoint, service) in graph
    assert (service, SD.supportedLanguage, SD.SPARQL11Query) in graph
    assert (service, SD.feature, SD.UnionDefaultGraph) in graph
    assert {URIRef(G1), URIRef(G2)} <= set(graph.objects(None, SD.name))


def test_get_without_query_shows_the_editor_to_people(client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'name="query"' in answer.text


# --- result formats ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        (NAMES, "*/*", JSON),
        (NAMES, "", JSON),
        (NAMES, JSON, JSON),
        (NAMES, XML, XML),
        (NAMES, CSV, "text/csv; charset=utf-8"),
        (NAMES, TSV, "text/tab-separated-values; charset=utf-8"),
        (NAMES, "application/json", "application/json"),
        (NAMES, "text/html", "text/html; charset=utf-8"),
        (NAMES, "text/turtle, text/csv;q=0.1", "text/csv; charset=utf-8"),
        (NAMES, f"{JSON};q=0.3, {XML};q=0.8", XML),
        (ASK, "*/*", JSON),
        (ASK, XML, XML),
        (ASK, "application/json", "application/json"),
        (CONSTRUCT, "*/*", "text/turtle; charset=utf-8"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (CONSTRUCT, "application/n-triples", "application/n-triples"),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/trig", "application/trig"),
        (CONSTRUCT, "application/n-quads", "application/n-quads"),
        ("DESCRIBE <http://e/a>", "text/turtle", "text/turtle; charset=utf-8"),
    ],
)
def test_answer_comes_in_the_format_asked_for(client: httpx.Client, query: str, accept: str, expected: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == expected
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("query", "accept"),
    [(NAMES, "text/turtle"), (ASK, "text/csv"), (ASK, TSV), (CONSTRUCT, JSON), (CONSTRUCT, "image/png")],
)
def test_nothing_acceptable_is_406_and_lists_what_exists(client: httpx.Client, query: str, accept: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["offered"]


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("json", NAMES, JSON),
        ("xml", ASK, XML),
        ("csv", NAMES, "text/csv; charset=utf-8"),
        ("tsv", NAMES, "text/tab-separated-values; charset=utf-8"),
        ("ttl", CONSTRUCT, "text/turtle; charset=utf-8"),
        ("jsonld", CONSTRUCT, "application/ld+json"),
        ("nt", CONSTRUCT, "application/n-triples"),
    ],
)
def test_format_overrides_accept(client: httpx.Client, name: str, query: str, expected: str) -> None:
    answer = client.get("/sparql", params={"query": query, "format": name}, headers={"Accept": "image/png"})
    assert answer.headers["content-type"] == expected


def test_format_that_does_not_fit_is_406(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": NAMES, "format": "ttl"}).status_code == 406


def test_each_format_holds_the_same_answer(client: httpx.Client) -> None:
    def text(accept: str) -> str:
        return client.get("/sparql", params={"query": NAMES}, headers={"Accept": accept}).text

    assert [r["name"]["value"] for r in json.loads(text(JSON))["results"]["bindings"]] == ALL
    assert [b.text for b in ET.fromstring(text(XML)).iterfind(f".//{RESULTS}binding[@name='name']/*")] == ALL
    assert [row["name"] for row in csv.DictReader(io.StringIO(text(CSV), newline=""))] == ALL
    assert text(TSV).splitlines()[1] == '<http://e/a>\t"Turku"@fi'


def test_ask_is_a_boolean(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": ASK}).json() == {"head": {}, "boolean": True}
    assert client.get("/sparql", params={"query": "ASK { <http://e/a> <http://e/x> 1 }"}).json()["boolean"] is False


def test_construct_is_a_graph(client: httpx.Client) -> None:
    graph = Graph().parse(data=client.get("/sparql", params={"query": CONSTRUCT}).text, format="turtle")
    assert {(str(s), str(p), str(o)) for s, p, o in graph} == {
        ("http://e/a", "http://e/called", "Turku"),
        ("http://e/a", "http://e/called", "Åbo%41+&"),
        ("http://e/b", "http://e/called", "7"),
    }


def test_table_page_works_without_a_script(client: httpx.Client) -> None:
    query = 'SELECT ?text WHERE { BIND("<script>alert(1)</script>" AS ?text) }'
    page = client.get("/sparql", params={"query": query, "format": "html"})
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


# --- status codes -----------------------------------------------------------------------------------------------------

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
UPDATE = "INSERT DATA { <http://e/a> <http://e/b> 1 }"


@pytest.mark.parametrize(
    ("method", "address", "headers", "body", "status"),
    [
        ("GET", "/sparql?query=ASK{}&query=ASK{}", {}, b"", 400),
        ("POST", "/sparql", FORM, b"query=ASK%7B%7D&query=ASK%7B%7D", 400),
        ("POST", "/sparql?query=ASK{}", FORM, b"query=ASK%7B%7D", 400),
        ("POST", "/sparql?query=ASK{}", DIRECT, b"ASK{}", 400),
        ("POST", "/sparql", FORM, b"query=ASK%7B%7D&update=x", 400),
        ("GET", "/sparql?query=ASK{}&update=x", {}, b"", 400),
        ("GET", "/sparql?update=x", {}, b"", 400),
        ("POST", "/sparql", FORM, b"", 400),
        ("POST", "/sparql", FORM, b"query=%FF", 400),
        ("GET", "/sparql?query=%FF", {}, b"", 400),
        ("POST", "/sparql", DIRECT, b"\xff", 400),
        ("POST", "/sparql", DIRECT, b"", 400),
        ("GET", "/sparql?query=ASK{}&default-graph-uri=relative", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&named-graph-uri=%3Cx:y%3E", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&default-graph-uri=http://[", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&timeout=soon", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&timeout=-1", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&timeout=nan", {}, b"", 400),
        ("GET", "/sparql?query=ASK{}&timeout=1&timeout=2", {}, b"", 400),
        ("POST", "/sparql", DIRECT, UPDATE.encode(), 400),
        ("POST", "/sparql", FORM, b"update=" + UPDATE.encode(), 403),
        ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, UPDATE.encode(), 403),
        ("PUT", "/sparql", {}, b"", 405),
        ("DELETE", "/sparql", {}, b"", 405),
        ("GET", "/sparql?query=ASK{}", {"Accept": "image/png"}, b"", 406),
        ("POST", "/sparql", DIRECT, b"ASK{}" + b" " * 300_000, 413),
        ("POST", "/sparql", FORM, b"query=ASK{}" + b"+" * 300_000, 413),
        ("POST", "/sparql", FORM, b"query=ASK{}" + b"+" * 3_000_000, 413),
        ("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK{}", 415),
        ("POST", "/sparql", {}, b"ASK{}", 415),
    ],
)
def test_bad_requests_are_refused(
    client: httpx.Client, method: str, address: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = client.request(method, address, headers=headers, content=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["status"] == status


def test_method_not_allowed_names_those_that_are(client: httpx.Client) -> None:
    assert client.put("/sparql").headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_syntax_error_tells_line_column_and_what_was_expected(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": "SELECT * WHERE {\n  ?s ?p"})
    body = answer.json()
    assert answer.status_code == 400
    assert body["type"] == f"{BASE}/problems/query-syntax"
    assert body["title"] == "Malformed SPARQL query"
    assert (body["line"], body["column"]) == (2, 8)
    assert body["expected"]
    assert body["errors"][0]["pointer"] == "#/query"


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_service_reaches_nobody(client: httpx.Client, silent: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        target = f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
        answer = client.get("/sparql", params={"query": f"SELECT * {{ SERVICE {silent}<{target}> {{ ?s ?p ?o }} }}"})
        assert answer.status_code == 400
        assert answer.json()["type"] == f"{BASE}/problems/query-refused"
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_rows_beyond_the_limit_are_announced(client: httpx.Client) -> None:
    values = " ".join(str(number) for number in range(40))
    query = f"SELECT * WHERE {{ VALUES ?x {{ {values} }} VALUES ?y {{ {values} }} }}"
    answer = client.get("/sparql", params={"query": query})
    assert answer.headers["x-pinoamo-truncated"] == "rows=1000"
    assert 'rel="help"' in answer.headers["link"]
    assert len(answer.json()["results"]["bindings"]) == 1000


def test_answer_of_exactly_the_limit_is_whole(client: httpx.Client) -> None:
    query = "SELECT * WHERE { VALUES ?x { " + " ".join(str(number) for number in range(1000)) + " } }"
    answer = client.post("/sparql", data={"query": query})
    assert "x-pinoamo-truncated" not in answer.headers
    assert len(answer.json()["results"]["bindings"]) == 1000


# --- caching ----------------------------------------------------------------------------------------------------------


def test_answer_known_to_the_client_is_not_computed_again(client: httpx.Client) -> None:
    first = client.get("/sparql", params={"query": NAMES})
    before = queries_run(client)
    again = client.get("/sparql", params={"query": NAMES}, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert queries_run(client) == before


def queries_run(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("pinoamo_sparql_queries_total"))


def test_another_format_or_query_is_another_entity(client: httpx.Client) -> None:
    def tag(query: str, accept: str) -> str:
        return client.get("/sparql", params={"query": query}, headers={"Accept": accept}).headers["etag"]

    assert len({tag(NAMES, JSON), tag(NAMES, XML), tag(ASK, JSON)}) == 3


def test_answers_by_chance_have_no_entity_tag(client: httpx.Client) -> None:
    headers = client.get("/sparql", params={"query": "SELECT (UUID() AS ?x) {}"}).headers
    assert "etag" not in headers
    assert headers["cache-control"] == "no-store"


def test_get_may_be_cached_and_post_may_not(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"query": ASK}).headers["cache-control"].startswith("public, max-age=60")
    assert client.post("/sparql", data={"query": ASK}).headers["cache-control"] == "no-store"


def test_a_new_release_answers_and_changes_the_entity_tag(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, base_url=BASE, workers=1)
    publish(settings, {G1: '<http://e/a> <http://e/name> "old" .'})
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as client:
        first = client.get("/sparql", params={"query": NAMES})
        publish(settings, {G1: '<http://e/a> <http://e/name> "new" .'})
        again = client.get("/sparql", params={"query": NAMES}, headers={"If-None-Match": first.headers["etag"]})
        assert names(first) == ["old"]
        assert names(again) == ["new"]


def test_what_scripts_of_other_sites_may_read(client: httpx.Client) -> None:
    exposed: Any = client.get("/sparql", params={"query": ASK}).headers["access-control-expose-headers"]
    assert {"Link", "ETag", "Retry-After", "Content-Language"} <= set(exposed.split(", "))

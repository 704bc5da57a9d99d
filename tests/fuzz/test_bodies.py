"""Broken queries and documents at every edge that reads one: each is answered or refused, and the next is served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote_from_bytes

import httpx
import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.settings import Settings
from service.sparql.binding import bind
from service.sparql.named_queries import load_queries
from tests.support.mutations import mutated
from tests.support.records import record
from tests.support.serving import publish, running
from tests.support.writing import bearer

BASE = "http://data.example"
KEY = "k" * 40
SPARQL = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
TYPES = ("text/turtle", "application/ld+json", "application/rdf+xml", "application/trig", "application/n-quads")
bounded = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))

EXTRA = [
    """SELECT * { ?s ?p ?o { SELECT ?s { ?s ?q 1.5e0 } LIMIT 1 }
       OPTIONAL { ?s a ?t } MINUS { ?s ?p 'x'@fi } } ORDER BY DESC(?o)""",
    """SELECT (COUNT(DISTINCT ?s) AS ?n) (GROUP_CONCAT(?o; SEPARATOR=', ') AS ?l)
       { ?s ?p ?o } GROUP BY ?p HAVING (?n > 1)""",
    """ASK FROM <http://e/g> { GRAPH ?g { ?s ^<http://e/p>/(<http://e/q>|!a)* ?o
       FILTER REGEX(STR(?o), '(a+)+$', 'i') } }""",
    """CONSTRUCT { ?s ?p [ <http://e/p> (1 2) ] }
       { VALUES (?s ?p) { (<http://e/s> UNDEF) } BIND(IRI(CONCAT('http://e/', ?x)) AS ?p) }""",
    """DESCRIBE <http://e/s> ?o { <http://e/s> ?p ?o .
       FILTER EXISTS { ?o ?q ?r } FILTER(?o IN (1, 'a', true)) }""",
]
QUERIES = [bind(query, query.example).encode() for query in load_queries().values()] + [text.encode() for text in EXTRA]


def documents() -> list[bytes]:
    """Return one record of the catalogue in every format."""
    quads = [*pyoxigraph.parse(record("a"), format=pyoxigraph.RdfFormat.N_QUADS)]
    triples = [quad.triple for quad in quads]
    found = [pyoxigraph.RdfFormat.from_media_type(name) for name in TYPES]
    return [pyoxigraph.serialize(triples, format=each) or b"" for each in found if each is not None]


UPDATES = [
    b"INSERT DATA { GRAPH <http://data.example/graph/api> { <http://e/s> <http://e/p> 'x'@fi , 1.5 } }",
    b"DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { ?s ?p 'y' } USING <http://e/g> WHERE { GRAPH ?g { ?s ?p ?o } }",
    b"PREFIX e: <http://e/> WITH <http://e/g> DELETE WHERE { ?s e:p/e:q ?o } ; CLEAR SILENT GRAPH e:g ; DROP ALL",
    b"COPY <http://e/a> TO <http://e/b> ; MOVE DEFAULT TO <http://e/c> ; CREATE GRAPH <http://e/d> ; LOAD <http://e/x>",
]
DOCUMENTS = documents()
CREDENTIAL = json.dumps(
    {
        "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
        "id": "urn:credential:1",
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "issued": "2026-01-31T12:00:00+02:00",
        "credentialSubject": {"id": "urn:person:1", "type": "Person", "fullName": {"en": ["Ada Example"]}},
    }
).encode()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    found = Settings(
        data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=2, query_seconds=1, query_memory_mb=512,
        check_seconds=10, upload_mb=1, keep_releases=2, write_key=KEY, write_wait_seconds=0.05,
    )  # fmt: skip
    publish(found, {f"{BASE}/graph/one": '<http://e/s> <http://e/p> "x"@fi .'})
    with running(found) as address, httpx.Client(base_url=address, timeout=600) as connection:
        yield connection


def holds(answer: httpx.Response) -> None:
    """Fail unless an answer is whole: a success, or a refusal that is a problem document and no fault of ours."""
    said = f"{answer.status_code} {answer.text[:500]}"
    if answer.status_code >= 400:
        assert answer.status_code in (400, 403, 404, 406, 409, 412, 413, 415, 422, 503, 504), said
        assert answer.headers["content-type"] == "application/problem+json", said
        assert answer.json()["status"] == answer.status_code, said
    else:
        assert answer.status_code in (200, 201, 202), said
        if "json" in answer.headers["content-type"]:
            answer.json()


def died(client: httpx.Client) -> float:
    start = 'pinoamo_sparql_workers_killed_total{reason="died"} '
    return sum(float(x.split()[-1]) for x in client.get("/metrics").text.splitlines() if x.startswith(start))


WAYS: dict[str, Callable[[httpx.Client, bytes], httpx.Response]] = {
    "direct": lambda client, query: client.post("/sparql", content=query, headers={"Content-Type": SPARQL}),
    "form": lambda client, query: client.post(
        "/sparql",
        content=b"query=" + quote_from_bytes(query).encode(),
        headers={"Content-Type": FORM},
    ),
    "get": lambda client, query: client.get(httpx.URL("/sparql?query=" + quote_from_bytes(query[:5000]))),
}


@pytest.mark.parametrize("way", WAYS)
def test_mutated_queries_are_answered_or_refused_and_end_no_worker(client: httpx.Client, way: str) -> None:
    before = died(client)

    @settings(bounded, max_examples=250)
    @given(mutated(QUERIES))
    def ask(query: bytes) -> None:
        holds(WAYS[way](client, query))

    ask()
    assert died(client) == before
    assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


@pytest.mark.parametrize(
    "content_type", [SPARQL, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_random_bytes_as_a_query_are_refused(client: httpx.Client, content_type: str) -> None:
    @settings(bounded, max_examples=40)
    @given(st.binary(max_size=300), st.binary(max_size=100))
    def ask(body: bytes, parameters: bytes) -> None:
        headers = {"Content-Type": content_type} if content_type else {}
        holds(
            client.post(httpx.URL("/sparql?" + quote_from_bytes(parameters, safe="=&%")), content=body, headers=headers)
        )

    ask()


@pytest.mark.parametrize("path", ["/api/v1/validations", "/api/v1/recognitions"])
def test_mutated_documents_are_judged_or_refused(client: httpx.Client, path: str) -> None:
    @settings(bounded, max_examples=25)
    @given(mutated([*DOCUMENTS, CREDENTIAL]), st.sampled_from(TYPES))
    def check(body: bytes, media_type: str) -> None:
        holds(client.post(path, content=body, headers={"Content-Type": media_type}))

    check()


@pytest.mark.parametrize("path", ["/api/v1/paths", "/api/v1/audits"])
def test_mutated_questions_and_documents_held_are_answered_or_refused(client: httpx.Client, path: str) -> None:
    question = {
        "target": {"skills": ["http://data.europa.eu/esco/skill/a"]},
        "held": [{"document": json.loads(CREDENTIAL)}, {"title": "Statistics", "ects": 5, "awarded": "2024-05-31"}],
        "limits": {"max_ects": 30, "languages": ["fi"]},
        "alternatives": 2,
    }

    @settings(bounded, max_examples=60)
    @given(mutated([json.dumps(question).encode()]))
    def ask(body: bytes) -> None:
        holds(client.post(path, content=body, headers={"Content-Type": "application/json"}))

    ask()


def test_mutated_updates_are_done_or_refused(client: httpx.Client) -> None:
    @settings(bounded, max_examples=25)
    @given(mutated(UPDATES))
    def update(body: bytes) -> None:
        headers = {"Content-Type": "application/sparql-update", **bearer(KEY)}
        holds(client.post("/sparql/update", content=body, headers=headers))

    update()
    assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_mutated_graphs_are_written_or_refused(client: httpx.Client, method: str) -> None:
    @settings(bounded, max_examples=10)
    @given(mutated(DOCUMENTS), st.sampled_from(TYPES))
    def write(body: bytes, media_type: str) -> None:
        headers = {"Content-Type": media_type, **bearer(KEY)}
        address = f"/graphs?graph={BASE}/graph/fuzzed"
        holds(client.request(method, address, content=body, headers=headers))

    write()
    assert client.get("/health/ready").status_code == 200


def test_mutated_records_are_written_or_refused(client: httpx.Client) -> None:
    @settings(bounded, max_examples=15)
    @given(mutated(DOCUMENTS), st.sampled_from(TYPES))
    def put(body: bytes, media_type: str) -> None:
        headers = {"Content-Type": media_type, **bearer(KEY)}
        holds(client.put("/api/v1/credentials/fuzzed", content=body, headers=headers))

    put()
    assert client.get("/health/ready").status_code == 200

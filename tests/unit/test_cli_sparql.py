"""`pinoamo sparql` over a remote engine: every form of a query, however it is laid out, is asked in its own way."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli.main import app
from service.sparql.guard import query_form
from service.store.any_query import run_query
from service.store.remote import RemoteGraphs, RemoteStore
from tests.support.engines import VIRTUOSO, oxigraph_server, virtuoso

pytestmark = pytest.mark.system

ROWS = b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal","value":"x"}}]}}'
NOTHING = b'{"head":{"vars":[]},"results":{"bindings":[]}}'
STATEMENT = b'<http://e/a> <http://e/p> "x" .\n'
JSON, N_TRIPLES = "application/sparql-results+json", "application/n-triples"
# The media type that a form may be answered in (SPARQL 1.1 Protocol §2.2), an answer, and what the command makes of it.
ANSWERS = {
    "SELECT": (JSON, ROWS, "o\r\nx\r\n"),
    "ASK": (JSON, b'{"head":{},"boolean":true}', "true\n"),
    "CONSTRUCT": (N_TRIPLES, STATEMENT, STATEMENT.decode()),
    "DESCRIBE": (N_TRIPLES, STATEMENT, STATEMENT.decode()),
}
QUERIES = {
    "SELECT": "SELECT ?o WHERE { <http://e/a> <http://e/p> ?o }",
    "ASK": "ASK { <http://e/a> <http://e/p> ?o }",
    "CONSTRUCT": "CONSTRUCT { <http://e/a> <http://e/p> ?o } WHERE { <http://e/a> <http://e/p> ?o }",
    "DESCRIBE": "DESCRIBE <http://e/a>",
}
LAYOUTS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "one-line-with-prefix": lambda query: f"PREFIX mc: <https://w3id.org/pinoamo/ns#> {query}",
    "no-space-after-prefix": lambda query: f"PREFIX mc:<https://w3id.org/pinoamo/ns#>{query}",
    "base-and-prefix": lambda query: f"BASE <http://e/>\nPREFIX mc: <https://w3id.org/pinoamo/ns#>\n\n{query}",
    "comments-before": lambda query: f"# DESCRIBE what? SELECT it, or ASK\n  # CONSTRUCT <x>\n{query}",
    "comment-with-iri": lambda query: f"# see <http://e/#ask>\n{query}",
    "lower-case": lambda query: query.replace("SELECT", "select").replace("ASK", "ask").replace("WHERE", "where")
    .replace("CONSTRUCT", "construct").replace("DESCRIBE", "describe"),
    "mixed-case": lambda query: query.replace("SELECT", "SeLect").replace("ASK", "Ask")
    .replace("CONSTRUCT", "ConStruct").replace("DESCRIBE", "DeScribe"),
    "no-space-before-brace": lambda query: query.replace(" {", "{").replace("DESCRIBE ", "DESCRIBE"),
    "many-lines": lambda query: query.replace(" ", "\r\n\t"),
    "prefix-ask": lambda query: f"PREFIX ask: <http://e/ask#> {query}",
    "prefix-select": lambda query: f"prefix select: <http://e/select#> {query}",
    "prefix-construct": lambda query: f"PREFIX construct:<http://e/> PREFIX a: <http://e/ASK> {query}",
    "prefix-describe": lambda query: f"PREFIX\ndescribe:\n<http://e/describe>\n{query}",
    "prefix-ask-and-more": lambda query: f"PREFIX ask-me.now: <http://e/> PREFIX select\u00b7x: <http://e/> {query}",
    "base-named-like-a-form": lambda query: f"BASE <http://e/ASK/SELECT> {query}",
}  # fmt: skip
# Virtuoso 7 knows neither a middle dot in a prefix nor a dot.
FOR_ENGINES = {name: layout for name, layout in LAYOUTS.items() if name != "prefix-ask-and-more"}


class Engine:
    """An endpoint that answers one query in one media type only, and every other one with no rows."""

    def __init__(self) -> None:
        self.query, self.form = "", "SELECT"
        self.graphs: list[str] = []
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                media_type, answer, _ = ANSWERS[engine.form]
                engine.graphs = urllib.parse.parse_qs(body).get("default-graph-uri", [])
                if urllib.parse.parse_qs(body)["query"] != [engine.query.replace("\r\n", "\n")]:
                    media_type, answer = JSON, NOTHING
                good = self.headers["Accept"] == media_type
                self.send_response(200 if good else 406)
                self.send_header("Content-Type", media_type)
                self.end_headers()
                self.wfile.write(answer if good else b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/sparql"


@pytest.fixture(scope="module")
def stub() -> Iterator[Engine]:
    engine = Engine()
    thread = threading.Thread(target=engine.server.serve_forever)
    thread.start()
    yield engine
    engine.server.shutdown()
    engine.server.server_close()
    thread.join()


def holds(form: str, printed: str) -> bool:
    """Tell whether the command printed the answer; what else describes a thing is the engine's choice (§16.4)."""
    return printed == ANSWERS[form][2] if form in ("SELECT", "ASK") else ANSWERS[form][2] in printed


def ask(folder: Path, endpoint: str, form: str, query: str) -> Result:
    """Run the command on a query from standard input."""
    output = "csv" if form in ("SELECT", "ASK") else "ttl"
    environment = {"PINOAMO_DATA": str(folder), "PINOAMO_STORE": endpoint}
    return CliRunner().invoke(app, ["sparql", "-", "--format", output], input=query, env=environment)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", QUERIES)
def test_a_query_is_asked_in_the_way_of_its_form(stub: Engine, tmp_path: Path, form: str, layout: str) -> None:
    stub.query, stub.form = LAYOUTS[layout](QUERIES[form]), form
    done = ask(tmp_path, stub.address, form, stub.query)
    assert done.exit_code == 0, done.exception
    assert holds(form, done.stdout_bytes.decode()), done.stdout


@pytest.mark.parametrize(
    ("query", "default_graphs", "expected"),
    [
        ("ASK { ?s ?p ?o }", None, ["urn:of-the-release"]),
        ("# FROM <urn:x>\nASK { ?s ?p ?o }", None, ["urn:of-the-release"]),
        ("ASK FROM <urn:x> { ?s ?p ?o }", None, ["urn:x"]),
        ("ASK{GRAPH<urn:FROM>{?s ?p ?o}}", None, ["urn:of-the-release"]),
        ("ASK { ?s ?p ?o }", ["urn:asked-for"], ["urn:asked-for"]),
    ],
)
def test_a_dataset_takes_the_place_of_the_stores(
    stub: Engine, query: str, default_graphs: list[str] | None, expected: list[str]
) -> None:
    stub.query, stub.form = query, "ASK"
    store = RemoteStore(stub.address, 60, graphs=RemoteGraphs(named=("urn:of-the-release",)))
    assert run_query(store, query, default_graphs) is True
    assert stub.graphs == expected


@pytest.fixture(scope="module", params=["oxigraph-server", "virtuoso"])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "virtuoso" and not VIRTUOSO:
        pytest.skip(reason="needs Virtuoso: the Debian package virtuoso-opensource-7")
    folder: Path = tmp_path_factory.mktemp(request.param)
    # Virtuoso 7 describes only what is also an object somewhere.
    statements = '<http://e/a> <http://e/p> "x" <http://e/g> .\n<http://e/b> <http://e/q> <http://e/a> <http://e/g> .\n'
    (folder / "few.nq").write_text(statements, encoding="utf-8")
    with (virtuoso if request.param == "virtuoso" else oxigraph_server)(folder, folder / "few.nq") as address:
        yield address


@pytest.mark.parametrize("layout", FOR_ENGINES)
@pytest.mark.parametrize("form", QUERIES)
def test_a_real_engine_answers_alike(endpoint: str, tmp_path: Path, form: str, layout: str) -> None:
    done = ask(tmp_path, endpoint, form, FOR_ENGINES[layout](QUERIES[form]))
    assert done.exit_code == 0, done.exception
    assert holds(form, done.stdout_bytes.decode()), done.stdout


@pytest.mark.parametrize("query", ["INSERT DATA { <a:a> <a:b> 1 }", "# ASK\n", "PREFIX ask: <http://e/>"])
def test_what_is_no_query_is_refused_before_it_is_sent(query: str, tmp_path: Path) -> None:
    done = ask(tmp_path, "http://127.0.0.1:9/sparql", "ASK", query)
    assert done.exit_code != 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", QUERIES)
def test_escapes_are_resolved_before_the_form_is_read(form: str, layout: str) -> None:
    text = LAYOUTS[layout](QUERIES[form]).replace("A", r"\u0041").replace("e", r"\U00000065")
    assert query_form(text) == form

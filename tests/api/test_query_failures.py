"""Every failure of a query has its own status and true reason; a worker ends for memory or time alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from service.settings import Settings
from tests.conftest import PATIENCE
from tests.support.serving import publish, running

BASE = "http://data.example"
GRAPH = f"{BASE}/graph/one"
KEY = "a-key-that-is-long-enough-for-this"
XSD = "http://www.w3.org/2001/XMLSchema#"
FN = "http://www.w3.org/2005/xpath-functions#lower-case"
CALLS = {
    "built-in-elsewhere": (f'SELECT (<{FN}>("A") AS ?x) {{}}', FN),
    "cast": (
        'PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (xsd:int("1") AS ?x) {}',
        "http://www.w3.org/2001/XMLSchema#int",
    ),
    "own": ("PREFIX : <http://example.org/ns#> SELECT (:f(?x) AS ?y) { VALUES ?x {1} }", "http://example.org/ns#f"),
    "coalesce": ("SELECT (COALESCE(<http://e/f>(1), 2) AS ?y) {}", "http://e/f"),
}
NESTED = "SELECT * " + "{" * 10_000 + "}" * 10_000
CHAINED = "SELECT (1" + "+1" * 10_000 + " AS ?x) {}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data: Path = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, base_url=BASE, workers=1, write_key=SecretStr(KEY), **PATIENCE)
    publish(settings, {GRAPH: '<http://e/a> <http://e/name> "a" .'})
    with running(settings) as address, httpx.Client(base_url=address, timeout=60) as found:
        yield found


def died(client: httpx.Client) -> list[str]:
    return [line for line in client.get("/metrics").text.splitlines() if 'killed_total{reason="died"}' in line]


@pytest.mark.parametrize("name", CALLS)
def test_unknown_function_is_an_error_of_its_expression_and_named(client: httpx.Client, name: str) -> None:
    query, function = CALLS[name]
    before = died(client)
    answer = client.get("/sparql", params={"query": query})
    assert answer.status_code == 200, answer.text
    [row] = answer.json()["results"]["bindings"]
    assert row == ({"y": {"type": "literal", "datatype": f"{XSD}integer", "value": "2"}} if name == "coalesce" else {})
    [note] = answer.json()["head"]["notes"]
    assert f"<{function}>" in note
    assert died(client) == before
    page = client.get("/sparql", params={"query": query, "format": "html"})
    assert function in page.text.partition("<table")[0].rpartition("</textarea>")[2]


@pytest.mark.parametrize("query", [NESTED, CHAINED], ids=["nested", "chained"])
def test_what_no_stack_could_hold_is_400_before_it_is_parsed(client: httpx.Client, query: str) -> None:
    before = died(client)
    answer = client.post("/sparql", data={"query": query})
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == f"{BASE}/problems/query-too-complex"
    assert died(client) == before


@pytest.mark.parametrize(
    ("update", "kind"),
    [
        (f"INSERT {{ GRAPH <{GRAPH}> {{ ?s ?p ?x }} }} WHERE {{ ?s ?p ?o BIND(<a:f>(?o) AS ?x) }}", "unknown-function"),
        (f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <a:a> <a:p> {'(' * 9000}{')' * 9000} }} }}", "query-too-complex"),
        ("SELECT * { ?s ?p ?o }", "query-syntax"),
    ],
    ids=["function", "nested", "query"],
)  # fmt: skip
def test_updates_fail_for_the_same_reasons(client: httpx.Client, update: str, kind: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/sparql-update"}
    answer = client.post("/sparql/update", content=update, headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == f"{BASE}/problems/{kind}"

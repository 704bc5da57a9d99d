"""The W3C tests of SPARQL 1.1 (evaluation, syntax, result formats) through HTTP, against a running server.

Each data file is a graph of one release, named by the protocol's parameters; the base of a query is its file, told by
BASE. What fails is listed, with the reason, and nothing else may fail.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import httpx
import pytest
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.query import Result
from rdflib.term import Node

from service.settings import Settings
from service.sparql.guard import has_dataset
from tests.conftest import PATIENCE, SHARED
from tests.support.serving import publish, running

pytestmark = pytest.mark.system

SUITE = SHARED / "w3c-sparql11"
BASE = "http://data.example"
ROOT = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
ROW = Namespace("urn:row:")
_ABSENT = "a path of no length from a term that the data do not hold has no solution"
_GRAPH = "inside GRAPH ?g, VALUES, MINUS and an empty group do not see what ?g is"
_REWRITTEN = "numbers are rewritten when they are loaded"
DIFFERENCES: Mapping[str, str] = {
    "aggregates/agg-avg-03": "a decimal zero divided by a decimal has no value",
    "aggregates/agg-empty-group-count-graph": _GRAPH,
    "bindings/graph": _GRAPH,
    "csv-tsv-res/csv03": _REWRITTEN,
    "csv-tsv-res/tsv03": _REWRITTEN,
    "functions/bnode01": "BNODE(text) gives the same blank node in every solution",
    "negation/graph-minus": _GRAPH,
    "property-path/zero_or_more_set_end": _ABSENT,
    "property-path/zero_or_more_set_start": _ABSENT,
    "property-path/zero_or_one_set_end": _ABSENT,
    "property-path/zero_or_one_set_start": _ABSENT,
}
"""Tests that fail by what the embedded engine does (docs/known-differences.md), or by what is switched off here."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test: `kind` is the last part of its class, files are paths below the suite."""

    name: str
    kind: str
    query: str
    data: tuple[str, ...]
    named: tuple[str, ...]
    result: str
    lax: bool

    def text(self) -> str:
        """Return the query with its base."""
        return f"BASE <{ROOT}{self.query}> " + (SUITE / self.query).read_text("utf-8")


def _cases() -> Iterator[Case]:
    for manifest in sorted(SUITE.glob("*/manifest.ttl")):
        folder = manifest.parent.name
        graph = Graph().parse(manifest, publicID=f"{ROOT}{folder}/manifest.ttl")

        def files(values: Iterator[Node] | list[Node]) -> tuple[str, ...]:
            return tuple(sorted(str(value).removeprefix(ROOT) for value in values))

        for entries in graph.objects(None, MF.entries):
            for test in Collection(graph, entries):
                kind = str(graph.value(test, RDF.type)).rpartition("#")[2]
                action = graph.value(test, MF.action)
                query = graph.value(action, QT.query) or action
                result = graph.value(test, MF.result)
                yield Case(
                    f"{folder}/{str(test).rpartition('#')[2]}",
                    kind,
                    str(query).removeprefix(ROOT),
                    files(list(graph.objects(action, QT.data))),
                    files(list(graph.objects(action, QT.graphData))),
                    str(result).removeprefix(ROOT) if result else "",
                    (test, MF.resultCardinality, MF.LaxCardinality) in graph,
                )


CASES = tuple(_cases()) if SUITE.is_dir() else ()


def read(path: str) -> Graph:
    """Return a file of the suite as a graph; its name is its base."""
    kind = {"ttl": "turtle", "rdf": "xml", "nt": "nt"}[path.rpartition(".")[2]]
    return Graph().parse(SUITE / path, format=kind, publicID=ROOT + path)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1, **PATIENCE)
    files = sorted({file for case in CASES for file in (*case.data, *case.named)})
    publish(settings, {ROOT + file: read(file).serialize(format="nt") for file in files})
    with running(settings) as address, httpx.Client(base_url=address, timeout=60) as found:
        yield found


def ask(client: httpx.Client, case: Case, accept: str) -> httpx.Response:
    graphs = [("default-graph-uri", ROOT + file) for file in case.data]
    graphs += [("named-graph-uri", ROOT + file) for file in case.named]
    if has_dataset(case.text()):
        graphs = []  # the query names its own
    headers = {"Content-Type": "application/sparql-query", "Accept": accept}
    return client.post("/sparql", params=graphs, content=case.text(), headers=headers)


def plain(term: Node) -> Node:
    """Return a term in normal form: of numbers the value counts, of plain literals there is one kind in RDF 1.1."""
    if not isinstance(term, Literal):
        return term
    if term.datatype in (XSD.decimal, XSD.integer, XSD.double, XSD.float):
        try:
            number = Decimal(str(term)) if term.datatype != XSD.float else Decimal(repr(float(str(term))))
            return Literal(f"{number.normalize() + 0:f}", datatype=term.datatype)
        except (InvalidOperation, ValueError):
            return term
    if term.datatype == XSD.string:
        return Literal(str(term))
    return Literal(str(term), term.language.lower()) if term.language else term


def table(rows: list[dict[str, Node]], *, lax: bool) -> Graph:
    """Return rows as a graph, so that blank nodes may be called anything."""
    graph = Graph()
    if lax:
        rows = [dict(row) for row in {frozenset(row.items()) for row in rows}]
    for row in rows:
        node = BNode()
        graph.add((node, RDF.type, ROW.Row))
        for name, term in row.items():
            graph.add((node, ROW[name], plain(term)))
    return graph


def rows_of(result: Result) -> list[dict[str, Node]]:
    return [{str(name): term for name, term in row.items()} for row in result.bindings]


def expected_rows(path: str) -> list[dict[str, Node]] | bool:
    if path.endswith((".ttl", ".rdf")):
        graph = read(path)
        [result_set] = graph.subjects(RDF.type, RS.ResultSet)
        boolean = graph.value(result_set, RS.boolean)
        if boolean is not None:
            return bool(boolean.toPython())  # type: ignore[attr-defined]
        return [
            {str(graph.value(b, RS.variable)): graph.value(b, RS.value) for b in graph.objects(solution, RS.binding)}  # type: ignore[misc]
            for solution in graph.objects(result_set, RS.solution)
        ]
    kind = {"srx": "xml", "srj": "json", "tsv": "tsv"}[path.rpartition(".")[2]]
    result = Result.parse(io.BytesIO((SUITE / path).read_bytes()), format=kind)
    return bool(result.askAnswer) if result.type == "ASK" else rows_of(result)


def check_csv(answer: httpx.Response, path: str) -> None:
    found, wanted = (
        [["_" if cell.startswith("_:") else cell for cell in row] for row in csv.reader(io.StringIO(text))]
        for text in (answer.text, (SUITE / path).read_text("utf-8"))
    )
    assert found[0] == wanted[0]
    assert sorted(found[1:]) == sorted(wanted[1:])


def check(client: httpx.Client, case: Case) -> None:
    if "Syntax" in case.kind:
        answer = ask(client, case, "*/*")
        wanted = 400 if "Negative" in case.kind else 200
        assert answer.status_code == wanted, answer.text
        if wanted == 400:
            assert answer.json()["type"].endswith("/query-syntax")
        return
    suffix = case.result.rpartition(".")[2]
    if suffix == "csv":
        answer = ask(client, case, "text/csv")
        assert answer.status_code == 200, answer.text
        check_csv(answer, case.result)
        return
    kind, name = (
        ("tsv", "text/tab-separated-values") if suffix == "tsv" else ("json", "application/sparql-results+json")
    )
    answer = ask(client, case, f"{name}, application/n-triples;q=0.9")
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"].startswith("application/n-triples"):
        assert isomorphic(plain_graph(Graph().parse(data=answer.text, format="nt")), plain_graph(read(case.result)))
        return
    found = Result.parse(io.BytesIO(answer.content), format=kind)
    expected = expected_rows(case.result)
    if isinstance(expected, bool):
        assert found.askAnswer is expected
        return
    found_table, expected_table = (table(rows, lax=case.lax) for rows in (rows_of(found), expected))
    assert isomorphic(found_table, expected_table), answer.text


def plain_graph(graph: Graph) -> Graph:
    found = Graph()
    for subject, predicate, value in graph:
        found.add((subject, predicate, plain(value)))
    return found


def test_every_case_is_there_and_at_least_326_pass(shared: Path) -> None:
    assert len(CASES) == 338
    assert len([case for case in CASES if case.name not in DIFFERENCES]) >= 326


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in DIFFERENCES], ids=lambda case: case.name)
def test_w3c_case(client: httpx.Client, case: Case) -> None:
    check(client, case)


@pytest.mark.parametrize("case", [case for case in CASES if case.name in DIFFERENCES], ids=lambda case: case.name)
def test_known_difference_is_still_one(client: httpx.Client, case: Case) -> None:
    """Where this fails the difference has gone: take it off the list."""
    with pytest.raises((AssertionError, ValueError)):
        check(client, case)

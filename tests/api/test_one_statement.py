"""Every query of the examples, and counts along paths, answer as rdflib does on the release's own dump.

rdflib's default graph of a dataset is a set: what two sources state counts once there.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import rdflib
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.app import create_app
from service.cli.main import app
from service.loading.demo import load_demo
from service.loading.loading import load
from service.rdf.durations import hours_from_duration
from service.rdf.namespaces import XSD
from service.releases.publishing import publish
from service.resources import SHAPES
from service.settings import Settings
from service.sparql.binding import bind
from service.sparql.named_queries import load_queries
from service.validation.profiles import load_profile
from service.work_store.work_store import open_work
from tests.conftest import PATIENCE, ROOT

NUMBERS = frozenset(XSD + name for name in ("integer", "decimal", "double", "int", "long", "nonNegativeInteger"))
PREFIXES = """
PREFIX elm: <http://data.europa.eu/snb/model/elm/>
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX mc: <https://w3id.org/pinoamo/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
BY_COUNTRY = f"""{PREFIXES}
SELECT ?country (COUNT(?credential) AS ?count) WHERE {{
  ?credential a mc:MicroCredential ; mc:provider/elm:location/elm:address/elm:countryCode ?country .
}} GROUP BY ?country"""
QUESTIONS = {
    **{path.stem: path.read_text("utf-8") for path in sorted((ROOT / "tests/data/questions").glob("*.rq"))},
    **{name: bind(query, query.example) for name, query in load_queries().items()},
    "by-country": BY_COUNTRY,
    "statements": "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }",
    "statements-of-graphs": "SELECT ?g (COUNT(*) AS ?count) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "by-property": "SELECT ?p (COUNT(*) AS ?count) WHERE { ?s ?p ?o } GROUP BY ?p",
    "two-steps": f"{PREFIXES} SELECT (COUNT(*) AS ?count) WHERE {{ ?c elm:learningOutcome/elm:relatedESCOSkill ?s }}",
    "closure": f"{PREFIXES} SELECT ?s (COUNT(*) AS ?count) WHERE {{ ?s a esco:Skill ; skos:broader+ ?b }} GROUP BY ?s",
    "back-and-forth": f"{PREFIXES} SELECT (COUNT(*) AS ?n) WHERE {{ ?a mc:provider/^mc:provider ?b }}",
    "average": f"{PREFIXES} SELECT ?p (AVG(?e) AS ?mean)"
    " WHERE { ?c mc:ects ?e ; mc:provider ?p . ?p a elm:Organisation } GROUP BY ?p",
    "sum": f"{PREFIXES} SELECT (SUM(?e) AS ?sum)"
    " WHERE { ?c a mc:MicroCredential ; mc:ects ?e ; mc:provider ?p . ?p elm:location ?l }",
}  # fmt: skip


@pytest.fixture(scope="module")
def dump(demo: TestClient) -> rdflib.Dataset:
    """The dump of the release in rdflib, an engine written by others."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=gzip.decompress(demo.get("/dumps/1/pinoamo.nq.gz").content), format="nquads")
    return dataset


@pytest.fixture(scope="module")
def merge(dump: rdflib.Dataset) -> rdflib.Graph:
    """The same without graphs: six times as quick where none is asked for."""
    graph = rdflib.Graph()
    for subject, predicate, value, _ in dump.quads():
        graph.add((subject, predicate, value))
    return graph


def value_of(term: Mapping[str, str]) -> object:
    """Return what engines must agree on: numbers to twelve digits, durations by their length, all else as it is."""
    value, datatype = term["value"], term.get("datatype")
    if datatype in NUMBERS:
        try:
            return f"{Decimal(value):.11e}"
        except InvalidOperation:
            pass
    if datatype == XSD + "duration":
        return hours_from_duration(value)
    return value, term.get("xml:lang"), None if datatype == XSD + "string" else datatype


def rows_of(body: Mapping[str, Any], joined: str = "") -> Counter[frozenset[tuple[str, object]]]:
    """Return the rows of an answer; one column may hold texts joined by GROUP_CONCAT."""
    rows = body["results"]["bindings"]
    # rdflib 7.6 answers one empty row where a GROUP BY has no groups; SPARQL 1.1 §18.5 has none.
    return Counter(
        frozenset(
            (name, tuple(sorted(term["value"].split(" | "))) if name == joined else value_of(term))
            for name, term in row.items()
        )
        for row in rows if row
    )  # fmt: skip


def graph_of(triples: rdflib.Graph) -> frozenset[tuple[object, ...]]:
    return frozenset(
        tuple(hours_from_duration(str(n)) if getattr(n, "datatype", None) == rdflib.XSD.duration else n for n in triple)
        for triple in triples
    )


@pytest.mark.parametrize("name", QUESTIONS)
def test_endpoint_answers_as_rdflib_does_on_the_dump(
    demo: TestClient, dump: rdflib.Dataset, merge: rdflib.Graph, name: str
) -> None:
    expected = (dump if "GRAPH" in QUESTIONS[name] else merge).query(QUESTIONS[name])
    accept = "text/turtle" if expected.type in ("CONSTRUCT", "DESCRIBE") else "application/sparql-results+json"
    answer = demo.post("/sparql", data={"query": QUESTIONS[name]}, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    if expected.graph is not None:
        assert graph_of(rdflib.Graph().parse(data=answer.text, format="turtle")) == graph_of(expected.graph)
        return
    joined = "skills" if "GROUP_CONCAT" in QUESTIONS[name] else ""
    assert rows_of(answer.json(), joined) == rows_of(json.loads(expected.serialize(format="json") or b""), joined)


def without_order(rows: Counter[frozenset[tuple[str, object]]]) -> Counter[frozenset[tuple[str, object]]]:
    """Return rows without what a list is ordered by, which the interface keeps to itself."""
    found: Counter[frozenset[tuple[str, object]]] = Counter()
    for row, count in rows.items():
        found[frozenset(pair for pair in row if pair[0] != "order")] += count
    return found


@pytest.mark.parametrize("name", [name for name, query in load_queries().items() if query.form == "SELECT"])
def test_named_query_answers_by_rest_and_command_as_rdflib_does_on_the_dump(
    demo: TestClient, demo_settings: Settings, dump: rdflib.Dataset, merge: rdflib.Graph, name: str
) -> None:
    found = (dump if "GRAPH" in QUESTIONS[name] else merge).query(QUESTIONS[name])
    joined = "skills" if "GROUP_CONCAT" in QUESTIONS[name] else ""
    expected = without_order(rows_of(json.loads(found.serialize(format="json") or b""), joined))
    example = load_queries()[name].example
    answer = demo.get(f"/api/v1/queries/{name}", params=example, headers={"Accept": "application/sparql-results+json"})
    assert without_order(rows_of(answer.json(), joined)) == expected
    words = [f"{parameter}={value}" for parameter, values in example.items() for value in values]
    told = CliRunner().invoke(
        app, ["query", name, *words, "--format", "json"], env={"PINOAMO_DATA": str(demo_settings.data)}
    )
    assert without_order(rows_of(json.loads(told.stdout), joined)) == expected


def counts_of(text: str) -> dict[str, int]:
    """Return the rows of a CSV answer whose last column is a number, by the last part of the first."""
    rows = list(csv.reader(text.splitlines()))[1:]
    return {row[0].rpartition("/")[2]: int(row[-1]) for row in rows}


def test_providers_that_two_sources_describe_count_once_at_every_door(
    demo: TestClient, demo_settings: Settings, catalogue_rows: list[dict[str, str]], tmp_path: Path
) -> None:
    written = Counter(row["country"] for row in catalogue_rows)
    expected = {
        "FIN": written["FI"],
        "SWE": written["SE"],
        "EST": written["EE"],
        "NLD": written["NL"],
        "IRL": written["IE"],
    }
    assert (expected["FIN"], expected["SWE"]) == (49, 17)  # 287 and 80 with the engine's union
    assert counts_of(demo.post("/sparql", data={"query": BY_COUNTRY}, headers={"Accept": "text/csv"}).text) == expected
    file = tmp_path / "by-country.rq"
    file.write_text(BY_COUNTRY)
    told = CliRunner().invoke(
        app, ["sparql", str(file), "--format", "csv"], env={"PINOAMO_DATA": str(demo_settings.data)}
    )
    assert counts_of(told.output) == expected


@pytest.mark.parametrize(
    "names", [("credentials", "programmes", "derived"), ("esco", "vocabulary"), ("credentials",)], ids=len
)
def test_from_some_graphs_counts_as_rdflib_counts_their_merge(
    demo: TestClient, dump: rdflib.Dataset, demo_settings: Settings, names: Sequence[str]
) -> None:
    graphs = [f"{demo_settings.base_url}/graph/{name}" for name in names]
    merged = rdflib.Graph()
    for graph in graphs:
        for triple in dump.graph(rdflib.URIRef(graph)):
            merged.add(triple)
    expected = rows_of(json.loads(merged.query(BY_COUNTRY).serialize(format="json") or b""))
    clauses = " ".join(f"FROM <{graph}>" for graph in graphs)
    by_clause = {"query": BY_COUNTRY.replace("WHERE", f"{clauses} WHERE", 1)}
    for data in (by_clause, {"query": BY_COUNTRY, "default-graph-uri": graphs}):
        answer = demo.post("/sparql", data=data, headers={"Accept": "application/sparql-results+json"})
        assert rows_of(answer.json()) == expected
    count = f"SELECT (COUNT(*) AS ?n) {clauses} WHERE {{ ?s ?p ?o }}"
    assert int(demo.post("/sparql", data={"query": count}, headers={"Accept": "text/csv"}).text.split()[1]) == len(
        merged
    )


@pytest.mark.slow
def test_skills_of_official_esco_count_once_beside_those_of_the_demo(shared: Path, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, workers=1, **PATIENCE)
    with open_work(settings.data) as work:
        load_demo(work, settings)
        load(work, settings, load_profile(SHAPES, "eu"), "esco", [str(shared / "esco" / "v1.1.1")])
        publish(work, settings, load_queries())
    with TestClient(create_app(settings), base_url=settings.base_url) as client:
        for clauses in ("", f"FROM <{settings.base_url}/graph/esco> FROM <{settings.base_url}/graph/esco-1.1.1>"):
            query = f"{PREFIXES} SELECT (COUNT(*) AS ?n) {clauses} WHERE {{ ?skill a esco:Skill }}"
            answer = client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})
            assert answer.text.split()[1] == "13896", answer.text  # as many rows has skills_en.csv

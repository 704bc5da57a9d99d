"""The endpoint as the clients see it that people really use: SPARQLWrapper and rdflib's SPARQLStore."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from service.settings import Settings
from tests.support.serving import publish, running

BASE = "http://data.example"
TITLE = URIRef("http://purl.org/dc/terms/title")
COURSE = URIRef("http://e/course")
SELECT = "SELECT ?title WHERE { <http://e/course> <http://purl.org/dc/terms/title> ?title }"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1)
    publish(settings, {f"{BASE}/graph/g": f'<{COURSE}> <{TITLE}> "Tietoturva & å%20"@fi .'})
    with running(settings) as address:
        yield f"{address}/sparql"


@pytest.mark.parametrize(("method", "encoding"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)])
@pytest.mark.parametrize("form", [JSON, XML, CSV])
def test_sparqlwrapper_reads_every_result_format(endpoint: str, method: str, encoding: str, form: str) -> None:
    client = SPARQLWrapper(endpoint, returnFormat=form)
    client.setMethod(method)
    client.setRequestMethod(encoding)
    client.setQuery(SELECT)
    found = client.query().convert()
    if form == JSON:
        assert [row["title"]["value"] for row in found["results"]["bindings"]] == ["Tietoturva & å%20"]
    elif form == XML:
        assert [node.firstChild.data for node in found.getElementsByTagName("literal")] == ["Tietoturva & å%20"]
    else:
        assert found.decode() == "title\r\nTietoturva & å%20\r\n"


@pytest.mark.parametrize("form", [TURTLE, N3, JSONLD, RDFXML, XML])
def test_sparqlwrapper_reads_a_graph(endpoint: str, form: str) -> None:
    client = SPARQLWrapper(endpoint, returnFormat=form)
    client.setQuery(f"DESCRIBE <{COURSE}>")
    found = client.query().convert()
    graph = found if isinstance(found, Graph) else Graph().parse(data=found, format="turtle")
    assert set(graph) == {(COURSE, TITLE, Literal("Tietoturva & å%20", lang="fi"))}


def test_sparqlwrapper_understands_that_a_query_is_malformed(endpoint: str) -> None:
    client = SPARQLWrapper(endpoint, returnFormat=JSON)
    client.setQuery("SELECT * WHERE {")
    with pytest.raises(QueryBadFormed):
        client.query()


def test_rdflib_browses_the_endpoint_as_a_graph(endpoint: str) -> None:
    graph = Graph(SPARQLStore(endpoint))
    assert list(graph.objects(COURSE, TITLE)) == [Literal("Tietoturva & å%20", lang="fi")]
    assert bool(graph.query(f"ASK {{ <{COURSE}> ?p ?o }}"))

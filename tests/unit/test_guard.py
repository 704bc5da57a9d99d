"""What a query text gives away; every SERVICE form below was seen to reach out with the engine alone."""

from __future__ import annotations

import contextlib

import pytest

from service.errors import QueryRefused, QuerySyntaxError
from service.sparql.guard import has_dataset, is_repeatable, point_services, query_form, refuse_service

TARGET = "<http://127.0.0.1:9/sparql>"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE {TARGET} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ service silent {TARGET}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE{TARGET}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICESILENT{TARGET}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p true SERVICE#note {{\n{TARGET}#note\r\n{{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p trueSERVICE{TARGET}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ BIND({TARGET} AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
        f"SELECT * {{ BIND({TARGET} AS ?x) SERVICE$x{{ ?s ?p ?o }} }}",
        "PREFIX e: <http://127.0.0.1:9/> SELECT * { SERVICE e:x { ?s ?p ?o } }",
        "PREFIX e: <http://127.0.0.1:9/> SELECT * { SERVICEe:x#\n{ ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE: { ?s ?p ?o } }",
        r"PREFIX e: <http://127.0.0.1:9/> SELECT * { SERVICE e:a\#b { ?s ?p ?o } }",
        "PREFIX é·: <http://127.0.0.1:9/> SELECT * { SERVICE é·:%20:x { ?s ?p ?o } }",
        rf"SELECT * {{ \u0053ERVICE {TARGET} {{ ?s ?p ?o }} }}",
        f'SELECT * {{ FILTER("\\"" != "#") SERVICE {TARGET} {{ ?s ?p ?o }} }}',
        "SELECT * { " + "SERVICE" * 2000 + " }",
    ],
)
def test_service_is_refused_however_it_is_written(query: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE is switched off"):
        refuse_service(query)


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX dcat: <http://www.w3.org/ns/dcat#> SELECT * { ?s dcat:accessService ?x }",
        "SELECT ?service { ?service ?p ?o { ?service ?q ?r } }",
        'SELECT * { ?s ?p ?o FILTER(CONTAINS(?o, "customer service")) }',
        "SELECT * { GRAPH <http://example.org/service/graph> { ?s ?p ?o } }",
        "SELECT * { GRAPH <http://service.example.org:80/g> { ?s ?p ?o } }",
        "PREFIX ex: <http://e/> SELECT * { GRAPH ex:serviceGraph { ?s ?p ?o } }",
        "SELECT * { ?s <http://e/service> ?o . { ?o ?p ?x } }",
        "# asks no SERVICE\nSELECT * { ?s ?p ?o }",
    ],
)
def test_the_word_alone_is_no_service_clause(query: str) -> None:
    refuse_service(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM <http://e/g> { ?s ?p ?o }", True),
        ("SELECT * from named e:g { GRAPH ?g { ?s ?p ?o } }", True),
        ("SELECT *\nFROM<http://e/g>{ ?s ?p ?o }", True),
        ('SELECT * { ?s ?p "FROM <http://e/g>" }', False),
        ("SELECT * { ?s ?p '''it's FROM <http://e/g>''' }", False),
        ("SELECT * { ?s ?p ?o } # FROM <http://e/g>", False),
        ("SELECT ?from { ?from e:from from:e }", False),
        ("SELECT * { <http://e/x#> ?p ?o } ", False),
        ("SELECT * FROM <http://e/x#a> { ?s ?p 'a' }", True),
        ("SELECT * { ?s ?p 'un\\'closed FROM' }", False),
    ],
)
def test_a_dataset_of_its_own_is_seen(query: str, expected: bool) -> None:
    assert has_dataset(query) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s ?p ?o }", True),
        ("SELECT (RAND() AS ?x) {}", False),
        ("SELECT * { BIND(now ( ) AS ?x) }", False),
        ("SELECT * { BIND(struuid() AS ?x) }", False),
        ("SELECT * { SERVICE<http://e/x>{} }", False),
        ('SELECT * { ?s ?p "RAND()" }', True),
        ("SELECT ?now { ?now e:now ?rand }", True),
    ],
)
def test_chance_is_seen(query: str, expected: bool) -> None:
    assert is_repeatable(query) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select * {}", "SELECT"),
        ("# ASK\nPREFIX select: <http://e/ask#> CONSTRUCT WHERE { SELECT * {} }", "CONSTRUCT"),
        ("BASE <http://e/> ASK{}", "ASK"),
        ("DESCRIBE<http://e/x>", "DESCRIBE"),
    ],
)
def test_form_is_the_first_keyword(query: str, expected: str) -> None:
    assert query_form(query) == expected


def test_text_without_a_form_is_no_query() -> None:
    with pytest.raises(QuerySyntaxError):
        query_form("INSERT DATA { <http://e/a> <http://e/b> 'ASK' }")


@pytest.mark.parametrize(
    "piece",
    ['"\\"', '"""\\', "'''\\", "a-", "<a", "service", "SERVICE<", "xFROM.", "#", "(", '"', "e:\\", "NOW ", '"" ""'],
)
def test_long_hostile_texts_are_read_once(piece: str) -> None:
    """A million characters: nobody would wait for the end if they were read again at each place."""
    text = piece * (1_000_000 // len(piece))
    assert not has_dataset(text)
    assert is_repeatable(text) is (piece != "SERVICE<")
    with contextlib.suppress(QueryRefused):
        refuse_service(text)
    with contextlib.suppress(QueryRefused):
        point_services(text, ("http://e/sparql",))


LISTED = ("http://one.example/sparql", "https://two.example/q?x=1")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT * { ?s ?p ?o }"),
        (
            "SELECT * { SERVICE <http://one.example/sparql> { ?s ?p ?o } }",
            "SELECT * { SERVICE s0:0                        { ?s ?p ?o } }",
        ),
        (
            "PREFIX s0: <http://e/> SELECT * { service#x\nSILENT<https://two.example/q?x=1>{ ?s s0:p 'service' } }",
            "PREFIX s0: <http://e/> SELECT * { service#x\nSILENTs1:1s                      { ?s s0:p 'service' } }",
        ),
    ],
)
def test_listed_endpoints_are_called_by_names_of_the_same_length(query: str, expected: str) -> None:
    assert point_services(query, LISTED)[0] == expected


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE {TARGET} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{LISTED[0]}> {{ ?s ?p ?o }} SERVICE {TARGET} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{LISTED[0].upper()}> {{ ?s ?p ?o }} }}",
        r"SELECT * { SERVICE <http://one.example/spar\u0071l> { ?s ?p ?o } }",
        rf"SELECT * {{ SERVICE <{LISTED[0]}> {{ ?s ?p '\u0041' }} }}",
        rf"SELECT * {{ \u0053ERVICE <{LISTED[0]}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p 'SERVICE <{LISTED[0]}> {{' }}",
        f"SELECT * {{ SERVICE #SERVICE <{LISTED[0]}> {{\n<{LISTED[0]}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p trueSERVICE<{LISTED[0]}>{{ ?s ?p ?o }} }}",
        "SELECT * { BIND(<http://one.example/sparql> AS ?x) SERVICE ?x { ?s ?p ?o } }",
        "PREFIX e: <http://one.example/> SELECT * { SERVICE e:sparql { ?s ?p ?o } }",
        f"SELECT * {{ SERVICE <{LISTED[0]}> {{ ?s ?p ?o }} }}" + " #SERVICE" * 2000,
    ],
)
def test_service_that_is_not_plainly_a_listed_one_is_refused(query: str) -> None:
    with pytest.raises(QueryRefused):
        point_services(query, LISTED)

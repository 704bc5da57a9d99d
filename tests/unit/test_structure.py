"""What is told from the text of a query alone: how deep it nests, how much it chains, the order of its columns."""

from __future__ import annotations

import subprocess
import sys

import pytest

from service.errors import QueryTooComplex
from service.sparql.structure import DEEPEST, MOST_PARTS, in_order_of_appearance, refuse_overgrown
from tests.conftest import ROOT

pytestmark = pytest.mark.system

DEEP = {
    "groups": "SELECT * " + "{" * 9000 + "}" * 9000,
    "brackets": "SELECT (" + "(" * 9000 + "1" + ")" * 9000 + " AS ?x) {}",
    "blank-nodes": "SELECT * { ?s ?p " + "[ ?p " * 4000 + "1" + "]" * 4000 + " }",
    "functions": "SELECT (" + "STR(" * 4000 + "1" + ")" * 4000 + " AS ?x) {}",
    "escaped": "SELECT * " + r"\u007B" * 3000 + r"\u007D" * 3000,
    "in-data": "INSERT DATA { GRAPH <http://e/g> { <http://e/s> <http://e/p> " + "(" * 9000 + ")" * 9000 + " } }",
}
LONG = {
    "sum": "SELECT (1" + "+1" * 9000 + " AS ?x) {}",
    "difference": "SELECT (?a" + "-?a" * 9000 + " AS ?x) {}",
    "numbers": "SELECT (1" + "-1" * 9000 + " AS ?x) {}",
    "not": "SELECT (" + "!" * 9000 + "true AS ?x) {}",
    "path": "SELECT * { ?s <http://e/a>" + "/<http://e/a>" * 9000 + " ?o }",
    "union": "SELECT * { {}" + "UNION{}" * 9000 + " }",
    "optional": "SELECT * { " + "OPTIONAL { ?s ?p ?o } " * 9000 + " }",
    "triples": "SELECT * { " + "?s ?p ?o." * 9000 + " }",
    "objects": "SELECT * { ?s ?p 1" + ",1" * 9000 + " }",
    "columns": "SELECT " + "(1 AS ?x) " * 9000 + "{}",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_refused(name: str) -> None:
    with pytest.raises(QueryTooComplex, match=str(DEEPEST)):
        refuse_overgrown(DEEP[name])


@pytest.mark.parametrize("name", LONG)
def test_long_chains_are_refused(name: str) -> None:
    with pytest.raises(QueryTooComplex, match=f"{MOST_PARTS:,}"):
        refuse_overgrown(LONG[name])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 50 + "}" * 50,
        "SELECT * { VALUES ?x { " + "-1.5 <http://e/a> " * 9000 + "} }",
        "SELECT * { VALUES (?x ?y) { " + "(1 2) " * 9000 + "} }",
        "SELECT * { ?s ?p ?o FILTER(?o IN (1" + ",1" * 9000 + ")) }",
        "SELECT * { ?s ?p '" + "{" * 9000 + "' }",
        "SELECT * { ?s ?p ?o } # " + "{" * 9000,
        "INSERT DATA { GRAPH <http://e/g> { " + "<http://e/s> <http://e/p> 1 , 2 ; a <http://e/c> . " * 9000 + "} }",
        "INSERT DATA { <http://e/s> <http://e/p> 1 . } ;\n" * 3000,
    ],
)
def test_much_data_is_not_complex(text: str) -> None:
    refuse_overgrown(text)


_RUN = """
import sys
import pyoxigraph as ox
from service.processes.limits import deepen_stack
deepen_stack()
store = ox.Store()
try:
    for _ in store.query(sys.stdin.read()):
        break
except SyntaxError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * DEEPEST + "}" * DEEPEST,
        "SELECT * { " + "FILTER EXISTS { " * (DEEPEST - 1) + "}" * DEEPEST,
        "SELECT (" + "STR(" * (DEEPEST - 1) + "1" + ")" * (DEEPEST - 1) + " AS ?x) {}",
        "SELECT (1" + "+1" * (MOST_PARTS - 10) + " AS ?x) {}",
        "SELECT * { {}" + "UNION{}" * (MOST_PARTS // 2 - 10) + " }",
        "SELECT * { " + "MINUS{?a ?b 1}" * (MOST_PARTS // 2 - 10) + "}",
        "SELECT * { " + "".join(f"BIND(1 AS ?a{number})" for number in range(MOST_PARTS // 2 - 10)) + "}",
    ],
    ids=["groups", "exists", "functions", "sum", "union", "minus", "bind"],
)
def test_the_stack_holds_what_is_let_through(text: str) -> None:
    """The limits are right for the stack that a worker has: one level deeper is refused, this does not end it."""
    refuse_overgrown(text)
    done = subprocess.run(
        [sys.executable, "-c", _RUN], input=text, text=True, cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?z ?b ?a }", ("z", "b", "a")),
        ("SELECT DISTINCT*{ $z ?b ?a }", ("z", "b", "a")),
        ("# SELECT ?a\nselect reduced # x\n * { ?z ?b ?a }", ("z", "b", "a")),
        ("SELECT * { FILTER(?z != '?a ?b') ?b ?a ?z }", ("z", "b", "a")),
        ("SELECT ?a ?z ?b { ?z ?b ?a }", ("a", "b", "z")),
        ("SELECT (COUNT(*) AS ?a) ?z ?b { ?z ?b ?a }", ("a", "b", "z")),
    ],
)
def test_all_columns_come_in_the_order_of_appearance(query: str, expected: tuple[str, ...]) -> None:
    """SPARQL 1.1, 18.2.1 names the variables "in scope"; people read them from left to right."""
    assert in_order_of_appearance(query, ("a", "b", "z")) == expected

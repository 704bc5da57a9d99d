"""Whatever a query is made of, it is answered or refused with a reason, and no worker ends over it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import (
    EngineFailed,
    InvalidArgument,
    NotAcceptable,
    Overloaded,
    QueryRefused,
    QuerySyntaxError,
    ServiceError,
    StoreUnavailable,
)
from service.metrics import Metrics
from service.settings import Settings
from service.store.datasets import Datasets
from service.store.oxigraph import OxigraphStore
from service.workers.query_answer import write_answer
from service.workers.query_pool import QueryPool
from service.workers.query_program import evaluate
from service.workers.query_task import QueryTask
from tests.conftest import PATIENCE
from tests.support.serving import publish, store_path

pytestmark = pytest.mark.system

XSD = "http://www.w3.org/2001/XMLSchema#"
DATA = f"""<http://e/a> <http://e/p> "x"@en .
<http://e/a> <http://e/p> "99999999999999999999"^^<{XSD}integer> .
<http://e/a> <http://e/p> "abc"^^<{XSD}integer> .
<http://e/b> <http://e/q> <http://e/a> .
<http://e/b> <http://e/q> "P1M"^^<{XSD}duration> ."""

TERMS = st.sampled_from(
    ["1", "-1", "1.5", "1e400", '"x"', '"["', '""', '"x"@en', "true", "<http://e/a>", "<rel>", "?a", "?none", "BNODE()",
     f'"-9223372036854775808"^^<{XSD}integer>', f'"P1M"^^<{XSD}duration>', f'"0000-00-00"^^<{XSD}date>', "NOW()",
     "<<( <http://e/a> <http://e/p> 1 )>>", '"\\u0000"', "rdfs:label", "1 AS", "'"]
)  # fmt: skip
FUNCTIONS = st.sampled_from(
    ["STR", "LANG", "IRI", "ABS", "SUBSTR", "REPLACE", "REGEX", "STRDT", "STRLANG", "CONCAT", "COALESCE", "IF", "YEAR",
     "SUM", "GROUP_CONCAT", "COUNT", "<http://e/f>", f"<{XSD}int>", f"<{XSD}date>", "fn:lower-case", "TRIPLE", "UUID"]
)  # fmt: skip
OPERATORS = st.sampled_from(["+", "-", "*", "/", "=", "<", "&&", "||", "IN", "NOT IN", "AND"])


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner, max_size=4).map(", ".join)
    return st.one_of(
        st.tuples(FUNCTIONS, arguments).map(lambda call: f"{call[0]}({call[1]})"),
        st.tuples(inner, OPERATORS, inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map("!{}".format),
    )


EXPRESSIONS = st.recursive(TERMS, _calls, max_leaves=8)
PATHS = st.sampled_from(
    ["<http://e/p>", "?p", "a", "<http://e/p>*", "^<http://e/q>/<http://e/p>", "!<http://e/p>", "()"]
)
PATTERNS = st.recursive(
    st.one_of(
        st.tuples(TERMS, PATHS, TERMS).map(lambda parts: " ".join(parts) + " ."),
        EXPRESSIONS.map("BIND({} AS ?b)".format),
        EXPRESSIONS.map("FILTER({})".format),
        st.lists(TERMS, max_size=3).map(lambda terms: f"VALUES ?a {{ {' '.join(terms)} }}"),
    ),
    lambda inner: st.tuples(
        st.sampled_from(
            ["{}", "OPTIONAL", "MINUS", "GRAPH ?g", "GRAPH <r>", "FILTER EXISTS", "{} UNION", "SERVICE <a:>", "LATERAL"]
        ),
        st.lists(inner, max_size=3).map(" ".join),
    ).map(lambda parts: f"{parts[0]} {{ {parts[1]} }}"),
    max_leaves=6,
)  # fmt: skip
FORMS = st.one_of(
    st.just("SELECT *"),
    EXPRESSIONS.map("SELECT ({} AS ?x)".format),
    st.just("ASK"),
    st.just("CONSTRUCT { ?a ?p ?x }"),
    st.just("DESCRIBE ?a"),
    st.just("INSERT { ?a ?p ?x }"),
)
ENDS = st.one_of(
    st.just(""),
    EXPRESSIONS.map("ORDER BY {}".format),
    EXPRESSIONS.map("GROUP BY ({} AS ?g)".format),
    st.sampled_from(["LIMIT 18446744073709551615", "OFFSET 18446744073709551615", "LIMIT -1", "VALUES () { () }", "}"]),
)
QUERIES = st.tuples(FORMS, st.lists(PATTERNS, max_size=4).map(" ".join), ENDS).map(
    lambda parts: f"PREFIX fn: <http://www.w3.org/2005/xpath-functions#> {parts[0]} WHERE {{ {parts[1]} }} {parts[2]}"
)
TEXTS = st.one_of(QUERIES, st.text(max_size=60).map("SELECT * {{ {} }}".format), st.text(max_size=40))
# What says that the service is to blame: no query may be told that.
OURS = (EngineFailed, StoreUnavailable, Overloaded)


def _task(query: str, store: str = "") -> QueryTask:
    return QueryTask(store, query, base="http://e/sparql", rows=1000, bytes=100_000)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_every_query_is_answered_or_refused_with_a_reason(query: str) -> None:
    store = OxigraphStore.in_memory("".join(f"{line[:-1]}<http://e/g> .\n" for line in DATA.splitlines()).encode())
    task = _task(query)
    with suppress(QuerySyntaxError, QueryRefused, InvalidArgument, NotAcceptable):
        write_answer(task, evaluate(task, Datasets(store, None, 0), None, {}), BytesIO())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    publish(Settings(data=folder), {"http://localhost:8000/graph/odd": DATA})
    return folder


@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=80, max_size=80))
def test_no_worker_ends_over_a_query(data: Path, queries: list[str]) -> None:
    metrics = Metrics()

    async def all_of_them() -> list[object]:
        pool = QueryPool(Settings(data=data, workers=1, **PATIENCE), metrics)
        await pool.start()
        found: list[object] = []
        try:
            for query in queries:
                try:
                    answer = await pool.run(_task(query, str(store_path(data))))
                    answer.file.close()
                except ServiceError as error:
                    found.append(error)
        finally:
            await pool.close()
        return found

    refusals = asyncio.run(all_of_them())
    assert not [error for error in refusals if isinstance(error, OURS)]
    assert 'reason="died"' not in metrics.text().decode()

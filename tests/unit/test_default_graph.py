"""The default graph is a set: what two graphs state counts once, whatever is loaded, changed or removed.

Expected values are worked out with Python's sets, which know nothing of an engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import BadRequest
from service.rdf.statements import RowStream, Triple
from service.rdf.syntax import nquads_from_triples
from service.rdf.terms import Term
from service.store import bulk
from service.store.datasets import Datasets
from service.store.graph_table import GraphTable, make_table, properties_of, read_table, write_table
from service.store.statement_store import StatementStore

GRAPHS = [f"http://x/graph/{letter}" for letter in "abc"]
COUNT = "SELECT (COUNT(*) AS ?n) %s WHERE { ?s ?p ?o }"
PATH = "SELECT (COUNT(*) AS ?n) (SUM(?size) AS ?sum) %s WHERE { ?s <http://x/p>/<http://x/p>/<http://x/size> ?size }"

nodes = st.integers(0, 3).map(lambda number: Term("iri", f"http://x/{number}"))
links = st.builds(Triple, nodes, st.just("http://x/p"), nodes)
sizes = st.builds(
    Triple, nodes, st.just("http://x/size"),
    st.integers(0, 3).map(lambda n: Term("literal", str(n), None, "http://www.w3.org/2001/XMLSchema#integer")),
)  # fmt: skip
triples = st.frozensets(st.one_of(links, sizes), max_size=8)
catalogues = st.fixed_dictionaries({}, optional=dict.fromkeys(GRAPHS, triples))
steps = st.lists(
    st.tuples(
        st.sampled_from(("load", "add", "apply", "remove", "remove large")), st.sampled_from(GRAPHS), triples, triples
    ),
    max_size=8,
)
Graphs = Mapping[str, frozenset[Triple]]
Steps = Sequence[tuple[str, str, frozenset[Triple], frozenset[Triple]]]


def count_of(statements: frozenset[Triple]) -> tuple[int, int, int]:
    """Return how many statements there are, how many ways lead along the path, and the sum of what these lead to."""
    pairs = [(t.subject, t.object) for t in statements if t.predicate == "http://x/p"]
    ends = [(t.subject, int(t.object.value)) for t in statements if t.predicate == "http://x/size"]
    ways = [
        size for (_, one), (other, last), (end, size) in product(pairs, pairs, ends) if one == other and last == end
    ]
    return len(statements), len(ways), sum(ways)


def asked(datasets: Datasets, clauses: str = "", **graphs: Sequence[str] | None) -> tuple[int, int, int]:
    found: list[int] = []
    for query in (COUNT, PATH):
        answer = datasets.evaluate(query % clauses, **graphs)
        assert isinstance(answer, RowStream)
        found += [int(term.value) for row in answer.rows for term in row.values()]
    statements, ways, total = found
    return statements, ways, total


def loaded(graphs: Graphs, folder: Path | None = None) -> StatementStore:
    store = StatementStore.writable(folder) if folder else StatementStore.in_memory()
    for graph, statements in graphs.items():
        store.add(statements, graph)
    return store


def union_of(graphs: Graphs) -> frozenset[Triple]:
    return frozenset[Triple]().union(*graphs.values())


def dumped(store: StatementStore, media_type: str) -> list[str]:
    output = BytesIO()
    store.dump(output, media_type)
    return sorted(output.getvalue().decode().splitlines())


@settings(deadline=None)
@given(steps)
def test_whatever_is_done_the_default_graph_is_the_set_of_what_is_left(done: Steps) -> None:
    store = StatementStore.in_memory()
    graphs: dict[str, frozenset[Triple]] = {}
    with TemporaryDirectory() as folder:
        for what, graph, some, others in done:
            held = graphs.get(graph, frozenset())
            if what == "load":
                path = Path(folder) / "some.nq"
                path.write_bytes(nquads_from_triples(some, graph))
                store.load(path)
                graphs[graph] = held | some
            elif what == "add":
                store.add(some, graph)
                graphs[graph] = held | some
            elif what == "apply":
                store.apply(graph, some, others)
                graphs[graph] = (held - some) | others
            else:
                store.remove_graph(graph, large=what == "remove large")
                graphs.pop(graph, None)
    assert asked(Datasets(store, None, 0)) == count_of(union_of(graphs))
    lines = [line for graph, held in graphs.items() for line in nquads_from_triples(held, graph).decode().splitlines()]
    assert dumped(store, "application/n-quads") == sorted(lines)
    assert len(dumped(store, "application/n-triples")) == len(union_of(graphs))
    named = store.select("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g").rows
    assert {row["g"].value: int(row["n"].value) for row in named} == {
        g: len(held) for g, held in graphs.items() if held
    }


@settings(deadline=None)
@given(catalogues, st.lists(st.sampled_from([*GRAPHS, "http://x/graph/none"]), min_size=1, max_size=5))
def test_from_any_graphs_is_their_set_by_clause_and_by_parameter(graphs: Graphs, chosen: list[str]) -> None:
    store = loaded(graphs)
    datasets = Datasets(store, make_table(store, properties_of(store)), 1000)
    expected = count_of(union_of({graph: graphs.get(graph, frozenset()) for graph in chosen}))
    clauses = " ".join(f"FROM <{graph}>" for graph in chosen)
    assert asked(datasets, clauses) == expected
    assert asked(datasets, default_graphs=chosen) == expected
    assert asked(datasets, default_graphs=chosen, named_graphs=()) == expected


@settings(deadline=None)
@given(catalogues)
def test_table_of_graphs_says_which_share_a_statement(graphs: Graphs) -> None:
    store = loaded(graphs)
    held = {graph: statements for graph, statements in graphs.items() if statements}
    expected = frozenset(
        frozenset((one, other)) for one, other in product(held, held) if one != other and held[one] & held[other]
    )
    table = make_table(store, properties_of(store))
    assert table == GraphTable({graph: len(statements) for graph, statements in held.items()}, expected)
    with TemporaryDirectory() as folder:
        assert read_table(Path(folder)) is None
    with TemporaryDirectory() as folder:
        write_table(Path(folder), table)
        assert read_table(Path(folder)) == table


def test_graphs_that_there_is_no_room_to_compare_are_taken_to_overlap_where_they_could() -> None:
    def link(number: int, name: str = "p") -> Triple:
        return Triple(Term("iri", f"http://x/{number}"), f"http://x/{name}", Term("iri", "http://x/o"))

    one, other, third = GRAPHS
    graphs = {one: {link(1), link(2)}, other: {link(3), link(4)}, third: {link(5), link(6, "q")}}
    store = loaded({graph: frozenset(statements) for graph, statements in graphs.items()})
    assert make_table(store, properties_of(store)).overlaps == frozenset()
    # Room for the two comparisons of one statement, and not for that of two as well.
    assert make_table(store, properties_of(store), 3).overlaps == {frozenset((one, other))}


SHARED = Triple(Term("iri", "http://x/1"), "http://x/p", Term("iri", "http://x/2"))
OVERLAPPING = {GRAPHS[0]: frozenset((SHARED,)), GRAPHS[1]: frozenset((SHARED,)), GRAPHS[2]: frozenset((SHARED,))}


def test_graphs_too_large_to_merge_are_refused_with_the_reason() -> None:
    store = loaded(OVERLAPPING)
    datasets = Datasets(store, make_table(store, properties_of(store)), 1)
    with pytest.raises(BadRequest, match="state some of the same and hold 2 statements"):
        asked(datasets, f"FROM <{GRAPHS[0]}> FROM <{GRAPHS[1]}>")
    assert asked(datasets, " ".join(f"FROM <{graph}>" for graph in GRAPHS)) == (1, 0, 0)  # all: nothing is merged
    assert asked(datasets, f"FROM <{GRAPHS[0]}>") == (1, 0, 0)


def test_what_was_merged_is_merged_once_and_given_up_for_another_when_there_is_no_room() -> None:
    store = loaded(OVERLAPPING)
    datasets = Datasets(store, make_table(store, properties_of(store)), 3)
    parts: list[object] = []
    part = store.part
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "part", lambda *graphs: (parts.append(graphs), part(*graphs))[1])
        for chosen in (GRAPHS[:2], GRAPHS[:2], GRAPHS[1:], GRAPHS[:2]):
            assert asked(datasets, default_graphs=chosen) == (1, 0, 0)
    assert len(parts) == 3  # the second time it was there; the fourth, the third had taken the room


def test_named_graphs_stay_apart_from_a_merged_default_graph() -> None:
    store = loaded(OVERLAPPING)
    datasets = Datasets(store, make_table(store, properties_of(store)), 10)
    query = "SELECT (COUNT(*) AS ?n) %s WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    for chosen in (GRAPHS[:2], GRAPHS):
        answer = datasets.evaluate(query % " ".join([*(f"FROM <{g}>" for g in chosen), f"FROM NAMED <{GRAPHS[2]}>"]))
        assert isinstance(answer, RowStream)
        assert [row["n"].value for row in answer.rows] == ["2"]


def test_store_of_before_answers_with_the_union_until_its_default_graph_is_made(tmp_path: Path) -> None:
    old = ox.Store(str(tmp_path / "store"))
    for graph in GRAPHS[:2]:
        old.add(ox.Quad(ox.NamedNode("http://x/1"), ox.NamedNode("http://x/p"), ox.Literal("x"), ox.NamedNode(graph)))
    old.flush()
    del old
    store = StatementStore.writable(tmp_path / "store")
    assert not store.keeps_default_graph
    assert asked(Datasets(store, None, 0))[0] == 2  # the engine's: oxigraph issue 1919
    assert len(dumped(store, "application/n-quads")) == 2
    store.add((), GRAPHS[0])
    assert not StatementStore(store._store).keeps_default_graph
    store.make_default_graph()
    assert asked(Datasets(store, None, 0))[0] == 1
    assert StatementStore(store._store).keeps_default_graph


@pytest.mark.parametrize("halved", [True, False])
def test_blank_node_is_the_same_one_in_its_graph_and_in_the_default_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, halved: bool
) -> None:
    monkeypatch.setattr(bulk, "_HALVED", range(1 << 20) if halved else range(0))
    path = tmp_path / "blank.nq"
    path.write_text(
        '# record <http://x/1> x:1\n_:b <http://x/p> "a <http://x/g> ." <http://x/g> .\r\n'
        "_:b <http://x/p> _:b <http://x/g> ."
    )
    store = StatementStore.in_memory()
    store.load(path)
    query = "SELECT ?o WHERE { ?b <http://x/p> ?o, ?b . GRAPH <http://x/g> { ?b <http://x/p> ?o, ?b } }"
    found = store.select(query).rows
    assert sorted(row["o"].kind for row in found) == ["bnode", "literal"]
    assert asked(Datasets(store, None, 0))[0] == 2


@pytest.mark.parametrize("halved", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        '<http://x/1>\t<http://x/p>  "v"\t<http://x/g>\t. ',
        '<http://x/1><http://x/p>"v"<http://x/g>.',
        '<http://x/1> <http://x/p> "v" <http://x/g> . # written <http://x/g> .',
        '<http://x/1> <http://x/p> "v" <http://x/g> .\r# a comment\r',
        '# <http://x/2> <http://x/p> "v" <http://x/g> .\n\n<http://x/1> <http://x/p> "v" <http://x/g> .',
        '<http://x/1> <http://x/p> "v <http://x/g> . # \\" <http://x/g> ." <http://x/g> .',
    ],
)
def test_nquads_however_they_are_written_are_in_the_default_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, halved: bool, line: str
) -> None:
    monkeypatch.setattr(bulk, "_HALVED", range(1 << 20) if halved else range(0))
    path = tmp_path / "written.nq"
    path.write_bytes(f"{line}\n".encode())
    triples = {quad.triple for quad in ox.parse(path=path, format=ox.RdfFormat.N_QUADS)}
    store = StatementStore.in_memory()
    store.load(path)
    kept = store._store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    assert {quad.triple for quad in kept} == triples
    assert asked(Datasets(store, None, 0))[0] == 1


@pytest.fixture(scope="module", autouse=True)
def _files_are_halved() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "_HALVED", range(200, 1 << 20))
        yield

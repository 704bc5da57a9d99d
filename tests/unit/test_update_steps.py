"""Within an update a count finds a statement of two graphs once, after what earlier operations wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.errors import Forbidden, QuerySyntaxError
from service.sparql.update_text import operations_of
from service.store.statement_store import StatementStore
from service.work_store.folder import STORE
from service.writing.update_program import run
from service.writing.updates import Update, steps_of

A, B = "http://e/graph/a", "http://e/graph/b"
# Two graphs state the same course; one states another one.
DATA = f"<urn:c1> <urn:ects> 5 <{A}> .\n<urn:c1> <urn:ects> 5 <{B}> .\n<urn:c2> <urn:ects> 3 <{B}> .\n".replace(
    " 5 ", ' "5"^^<http://www.w3.org/2001/XMLSchema#integer> '
).replace(" 3 ", ' "3"^^<http://www.w3.org/2001/XMLSchema#integer> ')
COUNT = (
    f"INSERT {{ GRAPH <{A}> {{ <urn:all> <urn:n> ?n }} }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ ?c <urn:ects> ?e }} }}"
)
SUM = f"INSERT {{ GRAPH <{A}> {{ <urn:all> <urn:sum> ?n }} }} WHERE {{ SELECT (SUM(?e) AS ?n) {{ ?c <urn:ects> ?e }} }}"
MORE = f"INSERT DATA {{ GRAPH <{A}> {{ <urn:c3> <urn:ects> 2 }} GRAPH <{B}> {{ <urn:c3> <urn:ects> 2 }} }}"


def added(folder: Path, update: str, *, kept: bool = True) -> set[str]:
    """Carry out an update on a store; return what it adds, without datatypes and graphs."""
    folder.mkdir(exist_ok=True)
    (folder / "data.nq").write_text(DATA)
    store = StatementStore.writable(folder / STORE)
    store.load(folder / "data.nq")
    if kept:
        store.make_default_graph()
    else:
        store.give_up_default_graph()
    steps = steps_of(update, Update(update), store.graphs())
    store.flush()
    store.close()
    (folder / "asked.rq").write_text(update)
    (folder / "steps.json").write_text(json.dumps(steps))
    run(folder, "http://e/sparql/update")
    return {line.partition("^^")[0] for line in (folder / "added.nq").read_text().splitlines()}


@pytest.mark.parametrize("kept", [True, False], ids=["default graph kept", "of before it was kept"])
def test_count_and_sum_find_a_statement_of_two_graphs_once(tmp_path: Path, kept: bool) -> None:
    # Two courses of 5 and 3: were the first one found twice, three and 13.
    assert added(tmp_path, COUNT, kept=kept) == {'<urn:all> <urn:n> "2"'}
    assert '<urn:all> <urn:sum> "8"' in added(tmp_path / "again", SUM, kept=kept)


def test_later_operation_counts_what_an_earlier_one_wrote_once(tmp_path: Path) -> None:
    assert added(tmp_path, f"{COUNT} ; {MORE} ; {SUM}") >= {'<urn:all> <urn:n> "2"', '<urn:all> <urn:sum> "10"'}


def test_declarations_hold_for_the_operations_after_them(tmp_path: Path) -> None:
    first, second = COUNT.replace("<urn:n>", "u:n"), SUM.replace("<urn:all>", "u:all").replace("<urn:sum>", "v:sum")
    assert added(tmp_path, f"PREFIX u: <urn:>\n{first} ;\nPREFIX v: <urn:>\n{second}") == {
        '<urn:all> <urn:n> "2"',
        '<urn:all> <urn:sum> "8"',
    }


def test_operations_keep_their_places_and_semicolons_inside_are_none() -> None:
    update = (
        'PREFIX u: <urn:>\nINSERT DATA { GRAPH u:g { u:a u:p ";" ; u:q 1 } } # ; no\n;\nDELETE WHERE { ?s u:p ?o } ;'
    )
    first, second = operations_of(update)
    assert (first.text.count("\n"), second.text.count("\n")) == (update.count("\n"),) * 2
    assert second.text.index("DELETE WHERE") == update.index("DELETE WHERE")
    assert "INSERT" not in second.text
    assert "PREFIX u:" in second.text
    assert [operation.counts for operation in (first, second)] == [False, False]


def test_malformed_operation_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(QuerySyntaxError) as told:
        added(tmp_path, f"{COUNT} ;\nINSERT DATA {{ GRAPH }}")
    assert told.value.line == 2


def test_counts_into_the_default_graph_are_refused_and_nothing_is_done(tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="name a graph"):
        added(tmp_path, COUNT.replace(f"GRAPH <{A}> {{ <urn:all> <urn:n> ?n }}", "<urn:all> <urn:n> ?n"))


def test_word_for_counting_in_texts_or_names_is_none() -> None:
    update = 'INSERT { GRAPH <urn:COUNT> { ?s <urn:p> "SUM(?x)" } } WHERE { ?s u:count ?count }'
    assert [operation.counts for operation in operations_of(f"PREFIX u: <urn:> {update}")] == [False]

"""Every named query answers alike in process, on an Oxigraph server and on Virtuoso."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from service.catalogue.catalogue import Catalogue
from service.catalogue.records import Filters
from service.errors import QuerySyntaxError, StoreUnavailable
from service.rdf.namespaces import XSD
from service.rdf.statements import Solutions, Triple
from service.rdf.terms import Term
from service.releases.readers import Readers
from service.releases.releases import Releases
from service.settings import Settings
from service.sparql.binding import bind
from service.sparql.named_queries import load_queries
from service.stacking.matrix.build import gather
from service.store.oxigraph import OxigraphStore
from service.store.remote import RemoteStore
from tests.support.engines import VIRTUOSO, oxigraph_server, virtuoso

QUERIES = load_queries()
NUMBERS = {XSD + name for name in ("integer", "decimal", "int", "long", "nonNegativeInteger")}


@pytest.fixture(scope="session")
def local(demo_settings: Settings) -> Iterator[OxigraphStore]:
    store = OxigraphStore.read_only(Releases(demo_settings.data).release(1).path / "store")
    yield store
    store.close()


@pytest.fixture(scope="session", params=["oxigraph-server", "virtuoso"])
def remote(
    request: pytest.FixtureRequest, local: OxigraphStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RemoteStore]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    dump = folder / "dump.nq"
    with dump.open("wb") as file:
        local.dump(file, "application/n-quads")
    if request.param == "virtuoso" and not VIRTUOSO:
        pytest.skip(reason="needs Virtuoso: the Debian package virtuoso-opensource-7")
    engine = virtuoso if request.param == "virtuoso" else oxigraph_server
    with engine(folder, dump) as endpoint:
        yield RemoteStore(endpoint, 60)


def value_of(term: Term) -> object:
    """Return what two engines must agree on: numbers and durations by value, everything else as it stands."""
    if term.datatype in NUMBERS:
        try:
            return ("number", Decimal(term.value))
        except InvalidOperation:
            pass
    if term.datatype == XSD + "duration":
        return ("duration", seconds(term.value))
    return term


def seconds(duration: str) -> Decimal:
    """Return the length of a duration in days, hours, minutes and seconds."""
    days, _, time = duration.removeprefix("P").partition("T")
    total = Decimal(days.removesuffix("D") or 0) * 86400
    for unit, size in (("H", 3600), ("M", 60), ("S", 1)):
        number, found, rest = time.partition(unit)
        if found:
            total += Decimal(number) * size
            time = rest
    return total


def rows_of(solutions: Solutions) -> list[dict[str, object]]:
    return [{name: value_of(term) for name, term in row.items()} for row in solutions.rows]


def set_of(triples: Sequence[Triple]) -> set[tuple[object, ...]]:
    return {(t.subject, t.predicate, value_of(t.object)) for t in triples}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_example_of_each_query_gets_the_same_answer(name: str, local: OxigraphStore, remote: RemoteStore) -> None:
    query = QUERIES[name]
    text = bind(query, query.example)
    if query.form == "CONSTRUCT":
        expected = set_of(local.construct(text))
        assert expected, "the example must have an answer"
        assert set_of(remote.construct(text)) == expected
    else:
        rows, others = rows_of(local.select(text)), rows_of(remote.select(text))
        assert rows, "the example must have an answer"
        if not query.paging:  # engines sort text with language tags differently; order matters where pages are cut
            rows, others = sorted(rows, key=repr), sorted(others, key=repr)
        assert others == rows


def test_catalogue_over_an_engine_answers_as_the_read_model_does(demo_settings: Settings, remote: RemoteStore) -> None:
    readers = Readers(demo_settings, load_queries())
    ours, theirs = readers.current().catalogue, Catalogue(remote, load_queries())
    filters = Filters(level=("http://data.europa.eu/snb/eqf/6",), min_ects=Decimal(3))
    assert theirs.credentials(filters, limit=5) == ours.credentials(filters, limit=5)
    assert theirs.facets(filters) == ours.facets(filters)
    assert theirs.suggest("data", ()) == ours.suggest("data", ())
    readers.close()


def test_what_paths_are_found_in_is_the_same_from_any_engine(local: OxigraphStore, remote: RemoteStore) -> None:
    (ours, texts), (theirs, others) = gather(local), gather(remote)
    assert {name: array.tolist() for name, array in theirs.items()} == {
        name: array.tolist() for name, array in ours.items()
    }
    assert others == texts
    assert texts["outcomes"], "somebody must teach something"


def test_table_has_the_texts_of_the_rows(local: OxigraphStore, remote: RemoteStore) -> None:
    query = """
        SELECT ?iri ?text ?number ?none {
            VALUES (?iri ?text ?number) { (<http://x/a> "a\\tb\\nc" 1) (<http://x/b> "ä"@fi 2.50) }
        } ORDER BY ?iri
    """
    for store in (local, remote):
        rows = list(store.table(query))
        assert [row[:2] for row in rows] == [["http://x/a", "a\tb\nc"], ["http://x/b", "ä"]]
        assert [Decimal(row[2]) for row in rows] == [1, Decimal("2.5")]
        assert [row[3] for row in rows] == ["", ""]


def test_syntax_error_is_told_as_one(remote: RemoteStore) -> None:
    with pytest.raises(QuerySyntaxError):
        remote.select("SELECT ?x WHERE { ?x ?y }")


def test_ask_is_answered_as_a_boolean(remote: RemoteStore) -> None:
    assert remote.ask("ASK { ?s a <http://data.europa.eu/esco/model#Skill> }") is True
    assert remote.ask("ASK { ?s a <http://example.org/nothing> }") is False


def test_dead_endpoint_is_told_as_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="did not answer"):
        RemoteStore("http://127.0.0.1:9/sparql", 2).select("SELECT * { ?s ?p ?o }")

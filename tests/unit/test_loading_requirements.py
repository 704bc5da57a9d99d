"""Requirements loaded as an operator meets them: through the loader, the gate and publishing, to the planner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.loading.across_records import Across
from service.loading.known_things import KnownThings
from service.loading.loading import LoadOutcome, load
from service.loading.own_vocabulary import ensure_vocabulary
from service.rdf.syntax import nquads_from_triples
from service.resources import QUERIES
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.stacking.matrix.build import gather
from service.stacking.matrix.matrix import Matrix
from service.stacking.requirements.tree import Count, Filter
from service.store.oxigraph import OxigraphStore
from service.validation.profiles import load_profile
from service.work_store.work_store import WorkStore, open_work
from tests.conftest import ROOT
from tests.support.records import record
from tests.support.small_catalogue import add_derived

pytestmark = pytest.mark.system

ID = "http://localhost:8000/id"
C = f"{ID}/credential/"
COURSES = (
    "id,title@en,provider,provider_name@en,country,language,ects,eqf_level,mode,assessment,quality_assurance,accreditor,"
    "learning_outcomes@en,stackability\n"
) + "".join(
    f"{key},Title,uni,A University,FI,en,5,6,online,portfolio,institutional-quality-assurance,An Agency,does something,"
    "stand-alone\n"
    for key in ("first", "second", *"abcde")
)
PROGRAMME = "text language: en\nprogrammes:\n  - {{id: p, title: P, requires: {{credentials: [first, {other}]}}}}\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkStore]:
    with open_work(tmp_path_factory.mktemp("requirements") / "var") as work:
        ensure_vocabulary(work, ROOT / "ontology", "http://localhost:8000")
        loaded(work, "table", "courses.csv", COURSES)
        yield work


def loaded(work: WorkStore, source_format: str, name: str, text: str, **options: bool) -> LoadOutcome:
    path = work.folder.parent.parent / name
    path.write_text(text, "utf-8")
    settings, eu = Settings(data=work.folder.parent), load_profile(ROOT / "shapes", "eu")
    return load(work, settings, eu, source_format, [str(path)], **options)  # type: ignore[arg-type]


def test_programme_of_known_micro_credentials_is_stored_and_read_by_the_planner(work: WorkStore) -> None:
    outcome = loaded(work, "requirements", "known.yaml", PROGRAMME.format(other="second"))
    assert (outcome.clean, outcome.warned, dict(outcome.records)) == (True, (), {"unchecked": 1})
    found = Matrix(*gather(published(work))).requirement(f"{ID}/programme/p")
    named = frozenset({f"{ID}/credential/first", f"{ID}/credential/second"})
    assert found == Count(f"{ID}/programme/p#requirement", 2, None, Filter(credentials=named))


def test_micro_credential_that_nobody_describes_is_a_warning_with_the_line_that_strict_refuses(work: WorkStore) -> None:
    text = PROGRAMME.format(other="scond").replace("id: p,", "id: q,")
    (warned,) = loaded(work, "requirements", "typo.yaml", text, dry_run=True).warned
    assert (warned["source"], warned["line"], warned["record"]) == ("typo.yaml", 3, f"{ID}/programme/q")
    assert [finding["value"] for finding in warned["findings"]] == [f"{ID}/credential/scond"]
    assert len(loaded(work, "requirements", "typo.yaml", text, dry_run=True, strict=True).refused) == 1


def test_prerequisites_are_added_to_what_the_table_describes(work: WorkStore) -> None:
    outcome = loaded(work, "requirements", "before.yaml", "prerequisites:\n  second: first\n")
    assert (outcome.clean, outcome.warned) == (True, ())
    matrix = Matrix(*gather(published(work)))
    needed = matrix.credential(matrix.numbers[f"{ID}/credential/second"]).prerequisite
    named = Filter(credentials=frozenset({f"{ID}/credential/first"}))
    assert needed == Count(f"{ID}/credential/second#prerequisite", 1, None, named)
    again = loaded(work, "table", "courses.csv", COURSES)
    assert (again.clean, dict(again.records)) == (True, {"accepted": 7})


def test_prerequisites_that_another_source_states_are_refused_naming_it(work: WorkStore) -> None:
    loaded(work, "requirements", "one.yaml", "prerequisites:\n  first: {manual: {en: Exam.}}\n")
    (refused,) = loaded(work, "requirements", "two.yaml", "prerequisites:\n  first: {manual: {en: Talk.}}\n").refused
    assert [finding["value"] for finding in refused["findings"]] == ["http://localhost:8000/graph/one"]
    assert loaded(work, "requirements", "one.yaml", "prerequisites:\n  first: {manual: {en: Talk.}}\n").clean


@pytest.fixture(scope="module")
def chain(work: WorkStore) -> WorkStore:
    """Give a store in which c needs b, which may need a: stated by two sources, neither of which describes them."""
    assert loaded(work, "requirements", "nearer.yaml", "prerequisites:\n  b: {any of: [a, second]}\n").clean
    assert loaded(work, "requirements", "farther.yaml", "prerequisites: {c: b}\ncorequisites: {d: e}\n").clean
    return work


def in_circle(outcome: LoadOutcome) -> list[str]:
    return [found["value"].replace(f"{ID}/credential/", "") for one in outcome.refused for found in one["findings"]]


@pytest.mark.parametrize("relation", ["prerequisites", "corequisites"])
def test_record_that_closes_a_circle_through_the_store_is_refused_with_the_circle(
    chain: WorkStore, relation: str
) -> None:
    text = f"{relation}:\n  a: c\n  e: a\n"
    outcome = loaded(chain, "requirements", "closing.yaml", text, dry_run=True)
    assert in_circle(outcome) == ["a → c → b → a"]
    assert outcome.records["refused"] == 1


def test_circle_is_seen_where_the_table_states_one_link_and_only_who_states_it_is_refused(chain: WorkStore) -> None:
    head, *rows = COURSES.splitlines()
    text = "\n".join([f"{head},prerequisites", *(f"{row},{'c' if row.startswith('a,') else ''}" for row in rows)])
    outcome = loaded(chain, "table", "courses.csv", text, dry_run=True)
    assert in_circle(outcome) == ["a → c → b → a"]
    assert dict(outcome.records) == {"accepted": 6, "refused": 1}


def test_conflicts_with_what_was_stored_since_a_file_was_judged_are_found(chain: WorkStore, tmp_path: Path) -> None:
    path = tmp_path / "accepted.nq"
    path.write_text(record("a", requires=["c"]) + record("c", requires=["second"]) + record("new", requires=["c"]))
    known = KnownThings(chain.store, load_queries(QUERIES / "gate"), f"{ID}/graph/new")
    values = [(found.node, found.value) for found in Across(path, known).conflicts()]
    graphs = "http://localhost:8000/graph/"
    assert [value for _, value in values] == [
        f"{graphs}courses", " → ".join(C + key for key in "acba"), f"{graphs}courses",
        " → ".join(C + key for key in "cbac"),
    ]  # fmt: skip


def test_what_the_source_said_before_is_in_no_circle_with_what_it_says_now(chain: WorkStore) -> None:
    assert loaded(chain, "requirements", "nearer.yaml", "prerequisites: {a: c}\n", dry_run=True).clean


def test_corequisites_of_two_sources_may_be_mutual(chain: WorkStore) -> None:
    assert loaded(chain, "requirements", "mutual.yaml", "corequisites: {e: d}\n", dry_run=True).clean


def test_prerequisite_against_the_way_of_a_stored_corequisite_is_a_circle(chain: WorkStore) -> None:
    outcome = loaded(chain, "requirements", "against.yaml", "prerequisites: {e: d}\n", dry_run=True)
    assert in_circle(outcome) == ["e → d → e"]


def test_corequisites_that_another_source_states_are_refused_naming_it(chain: WorkStore) -> None:
    outcome = loaded(chain, "requirements", "beside.yaml", "corequisites: {d: a}\n", dry_run=True)
    assert in_circle(outcome) == ["http://localhost:8000/graph/farther"]
    assert loaded(chain, "requirements", "before-it.yaml", "prerequisites: {d: a}\n", dry_run=True).clean


def test_fault_in_the_file_keeps_the_rest_and_says_so(work: WorkStore) -> None:
    text = (
        PROGRAMME.format(other="second").replace("id: p,", "id: r,")
        + "  - {id: s, title: S, requires: {credits: -1}}\n"
    )
    outcome = loaded(work, "requirements", "half.yaml", text, dry_run=True)
    assert (outcome.clean, dict(outcome.records)) == (False, {"unchecked": 1})
    assert [issue["line"] for issue in outcome.issues if issue["severity"] == "error"] == [4, 4]


def published(work: WorkStore) -> OxigraphStore:
    """Return what publishing would make of the work store, in memory."""
    triples = work.store.construct("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    store = OxigraphStore.in_memory(nquads_from_triples(triples, "http://localhost:8000/graph/all"))
    add_derived(store)
    return store

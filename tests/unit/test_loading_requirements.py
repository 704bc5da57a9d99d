"""Requirements loaded as an operator meets them: through the loader, the gate and publishing, to the planner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.loading import LoadOutcome, load
from service.oxigraph import OxigraphStore, nquads_from_triples
from service.settings import Settings
from service.stacking.matrix import Matrix
from service.stacking.matrix_build import gather
from service.stacking.requirements import Count, Filter
from service.validation.profiles import load_profile
from service.vocabulary import ensure_vocabulary
from service.work import Work, open_work
from tests.conftest import ROOT
from tests.small_catalogue import add_derived

ID = "http://localhost:8000/id"
COURSES = (
    "id,title@en,provider,provider_name@en,country,language,ects,eqf_level,mode,assessment,quality_assurance,accreditor,"
    "learning_outcomes@en,stackability\n"
) + "".join(
    f"{key},Title,uni,A University,FI,en,5,6,online,portfolio,institutional-quality-assurance,An Agency,does something,"
    "stand-alone\n"
    for key in ("first", "second")
)
PROGRAMME = "text language: en\nprogrammes:\n  - {{id: p, title: P, requires: {{credentials: [first, {other}]}}}}\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with open_work(tmp_path_factory.mktemp("requirements") / "var") as work:
        ensure_vocabulary(work, ROOT / "ontology", "http://localhost:8000")
        loaded(work, "table", "courses.csv", COURSES)
        yield work


def loaded(work: Work, source_format: str, name: str, text: str, **options: bool) -> LoadOutcome:
    path = work.folder.parent.parent / name
    path.write_text(text, "utf-8")
    settings, eu = Settings(data=work.folder.parent), load_profile(ROOT / "shapes", "eu")
    return load(work, settings, eu, source_format, [str(path)], **options)  # type: ignore[arg-type]


def test_programme_of_known_micro_credentials_is_stored_and_read_by_the_planner(work: Work) -> None:
    outcome = loaded(work, "requirements", "known.yaml", PROGRAMME.format(other="second"))
    assert (outcome.clean, outcome.warned, dict(outcome.records)) == (True, (), {"unchecked": 1})
    found = Matrix(*gather(published(work))).requirement(f"{ID}/programme/p")
    named = frozenset({f"{ID}/credential/first", f"{ID}/credential/second"})
    assert found == Count(f"{ID}/programme/p#requirement", 2, None, Filter(credentials=named))


def test_micro_credential_that_nobody_describes_is_a_warning_with_the_line_that_strict_refuses(work: Work) -> None:
    text = PROGRAMME.format(other="scond").replace("id: p,", "id: q,")
    (warned,) = loaded(work, "requirements", "typo.yaml", text, dry_run=True).warned
    assert (warned["source"], warned["line"], warned["record"]) == ("typo.yaml", 3, f"{ID}/programme/q")
    assert [finding["value"] for finding in warned["findings"]] == [f"{ID}/credential/scond"]
    assert len(loaded(work, "requirements", "typo.yaml", text, dry_run=True, strict=True).refused) == 1


def test_prerequisites_are_added_to_what_the_table_describes(work: Work) -> None:
    outcome = loaded(work, "requirements", "before.yaml", "prerequisites:\n  second: first\n")
    assert (outcome.clean, outcome.warned) == (True, ())
    matrix = Matrix(*gather(published(work)))
    needed = matrix.credential(matrix.numbers[f"{ID}/credential/second"]).prerequisite
    named = Filter(credentials=frozenset({f"{ID}/credential/first"}))
    assert needed == Count(f"{ID}/credential/second#prerequisite", 1, None, named)
    again = loaded(work, "table", "courses.csv", COURSES)
    assert (again.clean, dict(again.records)) == (True, {"accepted": 2})


def test_prerequisites_that_another_source_states_are_refused_naming_it(work: Work) -> None:
    loaded(work, "requirements", "one.yaml", "prerequisites:\n  first: second\n")
    (refused,) = loaded(work, "requirements", "two.yaml", "prerequisites:\n  first: {manual: {en: Talk.}}\n").refused
    assert [finding["value"] for finding in refused["findings"]] == ["http://localhost:8000/graph/one"]
    assert loaded(work, "requirements", "one.yaml", "prerequisites:\n  first: {manual: {en: Talk.}}\n").clean


def test_fault_in_the_file_keeps_the_rest_and_says_so(work: Work) -> None:
    text = (
        PROGRAMME.format(other="second").replace("id: p,", "id: r,")
        + "  - {id: s, title: S, requires: {credits: -1}}\n"
    )
    outcome = loaded(work, "requirements", "half.yaml", text, dry_run=True)
    assert (outcome.clean, dict(outcome.records)) == (False, {"unchecked": 1})
    assert [issue["line"] for issue in outcome.issues if issue["severity"] == "error"] == [4, 4]


def published(work: Work) -> OxigraphStore:
    """Return what publishing would make of the work store, in memory."""
    triples = work.store.construct("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    store = OxigraphStore.in_memory(nquads_from_triples(triples, "http://localhost:8000/graph/all"))
    add_derived(store)
    return store

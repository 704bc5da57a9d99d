"""10,000 synthetic records in which every kind of defect is planted: each is found by its own shapes and no others."""

from __future__ import annotations

import pytest

from bench.planted import Record, planted
from service.rdf.statements import Triple
from service.rdf.syntax import triples_from_text
from service.validation.context import ListedConcepts, surroundings
from service.validation.engines.engine import EngineName, engine_for
from service.validation.profiles import profile_names
from service.validation.results import without_words
from tests.conformance.manifest import CASES, DEFAULT_DAY, ROOT, SHAPES, profile

pytestmark = pytest.mark.slow

LISTS = ListedConcepts(ROOT / "ontology" / "concepts")
RECORDS = 10_000


def triples_of(record: Record) -> list[Triple]:
    triples = list(triples_from_text(record.nquads, "application/n-quads"))
    return triples + surroundings(triples, LISTS)[0]


def missed(record: Record, engine: EngineName) -> set[tuple[str, str]]:
    """Return what was planted and not found, or found and not planted."""
    results = engine_for(profile(record.case.profile, record.case.day), engine).run(triples_of(record))
    return {(result.shape, result.severity) for result in results} ^ record.case.expected


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_check_of_a_profile_has_a_planted_defect(name: str) -> None:
    kinds = {shape for record in planted(len(CASES)) for shape, _ in record.case.expected}
    assert set(profile(name, DEFAULT_DAY).checks) <= kinds


@pytest.mark.slow
def test_the_fast_engine_finds_each_of_ten_thousand_planted_defects() -> None:
    pytest.importorskip("shacl", reason="the fast engine is an optional extra")
    wrong = {record.case.name: missed(record, "fast") for record in planted(RECORDS) if missed(record, "fast")}
    assert wrong == {}


# bench.differential asks pySHACL about all of them; here about one of each kind, of the last round of records.
@pytest.mark.slow
def test_the_reference_agrees_on_every_kind() -> None:
    pytest.importorskip("shacl", reason="the fast engine is an optional extra")
    differing = []
    for record in list(planted(RECORDS))[-len(CASES) :]:
        shapes, triples = profile(record.case.profile, record.case.day), triples_of(record)
        fast, reference = (without_words(engine_for(shapes, name).run(triples)) for name in ("fast", "reference"))
        if fast != reference:
            differing.append(record.case.name)
    assert differing == []

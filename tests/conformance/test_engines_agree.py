"""The fast engine and the reference report the same on every example and on records spoiled in every statement."""

from __future__ import annotations

from functools import cache

import pyshacl
import pytest
from rdflib import RDF, SH, Graph

from service.rdf.statements import Triple
from service.rdf.syntax import triples_from_text
from service.validation.context import surroundings
from service.validation.engines.engine import engine_for
from service.validation.engines.rdflib_graphs import graph_from_triples
from service.validation.profiles import Profile, load_profile, profile_names
from service.validation.results import without_words
from tests.conformance.manifest import CASES, DEFAULT_DAY, PREFIXES, SHAPES, Case, described, profile
from tests.support.records import BASE, RECORD, CodeLists, record

pytestmark = pytest.mark.slow

pytest.importorskip("shacl", reason="needs the fast extra")

NAMES = profile_names(SHAPES)


def triples_of(example: Case) -> list[Triple]:
    data = Graph().parse(example.data)
    if example.change:
        data.update(example.change, initNs=PREFIXES)
    return list(triples_from_text(described(data).serialize(format="nt").encode(), "application/n-triples"))


def spoiled_records() -> list[str]:
    """Return the whole record once without each of its statements, and once with text for its value."""
    spoiled = []
    for line in filter(None, RECORD.replace("{x}", BASE + "a").splitlines()):
        subject, predicate, _ = line.split(" ", 2)
        for instead in ("", f'{subject} {predicate} "7"'):
            spoiled.append(record("a", without=line, extra="\n" + instead))
    return spoiled


@cache
def any_profile(name: str) -> Profile:
    return load_profile(SHAPES, name)


@pytest.mark.parametrize("example", CASES, ids=lambda example: example.name.replace(" ", "-"))
def test_engines_agree_on_the_example(example: Case) -> None:
    triples, shapes = triples_of(example), profile(example.profile, example.day)
    fast, reference = (without_words(engine_for(shapes, name).run(triples)) for name in ("fast", "reference"))
    assert fast == reference


@pytest.mark.slow
# Between them these hold every check that is made by hand, and one made from a row of the national table.
@pytest.mark.parametrize("name", ["annex-ii", "fi-he", "nl"])
def test_engines_agree_on_records_with_one_statement_spoiled(name: str) -> None:
    fast, reference = (engine_for(any_profile(name), engine) for engine in ("fast", "reference"))
    for spoiled in spoiled_records():
        triples = list(triples_from_text(spoiled.encode(), "application/n-quads"))
        triples += surroundings(triples, CodeLists())[0]
        assert without_words(fast.run(triples)) == without_words(reference.run(triples)), spoiled


# Its own validate() takes six times as long: a sample over all files.
@pytest.mark.parametrize("example", CASES[::15], ids=lambda example: f"{example.profile}-{example.name}")
def test_the_reference_reports_what_pyshacl_itself_does(example: Case) -> None:
    data, shapes = graph_from_triples(triples_of(example)), profile(example.profile, example.day)
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes.graph)
    stock = {
        (
            str(report.value(result, SH.focusNode)),
            str(report.value(result, SH.sourceShape)),
            str(report.value(result, SH.sourceConstraintComponent)).removeprefix(str(SH)),
            str(report.value(result, SH.value) or ""),
        )
        for result in report.objects(report.value(predicate=RDF.type, object=SH.ValidationReport), SH.result)
    }
    found = engine_for(shapes, "reference").run(triples_of(example))
    assert {(r.focus.value, r.shape, r.component, r.value.value if r.value else "") for r in found} == stock


def test_every_profile_runs_on_the_fast_engine() -> None:
    for name in NAMES:
        engine_for(profile(name, DEFAULT_DAY), "fast")

"""Every check of every profile, held against examples: a W3C-style manifest says what each example must be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyshacl.entrypoints import meta_validate
from rdflib import RDF, SH, Graph

from service.rdf.syntax import triples_from_text
from service.validation.engines.engine import EngineName, engine_for
from service.validation.findings import Finding, judge
from service.validation.profiles import _name_the_day, profile_names
from tests.conformance.manifest import CASES, DEFAULT_DAY, SHAPES, Case, included, profile, statements


def findings(example: Case, engine: EngineName) -> set[tuple[str, str]]:
    text = statements(example.data, example.change)
    results = engine_for(profile(example.profile, example.day), engine).run_text(text)
    return {(result.shape, result.severity) for result in results}


@pytest.mark.slow
@pytest.mark.parametrize("example", CASES, ids=lambda example: f"{example.profile}-{example.name.replace(' ', '-')}")
def test_example_is_told_exactly_what_the_manifest_says(example: Case) -> None:
    assert findings(example, "reference") == example.expected


@pytest.mark.parametrize("example", CASES, ids=lambda example: f"{example.profile}-{example.name.replace(' ', '-')}")
def test_the_fast_engine_says_the_same(example: Case) -> None:
    pytest.importorskip("shacl", reason="the fast engine is an optional extra")
    assert findings(example, "fast") == example.expected


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_check_has_an_example_that_fails_it(name: str) -> None:
    failed = {shape for example in CASES if example.profile == name for shape, _ in example.expected}
    own = {shape for shape in profile(name, DEFAULT_DAY).checks if shape not in included(name)}
    assert own - failed == set()


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_element_has_an_example_that_fails_it_alone(name: str) -> None:
    checks = {shape: c for shape, c in profile(name, DEFAULT_DAY).checks.items() if shape not in included(name)}
    alone = set()
    for example in CASES:
        if example.profile == name:
            hit = {(checks[shape].kind, checks[shape].element) for shape, _ in example.expected if shape in checks}
            alone |= hit if len(hit) == 1 else set()
    wanted = {(check.kind, check.element) for check in checks.values()}
    assert wanted - alone == set()


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_profile_has_an_example_that_passes(name: str) -> None:
    kinds = {check.kind for shape, check in profile(name, DEFAULT_DAY).checks.items() if shape not in included(name)}
    passing = [example for example in CASES if example.profile == name and not example.expected]
    assert {example.data.stem for example in passing} >= kinds


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_check_speaks_three_languages_and_names_its_source(name: str) -> None:
    for check in profile(name, DEFAULT_DAY).checks.values():
        for texts in (check.message, check.name):
            assert set(texts) == {"en", "fi", "sv"}, check.shape
            assert all(text.strip() for text in texts.values())
        assert len(set(check.message.values())) == 3, check.shape
        assert "http" not in "".join(check.message.values())
        assert check.source, check.shape


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(SHAPES.rglob("*.ttl")), ids=lambda path: path.relative_to(SHAPES).as_posix())
def test_a_file_of_shapes_is_valid_by_the_shapes_of_shacl(path: Path) -> None:
    # With the parts that files share, and a day where they speak of today, as when a profile is loaded.
    graph = Graph()
    for file in {path, SHAPES / "parts.ttl"}:
        graph.parse(file)
    _name_the_day(graph, DEFAULT_DAY)
    conforms, _, text = meta_validate(graph, max_validation_depth=40)
    assert conforms, text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nl", "nz", "au", "my"])
def test_shapes_made_from_rules_are_valid_by_the_shapes_of_shacl(name: str) -> None:
    made = profile(name, DEFAULT_DAY).graph - profile("eu", DEFAULT_DAY).graph
    conforms, _, text = meta_validate(made, max_validation_depth=40)
    assert conforms, text


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_shape_that_can_fail_is_a_named_check_or_part_of_one(name: str) -> None:
    loaded = profile(name, DEFAULT_DAY)
    assert set(loaded.graph.objects(None, SH.property)) <= set(loaded.graph.subjects(RDF.type, SH.PropertyShape))
    for shape in loaded.graph.subjects(SH.severity):
        assert str(shape) in loaded.checks


def found_in(example: Case) -> tuple[Finding, ...]:
    """Return what a reader is told of an example by the fast path: every element, met or not."""
    triples = list(triples_from_text(statements(example.data, example.change), "application/n-triples"))
    shapes = profile(example.profile, example.day)
    return judge(shapes, triples, engine_for(shapes).run(triples)).findings


@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_element_is_met_by_the_example_that_passes(name: str) -> None:
    own = [check for shape, check in profile(name, DEFAULT_DAY).checks.items() if shape not in included(name)]
    passing = [example for example in CASES if example.profile == name and not example.expected]
    met = {finding.element for example in passing for finding in found_in(example) if finding.status == "met"}
    assert {check.element for check in own} - met == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", profile_names(SHAPES))
def test_every_finding_of_an_example_that_fails_speaks_three_languages(name: str) -> None:
    failing = [example for example in CASES if example.profile == name and example.expected]
    findings = [one for example in failing for one in found_in(example) if one.status in ("violated", "unknown")]
    assert len(findings) >= len(failing)
    for finding in findings:
        for words in (finding.message, finding.fix):
            assert set(words) == {"en", "fi", "sv"}, finding.shape
            assert all(text.strip() for text in words.values())
        assert finding.source

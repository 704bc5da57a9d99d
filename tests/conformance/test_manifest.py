"""Every check of every profile, held against examples: a W3C-style manifest says what each example must be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from pyshacl.entrypoints import meta_validate
from rdflib import DCTERMS, RDF, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection

from service.validation.engine import EngineName, engine_for
from service.validation.profiles import Profile, load_profile, profile_names
from tests.conftest import ROOT

HERE = Path(__file__).parent
SHAPES = ROOT / "shapes"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
CT = Namespace("https://w3id.org/pinoamo/tests#")
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "cred": "https://www.w3.org/2018/credentials#",
    "dcterms": str(DCTERMS),
    "elm": "http://data.europa.eu/snb/model/elm/",
    "ex": "https://example.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "mc": "https://w3id.org/pinoamo/ns#",
    "rov": "http://www.w3.org/ns/regorg#",
    "skos": str(SKOS),
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
DEFAULT_DAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Case:
    """One entry of the manifest: what is validated, and the pairs of shape and severity that must come out."""

    name: str
    data: Path
    change: str
    profile: str
    day: date
    expected: frozenset[tuple[str, str]]


def cases() -> Iterator[Case]:
    for path in sorted(HERE.glob("*.ttl")):
        manifest = Graph().parse(path, publicID=path.as_uri())
        for head in manifest.objects(URIRef(path.as_uri()), MF.entries):
            for entry in Collection(manifest, head):
                yield case(manifest, entry)


def case(manifest: Graph, entry: URIRef) -> Case:
    action, result = manifest.value(entry, MF.action), manifest.value(entry, MF.result)
    day = manifest.value(action, CT.on)
    return Case(
        name=str(manifest.value(entry, MF.name)),
        data=Path(str(manifest.value(action, SHT.dataGraph)).removeprefix("file://")),
        change=str(manifest.value(action, CT.change) or ""),
        profile=str(manifest.value(action, SHT.shapesGraph)).rpartition("#profile-")[2],
        day=day.toPython() if isinstance(day, Literal) else DEFAULT_DAY,
        expected=frozenset(
            (str(manifest.value(expected, SH.sourceShape)), severity(manifest.value(expected, SH.resultSeverity)))
            for expected in manifest.objects(result, SH.result)
        ),
    )


def severity(iri: URIRef) -> str:
    return str(iri).rpartition("#")[2].lower()


CASES = list(cases())


@cache
def profile(name: str, day: date) -> Profile:
    return load_profile(SHAPES, name, on=day)


@cache
def code_lists() -> Graph:
    lists = Graph()
    for path in sorted((ROOT / "ontology" / "concepts").glob("*.ttl")):
        lists.parse(path)
    return lists


def described(data: Graph) -> Graph:
    """Add the type and scheme of the code-list concepts that the data refers to, as the gate does."""
    for value in set(data.objects()):
        for property_iri in (RDF.type, SKOS.inScheme):
            for found in code_lists().objects(value, property_iri):
                data.add((value, property_iri, found))
    return data


@cache
def statements(path: Path, change: str) -> bytes:
    """Return the example as N-Triples, changed as the manifest says."""
    data = Graph().parse(path)
    if change:
        data.update(change, initNs=PREFIXES)
    return described(data).serialize(format="nt").encode()


def findings(example: Case, engine: EngineName) -> set[tuple[str, str]]:
    text = statements(example.data, example.change)
    results = engine_for(profile(example.profile, example.day), engine).run_text(text)
    return {(result.shape, result.severity) for result in results}


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
    conforms, _, text = meta_validate(Graph().parse(path), max_validation_depth=40)
    assert conforms, text


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


@cache
def included(name: str) -> set[str]:
    """Return the checks that a profile has from the profiles it includes: those have their examples there."""
    listing = Graph().parse(SHAPES / "profiles.ttl").parse(SHAPES / "national" / "countries.ttl")
    mcs = Namespace("https://w3id.org/pinoamo/shapes#")
    others = list(listing.transitive_objects(mcs[f"profile-{name}"], mcs.includes))[1:]
    return {
        shape
        for other in others
        for shape in profile(str(listing.value(other, DCTERMS.identifier)), DEFAULT_DAY).checks
    }

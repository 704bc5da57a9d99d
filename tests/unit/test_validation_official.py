"""Shapes of others: known defects are worked around and named; shapes that cannot be used are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import InvalidArgument
from service.settings import Settings
from service.validation.brought_shapes.official import OfficialShapes, load_shapes
from service.validation.context import ListedConcepts
from service.validation.documents import Document, read_documents, verdicts
from service.validation.findings import Verdict
from tests.conftest import ROOT

ONTOLOGY = ROOT / "ontology"
PREFIXES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix mc: <https://w3id.org/pinoamo/ns#> .
"""
SHAPE = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; "


def shapes(folder: Path, text: str) -> OfficialShapes:
    path = folder / "theirs.ttl"
    path.write_text(PREFIXES + text)
    return load_shapes([path])


def judged(folder: Path, official: OfficialShapes, data: str) -> Verdict:
    path = folder / "data.ttl"
    path.write_text(PREFIXES + data)
    (document,) = read_documents([path], Settings(data=folder / "var"))
    return verdicts(document, [official.profile], ListedConcepts(ONTOLOGY / "concepts"))[0]


def names(official: OfficialShapes) -> dict[str, int]:
    return {one.name: one.times for one in official.workarounds}


def test_sound_shapes_need_no_workaround(tmp_path: Path) -> None:
    assert names(shapes(tmp_path, SHAPE + "sh:minCount 1 ] .")) == {}


@pytest.mark.system
def test_finding_is_named_after_the_property_and_nothing_targeted_is_no_pass(tmp_path: Path) -> None:
    official = shapes(tmp_path, SHAPE + "sh:minCount 1 ] .")
    found = judged(tmp_path, official, "ex:x a ex:C .")
    assert (found.outcome, [f.element for f in found.findings]) == ("fails", ["p"])
    assert judged(tmp_path, official, "ex:x a ex:Other .").outcome == "nothing-checked"


def test_imports_are_dropped_and_named(tmp_path: Path) -> None:
    official = shapes(tmp_path, "ex: owl:imports <http://127.0.0.1:9/x> . " + SHAPE + "sh:minCount 1 ] .")
    assert names(official) == {"imports": 1}


@pytest.mark.system
@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^\\p{L}+$", "ääkköset", "a-b"),
        ("^(?i)(http|https):", "HTTP://x", "ftp://x"),
        (r"^([[A-Fa-f0-9]\\:]+)$", "F0:1", "x"),
        (r"^[%[\\p{L}\\p{Nd}]]+$", "a%1", "-"),
    ],
)
def test_pattern_in_the_syntax_of_java_means_the_same_here(tmp_path: Path, pattern: str, good: str, bad: str) -> None:
    official = shapes(tmp_path, SHAPE + f'sh:pattern "{pattern}" ] .')
    assert names(official) == {}
    assert judged(tmp_path, official, f'ex:x a ex:C ; ex:p "{good}" .').outcome == "conforms"
    assert judged(tmp_path, official, f'ex:x a ex:C ; ex:p "{bad}" .').outcome == "fails"


@pytest.mark.system
def test_esco_scheme_is_the_one_esco_has(tmp_path: Path) -> None:
    scheme = "[ sh:path skos:inScheme ; sh:pattern '^https://ec.europa.eu/esco/skill/' ]"
    official = shapes(tmp_path, f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property {scheme} .")
    assert names(official) == {"esco-scheme": 1}
    right = "ex:x a ex:C ; skos:inScheme <http://data.europa.eu/esco/concept-scheme/skills> ."
    assert judged(tmp_path, official, right).outcome == "conforms"
    assert judged(tmp_path, official, "ex:x a ex:C ; skos:inScheme ex:other .").outcome == "fails"


@pytest.mark.system
def test_closed_class_lets_no_property_pass_that_it_does_not_name(tmp_path: Path) -> None:
    closed = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ."
    official = shapes(tmp_path, closed)
    assert names(official) == {}
    found = judged(tmp_path, official, "ex:x a ex:C ; mc:stackability mc:stackable .")
    assert [f.element for f in found.findings] == ["stackability"]


@pytest.mark.parametrize(
    "text",
    [
        "this is no Turtle",
        "ex:x ex:p 1 .",
        SHAPE + 'sh:pattern "(" ] .',
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:minCount 1 ] .",
    ],
    ids=["no turtle", "no shapes", "broken pattern", "property without path"],
)
def test_shapes_that_cannot_be_used_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidArgument):
        shapes(tmp_path, text)


def test_shapes_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"none\.ttl"):
        load_shapes([tmp_path / "none.ttl"])


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a*b?)*c", "(x+x+)+y", "^((a|b)+,?){2,}$"])
def test_pattern_that_repeats_a_repetition_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(InvalidArgument, match="may never end"):
        shapes(tmp_path, SHAPE + f'sh:pattern "{pattern}" ] .')


@pytest.mark.parametrize("pattern", ["^a+(b+)?c*$", "^[(a+)]+$", r"^\\(a+\\)+$", "^(ab){2,5}$", "^(a|b)+$"])
def test_harmless_repetition_is_let_pass(tmp_path: Path, pattern: str) -> None:
    assert shapes(tmp_path, SHAPE + f'sh:pattern "{pattern}" ] .')


class TestOfTheCommission:
    def documents(self, shared: Path, tmp_path: Path) -> dict[str, Document]:
        paths = [shared / "elm" / "examples", shared / "samples" / "elm3-edc"]
        found = read_documents(paths, Settings(data=tmp_path / "var"))
        return {document.source.partition("/")[2]: document for document in found}

    @pytest.mark.system
    def test_credential_profile_passes_what_the_definition_does_not(self, shared: Path, tmp_path: Path) -> None:
        official = load_shapes([shared / "elm" / "3.2.0" / "edc" / "EDC-generic-no-cv.ttl"])
        documents = self.documents(shared, tmp_path)
        lists = ListedConcepts(ONTOLOGY / "concepts")
        outcomes = {
            name: verdicts(documents[name], [official.profile], lists)[0].outcome
            for name in ("minimal-edc-not-mc.ttl", "Sample-MC-Annex1-signed.jsonld", "credential-sample-3.1.ttl")
        }
        assert list(outcomes.values()) == ["conforms", "conforms", "fails"]

    @pytest.mark.system
    @pytest.mark.parametrize("engine", ["fast", "reference"])
    def test_catalogue_profile_with_vocabularies_runs_and_knows_esco(
        self, shared: Path, tmp_path: Path, engine: str
    ) -> None:
        folder = shared / "elm" / "3.2.0" / "loq"
        paths = [folder / "LOQ-constraints.ttl", folder / "LOQ-constraints-mdr.ttl"]
        official = load_shapes(paths)
        assert set(names(official)) == {"imports", "esco-scheme", "status-scheme"}
        document = self.documents(shared, tmp_path)["Sample-MC-Annex1-signed.jsonld"]
        found = verdicts(document, [official.profile], ListedConcepts(ONTOLOGY / "concepts"), engine)  # type: ignore[arg-type]
        assert found[0].outcome == "conforms"

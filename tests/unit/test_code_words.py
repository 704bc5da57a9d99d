"""Every word that a code may be written with is listed in the documents, and told to whoever writes another one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS

from loaders.vocabulary import SCHEMES
from tests.conftest import ROOT
from tests.support.loader_runs import run

CONCEPTS = ROOT / "ontology" / "concepts"
DOCUMENT = (ROOT / "docs" / "codes.md").read_text("utf-8")
SECTIONS = {
    "mode": "Form of participation", "assessment": "Assessment", "supervision": "Supervision of the assessment",
    "accreditation": "Quality assurance", "level": "Level",
    "national level": "Levels of national frameworks", "field": "Fields of education", "country": "Countries",
    "language": "Languages", "currency": "Currencies",
}  # fmt: skip


@pytest.fixture(scope="module")
def lists() -> Graph:
    graph = Graph()
    for path in CONCEPTS.glob("*.ttl"):
        graph.parse(path)
    return graph


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_every_code_word_is_listed_and_every_listed_one_is_a_code(scheme: str, lists: Graph) -> None:
    [text] = re.findall(rf"^## {SECTIONS[scheme]}\n\n[^\n]*\n\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    concepts = set(lists.subjects(SKOS.inScheme, URIRef(SCHEMES[scheme])))
    words = {str(word) for concept in concepts for word in lists.objects(concept, SKOS.notation)}
    assert set(re.findall(r"`([^`]+)`", text)) == words


@pytest.mark.parametrize(
    ("column", "scheme"),
    [("mode", "mode"), ("assessment", "assessment"), ("supervision", "supervision"), ("eqf_level", "level")],
)
def test_who_writes_another_word_is_told_every_code(column: str, scheme: str, lists: Graph, tmp_path: Path) -> None:
    source = tmp_path / "courses.csv"
    source.write_text(f"id,title@en,{column}\nx,X,nonsense\n")
    said = run(tmp_path, "table", source).messages()
    for concept in lists.subjects(SKOS.inScheme, URIRef(SCHEMES[scheme])):
        assert any(str(word) in said for word in lists.objects(concept, SKOS.notation)), concept


@pytest.mark.parametrize(("column", "word"), [("country", "Atlantis"), ("language", "klingon"), ("isced_f", "99999")])
def test_of_long_lists_the_message_says_where_they_stand(column: str, word: str, tmp_path: Path) -> None:
    source = tmp_path / "courses.csv"
    source.write_text(f"id,title@en,{column}\nx,X,{word}\n")
    said = run(tmp_path, "table", source).messages()
    assert re.search(r", … \(docs/codes\.md lists all [0-9]{3}\)", said)
    assert len(said) < 250

"""The glossary and the labels of the ontology say the same, and what nobody has checked is marked."""

from __future__ import annotations

import re

import pytest
from rdflib import RDFS, SKOS, Graph, Literal, URIRef

from service.messages.messages import load_texts
from tests.conftest import ROOT

MC = "https://w3id.org/pinoamo/ns#"
TEXT = (ROOT / "docs" / "glossary.md").read_text("utf-8")
TERMS = Graph().parse(ROOT / "ontology" / "micro-credential.ttl").parse(ROOT / "ontology" / "requirements.ttl")


def labels(term: URIRef) -> tuple[str, str, str]:
    found = {text.language: str(text) for text in TERMS.objects(term, RDFS.label) if isinstance(text, Literal)}
    return found["en"], found["fi"], found["sv"]


def rows(section: str) -> list[tuple[str, ...]]:
    part = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    (found,) = (text for text in part if text.startswith(section + "\n"))
    lines = [line for line in found.splitlines() if line.startswith("| ")]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in cells if row[0] not in ("en", "term")]


OWN = sorted({term for term in TERMS.subjects(RDFS.label) if isinstance(term, URIRef) and term.startswith(MC)})
FIELD = {row[0]: row[1:] for row in rows("The field")}


def test_every_term_of_the_ontology_stands_with_its_labels() -> None:
    listed = {row[0].strip("`").removeprefix("mc:"): row[1:] for row in rows("Terms of the ontology")}
    assert listed == {term.removeprefix(MC): labels(term) for term in OWN}


@pytest.mark.parametrize("section", ["The field", "This project"])
def test_every_row_has_three_languages(section: str) -> None:
    assert [row for row in rows(section) if len(row) < 3 or not all(row)] == []
    names = [row[0] for row in rows(section)]
    assert len(set(names)) == len(names) > 10


def shared_terms() -> list[URIRef]:
    return [term for term in OWN if labels(term)[0] in FIELD]


def test_labels_that_are_words_of_the_field_are_words_the_glossary_has() -> None:
    assert len(shared_terms()) >= 4
    for term in shared_terms():
        english, *others = labels(term)
        for label, cell in zip(others, FIELD[english], strict=True):
            words = [word.removesuffix("✓").strip() for word in re.split(r", (?:also |in Sweden )?", cell)]
            assert label in words, (term, label)


def test_labels_that_were_not_seen_in_use_are_marked_as_unchecked() -> None:
    seen = {word.group(1) for row in FIELD.values() for cell in row for word in re.finditer(r"([\w ]+?) ✓", cell)}
    for term in OWN:
        if not set(labels(term)[1:]) <= {word.strip() for word in seen}:
            assert Literal("translation unchecked", lang="en") in set(TERMS.objects(term, SKOS.editorialNote)), term


# Words that reviewers found at fault, and what stands in their place; see "The field" and "This project".
AVOIDED = {
    "fi": ("mikrotutkintosuosi", "kasautu", "kasautuva", "tietovisa", "käsiteluettelo", "rastita", "luettelotieto"),
    "sv": ("lärosät", "betyg", "skriv ut", "räknas mot", "lärandemålsuppnåelse", "samläsningskrav", "Esco",
           "lärlingsutbildning", "volontärarbete", "examensprogram", "ECTS-poäng", "stapelns", "grundare"),
}  # fmt: skip
KEPT = {"tutkintotodistus", "examensbetyg"}
"""The certificate of a degree is a betyg."""


def literals(language: str) -> list[tuple[str, str]]:
    """Return every text of pages, shapes and ontology in a language, with the name of its file."""
    found = [
        (path.name, str(text))
        for folder in ("ontology", "shapes")
        for path in sorted((ROOT / folder).rglob("*.ttl"))
        for text in Graph().parse(path).objects()
        if isinstance(text, Literal) and text.language == language
    ]
    texts = load_texts(language)
    return [*found, *((key, words) for key in sorted(texts.keys()) for words in texts.forms(key).values())]


@pytest.mark.parametrize("language", AVOIDED)
def test_no_text_uses_a_word_that_the_glossary_replaces(language: str) -> None:
    used = [
        (place, word, text)
        for place, text in literals(language)
        for word in AVOIDED[language]
        if word in (text if word == "Esco" else text.lower()) and not any(kept in text for kept in KEPT)
    ]
    assert used == []

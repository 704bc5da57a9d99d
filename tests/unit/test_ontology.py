"""The terms, the code lists and the JSON-LD context: complete, in three languages, and used as they are defined."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SH, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from tests.conftest import ROOT

MC = Namespace("https://w3id.org/pinoamo/ns#")
ELM = Namespace("http://data.europa.eu/snb/model/elm/")
ONTOLOGY = ROOT / "ontology"
TERMS = Graph().parse(ONTOLOGY / "micro-credential.ttl").parse(ONTOLOGY / "requirements.ttl")
EXAMPLES = ROOT / "shapes" / "examples.ttl"  # shows what is wrong, terms and codes that nobody knows included
CODE_LISTS = sorted((ONTOLOGY / "concepts").glob("*.ttl"))
EVERY_FILE = sorted(ONTOLOGY.rglob("*.ttl")) + sorted((ROOT / "shapes").rglob("*.ttl"))
SCHEMES = {
    "accreditation": "http://data.europa.eu/snb/accreditation/25831c2",
    "activity": "http://data.europa.eu/snb/learning-activity/25831c2",
    "assessment": "http://data.europa.eu/snb/assessment/25831c2",
    "country": "http://publications.europa.eu/resource/authority/country",
    "credit": "http://data.europa.eu/snb/education-credit/25831c2",
    "currency": "http://publications.europa.eu/resource/authority/currency",
    "eqf": "http://data.europa.eu/snb/eqf/25831c2",
    "evidence": "http://data.europa.eu/snb/evidence-type/25831c2",
    "isced-f": "http://data.europa.eu/snb/isced-f/25831c2",
    "language": "http://publications.europa.eu/resource/authority/language",
    "nqf": "http://data.europa.eu/snb/qdr/25831c2",
    "mode": "http://data.europa.eu/snb/learning-assessment/25831c2",
    "setting": "http://data.europa.eu/snb/learning-setting/25831c2",
    "supervision": "http://data.europa.eu/snb/supervision-verification/25831c2",
}


def own_terms() -> list[URIRef]:
    return sorted({term for term in TERMS.subjects() if isinstance(term, URIRef) and term.startswith(str(MC))})


def languages(graph: Graph, subject: URIRef, predicate: URIRef) -> set[str | None]:
    return {text.language for text in graph.objects(subject, predicate) if isinstance(text, Literal) and text.strip()}


@pytest.mark.parametrize("term", own_terms(), ids=lambda term: term.fragment)
def test_every_term_is_typed_labelled_and_defined_in_three_languages(term: URIRef) -> None:
    assert set(TERMS.objects(term, RDF.type))
    assert languages(TERMS, term, RDFS.label) == {"en", "fi", "sv"}
    assert languages(TERMS, term, SKOS.definition) == {"en", "fi", "sv"}
    assert TERMS.value(TERMS.value(term, RDFS.isDefinedBy), RDF.type) == OWL.Ontology


@pytest.mark.parametrize("term", own_terms(), ids=lambda term: term.fragment)
def test_a_definition_is_one_sentence(term: URIRef) -> None:
    for text in TERMS.objects(term, SKOS.definition):
        assert re.fullmatch(r"[A-ZÅÄÖ][^.]*\.", str(text))


def test_every_property_the_model_names_is_defined() -> None:
    named = set(re.findall(r"`?mc:([A-Za-z-]+)", (ROOT / "docs" / "model.md").read_text(encoding="utf-8")))
    assert named <= {term.fragment for term in own_terms()}


@pytest.mark.parametrize("folder", ["shapes", "queries", "ontology", "data"])
def test_no_undefined_term_of_ours_is_used(folder: str) -> None:
    defined = {term.fragment for term in own_terms()}
    used: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix in {".ttl", ".rq", ".jsonld"} and path != EXAMPLES:
            text = path.read_text(encoding="utf-8")
            used |= dict.fromkeys(re.findall(r"(?<![\w/#-])mc:([A-Za-z][\w-]*)", text), path.name)
    assert {name: file for name, file in used.items() if name not in defined} == {}


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_has_a_header_in_three_languages(path: Path) -> None:
    graph = Graph().parse(path)
    header = next(graph.subjects(RDF.type, OWL.Ontology))
    assert languages(graph, header, DCTERMS.title) == {"en", "fi", "sv"}
    assert languages(graph, header, DCTERMS.description) == {"en", "fi", "sv"}
    for needed in (DCTERMS.creator, DCTERMS.created, DCTERMS.modified, DCTERMS.license, OWL.versionIRI):
        assert (header, needed, None) in graph


@pytest.mark.parametrize("path", CODE_LISTS, ids=lambda path: path.stem)
def test_a_code_list_holds_concepts_of_the_official_scheme(path: Path) -> None:
    graph = Graph().parse(path)
    scheme = URIRef(SCHEMES[path.stem])
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert concepts
    assert all(graph.value(concept, SKOS.inScheme) == scheme for concept in concepts)
    assert all("en" in languages(graph, concept, SKOS.prefLabel) for concept in concepts)


@pytest.mark.parametrize("path", CODE_LISTS, ids=lambda path: path.stem)
def test_no_two_concepts_of_a_list_share_a_word(path: Path) -> None:
    graph = Graph().parse(path)
    owners: dict[str, set[str]] = {}
    for concept, notation in graph.subject_objects(SKOS.notation):
        owners.setdefault(str(notation).casefold(), set()).add(str(concept))
    assert {word: concepts for word, concepts in owners.items() if len(concepts) > 1} == {}


@pytest.mark.parametrize(
    ("list_name", "word", "iri"),
    [
        # Official identifiers, as the published samples of the Commission use them.
        ("country", "FI", "http://publications.europa.eu/resource/authority/country/FIN"),
        ("country", "FIN", "http://publications.europa.eu/resource/authority/country/FIN"),
        ("country", "GR", "http://publications.europa.eu/resource/authority/country/GRC"),
        ("language", "sv", "http://publications.europa.eu/resource/authority/language/SWE"),
        ("language", "se", "http://publications.europa.eu/resource/authority/language/SME"),
        ("language", "de", "http://publications.europa.eu/resource/authority/language/DEU"),
        ("mode", "online", "http://data.europa.eu/snb/learning-assessment/920fbb3cbe"),
        ("mode", "blended", "http://data.europa.eu/snb/learning-assessment/e92d221e4d"),
        ("eqf", "6", "http://data.europa.eu/snb/eqf/6"),
        ("assessment", "written-examination", "http://data.europa.eu/snb/assessment/6e6cb2cc78"),
        ("credit", "ECTS", "http://data.europa.eu/snb/education-credit/6fcec5c5af"),
        ("isced-f", "0613", "http://data.europa.eu/snb/isced-f/0613"),
        ("currency", "EUR", "http://publications.europa.eu/resource/authority/currency/EUR"),
    ],
)
def test_a_word_names_the_official_concept(list_name: str, word: str, iri: str) -> None:
    graph = Graph().parse(ONTOLOGY / "concepts" / f"{list_name}.ttl")
    assert graph.value(predicate=SKOS.notation, object=Literal(word)) == URIRef(iri)


@pytest.mark.parametrize("name", ["assessment", "supervision", "mode", "accreditation", "eqf", "country", "language"])
def test_small_lists_have_finnish_and_swedish_names(name: str) -> None:
    graph = Graph().parse(ONTOLOGY / "concepts" / f"{name}.ttl")
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        assert languages(graph, concept, SKOS.prefLabel) >= {"fi", "sv"}, concept


def test_broad_fields_have_finnish_and_swedish_names_and_narrow_ones_a_broader() -> None:
    graph = Graph().parse(ONTOLOGY / "concepts" / "isced-f.ttl")
    for concept, code in graph.subject_objects(SKOS.notation):
        if len(code) == 2:
            assert languages(graph, concept, SKOS.prefLabel) == {"en", "fi", "sv"}
        else:
            assert graph.value(graph.value(concept, SKOS.broader), SKOS.notation) == Literal(code[:-1])


def test_alignment_speaks_of_defined_terms_only() -> None:
    graph = Graph().parse(ONTOLOGY / "alignment.ttl")
    assert {subject for subject in graph.subjects() if str(subject).startswith(str(MC))} <= set(own_terms())


def test_codes_in_shapes_are_in_the_code_lists() -> None:
    known = Graph()
    for path in CODE_LISTS:
        known.parse(path)
    for path in sorted(set((ROOT / "shapes").rglob("*.ttl")) - {EXAMPLES}):
        for iri in re.findall(r"<(http://data\.europa\.eu/snb/(?!model/)[^>^]+)>", path.read_text(encoding="utf-8")):
            assert (URIRef(iri), RDF.type, None) in known, f"{iri} in {path.name}"


def test_context_expands_a_credential_to_the_triples_of_the_model() -> None:
    context = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))
    document = {
        **context,
        "id": "urn:x:a",
        "type": ["Qualification", "MicroCredential"],
        "title": {"en": "Data ethics", "fi": "Dataetiikka"},
        "creditPoint": {"id": "urn:x:a#credit", "type": "CreditPoint", "points": "5", "framework": "urn:x:ects"},
        "workload": "PT135H",
        "eqfLevel": "http://data.europa.eu/snb/eqf/6",
        "mode": "online",
        "stackability": "stackable",
        "learningOutcome": {"id": "urn:x:o", "title": {"en": "Sees risks"}, "escoSkill": "urn:x:skill"},
        "assessment": {"id": "urn:x:e", "kind": "urn:x:essay", "supervision": "urn:x:alone"},
        "prerequisite": {"id": "urn:x:p", "type": "CountRequirement", "minimum": 1, "filter": "urn:x:f"},
        "offer": {"id": "urn:x:offer", "type": "LearningOpportunity", "providedBy": "urn:x:uni"},
        "ects": "5",
        "modified": "2026-01-31",
    }
    expected = Graph().parse(
        format="turtle",
        data=f"""
        @prefix elm: <{ELM}> . @prefix mc: <{MC}> . @prefix dcterms: <{DCTERMS}> . @prefix xsd: <{XSD}> .
        <urn:x:a> a elm:Qualification , mc:MicroCredential ;
          dcterms:title "Data ethics"@en , "Dataetiikka"@fi ; elm:creditPoint <urn:x:a#credit> ;
          elm:volumeOfLearning "PT135H"^^xsd:duration ; elm:EQFLevel <http://data.europa.eu/snb/eqf/6> ;
          elm:mode <http://data.europa.eu/snb/learning-assessment/920fbb3cbe> ; mc:stackability mc:stackable ;
          elm:learningOutcome <urn:x:o> ; elm:provenBy <urn:x:e> ; mc:prerequisite <urn:x:p> ;
          mc:ects "5"^^xsd:decimal ; dcterms:modified "2026-01-31"^^xsd:date .
        <urn:x:a#credit> a elm:CreditPoint ; elm:point "5" ; elm:framework <urn:x:ects> .
        <urn:x:o> dcterms:title "Sees risks"@en ; elm:relatedESCOSkill <urn:x:skill> .
        <urn:x:e> dcterms:type <urn:x:essay> ; mc:supervision <urn:x:alone> .
        <urn:x:p> a mc:CountRequirement ; mc:minimum 1 ; mc:filter <urn:x:f> .
        <urn:x:offer> a elm:LearningOpportunity ; elm:learningAchievementSpecification <urn:x:a> ;
          elm:providedBy <urn:x:uni> .
        """,
    )
    found = Graph().parse(data=json.dumps(document), format="json-ld")
    plain = Graph()
    for subject, predicate, value in found:  # rdflib's JSON-LD reader types plain text, its Turtle reader does not
        typed_text = isinstance(value, Literal) and value.datatype == XSD.string
        plain.add((subject, predicate, Literal(str(value)) if typed_text else value))
    assert isomorphic(plain, expected)


def test_every_key_of_the_context_is_a_name_of_its_own() -> None:
    table = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    entries = [json.dumps(entry, sort_keys=True) for key, entry in table.items() if not key.startswith("@")]
    assert len(entries) == len(set(entries))


def test_shapes_name_no_property_of_ours_as_a_class() -> None:
    classes = set(TERMS.subjects(RDF.type, RDFS.Class))
    shapes = Graph()
    for path in sorted((ROOT / "shapes").rglob("*.ttl")):
        shapes.parse(path)
    targets = set(shapes.objects(None, SH.targetClass)) | set(shapes.objects(None, SH["class"]))
    assert {target for target in targets if str(target).startswith(str(MC))} <= classes

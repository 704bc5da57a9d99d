"""The demo's programmes and its slice of ESCO hold what data/demo/README.md says of them, and fit the catalogue."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
import yaml

from loaders.__main__ import main
from service.rdf.statements import Triple
from service.rdf.terms import Term
from service.stacking.requirements.from_rdf import tree_from_triples
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Manual

DEMO = Path(__file__).parent.parent.parent / "data" / "demo"
BASE = "http://localhost:8000/id"
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX elm: <http://data.europa.eu/snb/model/elm/>
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX mc: <https://w3id.org/pinoamo/ns#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rov: <http://www.w3.org/ns/regorg#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@cache
def credentials() -> list[dict[str, str]]:
    with (DEMO / "credentials.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def graph() -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(path=str(DEMO / "esco.ttl"), format=pyoxigraph.RdfFormat.TURTLE, base_iri="http://localhost:8000/")
    output = io.BytesIO()
    assert main(["requirements", str(DEMO / "programmes.yaml")], output) == 0
    for quad in pyoxigraph.parse(output.getvalue(), format=pyoxigraph.RdfFormat.N_QUADS):
        store.add(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object))
    return store


def column(query: str) -> list[str]:
    return [solution[0].value for solution in graph().query(PREFIXES + query)]


def pairs(query: str) -> list[tuple[str, str]]:
    return [(solution[0].value, solution[1].value) for solution in graph().query(PREFIXES + query)]


@cache
def taught_skills() -> set[str]:
    return {skill for row in credentials() for skill in row["skills"].replace("|", " ").split()}


def essential_skills(occupation: str) -> set[str]:
    return set(
        column(f'SELECT ?skill {{ ?occupation skos:prefLabel "{occupation}"@en ; esco:relatedEssentialSkill ?skill }}')
    )


def coverage(occupation: str) -> float:
    needed = essential_skills(occupation)
    return len(needed & taught_skills()) / len(needed)


# Programmes


def test_there_are_four_programmes_with_twenty_modules() -> None:
    assert len(column("SELECT ?x { ?x a mc:DegreeProgramme }")) == 4
    assert len(column("SELECT ?x { ?x a mc:ProgrammeModule }")) == 20


def test_each_programme_has_four_to_eight_modules_and_each_module_one_programme() -> None:
    parts = pairs("SELECT ?programme ?module { ?programme elm:hasPart ?module }")
    back = pairs("SELECT ?programme ?module { ?module a mc:ProgrammeModule ; elm:isPartOf ?programme }")
    assert sorted(parts) == sorted(back)
    assert sorted(Counter(programme for programme, _ in parts).values()) == [4, 5, 5, 6]
    assert set(Counter(module for _, module in parts).values()) == {1}


def test_programmes_have_the_size_of_their_degrees() -> None:
    sizes = pairs("SELECT ?x ?point { ?x a mc:DegreeProgramme ; elm:creditPoint/elm:point ?point }")
    assert {iri.rpartition("/")[2]: point for iri, point in sizes} == {
        "koivula-bsc-computing": "180",
        "stenvik-msc-data-science": "120",
        "lahdenranta-beng-networks": "240",
        "saaristo-bba": "210",
    }


def test_modules_are_no_larger_than_their_programme() -> None:
    query = """SELECT ?x ?sum {
      { SELECT ?x (SUM(xsd:decimal(?point)) AS ?sum) { ?x elm:hasPart/elm:creditPoint/elm:point ?point } GROUP BY ?x }
      ?x elm:creditPoint/elm:point ?size FILTER (?sum > xsd:decimal(?size)) }"""
    assert pairs("PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>" + query) == []


def test_every_programme_and_module_has_a_title_in_three_languages() -> None:
    counts = pairs(
        "SELECT ?x (COUNT(DISTINCT LANG(?title)) AS ?n) "
        "{ ?x mc:requirement ?any ; dcterms:title ?title ; dcterms:description ?text } GROUP BY ?x"
    )
    assert len(counts) == 24
    assert {count for _, count in counts} == {"3"}


def test_a_programme_requires_what_its_modules_require() -> None:
    missing = """SELECT ?programme ?module { ?programme elm:hasPart ?module . ?module mc:requirement ?rule .
      FILTER NOT EXISTS { ?programme mc:requirement/mc:part ?rule } }"""
    assert pairs(missing) == []


def test_skills_and_credentials_named_by_requirements_exist() -> None:
    identifiers = {f"{BASE}/credential/{row['id']}" for row in credentials()}
    assert set(column("SELECT ?x { ?filter mc:credential ?x }")) <= identifiers
    assert column("SELECT ?x { ?any mc:skill ?x FILTER NOT EXISTS { ?x a esco:Skill } }") == []


def test_every_skill_that_a_module_asks_for_is_taught_by_a_credential() -> None:
    # A narrower skill serves as well.
    serving = pairs("SELECT DISTINCT ?asked ?skill { ?any mc:skill ?asked . ?skill skos:broader* ?asked }")
    assert {asked for asked, _ in serving} == {asked for asked, skill in serving if skill in taught_skills()}


def test_rules_are_those_that_their_authors_wrote_down() -> None:
    """Worked by hand from the prose of two modules and a programme."""
    skill, credential = "http://data.europa.eu/esco/skill/", f"{BASE}/credential/"
    triples = {Triple(term(q.subject), q.predicate.value, term(q.object)) for q in graph() if "#" in str(q)}
    data, bba = f"{BASE}/programme/koivula-bsc-computing-data#requirement", f"{BASE}/programme/saaristo-bba#requirement"
    databases = (
        "9cf681c7-89ec-470c-b651-7fe03786f586", "6c08403c-a5bb-4868-b8c2-b7d039c0e511",
        "99207709-d076-4cce-ba38-e90d3bb28806", "50b100ea-74fd-4706-99db-3e4ca55e51b8",
        "cc7370dd-69fa-4c67-a96f-d4d135d38700",
    )  # fmt: skip
    assert tree_from_triples(triples, data) == AllOf(
        data,
        (
            Count(f"{data}-1", 1, None, Filter(credentials=frozenset({credential + "relational-databases"}))),
            Credits(
                f"{data}-2",
                Decimal(8),
                None,
                Filter(frozenset(), frozenset(skill + one for one in databases), minimum_level=6),
            ),
        ),
    )
    whole = tree_from_triples(triples, bba)
    assert isinstance(whole, AllOf)
    assert [part.id.removeprefix(f"{BASE}/programme/saaristo-bba") for part in whole.parts] == [
        "-digital-business#requirement", "-accounting-and-law#requirement", "-customers-and-services#requirement",
        "-leadership#requirement", "-responsibility#requirement", "#requirement-6", "#requirement-7", "#requirement-8",
    ]  # fmt: skip
    fields = frozenset({"http://data.europa.eu/snb/isced-f/02", "http://data.europa.eu/snb/isced-f/03"})
    assert whole.parts[5] == Credits(f"{bba}-6", Decimal(5), None, Filter(fields=fields, minimum_level=5))
    assert whole.parts[6] == Manual(
        f"{bba}-7",
        "Internship of 30 credits.",
        {
            "en": "Internship of 30 credits.",
            "fi": "30 opintopisteen harjoittelu.",
            "sv": "Praktik på 30 studiepoäng.",
        },
    )


def term(found: pyoxigraph.NamedNode | pyoxigraph.Literal) -> Term:
    if isinstance(found, pyoxigraph.NamedNode):
        return Term("iri", found.value)
    return Term("literal", found.value, found.language, None if found.language else found.datatype.value)


def test_organisations_have_the_same_names_in_both_files() -> None:
    in_table = {
        (f"{BASE}/organisation/{row['provider']}", row[f"provider_name@{x}"])
        for row in credentials()
        for x in ("fi", "sv", "en")
    }
    in_programmes = set(pairs("SELECT ?x ?name { ?x rov:legalName ?name }"))
    assert len(in_programmes) == 12
    assert in_programmes <= in_table


def test_names_of_skills_in_the_programmes_are_those_of_esco() -> None:
    named = yaml.safe_load((DEMO / "programmes.yaml").read_text("utf-8"))["skills"]
    labels = dict(
        pairs("SELECT ?skill ?label { ?skill a esco:Skill ; skos:prefLabel ?label FILTER(LANG(?label) = 'en') }")
    )
    assert {name: labels["http://data.europa.eu/esco/skill/" + key] for name, key in named.items()} == {
        name: name for name in named
    }


# ESCO


def test_slice_says_its_version_and_attribution() -> None:
    assert column("SELECT ?version { ?slice owl:versionInfo ?version }") == ["1.1.1"]
    assert column("SELECT ?text { ?slice dcterms:rights ?text }") == [
        "This service uses the ESCO classification of the European Commission."
    ]


def test_slice_has_the_skills_and_occupations_of_its_source() -> None:
    assert len(column("SELECT DISTINCT ?x { ?x a esco:Skill ; skos:prefLabel ?label ; esco:skillType ?type }")) == 1285
    assert len(column("SELECT DISTINCT ?x { ?x a esco:Occupation ; skos:prefLabel ?label }")) == 91


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_slice_has_one_preferred_label_of_everything_in_each_language(language: str) -> None:
    labels = f"SELECT ?x {{ ?x a ?class ; skos:prefLabel ?label FILTER(LANG(?label) = '{language}') }}"
    assert len(column(labels.replace("?class", "esco:Skill"))) == 1285
    assert len(column(labels.replace("?class", "esco:Occupation"))) == 91


def test_slice_has_the_official_labels_of_its_source() -> None:
    # ESCO's page of the occupation 2511.3, "data analyst".
    analyst = "<http://data.europa.eu/esco/occupation/d3edb8f8-3a06-47a0-8fb9-9b212c006aa2>"
    labels = dict(pairs(f"SELECT (LANG(?label) AS ?tag) ?label {{ {analyst} skos:prefLabel ?label }}"))
    assert labels == {"en": "data analyst", "fi": "data-analyytikko", "sv": "dataanalytiker"}


def test_slice_refers_to_nothing_outside_itself() -> None:
    outside = """SELECT ?x { VALUES ?property { skos:broader esco:relatedEssentialSkill }
      ?any ?property ?x FILTER NOT EXISTS { ?x a esco:Skill } }"""
    assert column(outside) == []


def test_slice_has_labels_and_no_longer_texts() -> None:
    assert column("SELECT ?x { ?x a skos:Concept ; dcterms:description|skos:definition ?text }") == []


@pytest.mark.parametrize("occupation", ["web developer", "software tester", "data analyst", "ethical hacker"])
def test_essential_skills_are_covered_whole(occupation: str) -> None:
    assert coverage(occupation) == 1


@pytest.mark.parametrize(
    "occupation",
    [
        "cloud engineer",
        "ICT security technician",
        "data quality specialist",
        "user interface designer",
        "ICT system developer",
    ],
)
def test_most_essential_skills_are_covered(occupation: str) -> None:
    assert 0.6 <= coverage(occupation) < 1


def test_slice_agrees_with_the_official_release(shared: Path) -> None:
    folder = shared / "esco" / "v1.1.1"
    official = {
        (row["occupationUri"], row["skillUri"])
        for row in read_official(folder / "relations" / "occupationSkillRelations.csv.gz")
        if row["relationType"] == "essential"
    }
    occupations = set(column("SELECT ?x { ?x a esco:Occupation }"))
    assert set(pairs("SELECT ?x ?skill { ?x a esco:Occupation ; esco:relatedEssentialSkill ?skill }")) == {
        pair for pair in official if pair[0] in occupations
    }


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
@pytest.mark.parametrize(("table", "kind"), [("skills", "esco:Skill"), ("occupations", "esco:Occupation")])
def test_labels_of_the_slice_are_the_official_ones(shared: Path, table: str, kind: str, language: str) -> None:
    folder = "en" if language == "en" else "derived"
    path = shared / "esco" / "v1.1.1" / folder / f"{table}_{language}.csv.gz"
    labels = {row["conceptUri"]: row["preferredLabel"].strip() for row in read_official(path)}
    found = pairs(f"SELECT ?x ?label {{ ?x a {kind} ; skos:prefLabel ?label FILTER(LANG(?label) = '{language}') }}")
    assert [(iri, label) for iri, label in found if labels.get(iri) != label] == []


def read_official(path: Path) -> list[dict[str, str]]:
    with gzip.open(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

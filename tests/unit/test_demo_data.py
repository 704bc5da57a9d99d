"""The demo data hold what data/demo/README.md says of them. Read with csv and pyoxigraph only, not with our loaders."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pyoxigraph
import pytest

DEMO = Path(__file__).parent.parent.parent / "data" / "demo"
BASE = "http://localhost:8000/id"
LANGUAGES = ("fi", "sv", "en")
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX elm: <http://data.europa.eu/snb/model/elm/>
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX mc: <https://w3id.org/pinoamo/ns#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rov: <http://www.w3.org/ns/regorg#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
# What each refused record lacks, as a row tells it.
DEFECTS = {
    "broken-no-workload": lambda row: not (row["ects"] or row["workload_hours"]),
    "broken-no-outcomes": lambda row: not any(row[f"learning_outcomes@{language}"] for language in LANGUAGES),
    "broken-attendance-only": lambda row: row["assessment"] == "level-of-attendance",
    "broken-no-quality-assurance": lambda row: not row["quality_assurance"],
    "broken-no-mode": lambda row: not row["mode"],
    "broken-no-country": lambda row: not row["country"],
}


def read_rows(name: str) -> list[dict[str, str]]:
    with (DEMO / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


@cache
def credentials() -> list[dict[str, str]]:
    return read_rows("credentials.csv")


@cache
def graph() -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    for name in ("esco.ttl", "programmes.ttl"):
        store.load(path=str(DEMO / name), format=pyoxigraph.RdfFormat.TURTLE)
    return store


def column(query: str) -> list[str]:
    return [solution[0].value for solution in graph().query(PREFIXES + query)]


def pairs(query: str) -> list[tuple[str, str]]:
    return [(solution[0].value, solution[1].value) for solution in graph().query(PREFIXES + query)]


def skills_of(row: dict[str, str]) -> list[str]:
    return row["skills"].replace("|", " ").split()


def parts_of(row: dict[str, str], name: str) -> list[str]:
    return row[name].split("|") if row[name] else []


def essential_skills(occupation: str) -> set[str]:
    return set(
        column(f'SELECT ?skill {{ ?occupation skos:prefLabel "{occupation}"@en ; esco:relatedEssentialSkill ?skill }}')
    )


def coverage(occupation: str) -> float:
    needed = essential_skills(occupation)
    taught = {skill for row in credentials() for skill in skills_of(row)}
    return len(needed & taught) / len(needed)


# The catalogue


def test_catalogue_is_as_large_as_its_readme_says() -> None:
    assert len(credentials()) == 94
    assert len({row["provider"] for row in credentials()}) == 11
    assert {row["country"] for row in credentials()} == {"FI", "SE", "EE", "NL", "IE"}


def test_ids_are_unique_across_both_files() -> None:
    identifiers = [row["id"] for row in credentials() + read_rows("refused.csv")]
    assert len(set(identifiers)) == len(identifiers)


def test_both_files_have_the_same_columns() -> None:
    assert list(credentials()[0]) == list(read_rows("refused.csv")[0])


def test_catalogue_spans_nine_broad_fields() -> None:
    assert {row["isced_f"][:2] for row in credentials()} == {f"0{digit}" for digit in range(1, 10)}


@pytest.mark.parametrize("name", ["title", "description", "provider_name", "learning_outcomes"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(name: str, language: str) -> None:
    assert [row["id"] for row in credentials() if not row[f"{name}@{language}"].strip()] == []


@pytest.mark.parametrize("name", ["title", "description"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_stands_in_two_rows(name: str, language: str) -> None:
    texts = Counter(row[f"{name}@{language}"] for row in credentials())
    assert [text for text, count in texts.items() if count > 1] == []


def test_outcomes_are_two_to_four_and_as_many_in_each_language() -> None:
    counts = {
        row["id"]: tuple(len(parts_of(row, f"learning_outcomes@{language}")) for language in LANGUAGES)
        for row in credentials()
    }
    assert {name: count for name, count in counts.items() if count not in {(2, 2, 2), (3, 3, 3), (4, 4, 4)}} == {}


def test_skills_stand_in_as_many_groups_as_there_are_outcomes() -> None:
    wrong = [
        row["id"]
        for row in credentials()
        if row["skills"] and row["skills"].count("|") != row["learning_outcomes@en"].count("|")
    ]
    assert wrong == []


def test_one_institution_has_one_name_and_one_country() -> None:
    institutions = {
        (row["provider"], row["country"], *(row[f"provider_name@{x}"] for x in LANGUAGES)) for row in credentials()
    }
    assert len(institutions) == 11


def test_homepages_are_under_the_reserved_top_level_domain() -> None:
    hosts = {row["homepage"].split("/")[2] for row in credentials() + read_rows("refused.csv")}
    assert [host for host in hosts if not host.endswith(".example")] == []


def test_hours_and_credits_agree() -> None:
    # 1 ECTS credit is 25 to 30 hours of work (ECTS Users' Guide 2015, page 10); half an hour for rounding.
    rates = {
        row["id"]: (float(row["workload_hours"]), float(row["ects"]))
        for row in credentials()
        if row["ects"] and row["workload_hours"]
    }
    assert {k: (h, e) for k, (h, e) in rates.items() if not 25 * e - 0.5 <= h <= 30 * e + 0.5} == {}


def test_only_three_sound_records_have_no_level_or_no_credits() -> None:
    assert {row["id"] for row in credentials() if not (row["ects"] and row["eqf_level"])} == {
        "fish-farming-data",
        "mental-health-first-response",
        "workplace-instructor",
    }


@pytest.mark.parametrize("required", ["workload_hours", "mode", "assessment", "quality_assurance", "accreditor"])
def test_no_sound_row_lacks_what_the_definition_asks_for(required: str) -> None:
    assert [row["id"] for row in credentials() if not row[required]] == []


# Links


def test_prerequisites_are_in_the_catalogue() -> None:
    identifiers = {row["id"] for row in credentials()}
    assert {other for row in credentials() for other in parts_of(row, "prerequisites")} <= identifiers


def test_prerequisites_have_no_loop() -> None:
    order = list(TopologicalSorter({row["id"]: parts_of(row, "prerequisites") for row in credentials()}).static_order())
    assert len(order) == len(credentials())


def test_penetration_testing_needs_two_credentials() -> None:
    row = next(row for row in credentials() if row["id"] == "penetration-testing")
    assert parts_of(row, "prerequisites") == ["network-security", "web-security"]


def test_every_skill_is_in_the_slice() -> None:
    known = set(column("SELECT ?skill { ?skill a esco:Skill }"))
    assert {skill for row in credentials() for skill in skills_of(row)} <= known


def test_part_of_names_programmes_and_modules() -> None:
    known = set(column("SELECT ?x { VALUES ?type { mc:DegreeProgramme mc:ProgrammeModule } ?x a ?type }"))
    named = {f"{BASE}/programme/{name}" for row in credentials() for name in parts_of(row, "part_of")}
    assert len(named) > 10
    assert named <= known


def test_only_stackable_credentials_are_part_of_something() -> None:
    assert [row["id"] for row in credentials() if row["part_of"] and row["stackability"] != "stackable"] == []


# Refused on purpose


def test_six_records_are_refused() -> None:
    assert [row["id"] for row in read_rows("refused.csv")] == list(DEFECTS)


def test_each_refused_record_has_its_own_defect_and_no_other() -> None:
    found = {
        row["id"]: [name for name, is_defect in DEFECTS.items() if is_defect(row)] for row in read_rows("refused.csv")
    }
    assert found == {name: [name] for name in DEFECTS}


@pytest.mark.parametrize("name", list(DEFECTS))
def test_no_sound_row_has_a_defect(name: str) -> None:
    assert [row["id"] for row in credentials() if DEFECTS[name](row)] == []


# Programmes


def test_there_are_four_programmes_with_twenty_modules() -> None:
    assert len(column("SELECT ?x { ?x a mc:DegreeProgramme }")) == 4
    assert len(column("SELECT ?x { ?x a mc:ProgrammeModule }")) == 20


def test_each_programme_has_four_to_eight_modules_and_each_module_one_programme() -> None:
    parts = pairs("SELECT ?programme ?module { ?programme elm:hasPart ?module }")
    assert parts == pairs(
        "SELECT ?programme ?module { ?programme elm:hasPart ?module . ?module elm:isPartOf ?programme }"
    )
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
    taught = {skill for row in credentials() for skill in skills_of(row)}
    serving = pairs("SELECT DISTINCT ?asked ?skill { ?any mc:skill ?asked . ?skill skos:broader* ?asked }")
    assert {asked for asked, _ in serving} == {asked for asked, skill in serving if skill in taught}


def test_organisations_have_the_same_names_in_both_files() -> None:
    in_table = {
        (f"{BASE}/organisation/{row['provider']}", row[f"provider_name@{x}"])
        for row in credentials()
        for x in LANGUAGES
    }
    in_programmes = set(pairs("SELECT ?x ?name { ?x rov:legalName ?name }"))
    assert len(in_programmes) == 12
    assert in_programmes <= in_table


# ESCO


def test_slice_says_its_version_and_attribution() -> None:
    assert column("SELECT ?version { ?slice owl:versionInfo ?version }") == ["1.1.1"]
    assert column("SELECT ?text { ?slice dcterms:rights ?text }") == [
        "This service uses the ESCO classification of the European Commission."
    ]


def test_slice_has_the_skills_and_occupations_of_its_source() -> None:
    assert len(column("SELECT ?x { ?x a esco:Skill ; skos:prefLabel ?label ; esco:skillType ?type }")) == 1285
    assert len(column("SELECT ?x { ?x a esco:Occupation ; skos:prefLabel ?label }")) == 91


def test_slice_refers_to_nothing_outside_itself() -> None:
    outside = """SELECT ?x { VALUES ?property { skos:broader esco:relatedEssentialSkill }
      ?any ?property ?x FILTER NOT EXISTS { ?x a esco:Skill } }"""
    assert column(outside) == []


def test_slice_has_labels_and_no_longer_texts() -> None:
    assert column("SELECT ?x { ?x a skos:Concept ; dcterms:description|skos:altLabel|skos:definition ?text }") == []


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
    labels = {
        row["conceptUri"]: row["preferredLabel"].strip() for row in read_official(folder / "en" / "skills_en.csv.gz")
    }
    official = {
        (row["occupationUri"], row["skillUri"])
        for row in read_official(folder / "relations" / "occupationSkillRelations.csv.gz")
        if row["relationType"] == "essential"
    }
    occupations = set(column("SELECT ?x { ?x a esco:Occupation }"))
    assert [
        x
        for x, label in pairs("SELECT ?x ?label { ?x a esco:Skill ; skos:prefLabel ?label }")
        if labels.get(x) != label
    ] == []
    assert set(pairs("SELECT ?x ?skill { ?x a esco:Occupation ; esco:relatedEssentialSkill ?skill }")) == {
        pair for pair in official if pair[0] in occupations
    }


def read_official(path: Path) -> list[dict[str, str]]:
    with gzip.open(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

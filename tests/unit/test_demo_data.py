"""The demo catalogue holds what data/demo/README.md says of it. Read with csv and PyYAML, not with our loaders."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
import yaml

DEMO = Path(__file__).parent.parent.parent / "data" / "demo"
BASE = "http://localhost:8000/id"
LANGUAGES = ("fi", "sv", "en")
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
def programmes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((DEMO / "programmes.yaml").read_text("utf-8"))["programmes"]
    return found


def skills_of(row: dict[str, str]) -> list[str]:
    return row["skills"].replace("|", " ").split()


def parts_of(row: dict[str, str], name: str) -> list[str]:
    return row[name].split("|") if row[name] else []


def instances_of(name: str, *types: str) -> set[str]:
    with (DEMO / name).open("rb") as stream:
        return {
            quad.subject.value
            for quad in pyoxigraph.parse(stream, pyoxigraph.RdfFormat.TURTLE, base_iri="http://localhost:8000/")
            if quad.predicate.value.endswith("#type") and quad.object.value in types
        }


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
    known = instances_of("esco.ttl", "http://data.europa.eu/esco/model#Skill")
    assert {skill for row in credentials() for skill in skills_of(row)} <= known


def test_part_of_names_programmes_and_modules() -> None:
    known = {f"{BASE}/programme/{one['id']}" for top in programmes() for one in (top, *top["modules"])}
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

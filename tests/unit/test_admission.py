"""A catalogue holds what its vocabularies say of courses, and nothing of persons; what is left out is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.loading.admission import admit
from service.loading.catalogue_terms import CatalogueTerms
from service.settings import Settings

ELM, FOAF = "http://data.europa.eu/snb/model/elm/", "http://xmlns.com/foaf/0.1/"
TYPE, TITLE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "<http://purl.org/dc/terms/title>"
RECORD = "http://b/id/credential/c"
MARK = f"# record <{RECORD}> courses.ttl:7\n"
# The properties of the ELM application profile LOQ 3.2 that are not ELM's own, and some that are.
LOQ = (
    "http://data.europa.eu/m8g/latitude", "http://www.w3.org/ns/locn#geometry", "http://xmlns.com/foaf/0.1/homepage",
    "http://xmlns.com/foaf/0.1/member", "http://www.w3.org/ns/org#hasSubOrganization",
    "http://www.w3.org/ns/org#subOrganizationOf", "http://www.w3.org/ns/regorg#registration",
    "http://www.w3.org/ns/regorg#legalName", "http://www.w3.org/ns/adms#schemeAgency",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#value", "http://purl.org/dc/terms/temporal", ELM + "vatIdentifier",
    ELM + "limitNationalOccupation", ELM + "isPartialQualification", ELM + "emailAddress", ELM + "contentUrl",
)  # fmt: skip


def admitted(path: Path, *statements: str, vocabularies: tuple[str, ...] = ()) -> tuple[set[str], list[str]]:
    file = path / "x.nq"
    file.write_text(MARK + "".join(f"{statement} <http://b/graph/a> .\n" for statement in statements), "utf-8")
    issues = admit(file, CatalogueTerms(vocabularies))
    text = file.read_text("utf-8")
    assert text.startswith(MARK)
    assert {issue["severity"] for issue in issues} <= {"warning"}
    assert {(issue["source"], issue["line"]) for issue in issues} <= {("courses.ttl", 7)}
    kept = {line.removesuffix(" <http://b/graph/a> .") for line in text.splitlines()[1:]}
    assert len(kept) + len(issues) == len(set(statements))  # each statement is kept or told of
    return kept, [issue["message"] for issue in issues]


@pytest.mark.parametrize("term", LOQ)
def test_nothing_that_a_record_of_the_profile_can_hold_is_lost(tmp_path: Path, term: str) -> None:
    statement = f'<{RECORD}> <{term}> "x"'
    assert admitted(tmp_path, statement) == ({statement}, [])


@pytest.mark.parametrize(
    "term",
    [FOAF + "familyName", FOAF + "name", "https://schema.org/givenName", "http://schema.org/birthDate",
     "http://www.w3.org/2006/vcard/ns#hasEmail", ELM + "dateOfBirth", ELM + "nationalID", ELM + "hasClaim",
     "https://www.w3.org/2018/credentials#credentialSubject", "http://x/studentNumber"],
)  # fmt: skip
def test_a_property_that_is_not_on_the_list_is_left_out_and_told(tmp_path: Path, term: str) -> None:
    title = f'<{RECORD}> {TITLE} "A course"'
    kept, told = admitted(tmp_path, title, f'<{RECORD}> <{term}> "Mx X"')
    assert kept == {title}
    assert len(told) == 1
    assert term in told[0]


@pytest.mark.parametrize(
    "name",
    [FOAF + "Person", "http://schema.org/Person", "https://schema.org/Person", ELM + "Person", "http://www.w3.org/ns/"
     "person#Person", "http://www.w3.org/2006/vcard/ns#Individual", ELM + "LearningAchievement", "http://x/Student"],
)  # fmt: skip
def test_a_thing_of_another_class_goes_with_all_that_is_said_of_it_and_leads_to_it(tmp_path: Path, name: str) -> None:
    record = f"<{RECORD}> {TYPE} <{ELM}Qualification>"
    person = f"{RECORD}#teacher"
    link = f"<{RECORD}> <{ELM}contactPoint> <{person}>"
    kept, told = admitted(tmp_path, record, link, f"<{person}> {TYPE} <{name}>", f'<{person}> {TITLE} "Mx X"')
    assert kept == {record}
    assert len(told) == 3


def test_a_person_that_is_an_agent_too_is_still_a_person(tmp_path: Path) -> None:
    person = f"{RECORD}#teacher"
    classes = (f"<{person}> {TYPE} <{ELM}Agent>", f"<{person}> {TYPE} <https://schema.org/Person>")
    assert admitted(tmp_path, *classes, f'<{person}> {TITLE} "Mx X"')[0] == set()


def test_a_course_that_is_of_another_class_too_loses_only_that(tmp_path: Path) -> None:
    own, foreign = f"<{RECORD}> {TYPE} <{ELM}Qualification>", f"<{RECORD}> {TYPE} <https://schema.org/Course>"
    assert admitted(tmp_path, own, foreign)[0] == {own}


def test_an_operator_lets_a_vocabulary_of_its_own_in(tmp_path: Path) -> None:
    statement = f'<{RECORD}> <http://x/studyCode> "X1"'
    assert admitted(tmp_path, statement, vocabularies=("http://x/",)) == ({statement}, [])
    assert Settings(vocabularies="http://x/ https://y.example/ns#").vocabularies  # type: ignore[call-arg]
    for wrong in ("x", "http://x/ns"):
        with pytest.raises(ValidationError):
            Settings(vocabularies=wrong)  # type: ignore[call-arg]


@pytest.mark.parametrize("value", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "file:///etc/passwd"])
def test_what_is_no_address_is_led_to_by_nothing(tmp_path: Path, value: str) -> None:
    kept, told = admitted(tmp_path, f"<{RECORD}#page> <{ELM}contentUrl> <{value}>")
    assert not kept
    assert value in told[0]
    mail = f"<{RECORD}#mail> <{ELM}contentUrl> <mailto:info@uni.example>"
    assert admitted(tmp_path, mail) == ({mail}, [])

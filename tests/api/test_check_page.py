"""The page that checks a document: a plain form in three languages, an answer in words, and nothing that stays."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from fastapi.testclient import TestClient

from tests.api.test_pages import BROWSER, Reader
from tests.api.test_validations import CREDENTIAL, EDC_CONTEXT
from tests.support.bad_documents import JUDGED, PREFIXES
from tests.support.records import record

STORED = {"fi": "Mitään ei tallenneta", "sv": "Inget sparas", "en": "Nothing is stored"}
NOT_CHECKED = {"fi": "ei tarkistettu", "sv": "inte granskat", "en": "not checked"}


def send(demo: TestClient, language: str, text: str, status: int = 200, **fields: object) -> str:
    # A browser sends an empty file where none was chosen.
    files: Mapping[str, tuple[str, bytes]] = {"file": ("", b"")}
    answer = demo.post(f"/{language}/check", data={"text": text, **fields}, files=files, headers=BROWSER)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store"), answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def without_quality() -> str:
    return record("a", without="quality").replace("<http://localhost:8000/graph/courses> .", ".")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_form_works_without_a_script_and_says_that_nothing_is_stored(demo: TestClient, language: str) -> None:
    text = demo.get(f"/{language}/check", headers=BROWSER).text
    (form,) = (e for e in Reader(text).all if e.tag == "form")
    assert (form.attributes["method"], form.attributes["enctype"]) == ("post", "multipart/form-data")
    assert form.attributes["action"].endswith(f"/{language}/check")
    assert STORED[language] in text
    assert text.count("<script") == text.count("check.js") == 1  # which only takes what is dropped


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["not met", "Quality assurance: missing.", "2022/C 243/02"]),
        ("fi", ["ei täyty", "Laadunvarmistus: tieto puuttuu.", "2022/C 243/02"]),
        ("sv", ["inte uppfyllt", "Kvalitetssäkring: saknas.", "2022/C 243/02"]),
    ],
)
def test_result_speaks_the_language_of_the_page(demo: TestClient, language: str, words: list[str]) -> None:
    text = send(demo, language, without_quality())
    reader = Reader(text)
    ids = [e.attributes["id"] for e in reader.all if "id" in e.attributes]
    assert [word for word in [*words, STORED[language]] if word not in text] == []
    assert (reader.crossed, len(ids)) == ([], len(set(ids)))
    assert len([e for e in reader.all if e.tag == "h1"]) == 1


def test_chosen_profiles_are_the_ones_checked(demo: TestClient) -> None:
    text = send(demo, "en", without_quality(), profile=["nl", "ee"])
    headings = [e.text.strip() for e in Reader(text).all if e.tag == "h2"]
    assert headings[:2] == ["Netherlands", "Estonia"]


def test_matrix_on_the_page_says_what_would_make_it_one(demo: TestClient) -> None:
    text = send(demo, "en", without_quality())
    assert "By whose definition is it a micro-credential?" in text
    assert "not yet" in text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_proof_and_status_of_a_credential_are_said_not_to_be_checked(demo: TestClient, language: str) -> None:
    text = send(demo, language, json.dumps({"@context": EDC_CONTEXT, **CREDENTIAL}))
    answers = [e.text.strip() for e in Reader(text).all if e.tag == "dd"]
    assert answers[-2:] == [NOT_CHECKED[language]] * 2


def test_catalogue_entry_has_no_verdicts_on_proof(demo: TestClient) -> None:
    assert "genuine" not in send(demo, "en", without_quality())


def test_text_of_a_document_is_escaped(demo: TestClient) -> None:
    text = send(demo, "en", f'{PREFIXES} ex:x a elm:Qualification ; dct:title "<script>alert(1)</script>"@en .')
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_document_about_something_else_is_no_yes(demo: TestClient) -> None:
    text = send(demo, "en", JUDGED["nothing of the kind"][0])
    assert "Nothing in it could be checked" in text
    assert "Meets everything mandatory" not in text


def test_document_of_another_model_is_told_what_it_is(demo: TestClient) -> None:
    xml = '<?xml version="1.0"?><europassCredential xmlns="http://data.europa.eu/snb"/>'
    assert "Europass digital credential in the XML of ELM 1 or 2" in send(demo, "en", xml)
    badge = '{"@context": "https://www.w3.org/ns/credentials/v2", "type": "OpenBadgeCredential", "name": "Teamwork"}'
    assert "this is an Open Badge 3.0" in send(demo, "en", badge)


def test_broken_document_says_where(demo: TestClient) -> None:
    text = send(demo, "en", f"{PREFIXES}\nex:x a elm:Qualification ;\n dct:title T .")
    assert "It could not be checked." in text
    assert 'role="alert"' in text


def test_empty_form_asks_for_a_document(demo: TestClient) -> None:
    assert "Liitä asiakirja tai valitse tiedosto." in send(demo, "fi", " ", 400)


def test_unknown_profile_is_refused_on_the_form(demo: TestClient) -> None:
    assert "&#39;xx&#39;" in send(demo, "en", without_quality(), 422, profile=["xx"])


def test_file_too_large_is_refused_on_the_form(demo: TestClient) -> None:
    files = {"file": ("a.ttl", b" " * (10 * 1024 * 1024 + 70_000))}
    answer = demo.post("/sv/check", files=files, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "Dokumentet kunde inte granskas" in answer.text


def test_profile_that_only_advises_is_not_said_to_be_met(demo: TestClient) -> None:
    text = send(demo, "en", without_quality(), profile=["annex-ii"])
    assert "Meets everything mandatory" not in text
    assert "not decided" in text

"""Checking over HTTP over the demo: the promised JSON, its SHACL report, and every bad document answered or refused."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import rdflib
from fastapi.testclient import TestClient
from rdflib.namespace import RDF, SH

from service.app import create_app
from service.settings import Settings
from service.validation.profiles import definition_names, profile_names
from service.web.edge.uploads import media_type_of
from service.web.models.validation_models import RecognitionsModel, ValidationModel
from tests.conftest import ROOT
from tests.support.bad_documents import JUDGED, PREFIXES, REFUSED, TURTLE, data_of
from tests.support.records import record

NQUADS = "application/n-quads"
PATH = "/api/v1/validations"
BARE = f'{PREFIXES} ex:x a elm:Qualification ; dct:title "Secret title"@en .'
EDC_CONTEXT = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]
CREDENTIAL = {
    "id": "urn:credential:1",
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "issued": "2026-01-31T12:00:00+02:00",
    "credentialSubject": {"id": "urn:person:1", "type": "Person", "fullName": {"en": ["Ada Example"]}},
}


def post(client: TestClient, text: str, media_type: str = TURTLE, path: str = PATH, **headers: str) -> Any:
    return client.post(path, content=data_of(text), headers={"content-type": media_type, **headers})


def checked(client: TestClient, text: str, media_type: str = TURTLE, path: str = PATH) -> dict[str, Any]:
    answer = post(client, text, media_type, path)
    assert answer.status_code == 200, answer.text
    (document,) = answer.json()["documents"]
    found: dict[str, Any] = document
    return found


class TestTheAnswer:
    def test_whole_record_conforms_to_the_european_definition(self, demo: TestClient) -> None:
        (verdict,) = checked(demo, record("a"), NQUADS)["verdicts"]
        assert (verdict["profile"], verdict["outcome"], verdict["focus_nodes"]) == ("eu", "conforms", 1)
        mandatory = {each["id"]: each["status"] for each in verdict["elements"] if each["id"].startswith("M")}
        assert set(mandatory) == {f"M{number}" for number in range(1, 12)}
        assert set(mandatory.values()) == {"met"}

    def test_record_without_quality_assurance_fails_there_and_is_told_what_to_do(self, demo: TestClient) -> None:
        (verdict,) = checked(demo, record("a", without="quality"), NQUADS)["verdicts"]
        violated = [e for e in verdict["elements"] if e["status"] == "violated" and e["severity"] == "violation"]
        assert [each["id"] for each in violated] == ["M11"]
        assert set(violated[0]["fix"]) == set(violated[0]["message"]) == {"en", "fi", "sv"}
        assert "2022/C 243/02" in violated[0]["source"]

    def test_document_of_another_model_is_told_what_it_is(self, demo: TestClient) -> None:
        badge = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
            ],
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "credentialSubject": {"type": "AchievementSubject", "achievement": {"name": "Teamwork"}},
        }  # fmt: skip
        found = checked(demo, json.dumps(badge), "application/ld+json")
        assert [verdict["outcome"] for verdict in found["verdicts"]] == ["nothing-checked"]
        assert ["this is an Open Badge 3.0" in issue["message"] for issue in found["issues"]] == [True]
        xml = '<Courses xmlns="http://data.europa.eu/snb/model/ap/loq-constraints/"/>'
        assert "(LOQ)" in checked(demo, xml, "application/rdf+xml")["error"]["message"]

    def test_keys_are_the_promised_ones(self, demo: TestClient) -> None:
        answer = post(demo, BARE).json()
        (document,) = answer["documents"]
        assert set(answer) == {"documents"}
        assert set(document) == {"source", "verdicts", "issues", "error"}
        assert set(document["verdicts"][0]) == {"profile", "outcome", "focus_nodes", "elements"}
        assert {key for each in document["verdicts"][0]["elements"] for key in each} == {
            "id", "node", "status", "severity", "value", "message", "source", "fix", "shape",
        }  # fmt: skip
        ValidationModel.model_validate(answer)

    def test_each_profile_asked_for_answers_once_in_order(self, demo: TestClient) -> None:
        found = checked(demo, BARE, path=f"{PATH}?profile=fi-he&profile=eu&profile=nl&profile=eu")
        assert [verdict["profile"] for verdict in found["verdicts"]] == ["fi-he", "eu", "nl"]

    def test_skill_that_the_serving_release_knows_is_looked_up_there(self, demo: TestClient) -> None:
        skill = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
        known = record("a").replace("http://data.europa.eu/esco/skill/7b1d2c7e-0000-4000-8000-000000000001", skill)
        statuses = [
            {each["status"] for each in checked(demo, text, NQUADS)["verdicts"][0]["elements"] if each["id"] == "D4"}
            for text in (record("a"), known)
        ]
        assert statuses == [{"unknown"}, {"met"}]

    @pytest.mark.parametrize(
        "envelope",
        [
            {"@context": EDC_CONTEXT, **CREDENTIAL},
            {"credential": CREDENTIAL},
            {"payload": json.dumps({"@context": EDC_CONTEXT, **CREDENTIAL}), "signatures": [{"protected": "x"}]},
        ],
        ids=["bare", "upload", "sealed"],
    )
    def test_credential_gets_four_verdicts_and_two_are_never_given(
        self, demo: TestClient, envelope: dict[str, Any]
    ) -> None:
        found = checked(demo, json.dumps(envelope), "application/json")
        assert found["credential"] == {
            "syntax": "read", "shape": {"eu": "fails"}, "proof": "not_checked", "status": "not_checked",
        }  # fmt: skip

    def test_nobody_may_keep_the_answer(self, demo: TestClient) -> None:
        assert post(demo, BARE).headers["cache-control"] == "no-store"

    def test_nothing_of_a_document_is_logged(self, demo: TestClient, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            post(demo, BARE)
            post(demo, BARE + " broken Secret")
        assert "Secret" not in caplog.text


class TestTheReport:
    def report(self, demo: TestClient, text: str, media_type: str = TURTLE) -> rdflib.Graph:
        answer = post(demo, text, media_type, accept="text/turtle")
        assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
        return rdflib.Graph().parse(data=answer.text, format="turtle")

    def test_report_has_a_result_for_each_finding_that_is_not_met(self, demo: TestClient) -> None:
        graph = self.report(demo, BARE)
        elements = checked(demo, BARE)["verdicts"][0]["elements"]
        expected = sorted(each["shape"] for each in elements if each["status"] in ("violated", "unknown"))
        assert sorted(str(shape) for shape in graph.objects(None, SH.sourceShape)) == expected
        assert [str(value) for value in graph.objects(None, SH.conforms)] == ["false"]

    def test_each_result_has_what_the_standard_asks_for(self, demo: TestClient) -> None:
        # SHACL, 3.6.2: mandatory are sh:focusNode, sh:resultSeverity and sh:sourceConstraintComponent.
        graph = self.report(demo, BARE)
        results = set(graph.objects(None, SH.result))
        assert results == set(graph.subjects(RDF.type, SH.ValidationResult))
        for result in results:
            for name in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent):
                assert len(list(graph.objects(result, name))) == 1

    def test_document_without_anything_to_check_has_no_report_that_conforms(self, demo: TestClient) -> None:
        assert len(self.report(demo, JUDGED["nothing of the kind"][0])) == 0

    def test_format_wins_over_accept(self, demo: TestClient) -> None:
        assert "sh:ValidationReport" in post(demo, BARE, path=f"{PATH}?format=ttl", accept="application/json").text

    def test_other_formats_are_refused(self, demo: TestClient) -> None:
        assert post(demo, BARE, accept="text/csv").status_code == 406


class TestForms:
    def test_file_is_read_by_the_end_of_its_name(self, demo: TestClient) -> None:
        answer = demo.post(PATH, files={"file": ("a.nq", record("a").encode(), "application/octet-stream")})
        (document,) = answer.json()["documents"]
        assert (document["source"], document["verdicts"][0]["outcome"]) == ("a.nq", "conforms")

    def test_profiles_may_stand_in_the_form(self, demo: TestClient) -> None:
        answer = demo.post(PATH, files={"file": ("a.ttl", BARE)}, data={"profile": ["nl", "ee"]})
        assert [verdict["profile"] for verdict in answer.json()["documents"][0]["verdicts"]] == ["nl", "ee"]

    def test_path_in_a_file_name_is_left_out(self, demo: TestClient) -> None:
        answer = demo.post(PATH, files={"file": ("..\\..\\etc/a.ttl", BARE)})
        assert answer.json()["documents"][0]["source"] == "a.ttl"

    @pytest.mark.parametrize("files", [{"other": ("a.ttl", BARE)}, {"file": ("a.ttl", "")}], ids=["other", "empty"])
    def test_form_without_a_document_is_refused_or_answered(self, demo: TestClient, files: dict[str, Any]) -> None:
        answer = demo.post(PATH, files=files)
        assert answer.status_code == 400 or answer.json()["documents"][0]["error"]

    def test_broken_form_is_refused(self, demo: TestClient) -> None:
        assert post(demo, "no form", "multipart/form-data").status_code == 400

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('{"@context": []}', "application/json"),
            (' [ {"a": 1} ]', "application/json"),
            ("[] a <urn:x> .", "application/trig"),
            ("[ <urn:p> <urn:o> ] <urn:q> 1 .", "application/trig"),
            ("{ <urn:s> <urn:p> 1 }", "application/trig"),
            ("<rdf:RDF/>", "application/rdf+xml"),
            ("<urn:s> <urn:p> 1 .", "application/trig"),
        ],
    )
    def test_pasted_text_is_taken_for_what_it_looks_like(self, text: str, expected: str) -> None:
        assert media_type_of(text) == expected


class TestRefusals:
    @pytest.mark.parametrize("path", [PATH, "/api/v1/recognitions"])
    @pytest.mark.parametrize(
        ("media_type", "size", "status"),
        [("application/pdf", 10, 415), ("", 10, 415), (TURTLE, 10 * 1024 * 1024 + 1, 413)],
    )
    def test_call_is_refused_by_a_problem_document(
        self, demo: TestClient, path: str, media_type: str, size: int, status: int
    ) -> None:
        answer = demo.post(path, content=b" " * size, headers={"content-type": media_type})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")

    def test_file_beyond_the_limit_is_refused(self, demo: TestClient) -> None:
        answer = demo.post(PATH, files={"file": ("a.ttl", b" " * (10 * 1024 * 1024 + 70_000))})
        assert answer.status_code == 413

    def test_unknown_profile_is_refused_and_the_known_ones_named(self, demo: TestClient) -> None:
        answer = post(demo, BARE, path=f"{PATH}?profile=xx")
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid-argument")
        assert "fi-he" in answer.json()["detail"]

    def test_reading_by_get_is_no_method(self, demo: TestClient) -> None:
        assert (demo.get(PATH).status_code, demo.get(PATH).headers["allow"]) == (405, "OPTIONS, POST")


class TestBadDocuments:
    @pytest.mark.parametrize("name", REFUSED)
    def test_document_that_cannot_be_checked_says_why(self, demo: TestClient, name: str) -> None:
        media_type, text, mentioned = REFUSED[name]
        found = checked(demo, text, media_type)
        assert found["verdicts"] == [{"profile": "eu", "outcome": "nothing-checked", "focus_nodes": 0, "elements": []}]
        assert found["error"]["message"]
        assert mentioned in found["error"]["message"]

    @pytest.mark.parametrize("name", JUDGED)
    def test_document_that_is_odd_gets_a_verdict_that_is_no_yes(self, demo: TestClient, name: str) -> None:
        text, nodes = JUDGED[name]
        found = checked(demo, text)
        (verdict,) = found["verdicts"]
        assert (found["error"], verdict["focus_nodes"]) == (None, nodes)
        assert verdict["outcome"] == ("fails" if nodes else "nothing-checked")
        assert len(json.dumps(found)) < 100_000

    @pytest.mark.parametrize("name", REFUSED)
    def test_matrix_says_nothing_of_what_cannot_be_checked(self, demo: TestClient, name: str) -> None:
        media_type, text, _ = REFUSED[name]
        found = checked(demo, text, media_type, "/api/v1/recognitions?profile=eu&profile=nl")
        assert {row["answer"] for row in found["recognition"]} == {"not-asked"}
        assert found["error"]["message"]


class TestTheMatrix:
    def test_every_definition_has_a_row(self, demo: TestClient) -> None:
        answer = post(demo, BARE, path="/api/v1/recognitions").json()
        RecognitionsModel.model_validate(answer)
        rows = answer["documents"][0]["recognition"]
        assert sorted(row["profile"] for row in rows) == sorted(definition_names(ROOT / "shapes"))

    def test_no_comes_with_the_changes_that_make_it_a_yes(self, demo: TestClient) -> None:
        path = "/api/v1/recognitions?profile=eu"
        (before,) = checked(demo, record("a", without="quality"), NQUADS, path)["recognition"]
        (after,) = checked(demo, record("a"), NQUADS, path)["recognition"]
        assert (before["answer"], [change["id"] for change in before["changes"]]) == ("no", ["M11"])
        assert (after["answer"], after["changes"]) == ("yes", [])


class TestTheDescription:
    def test_profiles_are_listed_with_titles_and_shapes(self, demo: TestClient) -> None:
        items = demo.get("/api/v1/profiles").json()["items"]
        assert sorted(item["id"] for item in items) == sorted(profile_names(ROOT / "shapes"))
        for item in items:
            assert set(item["title"]) == {"en", "fi", "sv"}
            assert demo.get(item["links"]["self"], headers={"accept": TURTLE}).status_code == 200

    def test_examples_of_the_description_can_be_sent(self, demo: TestClient) -> None:
        content = demo.get("/openapi.json").json()["paths"][PATH]["post"]["requestBody"]["content"]
        turtle = checked(demo, content[TURTLE]["example"])
        assert (turtle["error"], turtle["verdicts"][0]["focus_nodes"]) == (None, 1)
        for example in content["application/json"]["examples"].values():
            found = checked(demo, json.dumps(example["value"]), "application/json")
            assert (found["error"], found["credential"]["syntax"]) == (None, "read")

    @pytest.mark.parametrize("name", profile_names(ROOT / "shapes"))
    def test_every_profile_is_published_as_shacl_and_as_a_page(self, demo: TestClient, name: str) -> None:
        turtle = rdflib.Graph().parse(data=demo.get(f"/shapes/{name}", headers={"accept": TURTLE}).text)
        page = demo.get(f"/shapes/{name}?lang=fi", headers={"accept": "text/html"}).text
        shapes = [shape for shape in turtle.subjects(rdflib.DCTERMS.identifier) if str(shape).startswith("http")]
        assert shapes
        for shape in shapes:
            (words,) = (text for text in turtle.objects(shape, SH.message) if text.language == "fi")
            assert f'id="{str(shape).rpartition("#")[2]}"' in page
            assert str(words).split('"')[0] in page


def test_shapes_of_others_that_are_set_up_are_a_profile_like_any_other(tmp_path: Path) -> None:
    shapes = tmp_path / "house-rules.ttl"
    shapes.write_text(
        """@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        ex:S a sh:NodeShape ; sh:targetClass <http://data.europa.eu/snb/model/elm/Qualification> ; sh:property ex:P .
        ex:P sh:path <http://purl.org/dc/terms/abstract> ; sh:minCount 1 .""",
        encoding="utf-8",
    )
    settings = Settings(data=tmp_path / "var", shapes=f" {shapes} ; {tmp_path / 'eu.ttl'}", workers=1)
    with TestClient(create_app(settings)) as client:
        assert "house-rules" in [item["id"] for item in client.get("/api/v1/profiles").json()["items"]]
        answer = client.post(
            PATH, params={"profile": ["house-rules", "eu"]}, content=BARE, headers={"content-type": TURTLE}
        ).json()
        page = client.get("/en/check").text
    outcomes = [(verdict["profile"], verdict["outcome"]) for verdict in answer["documents"][0]["verdicts"]]
    assert outcomes == [("house-rules", "fails"), ("eu", "fails")]
    assert answer["workarounds"] == []
    assert 'value="house-rules"' in page

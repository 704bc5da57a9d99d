"""The page of the way to a goal: chosen by links, asked by a form, answered in words, with nothing that stays."""

from __future__ import annotations

import json
import logging
import re
from datetime import date
from itertools import pairwise
from typing import Any, get_args
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fastapi.testclient import TestClient

from service.errors import StoreUnavailable
from service.messages.messages import LANGUAGES, load_texts
from service.stacking.problem.answer import RULES, Outcome, Reason
from service.stacking.problem.problem import Limits
from service.web.pages import path_page
from tests.api.test_pages import BROWSER, Reader, page
from tests.api.test_stacking import ACCOUNTING, BADGE, BBA, BOOKKEEPING, CONTRACTS, DEBUG, REPORTING

NOTICE = {"fi": "ei anna kenellekään oikeutta", "sv": "ger ingen rätt", "en": "nobody is entitled by it"}
PRIVATE = {"fi": "Niitä ei tallenneta", "sv": "Det sparas inte", "en": "they are not stored"}


def send(demo: TestClient, goal: str | list[str], status: int = 200, lang: str = "en", **fields: Any) -> Reader:
    file = fields.pop("file", ("", b""))  # what a browser sends where no file was chosen
    answer = demo.post(
        f"/{lang}/path", params={"to": goal}, data=fields, files={"file": file}, headers=BROWSER
    )  # fmt: skip
    if answer.status_code == 303:
        answer = demo.get(answer.headers["location"].partition("#")[0], headers=BROWSER)
    # An answer is kept for going back to it, by nobody but the browser; a form that is not answered is not kept.
    asked = status == 200 and (fields.get("do") in ("plan", "audit") or {"without", "lift"} & set(fields))
    caching = "private, max-age=300" if asked and 'id="answer"' in answer.text else "no-store"
    assert (answer.status_code, answer.headers["cache-control"]) == (status, caching), answer.text[:500]
    found = Reader(answer.text)
    ids = [e.attributes["id"] for e in found.all if "id" in e.attributes]
    levels = [int(e.tag[1]) for e in found.all if re.fullmatch(r"h[1-6]", e.tag)]
    assert (found.crossed, len(ids)) == ([], len(set(ids)))
    assert all(after <= before + 1 for before, after in pairwise(levels))
    return found


def words(found: Reader) -> str:
    return " ".join(found.find("main")[0].text.split())


def kept(found: Reader) -> list[str]:
    return [
        e.attributes["value"]
        for e in found.find("input", name="held")
        if "checked" in e.attributes and "disabled" not in e.attributes
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_goal_is_chosen_by_links_alone(demo: TestClient, language: str) -> None:
    found = page(demo, f"/{language}/path?kind=programme")
    links = [e.attributes["href"] for e in found.find("a", class_="button quiet")]
    assert links
    goals = [parse_qs(urlsplit(link).query)["to"] for link in links]
    assert all(goal[0].startswith(BBA.rpartition("/")[0]) for goal in goals)
    chosen = page(demo, links[0])
    assert len(chosen.find("form", method="post")) == 1
    assert PRIVATE[language] in words(chosen)
    assert not chosen.find("script")


def test_several_skills_are_one_goal(demo: TestClient) -> None:
    one, other = DEBUG, "http://data.europa.eu/esco/skill/7961413f-61d0-4722-9cd9-20a050a29899"
    found = page(demo, f"/en/path?to={one}&kind=skill&q=unit+testing")
    links = [e.attributes["href"] for e in found.find("a", class_="button quiet")]
    assert [one, other] in [parse_qs(urlsplit(link).query)["to"] for link in links]
    answer = send(demo, [one, other], do="plan")
    asked = json.loads(answer.find("pre")[-1].text)
    assert asked["target"] == {"skills": [one, other]}


# The programme states 210 ECTS in data/demo/programmes.yaml.
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "44 op kaikkiaan 210 opintopisteestä voi suorittaa"),
        ("sv", "44 av 210 studiepoäng kan avläggas"),
        ("en", "44 of the 210 ECTS can be done"),
    ],
)
def test_degree_shows_its_whole_and_is_not_green_while_something_is_open(
    demo: TestClient, language: str, said: str
) -> None:
    found = send(demo, BBA, lang=language, do="plan")
    assert said in words(found)
    verdict = found.find("p", class_="verdict")[0].text.strip()
    assert verdict in {e.text.strip() for e in found.find("span", class_="tag warning")}
    # Of the first term in the demo: more than the 30 ECTS of full-time study.
    assert "34" in next(e.text for e in found.find("p", class_="note") if "30" in e.text)


def test_every_step_shows_what_a_learner_asks_first(demo: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provider, country, form, language, start and price, as data/demo/credentials.csv has them of this one."""
    monkeypatch.setattr(path_page, "_today", lambda: date(2026, 8, 1))
    found = send(demo, BBA, do="plan")
    step = next(e.text for e in found.find("li") if e.text.lstrip().startswith("Bookkeeping"))
    for fact in ("Archipelago University", "Finland", "online", "Finnish", "Swedish", "starts 7 Sept 2026", "€75"):
        assert fact in step
    assert "has passed" not in words(found)


def test_start_that_has_passed_is_said(demo: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_page, "_today", lambda: date(2031, 1, 1))
    found = send(demo, BBA, do="plan")
    steps = [e.text for e in found.find("li") if "starts " in e.text and "Find a way without it" in e.text]
    assert steps
    assert all("The stated start has passed" in step for step in steps)


def test_what_the_price_of_is_not_known_is_no_number(demo: TestClient) -> None:
    """The demo has free courses in other currencies and courses without a price: a limit of 0 finds the free ones."""
    body = demo.post("/api/v1/paths", json={"target": BBA, "limits": {"max_cost": 0}}).json()
    assert {step["cost"] for step in body["plan"]} <= {0}
    found = send(demo, BBA, do="plan", max_cost="0")
    assert "€0" not in words(found)
    assert "Free" in words(found) or not body["plan"]


@pytest.mark.parametrize(
    "address",
    ["/en/path?to=http://example.org/none", f"/en/path?to={BBA}&to={DEBUG}", "/en/path?to=x"],
    ids=["unknown", "not all skills", "no IRI"],
)
def test_goal_that_cannot_be_meant_is_an_error_page(demo: TestClient, address: str) -> None:
    answer = demo.get(address, headers=BROWSER)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_speaks_the_language_of_the_page(demo: TestClient, language: str) -> None:
    found = send(demo, BBA, lang=language, do="plan", held=REPORTING)
    text = words(found)
    t = load_texts(language)
    assert NOTICE[language] in text
    assert t["path.path_optimal_open"] in text
    assert t["path.gap_person-decides"] in text
    assert [e.text for e in found.all if e.tag == "title" and e.parents[-1].tag == "svg"]


def test_page_plans_what_the_api_plans(demo: TestClient) -> None:
    found = send(demo, ACCOUNTING, do="plan", held=REPORTING, alternatives="2", max_ects="30")
    asked = json.loads(found.find("pre")[-1].text)
    answer = demo.post("/api/v1/paths", json=asked).json()
    (first, *_) = [e for e in found.all if e.tag == "ol" and e.attributes.get("class") == "steps"]
    links = [e.attributes["href"] for e in found.find("a") if first in e.parents]
    keys = [step["credential"].rsplit("/", 1)[1] for step in answer["plan"]]
    assert [link.rsplit("/", 1)[1] for link in links] == keys
    assert len(found.find("svg", role="img")) == 1 + len(answer["alternatives"])


def test_audit_counts_what_is_held_and_plans_nothing(demo: TestClient) -> None:
    text = words(send(demo, ACCOUNTING, do="audit", held=[REPORTING, CONTRACTS]))
    assert "What you have meets every requirement." in text
    text = words(send(demo, ACCOUNTING, do="audit", held=[REPORTING]))
    assert "does not meet every requirement yet" in text
    assert "Nobody here teaches" not in text


def test_search_keeps_everything_that_was_filled_in(demo: TestClient) -> None:
    found = send(
        demo, BBA, do="find", find="data", held=REPORTING, max_cost="300", language="http://publications.europa.eu/resource/authority/language/FIN",
        fact_title="My course", deadline="2099-01-31", verified="1",
    )  # fmt: skip
    assert kept(found) == [REPORTING]
    values = {e.attributes["name"]: e.attributes.get("value") for e in found.find("input")}
    assert (values["max_cost"], values["fact_title"], values["deadline"]) == ("300", "My course", "2099-01-31")
    ticked = [e.attributes["name"] for e in found.find("input", type="checkbox") if "checked" in e.attributes]
    assert sorted(set(ticked)) == ["held", "language", "verified"]
    offered = [e.attributes["value"] for e in found.find("input", name="held") if "checked" not in e.attributes]
    assert any("python-for-data" in iri for iri in offered)


def test_typed_facts_are_held_and_stay_in_the_form(demo: TestClient) -> None:
    found = send(
        demo, DEBUG, do="add", fact_title="Finding faults", fact_ects="2,5", fact_level="5", fact_awarded="2025-05-31",
        fact_skill=DEBUG,
    )  # fmt: skip
    (facts,) = map(json.loads, kept(found))
    assert facts == {
        "title": "Finding faults", "ects": "2.5", "level": 5, "awarded": "2025-05-31", "skills": [DEBUG],
    }  # fmt: skip
    text = words(send(demo, DEBUG, do="audit", held=kept(found)))
    assert "What you have meets every requirement." in text
    assert "Finding faults" in text


def test_skills_are_looked_up_for_typed_facts(demo: TestClient) -> None:
    found = send(demo, DEBUG, do="find", fact_title="Finding faults", skill_words="debug")
    assert DEBUG in [e.attributes["value"] for e in found.find("input", name="fact_skill")]
    assert kept(found) == []


@pytest.mark.parametrize("how", ["pasted", "file"])
def test_document_counts_and_stays_in_the_form_as_facts(demo: TestClient, how: str) -> None:
    text = json.dumps(BADGE)
    fields: dict[str, Any] = {"text": text} if how == "pasted" else {"file": ("badge.json", text.encode())}
    found = send(demo, DEBUG, do="add", **fields)
    (facts,) = map(json.loads, kept(found))
    assert (facts["title"], facts["skills"]) == ("Debugger", [DEBUG])
    assert "What you have meets every requirement." in words(send(demo, DEBUG, do="audit", held=kept(found)))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"max_ects": "many"}, "max_ects"),
        ({"max_ects": "-5"}, "max_ects"),
        ({"max_terms": "1.5"}, "max_terms"),
        ({"deadline": "31.12.2099"}, "deadline"),
        ({"fact_ects": "5"}, "fact_title"),
        ({"fact_title": "A", "fact_awarded": "yesterday"}, "fact_awarded"),
        ({"alternatives": "9"}, "alternatives"),
        ({"text": "a letter, not a credential"}, "document"),
        ({"file": ("letter.pdf", b"%PDF")}, "document"),
        ({"provider": "urn:a", "refused": "urn:a"}, "refused"),
        ({"held": "{broken"}, "held"),
    ],
)
def test_error_stands_beside_its_field_and_nothing_is_lost(
    demo: TestClient, fields: dict[str, Any], field: str
) -> None:
    found = send(demo, BBA, 422, do="plan", find="accounting", **fields)
    summary = found.find("div", role="alert")
    assert [e.attributes["href"] for e in found.find("a") if summary[0] in e.parents] == [f"#{field}"]
    assert found.find("input", name="find")[0].attributes["value"] == "accounting"
    if field in ("max_ects", "max_terms", "deadline", "fact_title", "fact_awarded"):
        box = found.find("input", id=field)[0].attributes
        assert box["aria-invalid"] == "true"
        assert found.find("p", id=box["aria-describedby"])[0].text.strip()


def test_what_only_the_engine_can_refuse_is_said_above_the_form(demo: TestClient) -> None:
    found = send(demo, BBA, 422, do="plan", deadline="2020-01-31", held=REPORTING)
    assert "in the past" in found.find("div", role="alert")[0].text
    assert kept(found) == [REPORTING]


def test_way_without_one_credential_is_one_button_away(demo: TestClient) -> None:
    found = send(demo, ACCOUNTING, do="plan")
    button = next(e for e in found.find("button", name="without") if e.attributes["value"] == BOOKKEEPING)
    assert button.attributes["form"] == found.find("form", method="post")[0].attributes["id"]
    again = send(demo, ACCOUNTING, without=BOOKKEEPING)
    assert json.loads(again.find("pre")[-1].text)["limits"] == {"avoid": [BOOKKEEPING]}
    assert BOOKKEEPING not in [e.attributes["value"] for e in again.find("button", name="without")]


def test_question_stands_in_the_address_and_can_be_shared(demo: TestClient) -> None:
    """Goal, limits and items of the catalogue: whoever opens the address gets the same plan, in any language."""
    sent = demo.post(
        "/en/path", params={"to": ACCOUNTING}, files={"file": ("", b"")},
        data={"do": "plan", "held": REPORTING, "max_ects": "30", "verified": "1"},
        headers=BROWSER, follow_redirects=False,
    )  # fmt: skip
    assert sent.status_code == 303
    address = sent.headers["location"]
    assert parse_qs(urlsplit(address).query) == {
        "to": [ACCOUNTING], "held": [REPORTING], "max_ects": ["30"], "verified": ["1"], "do": ["plan"]
    }  # fmt: skip
    found = page(demo, address.partition("#")[0])
    asked = json.loads(found.find("pre")[-1].text)
    assert (asked["held"], asked["limits"]) == ([REPORTING], {"max_ects": "30", "require_verified": True})
    swedish = next(e.attributes["href"] for e in found.find("a", hreflang="sv"))
    assert json.loads(page(demo, swedish).find("pre")[-1].text) == asked


@pytest.mark.parametrize(
    "private",
    [
        {"fact_title": "Very Private Course"},
        {"held": json.dumps({"title": "Very Private Course"})},
        {"held": "urn:uuid:0b6a2c5e-1a7e-4f5e-8c11-7a0d7c1b2f33"},
    ],
    ids=["typed", "facts", "name of a credential of one's own"],
)
def test_what_may_tell_of_a_person_stands_in_no_address(demo: TestClient, private: dict[str, str]) -> None:
    sent = demo.post(
        "/en/path", params={"to": ACCOUNTING}, data={"do": "audit", **private}, files={"file": ("", b"")},
        headers=BROWSER, follow_redirects=False,
    )  # fmt: skip
    assert "location" not in sent.headers


def test_address_with_private_things_is_not_answered(demo: TestClient) -> None:
    held = quote(json.dumps({"title": "Very Private Course"}))
    found = demo.get(f"/en/path?to={quote(ACCOUNTING)}&do=audit&held={held}", headers=BROWSER)
    assert (found.status_code, found.headers["cache-control"]) == (422, "no-store")


def test_limits_in_the_way_can_be_taken_away_by_one_button(demo: TestClient) -> None:
    found = send(demo, ACCOUNTING, do="plan", max_ects="1")
    (button,) = found.find("button", name="lift")
    again = send(demo, ACCOUNTING, max_ects="1", lift=button.attributes["value"])
    assert json.loads(again.find("pre")[-1].text)["limits"] == {}


def test_other_ways_are_looked_for_and_it_is_said_when_there_is_none(demo: TestClient) -> None:
    found = send(demo, ACCOUNTING, do="plan")
    asked = json.loads(found.find("pre")[-1].text)
    assert asked["alternatives"] == 2
    others = demo.post("/api/v1/paths", json=asked).json()["alternatives"]
    only = send(demo, DEBUG, do="plan", avoid=[])
    body = demo.post("/api/v1/paths", json=json.loads(only.find("pre")[-1].text)).json()
    assert ("Other ways" in words(found)) == bool(others)
    assert ("There is no other way" in words(only)) == (not body["alternatives"])


def test_limits_in_the_way_are_named_in_words(demo: TestClient) -> None:
    text = words(send(demo, ACCOUNTING, lang="fi", do="plan", avoid=[REPORTING, CONTRACTS]))
    assert "asettamasi ehdot estävät tämän (Jätä pois opinnot)" in text
    assert "jos poistat kaikki nämä ehdot: Jätä pois opinnot" in text


def test_words_of_others_are_text(demo: TestClient) -> None:
    held = json.dumps({"title": "<script>alert(1)</script>", "skills": [DEBUG]})
    found = send(demo, DEBUG, do="audit", held=held)
    assert not found.find("script")
    assert "<script>alert(1)</script>" in words(found)


def test_nothing_held_is_logged_or_part_of_an_address(demo: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = send(demo, DEBUG, do="audit", fact_title="Very Private Course", held=[REPORTING])
    assert "rivate" not in caplog.text
    assert "sustainability" not in caplog.text
    addresses = [e.attributes.get("href", "") for e in found.all] + [e.attributes.get("action", "") for e in found.all]
    assert not [address for address in addresses if "rivate" in address]


def test_form_that_is_no_form_is_refused_on_the_page(demo: TestClient) -> None:
    answer = demo.post("/en/path", params={"to": BBA}, content=b"held=x", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")


def test_fault_behind_the_answer_is_said_without_its_cause(demo: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise StoreUnavailable("/secret/place cannot be read")

    monkeypatch.setattr("service.workers.task_processes.TaskProcesses.run", broken)
    text = words(send(demo, BBA, 503, do="plan", held=REPORTING))
    assert "Service unavailable" in text
    assert "secret" not in text


def test_too_much_held_is_refused_on_the_page(demo: TestClient) -> None:
    held = [json.dumps({"title": f"Course {number}"}) for number in range(2001)]
    assert "2000" in send(demo, BBA, 413, do="plan", held=held).find("div", role="alert")[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_limit_has_words(language: str) -> None:
    keys = load_texts(language).keys()
    assert {f"rule.{rule}" for rule in RULES} <= keys
    named = {f"limit.{name}" for name in Limits.__dataclass_fields__}
    assert named | {"limit.residency"} <= keys
    assert {f"path.gap_{reason}" for reason in get_args(Reason)} <= keys
    assert {f"path.path_{outcome}" for outcome in get_args(Outcome)} <= keys


def test_plan_can_be_taken_away_as_files(demo: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calendar has the starts that data/demo/credentials.csv states; RFC 5545 ends lines with CR LF."""
    monkeypatch.setattr(path_page, "_today", lambda: date(2026, 8, 1))
    found = page(demo, f"/en/path?to={quote(BBA, safe='')}&do=plan")
    addresses = {e.attributes["href"].rpartition("=")[2]: e.attributes["href"] for e in found.find("a", download="")}
    assert set(addresses) == {"ics", "svg", "json"}
    calendar = demo.get(addresses["ics"])
    assert calendar.headers["content-type"].startswith("text/calendar")
    lines = calendar.content.decode().split("\r\n")
    assert "DTSTART;VALUE=DATE:20260907" in lines
    assert "SUMMARY:Bookkeeping for Beginners" in lines
    kept = demo.get(addresses["json"]).json()
    assert demo.post("/api/v1/paths", json=kept["question"]).json()["plan"] == kept["answer"]["plan"]
    picture = demo.get(addresses["svg"])
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "script" not in picture.headers["content-security-policy"].replace("default-src 'none'", "")


def test_calendar_has_no_start_that_has_passed(demo: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_page, "_today", lambda: date(2031, 1, 1))
    calendar = demo.get(f"/en/path?to={quote(BBA, safe='')}&do=plan&as=ics")
    assert b"BEGIN:VCALENDAR" in calendar.content
    assert b"VEVENT" not in calendar.content

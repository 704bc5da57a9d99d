"""Machines that read pages find every one, know its one address, and read the course as schema.org describes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.web.pages import crawlers

BASE = "http://localhost:8000"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
COLLECTIONS = ("credentials", "skills", "occupations", "programmes", "providers")
ESCO = "http://data.europa.eu/esco/skill/"
COURSE = "/en/credentials/python-for-data"


def places(client: TestClient, path: str, root: str) -> list[str]:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    tree = ElementTree.fromstring(answer.content)
    assert tree.tag == NAMESPACE + root
    found = [element.text or "" for element in tree.iter(NAMESPACE + "loc")]
    assert all(place.startswith(f"{BASE}/") for place in found)
    return found


def test_the_sitemap_holds_the_page_of_every_thing_in_every_language(
    demo: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawlers, "MOST_ADDRESSES", 60)
    demo_fresh = TestClient(demo.app, base_url=BASE, headers={"Accept-Language": "x-own"})  # no kept answer
    maps = places(demo_fresh, "/sitemap.xml?n=60", "sitemapindex")
    found = [place for one in maps for place in places(demo_fresh, one, "urlset")]
    assert len(found) == len(set(found))
    for collection in COLLECTIONS:
        total = demo.get(f"/api/v1/{collection}?limit=1").json()["total"]
        for language in ("fi", "sv", "en"):
            start = f"{BASE}/{language}/{collection}/"
            assert len([place for place in found if place.startswith(start)]) == total > 0
    for place in (f"{BASE}{COURSE}", found[0], found[len(found) // 2], found[-1]):
        assert place in found
        assert demo.get(place).status_code == 200


@pytest.mark.parametrize("name", ["en/credentials-999", "de/credentials-1", "en/things-1", "en/pages-2", "en/skills-0"])
def test_a_sitemap_that_is_none_is_not_found(demo: TestClient, name: str) -> None:
    assert demo.get(f"/sitemaps/{name}.xml").status_code in (404, 422)


def test_robots_name_the_sitemap_and_keep_crawlers_from_what_has_no_end(demo: TestClient) -> None:
    answer = demo.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    assert rules.site_maps() == [f"{BASE}/sitemap.xml"]
    for path in (COURSE, "/fi/", "/ontology", "/id/credential/python-for-data"):
        assert rules.can_fetch("anybot", BASE + path)
    for path in ("/sparql?query=x", "/api/v1/credentials", "/dumps/1/pinoamo.nq.gz"):
        assert not rules.can_fetch("anybot", BASE + path)


def test_below_a_path_the_addresses_have_it() -> None:
    client = TestClient(create_app(Settings(base_url="https://data.example/kurssit")))
    text = client.get("/robots.txt").text
    assert "Sitemap: https://data.example/kurssit/sitemap.xml\n" in text
    assert "Disallow: /kurssit/sparql\n" in text


def attributes(text: str) -> Iterator[dict[str, str]]:
    for tag in re.findall(r"<(?:meta|link)\b[^>]*>", text):
        yield {name: unescape(value) for name, value in re.findall(r'([a-z]+)="([^"]*)"', tag)}


def head(client: TestClient, path: str) -> dict[str, str]:
    """Give the canonical address and the properties of a page by name."""
    found = {}
    for each in attributes(client.get(path, headers={"Accept": "text/html"}).text):
        name = each.get("name") or each.get("property") or (each["rel"] if each.get("rel") == "canonical" else "")
        if name:
            assert name not in found
            found[name] = each.get("content") or each.get("href", "")
    return found


@pytest.mark.parametrize("path", [COURSE, "/fi/", "/sv/skills/ccd0a1d9-afda-43d9-b901-96344886e14d", "/en/search",
                                  "/fi/programmes/koivula-bsc-computing", "/en/providers/koivula"])  # fmt: skip
def test_a_page_tells_its_one_address_and_what_it_is_about(demo: TestClient, path: str) -> None:
    found = head(demo, path)
    assert found["canonical"] == found["og:url"] == BASE + path
    assert len(found["description"]) > 20
    assert found["og:description"] == found["description"]
    assert found["og:title"]
    assert found["og:locale"][:2] == path[1:3]
    assert "robots" not in found
    older = head(demo, f"{path}?release=1")
    assert (older["canonical"], older["robots"]) == (BASE + path, "noindex")


def test_a_page_of_a_course_begins_with_its_description(demo: TestClient) -> None:
    found = head(demo, COURSE)
    assert found["description"].startswith("From a messy spreadsheet to a repeatable script")
    assert found["og:title"] == "Python for Working with Data"


def test_a_page_of_an_error_is_not_to_be_found(demo: TestClient) -> None:
    found = head(demo, "/en/credentials/nope")
    assert found["robots"] == "noindex"
    assert "canonical" not in found


def test_other_languages_are_named_by_public_addresses(demo: TestClient) -> None:
    text = demo.get(COURSE).text
    found = {each["hreflang"]: each["href"] for each in attributes(text) if "hreflang" in each}
    assert found == {code: f"{BASE}/{code}/credentials/python-for-data" for code in ("fi", "sv", "en")}


def course(client: TestClient, path: str) -> dict[str, object]:
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(path).text, re.DOTALL)
    found: dict[str, object] = json.loads(block)
    return found


def test_a_course_is_described_as_its_row_in_the_demo_says(demo: TestClient) -> None:
    # The row: Koivula, 5 ECTS, 135 hours, online, from 2026-10-26, 75 EUR, four skills.
    found = course(demo, COURSE)
    assert (found["@type"], found["@id"]) == ("Course", f"{BASE}/id/credential/python-for-data#course")
    assert found["url"] == BASE + COURSE
    assert found["provider"] == [
        {
            "@type": "Organization",
            "@id": f"{BASE}/id/organisation/koivula",
            "name": "University of Koivula",
            "url": f"{BASE}/en/providers/koivula",
        }
    ]
    assert found["hasCourseInstance"] == [
        {
            "@type": "CourseInstance", "courseMode": ["Online"], "startDate": "2026-10-26", "courseWorkload": "PT135H",
        }
    ]  # fmt: skip
    assert found["offers"] == [{"@type": "Offer", "category": "Paid", "price": 75, "priceCurrency": "EUR"}]
    assert found["numberOfCredits"] == {"@type": "QuantitativeValue", "value": 5, "unitText": "ECTS"}
    awarded = found["educationalCredentialAwarded"]
    assert isinstance(awarded, dict)
    assert {skill["@id"] for skill in awarded["competencyRequired"]} == {
        ESCO + "ccd0a1d9-afda-43d9-b901-96344886e14d", ESCO + "5ef0c719-5bcb-49f8-b8eb-824388225333",
        ESCO + "8b94aa1e-89c9-459d-b3b4-1dfab8dec2df", ESCO + "1b70a55d-b8a4-49fc-96c6-15ab4cff2522",
    }  # fmt: skip


def test_a_course_without_a_price_is_free_and_a_blended_one_says_so(demo: TestClient) -> None:
    found = course(demo, "/sv/credentials/machine-learning")
    assert found["offers"] == [{"@type": "Offer", "category": "Free", "price": 0, "priceCurrency": "SEK"}]
    instances = found["hasCourseInstance"]
    assert isinstance(instances, list)
    assert instances[0]["courseMode"] == ["Blended"]


def test_every_course_of_the_demo_has_what_google_asks_for(
    demo: TestClient, catalogue_rows: list[dict[str, str]]
) -> None:
    for row in catalogue_rows[::12]:
        found = course(demo, f"/fi/credentials/{row['id']}")
        for name in ("name", "description", "provider", "hasCourseInstance", "offers"):
            assert found[name], (row["id"], name)

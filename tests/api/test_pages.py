"""The pages over the demo: readable, in the reader's language, usable without a script, safe with any input."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, urldefrag, urlsplit

import pytest
import rdflib
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.conftest import ROOT
from tests.support.serving import publish

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ESCO_ENGLISH = "This service uses the ESCO classification of the European Commission."
PYTHON = "ccd0a1d9-afda-43d9-b901-96344886e14d"  # ESCO skill: Python (computer programming)
DEVELOPER = "c40a2919-48a9-40ea-b506-1f34f693496d"  # ESCO occupation: web developer
PAGES = [
    "/",
    "/search",
    "/search?kind=occupation",
    "/search?kind=skill&q=python",
    "/search?kind=programme",
    "/search?kind=provider",
    "/search?kind=credential&q=data&level=6&country=FI&mode=online&min_ects=2&max_ects=7.5",
    "/credentials/python-for-data",
    "/credentials/fish-farming-data",
    f"/skills/{PYTHON}",
    f"/occupations/{DEVELOPER}",
    "/programmes/koivula-bsc-computing",
    "/programmes/koivula-bsc-computing-programming",
    "/providers/koivula",
    "/check",
    "/path",
    "/path?kind=skill&q=python",
    "/path?kind=occupation&q=nothing-matches-this",
    f"/path?to=http://data.europa.eu/esco/skill/{PYTHON}&kind=skill",
    f"/path?to=http://data.europa.eu/esco/occupation/{DEVELOPER}",
    "/path?to=http://localhost:8000/id/programme/koivula-bsc-computing",
    "/resource?uri=http://data.europa.eu/snb/eqf/6",
    "/nowhere",
]
WHOLE = [
    *(f"/{language}{page}" for language in ("fi", "sv", "en") for page in PAGES),
    "/sparql",
    "/ontology",
    "/shapes",
    "/shapes/eu",
    "/shapes/nl",
    "/shapes/fi-he",
]
VOID = {"meta", "link", "img", "input", "br", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parents: tuple[Element, ...]
    text: str = ""
    children: list[Element] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page into elements and notes tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[Element] = []
        self.all: list[Element] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()
        self.crossed += [element.tag for element in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.all.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1].tag == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.crossed.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def find(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.all if e.tag == tag and wanted.items() <= e.attributes.items()]


def page(client: TestClient, path: str, status: int = 200, **headers: str) -> Reader:
    found = client.get(path, headers={**BROWSER, **headers})
    assert found.status_code == status, (path, found.status_code)
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    return Reader(found.text)


@pytest.fixture(scope="module")
def pages(demo: TestClient) -> dict[str, Reader]:
    return {path: page(demo, path, 404 if path.endswith("/nowhere") else 200) for path in WHOLE}


@pytest.mark.parametrize("path", WHOLE)
def test_tags_close_in_order_and_ids_are_unique(pages: dict[str, Reader], path: str) -> None:
    ids = [e.attributes["id"] for e in pages[path].all if "id" in e.attributes]
    assert pages[path].crossed == []
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", WHOLE)
def test_a_page_has_its_language_a_title_one_heading_and_landmarks(pages: dict[str, Reader], path: str) -> None:
    found = pages[path]
    language = path.split("/")[1] if path[1:3] in ("fi", "sv", "en") else "en"
    assert found.find("html")[0].attributes["lang"] == language
    assert found.find("title")[0].text.strip(" –")
    assert [len(found.find(tag)) for tag in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    assert found.find("a", class_="skip")[0].attributes["href"] == "#content"


@pytest.mark.parametrize("path", WHOLE)
def test_headings_go_down_one_step_at_a_time(pages: dict[str, Reader], path: str) -> None:
    levels = [int(e.tag[1]) for e in pages[path].all if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", WHOLE)
def test_every_field_and_picture_and_region_has_a_name(pages: dict[str, Reader], path: str) -> None:
    found = pages[path]
    labelled = {label.attributes.get("for") for label in found.find("label")}
    ids = {e.attributes.get("id") for e in found.all}
    for e in found.all:
        if e.tag in ("input", "select", "textarea") and e.attributes.get("type") != "hidden":
            assert e.attributes.get("id") in labelled or any(p.tag == "label" for p in e.parents), e
        if e.tag == "img":
            assert "alt" in e.attributes
        for reference in e.attributes.get("aria-labelledby", "").split():
            assert reference in ids
        if e.tag in ("nav", "progress") or e.attributes.get("role") == "region":
            assert e.attributes.get("aria-label") or e.attributes.get("aria-labelledby"), e


@pytest.mark.parametrize("path", WHOLE)
def test_links_and_buttons_say_something(pages: dict[str, Reader], path: str) -> None:
    assert [e for e in pages[path].all if e.tag in ("a", "button") and not e.text.strip()] == []


@pytest.mark.parametrize("path", WHOLE)
def test_esco_is_credited_on_every_page(pages: dict[str, Reader], path: str) -> None:
    assert ESCO_ENGLISH in pages[path].find("footer")[0].text


def test_every_link_on_the_pages_leads_somewhere(demo: TestClient, pages: dict[str, Reader]) -> None:
    links = {
        urldefrag(e.attributes[name])[0]
        for path, found in pages.items()
        if not path.startswith(("/fi/", "/sv/"))  # the same links under another language
        for e in found.all
        for name in ("href", "src", "action")
        if e.attributes.get(name, "").startswith("/")
    }
    assert len(links) > 100
    dead = {
        link: status
        for link in sorted(links)
        if (status := demo.get(link, headers=BROWSER).status_code) not in (200, 303)
    }
    assert {link: status for link, status in dead.items() if not link.endswith("/nowhere")} == {}


def test_files_of_the_pages_may_be_kept_for_ever(demo: TestClient, pages: dict[str, Reader]) -> None:
    style = pages["/fi/"].find("link", rel="stylesheet")[0].attributes["href"]
    assert "immutable" in demo.get(style).headers["cache-control"]
    assert "immutable" not in demo.get(urlsplit(style).path).headers["cache-control"]


@pytest.mark.parametrize(("header", "language"), [("fi", "fi"), ("sv-SE,sv;q=0.8", "sv"), ("de", "en"), ("", "en")])
def test_the_front_door_leads_to_the_language_of_the_reader(demo: TestClient, header: str, language: str) -> None:
    found = demo.get("/", headers={"accept-language": header})
    assert (found.status_code, found.headers["location"]) == (303, f"/{language}/")
    assert found.headers["vary"] == "Accept-Language"


def test_the_front_page_starts_with_the_occupations_most_is_taught_for(demo: TestClient) -> None:
    """Counted over the API, which asks other queries: essential skills that somebody teaches."""

    def items(path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = demo.get(f"/api/v1{path}").json()["items"]
        return found

    def taught(occupation: str) -> int:
        links = items(f"/occupations/{quote(occupation, safe='')}/skills")
        needed = [link["skill"]["id"] for link in links if link["essential"]]
        return sum(bool(items(f"/skills/{quote(skill, safe='')}/credentials?limit=1")) for skill in needed)

    counts = {each["id"]: taught(each["id"]) for each in items("/occupations?limit=200")}
    ranked = sorted((iri for iri in counts if counts[iri]), key=lambda iri: (-counts[iri], iri))
    links = re.findall(r'href="/en/occupations/([^"]+)"', demo.get("/en/", headers=BROWSER).text)
    assert links == [iri.rpartition("/")[2] for iri in ranked[:8]]


def test_every_example_of_the_reference_can_be_opened(demo: TestClient) -> None:
    text = demo.get("/docs", headers=BROWSER).text
    examples = [unescape(found) for found in re.findall(r'Example: <a href="([^"]+)"', text)]
    cards = [card for card in text.split("<article ")[1:] if '<h3 class="card-title"><code>GET ' in card]
    assert len(examples) == len([card for card in cards if "Needs a key" not in card])
    assert {path: status for path in examples if (status := demo.get(path).status_code) not in (200, 303)} == {}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_language_alone_leads_to_its_front_page(demo: TestClient, language: str) -> None:
    for query in ("", "?release=1"):
        found = demo.get(f"/{language}{query}")
        assert (found.status_code, found.headers["location"]) == (308, f"/{language}/{query}")


def test_the_other_languages_of_a_page_are_one_step_away(pages: dict[str, Reader]) -> None:
    links = {
        e.attributes["hreflang"]: e.attributes["href"]
        for e in pages["/fi/credentials/python-for-data"].find("link", rel="alternate")
        if "hreflang" in e.attributes
    }
    assert links == {
        language: f"http://localhost:8000/{language}/credentials/python-for-data" for language in ("fi", "sv", "en")
    }


def test_a_label_in_another_language_says_so(demo: TestClient, pages: dict[str, Reader]) -> None:
    # The slice of ESCO in the demo has preferred labels in three languages, alternative ones in English only.
    heading = pages[f"/fi/skills/{PYTHON}"].find("h1")[0]
    assert heading.text == "Python (tietokoneohjelmointi)"
    assert "lang" not in heading.attributes
    found = page(demo, "/fi/search?kind=occupation&q=data+storage+analyst")
    assert found.find("span", lang="en")[0].text == "data storage analyst"


def test_a_credential_shows_every_element_of_the_definition(pages: dict[str, Reader]) -> None:
    found = pages["/fi/credentials/python-for-data"]
    text = " ".join(found.find("main")[0].text.split())
    # The row of the demo: Koivula, Finland, 5 ECTS, 135 hours, level 6, online, portfolio, identity checked, …
    for expected in (
        "Python datan käsittelyssä", "Koivulan yliopisto", "Suomi", "5 opintopistettä", "135 tuntia työtä",
        "EQF-taso 6", "verkko-opetus", "portfolio", "ei valvontaa, henkilöllisyys tarkistetaan",
        "Arviointineuvosto Majakka",
        "automatisoi toistuvan tehtävän Python-skriptillä", "Ohjelmointi ensimmäisestä rivistä alkaen", "75 €",
        "26.10.2026", "englanti", "12.3.2026",
    ):  # fmt: skip
        assert expected in text, expected
    codes = {e.text for e in found.find("span", class_="code")}
    assert {"M2", "M3", "M4", "M6", "M7", "M8", "M9", "M10", "M11", "O1", "O2", "O4"} <= codes


def test_a_credential_says_first_what_a_learner_asks_first(pages: dict[str, Reader]) -> None:
    """Price, start, country and languages as data/demo/credentials.csv has them, before the outcomes."""
    text = " ".join(pages["/fi/credentials/python-for-data"].find("main")[0].text.split())
    first = text[: text.index("automatisoi toistuvan tehtävän")]
    for expected in ("75 €", "26.10.2026", "Suomi", "englanti", "Hae järjestäjän sivulla", "Suunnittele reitti tähän"):
        assert expected in first, expected


def test_a_credential_leads_to_occupations_that_need_what_it_teaches(
    demo: TestClient, pages: dict[str, Reader]
) -> None:
    """Each occupation named has a skill of the credential among those that the API says it needs."""
    taught = {one["skill"]["id"] for one in demo.get("/api/v1/credentials/python-for-data/skills").json()["items"]}
    found = pages["/en/credentials/python-for-data"]
    section = next(e for e in found.find("section") if e.attributes.get("aria-labelledby") == "leads")
    keys = [e.attributes["href"].rpartition("/")[2] for e in found.find("a") if section in e.parents]
    assert keys
    for key in keys:
        needed = demo.get(f"/api/v1/occupations/{key}/skills").json()["items"]
        assert taught & {one["skill"]["id"] for one in needed}


def test_what_a_credential_counts_towards_is_called_a_proposal(pages: dict[str, Reader]) -> None:
    assert "A proposal, not an entitlement" in pages["/en/credentials/python-for-data"].find("main")[0].text
    assert "Tämä on ehdotus." in pages["/fi/programmes/koivula-bsc-computing"].find("main")[0].text
    assert "Det här är ett förslag." in pages[f"/sv/occupations/{DEVELOPER}"].find("main")[0].text


def test_a_silent_source_is_said_to_be_silent(pages: dict[str, Reader]) -> None:
    # data/demo/README.md: fish-farming-data gives hours only and no level.
    missing = pages["/en/credentials/fish-farming-data"].find("dd", class_="missing")
    assert "not stated" in {e.text for e in missing}


def test_an_occupation_answers_the_headline_question(pages: dict[str, Reader]) -> None:
    found = pages[f"/en/occupations/{DEVELOPER}"]
    esco = rdflib.Graph().parse(ROOT / "data" / "demo" / "esco.ttl")
    model = "http://data.europa.eu/esco/model#"
    occupation = rdflib.URIRef(f"http://data.europa.eu/esco/occupation/{DEVELOPER}")
    essential = set(esco.objects(occupation, rdflib.URIRef(model + "relatedEssentialSkill")))
    # data/demo/README.md: the catalogue covers every essential skill of a web developer.
    assert f"{len(essential)} of {len(essential)}" in found.find("main")[0].text
    bars = [(int(e.attributes["value"]), int(e.attributes["max"])) for e in found.find("progress")]
    assert bars
    assert all(0 <= value <= most == len(essential) for value, most in bars)
    assert any("/en/programmes/" in e.attributes.get("href", "") for e in found.find("a"))


def markup(found: Reader) -> dict[str, Any]:
    (block,) = found.find("script", type="application/ld+json")
    assert "<" not in block.text
    value: dict[str, Any] = json.loads(block.text)
    return value


def test_a_credential_is_described_for_search_engines(pages: dict[str, Reader]) -> None:
    found = markup(pages["/en/credentials/python-for-data"])
    awarded = found["educationalCredentialAwarded"]
    assert isinstance(found["numberOfCredits"]["value"], int)
    assert (found["@context"], found["@type"], found["numberOfCredits"]["value"]) == (
        "https://schema.org",
        "Course",
        5,
    )
    assert awarded["@id"] == "http://localhost:8000/id/credential/python-for-data"
    assert "Python (computer programming)" in {skill["name"] for skill in awarded["competencyRequired"]}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_what_is_not_there_is_said_in_the_language_of_the_address(demo: TestClient, language: str) -> None:
    headings = {"fi": "Ei löytynyt", "sv": "Hittades inte", "en": "Not found"}
    found = page(demo, f"/{language}/credentials/nope", 404)
    assert (found.find("h1")[0].text, found.find("html")[0].attributes["lang"]) == (headings[language], language)


@pytest.mark.parametrize(
    "path", ["/fi/search?level=banana", "/fi/search?min_ects=five", "/fi/search?kind=skill&offset=x"]
)
def test_a_search_that_means_nothing_is_explained_on_the_page(demo: TestClient, path: str) -> None:
    found = page(demo, path, 422)
    assert len(found.find("p", role="alert")) == 1


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@pytest.mark.parametrize(
    "path",
    [
        "/en/search?q={}",
        "/en/search?kind=skill&q={}",
        "/en/search?min_ects={}",
        "/en/search?level={}",
        "/en/search?x={}",
        "/en/credentials/{}",
        "/en/resource?uri={}",
        "/sparql?lang=en&example={}",
    ],
)
def test_words_of_a_stranger_stay_words(demo: TestClient, path: str) -> None:
    found = Reader(demo.get(path.format(quote(EVIL, safe="")), headers=BROWSER).text)
    assert [e for e in found.find("script") if "src" not in e.attributes] == []
    assert [e for e in found.all if "onerror" in e.attributes] == []


def test_pages_forbid_inline_scripts(demo: TestClient) -> None:
    policy = demo.get("/en/", headers=BROWSER).headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy
    assert "default-src 'none'" in policy


def test_filters_work_as_a_plain_form(
    demo: TestClient, pages: dict[str, Reader], catalogue_rows: list[dict[str, str]]
) -> None:
    boxes = pages["/en/search"].find("input", type="checkbox", name="mode")
    online = next(box for box in boxes if box.attributes["value"].endswith("920fbb3cbe"))  # the EU list: online
    found = page(demo, f"/en/search?kind=credential&mode={quote(online.attributes['value'], safe='')}")
    total = sum(row["mode"] == "online" for row in catalogue_rows)
    assert found.find("p", class_="found")[0].text.split("Filters")[-1].strip().startswith(f"{total} results")
    chosen = [e for e in found.find("input", type="checkbox") if "checked" in e.attributes]
    assert [e.attributes["value"] for e in chosen] == [online.attributes["value"]]


def test_the_next_page_of_a_search_keeps_the_filters(demo: TestClient) -> None:
    found = page(demo, "/en/search?kind=credential&country=FI")
    (following,) = found.find("a", rel="next")
    assert following.attributes["href"] == "?kind=credential&country=FI&offset=20"


def test_a_search_in_vain_names_the_kinds_that_the_words_do_find(demo: TestClient) -> None:
    # The demo has the occupation "digital games tester" and no micro-credential of which both are said.
    found = page(demo, "/en/search?q=digital+games+tester")
    links = [e for e in found.find("a") if any("results" in p.attributes.get("class", "") for p in e.parents)]
    assert "/en/search?kind=occupation&q=digital+games+tester" in [link.attributes["href"] for link in links]
    assert page(demo, "/en/search?kind=occupation&q=digital+games+tester").find("ol", class_="cards")[0].text.strip()


def test_misspelt_words_are_asked_about_and_the_nearest_things_shown(demo: TestClient) -> None:
    found = page(demo, "/en/search?q=photografy")
    assert "Did you mean" in found.find("main")[0].text
    assert page(demo, "/en/search?q=photography").find("main")[0].text.count("Did you mean") == 0
    found = page(demo, "/fi/search?q=valokuvaus+sukellusvene")
    assert "Mikään ei sisällä kaikkia näitä sanoja" in found.find("main")[0].text
    assert "/fi/credentials/photography-and-editing" in [link.attributes["href"] for link in found.find("a")]


def test_a_page_that_did_not_change_is_not_sent_again(demo: TestClient) -> None:
    first = demo.get("/fi/credentials/python-for-data", headers=BROWSER)
    again = demo.get("/fi/credentials/python-for-data", headers={**BROWSER, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_of_any_thing_leads_to_its_own_page(demo: TestClient) -> None:
    iri = "http://localhost:8000/id/credential/python-for-data"
    found = demo.get("/sv/resource", params={"uri": iri}, headers=BROWSER)
    assert (found.status_code, found.headers["location"]) == (303, "/sv/credentials/python-for-data")


def test_the_editor_offers_every_named_query_and_works_as_a_form(demo: TestClient, pages: dict[str, Reader]) -> None:
    found = pages["/sparql"]
    tabs = [e for e in found.find("a") if "data-query" in e.attributes]
    assert len(tabs) == len(demo.get("/api/v1/queries").json()["items"])
    (form,) = found.find("form", id="editor")
    assert (form.attributes["action"], form.attributes["method"]) == ("/sparql", "get")
    opened = page(demo, urlsplit(tabs[0].attributes["href"])._replace(fragment="").geturl())
    assert opened.find("textarea")[0].text.strip() == tabs[0].attributes["data-query"].strip()


def test_the_editor_answers_without_a_script(demo: TestClient) -> None:
    query = 'SELECT ?name WHERE { VALUES ?name { "<b>bold</b>"@fi } }'
    found = page(demo, f"/sparql?query={quote(query)}&format=html&lang=en")
    cells = [e for e in found.find("span", lang="fi") if any(p.tag == "td" for p in e.parents)]
    assert [cell.text for cell in cells] == ["<b>bold</b>"]


def test_what_is_needed_beside_a_credential_is_told_apart_from_what_is_needed_first(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, base_url="http://data.example", workers=1)
    graph = """
    @prefix mc: <https://w3id.org/pinoamo/ns#> . @prefix dcterms: <http://purl.org/dc/terms/> .
    @base <http://data.example/id/credential/> .
    <lab> a mc:MicroCredential ; dcterms:title "Lab"@en ; mc:prerequisite <lab#before> ; mc:corequisite <lab#beside> .
    <lab#before> a mc:ManualRequirement ; dcterms:description "Show your safety card"@en .
    <lab#beside> a mc:CountRequirement ; mc:minimum 1 ; mc:filter <lab#filter> .
    <lab#filter> a mc:Filter ; mc:credential <theory> .
    <theory> a mc:MicroCredential ; dcterms:title "Theory"@en .
    """
    triples = rdflib.Graph().parse(data=graph, format="turtle").serialize(format="nt")
    publish(settings, {"http://data.example/graph/x": triples})
    with TestClient(create_app(settings), base_url=settings.base_url) as client:
        page = client.get("/en/credentials/lab").text
    first, beside = (page.index(f'<h2 id="{name}">') for name in ("first", "beside"))
    assert first < page.index("Show your safety card", first) < beside < page.index("Theory", beside)
    assert page.count('href="#beside"') == 1

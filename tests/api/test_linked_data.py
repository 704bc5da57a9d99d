"""Names lead to documents, documents come in every format, and our own vocabulary can be looked up."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import rdflib
from fastapi.testclient import TestClient
from rdflib.compare import isomorphic

from tests.conftest import ROOT

THING = "http://localhost:8000/id/credential/python-for-data"
BASE = "http://localhost:8000"
NAME, DOCUMENT = "/id/credential/python-for-data", "/doc/credential/python-for-data"
SKILL = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"  # Python (computer programming)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORMATS = [
    ("text/turtle", "ttl", "turtle"),
    ("application/ld+json", "jsonld", "json-ld"),
    ("application/n-triples", "nt", "nt"),
    ("application/rdf+xml", "rdf", "xml"),
    ("application/trig", "trig", "trig"),
    ("application/n-quads", "nq", "nquads"),
]
MC = "https://w3id.org/pinoamo/ns#"
SHAPES = "https://w3id.org/pinoamo/shapes#"


def read(text: str, parser: str) -> rdflib.Graph:
    if parser == "json-ld":
        context = json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))["@context"]
        text = json.dumps({**json.loads(text), "@context": context})
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=text, format=parser)
    graph = rdflib.Graph()
    for triple in dataset.triples((None, None, None)):
        graph.add(triple)
    return graph


@pytest.mark.parametrize(("accept", "suffix", "parser"), FORMATS)
def test_a_name_leads_to_the_document_in_the_format_asked_for(
    demo: TestClient, accept: str, suffix: str, parser: str
) -> None:
    found = demo.get(NAME, headers={"accept": accept})
    assert (found.status_code, found.headers["location"]) == (303, f"{BASE}{DOCUMENT}.{suffix}")


@pytest.mark.parametrize(("language", "expected"), [("fi", "fi"), ("sv-FI, en;q=0.5", "sv"), ("de", "en")])
def test_people_come_to_the_page_in_their_language(demo: TestClient, language: str, expected: str) -> None:
    found = demo.get(NAME, headers={"accept": BROWSER, "accept-language": language})
    assert (found.status_code, found.headers["location"]) == (303, f"{BASE}/{expected}/credentials/python-for-data")
    assert {"Accept", "Accept-Language"} <= {part.strip() for part in found.headers["vary"].split(",")}


@pytest.mark.parametrize(("accept", "suffix", "parser"), FORMATS)
def test_every_format_says_the_same(demo: TestClient, accept: str, suffix: str, parser: str) -> None:
    plain = read(demo.get(f"{DOCUMENT}.nt").text, "nt")
    by_suffix = demo.get(f"{DOCUMENT}.{suffix}")
    assert by_suffix.headers["content-type"].startswith(accept)
    assert isomorphic(read(by_suffix.text, parser), plain)
    assert len(plain) > 50


@pytest.mark.parametrize(("accept", "suffix", "parser"), FORMATS)
def test_accept_format_and_suffix_give_the_same_bytes(demo: TestClient, accept: str, suffix: str, parser: str) -> None:
    by_accept = demo.get(DOCUMENT, headers={"accept": accept})
    by_format = demo.get(DOCUMENT, params={"format": suffix})
    assert by_accept.content == by_format.content == demo.get(f"{DOCUMENT}.{suffix}").content


def test_a_document_in_json_offers_no_alternates_that_readers_of_json_ld_stumble_over(demo: TestClient) -> None:
    for suffix in ("jsonld", "json"):
        assert demo.get(DOCUMENT, params={"format": suffix}).headers["link"] == f'<{THING}>; rel="describes"'


def test_a_document_names_its_subject_its_address_and_the_other_formats(demo: TestClient) -> None:
    found = demo.get(DOCUMENT, headers={"accept": "text/turtle"})
    links = found.headers["link"]
    assert f'<{THING}>; rel="describes"' in links
    assert f'<{BASE}{DOCUMENT}.jsonld>; rel="alternate"; type="application/ld+json"' in links
    assert found.headers["content-location"] == f"{BASE}{DOCUMENT}.ttl"
    assert "text/turtle" not in links


@pytest.mark.parametrize(
    "path",
    [
        NAME,
        f"{DOCUMENT}.jsonld",
        f"/resource?uri={quote(SKILL)}",
        "/.well-known/void",
        "/api/v1/credentials?limit=2&offset=2",
        "/api/v1/credentials/python-for-data/skills",
        "/api/v1/queries",
        "/api/v1/queries/credentials?limit=2",
        "/api/v1/profiles",
        "/releases",
        "/dumps/1/",
        "/changes?since=1",
    ],
)
def test_every_address_that_is_answered_is_absolute_below_the_base(demo: TestClient, path: str) -> None:
    """A document that is saved or passed on keeps its links, however the service was reached."""
    other = TestClient(demo.app, base_url="http://localhost:8765", follow_redirects=False)
    found = other.get(path, headers={"accept": "application/json"})
    assert found.status_code in (200, 303)
    addresses = [found.headers[name] for name in ("location", "content-location") if name in found.headers]
    addresses += [link["url"] for link in found.links.values() if link.get("rel") != "describes"]
    addresses += addresses_in(found.json()) if found.content else []
    assert addresses
    assert [address for address in addresses if not address.startswith(f"{BASE}/")] == []
    # 422: a named query that waits for its arguments.
    assert {other.get(address).status_code for address in addresses} <= {200, 303, 422}


def addresses_in(body: dict[str, Any]) -> list[str]:
    """Return what a JSON answer offers to open; names of things are no addresses."""
    items = [*objects(body)]
    found = [item[key] for item in items for key in ("@context", "href", "next", "checksums") if key in item]
    found += [address for item in items for address in item.get("links", {}).values()]
    return found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object of a JSON answer."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(one)


def test_a_document_that_did_not_change_is_not_sent_again(demo: TestClient) -> None:
    first = demo.get(f"{DOCUMENT}.ttl")
    again = demo.get(f"{DOCUMENT}.ttl", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", [NAME, DOCUMENT, f"/resource?uri={quote(SKILL)}", "/ontology", "/shapes/eu", "/void"])
def test_a_format_nobody_has_is_refused_with_those_that_exist(demo: TestClient, path: str) -> None:
    found = demo.get(path, headers={"accept": "image/png"})
    assert (found.status_code, found.headers["content-type"]) == (406, "application/problem+json")
    assert "text/turtle" in found.json()["offered"]


@pytest.mark.parametrize(
    "path",
    ["/id/credential/nope", "/doc/credential/nope.ttl", "/resource?uri=http://example.org/nope", "/ontology/Nope"],
)
def test_what_nobody_described_is_not_found(demo: TestClient, path: str) -> None:
    assert demo.get(path).status_code == 404


def test_a_foreign_name_is_described_here(demo: TestClient) -> None:
    found = demo.get("/resource", params={"uri": SKILL}, headers={"accept": "text/turtle"})
    graph = read(found.text, "turtle")
    esco = rdflib.Graph().parse(ROOT / "data" / "demo" / "esco.ttl")
    assert set(esco.predicate_objects(rdflib.URIRef(SKILL))) <= set(graph.predicate_objects(rdflib.URIRef(SKILL)))


def test_people_who_ask_for_a_foreign_name_come_to_its_page(demo: TestClient) -> None:
    found = demo.get("/resource", params={"uri": SKILL}, headers={"accept": BROWSER, "accept-language": "fi"})
    assert (found.status_code, found.headers["location"]) == (303, f"{BASE}/fi/skills/{SKILL.rpartition('/')[2]}")


@pytest.mark.parametrize("iri", ["", "nope", "http://x/ y", "file:///etc/passwd"])
def test_what_is_no_known_iri_is_refused(demo: TestClient, iri: str) -> None:
    assert demo.get("/resource", params={"uri": iri}).status_code in (404, 422)


def test_the_json_ld_document_is_one_object_about_the_thing(demo: TestClient) -> None:
    found = demo.get(f"{DOCUMENT}.jsonld").json()
    assert (found["id"], found["@context"]) == (THING, "http://localhost:8000/context/1.1.jsonld")
    assert set(found["type"]) >= {"MicroCredential", "Qualification"}
    assert "@included" not in found


def test_the_context_that_documents_name_is_served(demo: TestClient) -> None:
    found = demo.get("/context.jsonld")
    assert found.headers["content-type"].startswith("application/ld+json")
    assert found.json() == json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))


def test_a_version_of_the_context_may_be_kept_for_ever(demo: TestClient) -> None:
    found = demo.get("/context/1.1.jsonld")
    assert "immutable" in found.headers["cache-control"]
    assert found.content == demo.get("/context.jsonld").content


# SHA-256 of what each version said when it was first served; an old document must not change its meaning.
VERSIONS = {
    "1.0": "20a262733414e8fe5c58374a505926d64a8771f4f3a8490c299869e6ec6f834d",
    "1.1": "96b7d09535d23be804b2b25d8a9ae639eaa240de93eb4c714c9183f34dd1bc98",
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_of_the_context_never_changes(demo: TestClient, version: str) -> None:
    assert hashlib.sha256(demo.get(f"/context/{version}.jsonld").content).hexdigest() == VERSIONS[version]


@pytest.mark.parametrize("version", ["0.9", "2.0", "x"])
def test_other_versions_of_the_context_do_not_exist(demo: TestClient, version: str) -> None:
    assert demo.get(f"/context/{version}.jsonld").status_code == 404


def test_the_ontology_is_served_whole(demo: TestClient) -> None:
    written = rdflib.Graph()
    for path in (ROOT / "ontology").glob("*.ttl"):
        written.parse(path)
    assert isomorphic(read(demo.get("/ontology?format=ttl").text, "turtle"), written)


def test_every_term_of_ours_can_be_looked_up_one_by_one(demo: TestClient) -> None:
    graph = read(demo.get("/ontology?format=nt").text, "nt")
    terms = {str(s)[len(MC) :] for s in graph.subjects() if str(s).startswith(MC)}
    assert len(terms) > 20
    for term in sorted(terms):
        found = demo.get(f"/ontology/{term}", headers={"accept": "text/turtle"})
        assert (rdflib.URIRef(MC + term), rdflib.RDFS.label, None) in read(found.text, "turtle"), term


def test_the_page_of_the_ontology_lists_every_term(demo: TestClient) -> None:
    graph = read(demo.get("/ontology?format=nt").text, "nt")
    page = demo.get("/ontology", headers={"accept": BROWSER, "accept-language": "fi"}).text
    for subject in set(graph.subjects()):
        if str(subject).startswith(MC):
            assert f'id="{str(subject)[len(MC) :]}"' in page


def test_the_shapes_are_served_as_they_are_held(demo: TestClient) -> None:
    graph = read(demo.get("/shapes/eu?format=ttl").text, "turtle")
    written = rdflib.Graph().parse(ROOT / "shapes" / "eu" / "specification.ttl")
    named = {triple for triple in written if not any(isinstance(term, rdflib.BNode) for term in triple)}
    assert len(named) > 300
    # Named paths are written out.
    assert {triple for triple in named if "#path-" not in triple[2]} <= set(graph)
    assert demo.get("/shapes/nope").status_code == 404


def test_the_page_of_a_profile_says_every_message_in_the_language_of_the_reader(demo: TestClient) -> None:
    shapes = rdflib.Graph().parse(ROOT / "shapes" / "eu" / "specification.ttl")
    page = demo.get("/shapes/eu", headers={"accept": BROWSER, "accept-language": "sv"}).text
    messages = [
        str(text)
        for shape in shapes.subjects(rdflib.DCTERMS.identifier)
        for text in shapes.objects(shape, rdflib.SH.message)
        if isinstance(text, rdflib.Literal) and text.language == "sv"
    ]
    assert len(messages) > 20
    assert [m for m in messages if m.replace('"', "&#34;").replace("'", "&#39;") not in page and m not in page] == []


def test_every_rule_of_a_profile_has_an_example_on_its_page_and_in_its_data(demo: TestClient) -> None:
    graph = read(demo.get("/shapes/eu?format=ttl").text, "turtle")
    page = html.unescape(demo.get("/shapes/eu", headers={"accept": BROWSER}).text)
    checks = set(graph.subjects(rdflib.DCTERMS.identifier))
    assert len(checks) > 100
    for check in checks:
        example = graph.value(check, rdflib.SKOS.example)
        assert str(example).startswith(("- ", "+ ")), check
        assert f'<pre tabindex="0">{example}</pre>' in page, check


def test_complete_examples_of_the_page_conform(demo: TestClient) -> None:
    graph = read(demo.get("/shapes/eu?format=ttl").text, "turtle")
    for kind in ("specification", "credential"):
        whole = str(graph.value(rdflib.URIRef(f"{SHAPES}example-{kind}"), rdflib.RDF.value))
        assert whole in html.unescape(demo.get("/shapes/eu", headers={"accept": BROWSER}).text)
        found = demo.post("/api/v1/validations", content=whole, headers={"content-type": "text/turtle"}).json()
        assert [verdict["outcome"] for verdict in found["documents"][0]["verdicts"]] == ["conforms"]


def test_the_data_set_describes_itself(demo: TestClient) -> None:
    found = demo.get("/.well-known/void")
    assert (found.status_code, found.headers["location"]) == (303, f"{BASE}/void")
    graph = read(demo.get("/void?format=ttl").text, "turtle")
    assert (None, rdflib.RDF.type, rdflib.VOID.Dataset) in graph


def test_characters_in_a_local_id_stay_as_the_graph_writes_them(demo: TestClient) -> None:
    # No thing has this name; what matters is that %2F is not taken for a path and é is found in its encoded form.
    found = demo.get("/id/credential/a%2Fb%C3%A9", headers={"accept": "text/turtle"})
    assert "http://localhost:8000/id/credential/a%2Fb%C3%A9" in found.json()["detail"]


UUID = "ccd0a1d9-afda-43d9-b901-96344886e14d"
ESCO_SKILL = f"http://data.europa.eu/esco/skill/{UUID}"
MISSPELT = [
    ("/resource?uri=https://data.europa.eu/esco/skill/" + UUID, f"/resource?uri={ESCO_SKILL}"),
    ("/resource?uri=http://data.europa.eu/esco/skill/" + UUID.upper(), f"/resource?uri={ESCO_SKILL}"),
    (f"/api/v1/skills/{UUID.upper()}", f"/api/v1/skills/{UUID}"),
    (f"/api/v1/skills/{UUID.upper()}/credentials?limit=3", f"/api/v1/skills/{UUID}/credentials?limit=3"),
    (
        "/api/v1/skills/" + quote("https://data.europa.eu/esco/skill/" + UUID.upper(), safe=""),
        "/api/v1/skills/" + quote(ESCO_SKILL, safe=""),
    ),
    (f"/fi/skills/{UUID.upper()}", f"/fi/skills/{UUID}"),
]


@pytest.mark.parametrize(("asked", "meant"), MISSPELT)
def test_name_of_esco_in_another_spelling_leads_on_to_the_thing(demo: TestClient, asked: str, meant: str) -> None:
    found = demo.get(asked)
    assert (found.status_code, found.headers["location"]) == (308, BASE + meant)
    assert demo.get(found.headers["location"]).status_code == 200


def test_unknown_name_of_esco_is_not_led_on_for_ever(demo: TestClient) -> None:
    unknown = "/api/v1/skills/" + "0" * 8 + UUID[8:]
    assert demo.get(unknown).status_code == 404
    assert demo.get(unknown.upper().replace("/API/V1/SKILLS", "/api/v1/skills")).headers["location"] == BASE + unknown


def test_names_of_esco_are_understood_in_filters_and_questions(demo: TestClient) -> None:
    spelt = f"https://data.europa.eu/esco/skill/{UUID.upper()}"
    total = demo.get("/api/v1/credentials", params={"skill": ESCO_SKILL}).json()["total"]
    assert demo.get("/api/v1/credentials", params={"skill": spelt}).json()["total"] == total > 0
    answers = [demo.post("/api/v1/audits", json={"target": iri, "held": []}) for iri in (ESCO_SKILL, spelt)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["gaps"] == answers[1].json()["gaps"] != []


@pytest.mark.parametrize(
    "path",
    ["/id/credential/python-for-data", "/doc/credential/python-for-data", f"/resource?uri={ESCO_SKILL}", "/void",
     "/ontology", "/shapes/eu", "/catalog", "/releases", "/queries", "/api/v1/credentials/python-for-data"],
)  # fmt: skip
def test_profile_that_is_not_known_is_told(demo: TestClient, path: str) -> None:
    found = demo.get(f"{path}{'&' if '?' in path else '?'}_profile=elm-loq")
    assert (found.status_code, found.headers["content-type"]) == (422, "application/problem+json")
    assert "_profile" in found.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/credentials/python-for-data", "/doc/credential/python-for-data"])
@pytest.mark.parametrize("suffix", ["json", "ttl"])
def test_texts_come_in_the_language_asked_for_or_the_best_other_one(demo: TestClient, path: str, suffix: str) -> None:
    found = demo.get(path, params={"format": suffix, "lang": "sv"})
    assert found.headers["content-language"] == "sv"
    if suffix == "json":
        assert found.json()["title"] == {"sv": "Python för arbete med data"}
        # ISCED-F has an English label only in the demo.
        assert found.json()["fieldOfEducation"][0]["prefLabel"].keys() == {"en"}
    else:
        titles = (
            rdflib.Graph().parse(data=found.text, format="turtle").objects(rdflib.URIRef(THING), rdflib.DCTERMS.title)
        )
        assert {title.language for title in titles} == {"sv"}
    every = demo.get(path, params={"format": suffix, "lang": "*"}, headers={"Accept-Language": "fi"})
    assert len(every.content) > len(found.content)
    assert demo.get(path, params={"lang": "not a tag"}).status_code == 422

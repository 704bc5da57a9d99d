"""The REST API over the demo answers what the source files of the demo say, in the shape the documents promise."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
import rdflib
from fastapi.testclient import TestClient
from rdflib.compare import isomorphic

from tests.conftest import ROOT

API = "/api/v1"
PYTHON = "http://localhost:8000/id/credential/python-for-data"
ESCO = rdflib.Namespace("http://data.europa.eu/esco/model#")
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def esco() -> rdflib.Graph:
    return rdflib.Graph().parse(ROOT / "data" / "demo" / "esco.ttl")


@pytest.fixture(scope="module")
def occupation(esco: rdflib.Graph) -> str:
    """The occupation with the most essential skills."""
    counts = Counter(str(o) for o in esco.subjects(ESCO.relatedEssentialSkill) if (o, None, ESCO.Occupation) in esco)
    return min(counts, key=lambda iri: (-counts[iri], iri))


def answer(client: TestClient, path: str, **headers: str) -> Any:
    found = client.get(API + path, headers=headers)
    assert found.status_code == 200, found.text
    return found.json()


def ids(answer: Any) -> list[str]:
    return [item["id"].rpartition("/")[2] for item in answer["items"]]


def test_every_row_of_the_catalogue_is_listed(demo: TestClient, catalogue_rows: Rows) -> None:
    found = answer(demo, "/credentials?limit=200")
    assert sorted(ids(found)) == sorted(row["id"] for row in catalogue_rows)
    assert found["total"] == len(catalogue_rows)


def test_titles_are_in_order_of_the_language_asked_for(demo: TestClient, catalogue_rows: Rows) -> None:
    rows = sorted(catalogue_rows, key=lambda row: (row["title@fi"].lower(), row["id"]))
    assert ids(answer(demo, "/credentials?limit=200&lang=fi")) == [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("query", "column", "value"),
    [
        ("country=FI", "country", "FI"),
        ("country=FIN", "country", "FI"),
        ("country=http://publications.europa.eu/resource/authority/country/FIN", "country", "FI"),
        ("level=6", "eqf_level", "6"),
        ("mode=online", "mode", "online"),
        ("field=0613", "isced_f", "0613"),
        ("provider=koivula", "provider", "koivula"),
    ],
)
def test_a_filter_takes_codes_and_iris(
    demo: TestClient, catalogue_rows: Rows, query: str, column: str, value: str
) -> None:
    found = answer(demo, f"/credentials?limit=200&{query}")
    assert set(ids(found)) == {row["id"] for row in catalogue_rows if row[column] == value}


def test_filters_narrow_and_values_of_one_filter_widen(demo: TestClient, catalogue_rows: Rows) -> None:
    found = answer(demo, "/credentials?limit=200&country=FI&country=SE&mode=online")
    expected = {r["id"] for r in catalogue_rows if r["country"] in ("FI", "SE") and r["mode"] == "online"}
    assert set(ids(found)) == expected


def test_bounds_of_credits_are_inclusive_and_leave_out_the_silent(demo: TestClient, catalogue_rows: Rows) -> None:
    found = answer(demo, "/credentials?limit=200&min_ects=7.5&max_ects=10")
    expected = {r["id"] for r in catalogue_rows if r["ects"] and 7.5 <= float(r["ects"]) <= 10}
    assert set(ids(found)) == expected


def test_credits_are_numbers_and_silence_is_null(demo: TestClient, catalogue_rows: Rows) -> None:
    found = {item["id"].rpartition("/")[2]: item["ects"] for item in answer(demo, "/credentials?limit=200")["items"]}
    assert found == {row["id"]: float(row["ects"]) if row["ects"] else None for row in catalogue_rows}


def test_facets_count_the_whole_answer(demo: TestClient, catalogue_rows: Rows) -> None:
    facets = answer(demo, "/credentials?limit=1&facets=true")["facets"]
    counted = {value["value"].rpartition("/")[2]: value["count"] for value in facets["level"]}
    assert counted == Counter(row["eqf_level"] for row in catalogue_rows if row["eqf_level"])


def test_without_facets_there_are_none(demo: TestClient) -> None:
    assert answer(demo, "/credentials?limit=1")["facets"] is None


@pytest.mark.parametrize(
    "query", ["level=banana", "country=Finland!", "min_ects=five", "max_ects=-1", "limit=0", "limit=201", "offset=-1"]
)
def test_a_bad_value_is_refused_by_name(demo: TestClient, query: str) -> None:
    found = demo.get(f"{API}/credentials?{query}")
    assert (found.status_code, found.headers["content-type"]) == (422, "application/problem+json")
    assert query.partition("=")[0] in found.json()["detail"]


def test_a_page_past_the_end_is_empty_and_knows_the_total(demo: TestClient, catalogue_rows: Rows) -> None:
    found = answer(demo, "/credentials?offset=100000")
    assert (found["items"], found["total"]) == ([], len(catalogue_rows))


def test_pages_link_to_each_other(demo: TestClient) -> None:
    found = demo.get(f"{API}/credentials?country=FI&limit=20&offset=20", headers={"accept": "application/json"})
    links = {link["rel"]: link["url"] for link in found.links.values()}
    start, end = "http://localhost:8000/api/v1/credentials?country=FI&limit=20&offset=", "&release=1"
    # 49 Finnish credentials in pages of 20: the last page starts at 40.
    places = {"first": 0, "prev": 0, "next": 40, "last": 40}
    assert links == {rel: f"{start}{offset}{end}" for rel, offset in places.items()}


def test_following_next_reaches_every_item_once(demo: TestClient, catalogue_rows: Rows) -> None:
    seen: list[str] = []
    address: str | None = f"{API}/credentials?limit=30"
    while address:
        found = demo.get(address)
        seen += ids(found.json())
        address = found.links.get("next", {}).get("url")
    assert sorted(seen) == sorted(row["id"] for row in catalogue_rows)


@pytest.mark.parametrize("key", ["python-for-data", quote(PYTHON, safe="")])
def test_a_thing_is_found_by_short_key_and_by_iri(demo: TestClient, key: str) -> None:
    found = answer(demo, f"/credentials/{key}")
    assert (found["id"], found["title"]["fi"]) == (PYTHON, "Python datan käsittelyssä")


def test_the_document_says_what_the_graph_says(demo: TestClient) -> None:
    found = answer(demo, "/credentials/python-for-data")
    context = json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))["@context"]
    expanded = rdflib.Graph().parse(data=json.dumps({**found, "@context": context}), format="json-ld")
    turtle = demo.get(f"{API}/credentials/python-for-data?format=nt").text
    assert isomorphic(expanded, rdflib.Graph().parse(data=turtle, format="nt"))


def test_a_workload_is_written_in_hours(demo: TestClient) -> None:
    assert answer(demo, "/credentials/python-for-data")["workload"] == "PT135H"


def test_a_key_of_another_kind_is_not_found(demo: TestClient) -> None:
    found = demo.get(f"{API}/skills/{quote(PYTHON, safe='')}")
    assert (found.status_code, found.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["/credentials/nope", "/credentials/nope/skills", "/occupations/nope/credentials", "/queries/nope", "/nope"]
)
def test_what_is_not_there_is_a_problem_document(demo: TestClient, path: str) -> None:
    found = demo.get(API + path)
    assert (found.status_code, found.json()["status"]) == (404, 404)


def test_skills_of_a_credential_are_those_its_row_names(demo: TestClient, catalogue_rows: Rows) -> None:
    row = next(row for row in catalogue_rows if row["id"] == "python-for-data")
    found = {link["skill"]["id"] for link in answer(demo, "/credentials/python-for-data/skills")["items"]}
    assert found == set(row["skills"].replace("|", " ").split())


def test_prerequisites_are_followed_to_the_end(demo: TestClient) -> None:
    # data/demo/README.md: web-pages-that-last → front-end-development → web-applications
    items = answer(demo, "/credentials/web-applications/prerequisites")["items"]
    found = {item["credential"]["id"].rpartition("/")[2]: item["distance"] for item in items}
    assert found["front-end-development"] == 1
    assert found["web-pages-that-last"] == 2


def test_a_credential_counts_towards_what_its_row_names_and_the_programme_of_it(demo: TestClient) -> None:
    items = answer(demo, "/credentials/python-for-data/programmes")["items"]
    stated = {item["programme"]["id"].rpartition("/")[2] for item in items if item["stated"]}
    assert {"koivula-bsc-computing-programming", "koivula-bsc-computing"} <= stated


def test_both_sides_agree_on_what_counts(demo: TestClient) -> None:
    items = answer(demo, "/programmes/koivula-bsc-computing/credentials?limit=200")["items"]
    found = {item["credential"]["id"]: item["stated"] for item in items}
    assert found[PYTHON] is True


def test_skills_of_an_occupation_are_those_of_esco(demo: TestClient, esco: rdflib.Graph, occupation: str) -> None:
    items = answer(demo, f"/occupations/{occupation.rpartition('/')[2]}/skills")["items"]
    essential = {item["skill"]["id"] for item in items if item["essential"]}
    assert essential == {str(o) for o in esco.objects(rdflib.URIRef(occupation), ESCO.relatedEssentialSkill)}


def test_coverage_counts_no_more_than_the_occupation_asks(
    demo: TestClient, esco: rdflib.Graph, occupation: str, catalogue_rows: Rows
) -> None:
    found = answer(demo, f"/occupations/{quote(occupation, safe='')}/credentials?limit=200")["items"]
    essential = {str(o) for o in esco.objects(rdflib.URIRef(occupation), ESCO.relatedEssentialSkill)}
    taught = {row["id"]: set(row["skills"].replace("|", " ").split()) for row in catalogue_rows}
    # A credential covers at least the essential skills that its row names itself; narrower skills may add to that.
    for item in found:
        named = len(essential & taught[item["credential"]["id"].rpartition("/")[2]])
        assert named <= item["essential"] <= len(essential)
    assert {r for r, s in taught.items() if s & essential} <= {i["credential"]["id"].rpartition("/")[2] for i in found}
    assert [item["essential"] for item in found] == sorted((item["essential"] for item in found), reverse=True)


def test_occupations_of_a_skill_mirror_skills_of_an_occupation(demo: TestClient, occupation: str) -> None:
    skill = answer(demo, f"/occupations/{occupation.rpartition('/')[2]}/skills")["items"][0]["skill"]["id"]
    found = answer(demo, f"/skills/{skill.rpartition('/')[2]}/occupations?limit=200")["items"]
    assert {"id": occupation, "essential": True} in [
        {"id": item["occupation"]["id"], "essential": item["essential"]} for item in found
    ]


@pytest.mark.parametrize(("lang", "languages"), [("fi", {"fi"}), ("*", {"en", "fi", "sv"}), ("de", {"en"})])
def test_lang_chooses_the_labels(demo: TestClient, lang: str, languages: set[str]) -> None:
    titles = answer(demo, f"/credentials?limit=1&lang={lang}")["items"][0]["title"]
    assert set(titles) == languages


def test_accept_language_chooses_the_labels_too(demo: TestClient) -> None:
    found = demo.get(f"{API}/credentials?limit=1", headers={"accept-language": "sv-FI,sv;q=0.9"})
    assert set(found.json()["items"][0]["title"]) == {"sv"}
    assert found.headers["content-language"].startswith("sv")


def test_an_english_label_stands_under_its_own_tag(demo: TestClient, occupation: str) -> None:
    # The slice of ESCO in the demo has preferred labels in three languages and none in German.
    for asked, given in (("fi", "fi"), ("de", "en")):
        found = answer(demo, f"/occupations/{occupation.rpartition('/')[2]}/skills?lang={asked}")
        assert {tag for item in found["items"] for tag in item["skill"]["label"]} == {given}


def test_search_finds_a_title_in_any_language(demo: TestClient) -> None:
    found = answer(demo, "/search?q=datan käsittelyssä&kind=credential")
    assert (found["items"][0]["item"]["id"], found["items"][0]["language"]) == (PYTHON, "fi")


def test_a_search_tells_how_it_found(demo: TestClient) -> None:
    for words, how in (("photography", "words"), ("photografy", "spelling"), ("photography submarine", "nearest")):
        hit = answer(demo, f"/search?q={words}&kind=credential")["items"][0]
        assert (hit["item"]["id"].rpartition("/")[2], hit["how"]) == ("photography-and-editing", how)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("credentials?q=valokuvauksen", "photography-and-editing"),
        ("credentials?text=valokuvauksen", "photography-and-editing"),
        ("occupations?q=data analyytikko", "d3edb8f8-3a06-47a0-8fb9-9b212c006aa2"),
        ("skills?q=Python tietokoneohjelmointi", "ccd0a1d9-afda-43d9-b901-96344886e14d"),
        ("programmes?q=koivula computing", "koivula-bsc-computing"),
        ("providers?q=koivulan yliopiston", "koivula"),
    ],
)
def test_a_list_takes_words_and_gives_the_best_first(demo: TestClient, path: str, key: str) -> None:
    found = answer(demo, f"/{path}")
    assert ids(found)[0] == key
    assert answer(demo, f"/{path.partition('?')[0]}?q=xyzzy")["total"] == 0


def test_suggestions_start_with_the_letters(demo: TestClient) -> None:
    found = answer(demo, "/suggest?q=python")["items"]
    assert found
    assert all(hit["matched"].lower().startswith("python") for hit in found)


def test_suggestions_come_in_the_opensearch_form(demo: TestClient) -> None:
    plain = answer(demo, "/suggest?q=python")["items"]
    asked, labels, kinds, iris = answer(demo, "/suggest?q=python&format=opensearch")
    assert (asked, labels) == ("python", [hit["matched"] for hit in plain])
    assert (kinds, iris) == ([hit["item"]["kind"] for hit in plain], [hit["item"]["id"] for hit in plain])


@pytest.mark.parametrize(
    "path", ["/search?q=", "/search?q=%20", "/search", "/suggest?q=a&format=xml", "/search?q=a&kind=x"]
)
def test_a_search_for_nothing_is_refused(demo: TestClient, path: str) -> None:
    assert demo.get(API + path).status_code == 422


def test_every_named_query_is_listed_and_runs_with_its_example(demo: TestClient) -> None:
    for query in answer(demo, "/queries")["items"]:
        pairs = [(name, value) for name, values in query["example"].items() for value in values]
        found = demo.get(query["links"]["self"], params=pairs)
        assert found.status_code == 200, (query["name"], found.text)


def test_a_named_query_answers_in_the_format_asked_for(demo: TestClient, catalogue_rows: Rows) -> None:
    lines = demo.get(f"{API}/queries/statistics?format=csv").text.split()
    assert f"credential,{len(catalogue_rows)}" in lines


def test_a_named_query_refuses_what_it_does_not_take(demo: TestClient) -> None:
    found = demo.get(f"{API}/queries/statistics?colour=red")
    assert (found.status_code, "colour" in found.json()["detail"]) == (422, True)


def test_the_same_request_again_is_not_answered_again(demo: TestClient) -> None:
    first = demo.get(f"{API}/credentials?limit=3")
    second = demo.get(f"{API}/credentials?limit=3", headers={"if-none-match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")


def test_another_language_has_another_tag(demo: TestClient) -> None:
    tags = {demo.get(f"{API}/credentials?lang={lang}").headers["etag"] for lang in ("fi", "sv", "en")}
    assert len(tags) == 3


def test_every_operation_is_described_with_an_example(demo: TestClient) -> None:
    paths = demo.get("/openapi.json").json()["paths"]
    operations = [
        (path, operation) for path, methods in paths.items() if path.startswith(API) for operation in methods.values()
    ]
    assert len(operations) >= 24
    for path, operation in operations:
        assert operation["summary"], path
        assert operation["description"], path
        # A condition on what a client has is the same everywhere, and its description says it.
        own = [one for one in operation.get("parameters", []) if one["in"] != "header"]
        assert '"example' in json.dumps([own, operation.get("requestBody", {})]) or not own, path


def test_every_kind_of_thing_has_a_collection(demo: TestClient, catalogue_rows: Rows) -> None:
    totals = {
        kind: answer(demo, f"/{kind}?limit=1")["total"] for kind in ("skills", "occupations", "programmes", "providers")
    }
    # data/demo/README.md: 1,285 skills, 91 occupations, 4 programmes with 20 modules, 11 institutions
    assert totals == {"skills": 1285, "occupations": 91, "programmes": 24, "providers": 11}


@pytest.mark.parametrize("path", ["credentials?contry=FI", "skills?page=2", "search?q=python&kinds=skill"])
def test_a_parameter_nobody_knows_is_refused_with_those_there_are(demo: TestClient, path: str) -> None:
    """A mistyped filter would look like an answer."""
    refused = demo.get(f"{API}/{path}", headers={"accept": "application/json"})
    assert refused.status_code == 422
    wrong = path.partition("?")[2].rpartition("&")[2].partition("=")[0]
    detail = refused.json()["detail"]
    assert repr(wrong) in detail
    assert {"limit", "release"} <= set(detail.partition("there are: ")[2].split(", "))


def test_any_answer_there_is_satisfies_a_star(demo: TestClient) -> None:
    """RFC 9110, 13.1.2: `If-None-Match: *` is false when there is an answer, and says nothing of what is missing."""
    star = {"if-none-match": "*", "accept": "application/json"}
    for path in ("credentials", "credentials/python-for-data", "skills?limit=1"):
        known = demo.get(f"{API}/{path}", headers=star)
        assert (known.status_code, known.content) == (304, b"")
        assert (
            known.headers["etag"] == demo.get(f"{API}/{path}", headers={"accept": "application/json"}).headers["etag"]
        )
    assert demo.head(f"{API}/credentials", headers=star).status_code == 304
    assert demo.get(f"{API}/credentials/nope", headers=star).status_code == 404
    assert demo.get("/health/live", headers=star).status_code == 200

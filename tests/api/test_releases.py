"""Three small releases: what changed between them, how to take one home, and asking an older one."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox
import pytest
import rdflib
from fastapi.testclient import TestClient

from service.app import create_app
from service.errors import StoreUnavailable
from service.releases.made_files import FOLDER, made_file
from service.releases.releases import Releases, damaged_files
from service.settings import Settings
from tests.support.serving import publish

BASE = "http://localhost:8000"
ID = f"{BASE}/id"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
TITLE = "<http://purl.org/dc/terms/title>"
ELM = "http://data.europa.eu/snb/model/elm/"
MC = "https://w3id.org/pinoamo/ns#"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
GONE = f"{ID}/credential/gone"


def credential(name: str, title: str, *more: str) -> str:
    iri = f"<{ID}/credential/{name}>"
    return "\n".join([f"{iri} {TYPE} <{MC}MicroCredential> .", f'{iri} {TITLE} "{title}"@en .', *more])


def outcome(name: str, title: str) -> str:
    part = f"<{ID}/credential/{name}#outcome-1>"
    return (
        f"<{ID}/credential/{name}> <{ELM}learningOutcome> {part} .\n"
        f"{part} {TYPE} <{ELM}LearningOutcome> .\n"
        f'{part} {TITLE} "{title}"@en .'
    )


def foreign_outcome(name: str, title: str) -> str:
    """An outcome whose source gave it a name of its own."""
    part = "<http://source.example/outcome/7>"
    return f'<{ID}/credential/{name}> <{ELM}learningOutcome> {part} .\n{part} {TITLE} "{title}"@en .'


def organisation(name: str) -> str:
    body = f"<{ID}/organisation/koivula>"
    awarding = f"<{ID}/credential/same#awarding>"
    return (
        f"<{ID}/credential/same> <{ELM}awardingOpportunity> {awarding} .\n"
        f"{awarding} <{ELM}awardingBody> {body} .\n"
        f"{body} {TYPE} <{ELM}Organisation> .\n"
        f'{body} <http://www.w3.org/ns/regorg#legalName> "{name}"@en .'
    )


def programme(title: str) -> str:
    iri = f"<{ID}/programme/bsc>"
    return f'{iri} {TYPE} <{MC}DegreeProgramme> .\n{iri} {TITLE} "{title}"@en .'


# From 1 to 2: `new` is added, the outcome of `part` and the foreign outcome of `linked` have another title; `same` has
# the same statements about itself although the body that awards it is renamed, and comes in another order.
# From 2 to 3: `gone` is removed, the programme has another title.
FIRST = [
    credential("same", "Same", organisation("Koivula")),
    credential("part", "Part", outcome("part", "Reads code")),
    credential("linked", "Linked", foreign_outcome("linked", "Tests code")),
    credential("gone", "Gone"),
    programme("Computing"),
]
SECOND = [
    programme("Computing"),
    credential("gone", "Gone"),
    credential("linked", "Linked", foreign_outcome("linked", "Tests programs")),
    credential("part", "Part", outcome("part", "Writes code")),
    credential("same", "Same", organisation("Koivula University")),
    credential("new", "New"),
]
THIRD = [programme("Computer science"), *SECOND[2:]]


def graphs(records: list[str]) -> dict[str, str]:
    return {f"{BASE}/graph/test": "\n".join(records)}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("releases") / "var", workers=1)
    for records in (FIRST, SECOND, THIRD):
        publish(settings, graphs(records))
    return settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url=BASE, follow_redirects=False) as client:
        yield client


def changes(answer: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(item["id"].removeprefix(f"{ID}/"), item["kind"], item["change"]) for item in answer["items"]}


@pytest.mark.parametrize(
    ("since", "number", "expected"),
    [
        (1, 2, {("credential/new", "credential", "added"), ("credential/part", "credential", "changed"),
                ("credential/linked", "credential", "changed")}),
        (2, 3, {("credential/gone", "credential", "removed"), ("programme/bsc", "programme", "changed")}),
        (1, 3, {("credential/new", "credential", "added"), ("credential/part", "credential", "changed"),
                ("credential/linked", "credential", "changed"), ("credential/gone", "credential", "removed"),
                ("programme/bsc", "programme", "changed")}),
        (3, 2, {("credential/gone", "credential", "added"), ("programme/bsc", "programme", "changed")}),
        (2, 2, set()),
    ],
)  # fmt: skip
def test_changes_between_releases_are_those_worked_out_by_hand(
    client: TestClient, since: int, number: int, expected: set[tuple[str, str, str]]
) -> None:
    answer = client.get(f"/releases/{number}/changes?since={since}")
    assert answer.status_code == 200
    body = answer.json()
    assert changes(body) == expected
    assert body["counts"] == {
        kind: sum(change == kind for *_, change in expected) for kind in ("added", "changed", "removed")
    }
    assert [item["id"] for item in body["items"]] == sorted(item["id"] for item in body["items"])
    assert "immutable" in answer.headers["cache-control"]


def test_feed_tells_a_harvester_what_to_fetch_and_what_to_drop(client: TestClient) -> None:
    body = client.get("/changes?since=2").json()
    by_id = {item["id"]: item for item in body["items"]}
    assert by_id[GONE] == {
        "id": GONE, "kind": "credential", "change": "removed", "removed_in": 3, "removed": by_id[GONE]["removed"],
        "release": 3, "time": by_id[GONE]["removed"], "sources": [f"{BASE}/graph/test"], "provider": None,
    }  # fmt: skip
    assert body["next"] == f"{BASE}/changes?since=3"
    changed = by_id[f"{ID}/programme/bsc"]["links"]["self"]
    assert client.get(changed).status_code == 200
    assert client.get(body["next"]).json()["items"] == []


def test_feed_is_not_computed_again_for_who_has_it(client: TestClient) -> None:
    tag = client.get("/changes?since=1").headers["etag"]
    assert client.get("/changes?since=1", headers={"If-None-Match": tag}).status_code == 304


def test_links_of_a_comparison_lead_to_the_release_that_has_the_record(client: TestClient) -> None:
    items = client.get("/releases/3/changes?since=1").json()["items"]
    links = {item["id"]: item["links"]["self"] for item in items}
    assert links[GONE].endswith("?release=1")
    assert {client.get(link).status_code for link in links.values()} == {200}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/releases/3/changes?since=9", 404), ("/releases/9/changes?since=1", 404), ("/changes?since=9", 404),
     ("/changes", 422), ("/changes?since=x", 422), ("/releases/9", 404), ("/releases/x", 422), ("/dumps/9/", 404),
     ("/dumps/1/other.zip", 404), ("/dumps/9/SHA256SUMS", 404)],
)  # fmt: skip
def test_what_does_not_exist_is_a_problem(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


GONE_PATHS = ["/id/credential/gone", "/doc/credential/gone.ttl", "/api/v1/credentials/gone", "/en/credentials/gone"]


@pytest.mark.parametrize("path", [*GONE_PATHS, f"/resource?uri={GONE}"])
def test_removed_record_is_gone_not_unknown(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 410
    assert answer.json()["type"] == f"{BASE}/problems/gone"
    assert "release 3" in answer.json()["detail"]
    assert client.get(path.replace("gone", "never")).status_code == 404


@pytest.mark.parametrize("path", GONE_PATHS)
def test_removed_record_is_still_there_in_the_release_that_had_it(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}?release=2", headers={"Accept": "*/*"})
    assert answer.status_code in (200, 303)
    assert answer.headers["x-pinoamo-release"] == "2"


def test_page_of_a_removed_record_says_so(client: TestClient) -> None:
    answer = client.get("/fi/credentials/gone", headers={"Accept": "text/html"})
    assert answer.status_code == 410
    assert "poistettu luettelosta" in answer.text


EDGES = [
    "/api/v1/credentials", "/api/v1/search?q=same", "/api/v1/credentials/same", "/api/v1/queries/statistics",
    "/doc/credential/same.ttl", f"/resource?uri={ID}/credential/same&format=ttl", "/void", "/sparql",
    "/sparql?query=ASK%7B%7D", "/en/", "/en/search", "/en/credentials/same",
]  # fmt: skip


def with_release(path: str, number: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}release={number}"


@pytest.mark.parametrize("path", EDGES)
def test_every_answer_names_its_release_and_its_time(client: TestClient, settings: Settings, path: str) -> None:
    for address, number in ((path, 3), (with_release(path, "1"), 1)):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["x-pinoamo-release"] == str(number)
        created = datetime.fromisoformat(Releases(settings.data).release(number).about["created"])
        assert parsedate_to_datetime(answer.headers["last-modified"]) == created.astimezone(UTC)


@pytest.mark.parametrize("path", EDGES)
def test_only_answers_of_a_named_release_never_change(client: TestClient, path: str) -> None:
    live, kept = client.get(path), client.get(with_release(path, "3"))
    assert "immutable" not in live.headers["cache-control"]
    assert "immutable" in kept.headers["cache-control"]
    again = client.get(with_release(path, "3"), headers={"If-None-Match": kept.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["last-modified"] == kept.headers["last-modified"]
    assert client.get(with_release(path, "2")).headers["etag"] != kept.headers["etag"]


@pytest.mark.parametrize("path", EDGES)
@pytest.mark.parametrize(("number", "status"), [("9", 404), ("0", 404), ("x", 422), ("", 422), ("1&release=2", 422)])
def test_release_that_is_none_is_refused_everywhere(client: TestClient, path: str, number: str, status: int) -> None:
    answer = client.get(with_release(path, number))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_query_over_an_older_release_sees_its_data(client: TestClient) -> None:
    query = f"SELECT ?t WHERE {{ <{ID}/programme/bsc> {TITLE} ?t }}"
    titles = {
        number: client.get("/sparql", params={"query": query, "release": number}).json()["results"]["bindings"]
        for number in (2, 3)
    }
    assert {n: rows[0]["t"]["value"] for n, rows in titles.items()} == {2: "Computing", 3: "Computer science"}
    posted = client.post("/sparql?release=2", content=query, headers={"Content-Type": "application/sparql-query"})
    assert posted.json()["results"]["bindings"] == titles[2]
    assert posted.headers["cache-control"] == "no-store"


def test_links_of_a_collection_stay_in_the_release(client: TestClient) -> None:
    answer = client.get("/api/v1/credentials?limit=1&release=1")
    assert answer.json()["total"] == 4
    assert answer.json()["items"][0]["links"]["self"].endswith("?release=1")
    assert answer.headers["link"].count("release=1") == answer.headers["link"].count("rel=") == 3


@pytest.mark.parametrize("path", ["/api/v1/credentials?limit=1", "/api/v1/queries/credentials?limit=1"])
def test_the_pages_of_a_list_are_all_of_the_release_of_the_first(client: TestClient, path: str) -> None:
    following = client.get(path).links["next"]["url"]
    assert following.startswith(f"{BASE}/api/v1/")
    assert "release=3" in following
    assert client.get(following).headers["x-pinoamo-release"] == "3"


def test_before_a_page_beyond_the_end_is_the_last_one_that_has_something(client: TestClient) -> None:
    links = client.get("/api/v1/credentials?limit=3&offset=900").links  # there are four
    assert client.get(links["prev"]["url"]).json()["offset"] == 3
    assert links["prev"]["url"] == links["last"]["url"]
    assert "next" not in links


@pytest.mark.parametrize("path", [*EDGES, "/dumps/1/pinoamo.nq.gz", "/changes?since=1", "/releases/1/changes?since=2"])
def test_what_did_not_change_since_a_date_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    if first.status_code == 404:
        pytest.skip(reason="no such address")
    told = first.headers["last-modified"]
    for since in (told, "Fri, 01 Jan 2100 00:00:00 GMT"):
        again = client.get(path, headers={"If-Modified-Since": since})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    for other in ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, {"If-Modified-Since": "yesterday"},
                  {"If-Modified-Since": told, "If-None-Match": '"other"'}):  # fmt: skip
        assert client.get(path, headers=other).status_code == 200


def test_what_is_not_there_is_not_unchanged_since_a_date(client: TestClient) -> None:
    headers = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert client.get("/api/v1/credentials/nope", headers=headers).status_code == 404


def test_after_a_roll_back_a_later_date_is_not_believed(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, workers=1)
    first = publish(settings, {f"{BASE}/graph/own": credential("same", "Old")})
    second = publish(settings, {f"{BASE}/graph/own": credential("same", "New")})
    Releases(tmp_path).serve(first.number)
    with TestClient(create_app(settings)) as client:
        had = format_datetime(datetime.fromisoformat(second.about["created"]) + timedelta(days=1), usegmt=True)
        answer = client.get("/api/v1/credentials/same", headers={"If-Modified-Since": had})
        assert (answer.status_code, answer.json()["title"]) == (200, {"en": "Old"})
        told = {"If-Modified-Since": answer.headers["last-modified"]}
        assert client.get("/api/v1/credentials/same", headers=told).status_code == 304


def test_document_links_stay_in_the_release(client: TestClient) -> None:
    answer = client.get("/doc/credential/gone.ttl?release=1")
    alternates = [link for link in answer.headers["link"].split(", ") if "alternate" in link]
    assert len(alternates) == 5
    assert all("?release=1>" in link for link in alternates)
    assert answer.headers["content-location"] == f"{BASE}/doc/credential/gone.ttl?release=1"
    seen = client.get("/id/credential/gone?release=1", headers={"Accept": "text/html"}).headers["location"]
    assert seen == f"{BASE}/en/credentials/gone?release=1"


def test_links_of_a_page_stay_in_the_release(client: TestClient) -> None:
    text = client.get("/en/search?release=1").text
    assert "/en/credentials/gone?release=1" in text
    assert '<input type="hidden" name="release" value="1">' in text
    assert "release 1, kept as it was published" in text
    assert 'name="release"' not in client.get("/en/search").text


def test_releases_are_listed_with_what_a_citation_needs(client: TestClient, settings: Settings) -> None:
    items = client.get("/releases").json()["items"]
    assert [(item["release"], item["serves"]) for item in items] == [(3, True), (2, False), (1, False)]
    assert [item["counts"]["credential"] for item in items] == [4, 5, 4]
    for item in items:
        about = Releases(settings.data).release(item["release"]).about
        assert (item["checksum"], item["created"]) == (about["checksum"], about["created"])
        assert item["citation"].endswith(f"{about['created'][:10]}. {BASE}/releases/{item['release']}")
        assert client.get(item["id"]).json() == item
        assert {client.get(link).status_code for link in item["links"].values()} == {200}


def test_release_has_a_page_and_a_description_in_rdf(client: TestClient) -> None:
    page = client.get("/releases/2", headers={"Accept": "text/html"})
    assert f"{BASE}/releases/2" in page.text
    assert "/releases/2" in client.get("/releases", headers={"Accept": "text/html"}).text
    answer = client.get("/releases/2", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    release = rdflib.URIRef(f"{BASE}/releases/2")
    void = rdflib.VOID
    assert (release, rdflib.RDF.type, void.Dataset) in graph
    assert (release, void.subset, rdflib.URIRef(f"{BASE}/graph/test")) in graph
    assert len(set(graph.objects(release, void.dataDump))) == 2
    assert rdflib.URIRef(f"{BASE}/void#release") not in set(graph.subjects())


def quads_of(settings: Settings, number: int) -> set[ox.Quad]:
    store = ox.Store.read_only(str(settings.data / "releases" / str(number) / "store"))
    return {quad for graph in store.named_graphs() for quad in store.quads_for_pattern(None, None, None, graph)}


def test_dumps_hold_the_whole_release(client: TestClient, settings: Settings) -> None:
    expected = quads_of(settings, 2)
    quads = gzip.decompress(client.get("/dumps/2/pinoamo.nq.gz").content)
    assert set(ox.parse(quads, format=ox.RdfFormat.N_QUADS)) == expected
    turtle = gzip.decompress(client.get("/dumps/2/pinoamo.ttl.gz").content)
    triples = {quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)}
    assert triples == {quad.triple for quad in expected}
    assert rdflib.Graph().parse(data=turtle, format="turtle")


def test_checksums_are_those_of_the_files(client: TestClient) -> None:
    lines = client.get("/dumps/1/SHA256SUMS").text.splitlines()
    named = dict(reversed(line.split("  ")) for line in lines)
    assert sorted(named) == ["pinoamo.nq.gz", "pinoamo.ttl.gz"]
    listed = {item["name"]: item for item in client.get("/dumps/1/").json()["items"]}
    for name, checksum in named.items():
        answer = client.get(f"/dumps/1/{name}")
        assert hashlib.sha256(answer.content).hexdigest() == checksum == listed[name]["sha256"]
        assert len(answer.content) == listed[name]["size"] == int(answer.headers["content-length"])
        assert answer.headers["content-type"] == "application/gzip"
        assert "content-encoding" not in answer.headers
        assert "immutable" in answer.headers["cache-control"]
        again = client.get(f"/dumps/1/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert "SHA256SUMS" in client.get("/dumps/1/", headers={"Accept": "text/html"}).text


def test_head_of_a_dump_tells_its_size(client: TestClient) -> None:
    whole, head = client.get("/dumps/2/pinoamo.nq.gz"), client.head("/dumps/2/pinoamo.nq.gz")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "last-modified"):
        assert head.headers[name] == whole.headers[name], name


def test_dump_is_not_made_twice_at_once(client: TestClient, settings: Settings) -> None:
    folder = settings.data / "releases" / "2" / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with (folder / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = client.get("/dumps/2/pinoamo.nq.gz")
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    assert client.get("/dumps/2/pinoamo.nq.gz").status_code == 200
    assert not list(folder.glob("*.partial"))


def test_dump_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreUnavailable, match="No space left"):
        made_file(tmp_path, "half.gz", fail)
    assert not list((tmp_path / FOLDER).glob("*half*"))


def test_truncated_answer_of_a_named_release_is_not_kept(settings: Settings) -> None:
    few = settings.model_copy(update={"query_rows": 1})
    with TestClient(create_app(few), base_url=BASE) as client:
        answer = client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }", "release": 1})
    assert answer.headers["x-pinoamo-truncated"] == "rows=1"
    assert answer.headers["cache-control"] == "no-store"


def test_dump_made_again_has_the_same_bytes(client: TestClient, settings: Settings) -> None:
    first = client.get("/dumps/3/pinoamo.nq.gz").content
    shutil.rmtree(settings.data / "releases" / "3" / FOLDER)
    assert client.get("/dumps/3/pinoamo.nq.gz").content == first


def test_what_is_made_later_is_no_damage_to_the_release(client: TestClient, settings: Settings) -> None:
    client.get("/dumps/3/SHA256SUMS")
    assert damaged_files(Releases(settings.data).release(3)) == ()


@pytest.mark.parametrize(
    ("accept", "parser"),
    [("text/turtle", "turtle"), ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml")],
)
def test_catalogue_lists_releases_dumps_and_services(client: TestClient, accept: str, parser: str) -> None:
    client.get("/dumps/1/SHA256SUMS")
    answer = client.get("/catalog", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(accept)
    text = answer.text
    if parser == "json-ld":
        document = answer.json()
        document["@context"] = client.get("/context.jsonld").json()["@context"]
        text = json.dumps(document)
    graph = rdflib.Graph().parse(data=text, format=parser)
    catalogue = rdflib.URIRef(f"{BASE}/catalog")
    releases = {rdflib.URIRef(f"{BASE}/releases/{number}") for number in (1, 2, 3)}
    [dataset] = graph.objects(catalogue, DCAT.dataset)
    assert set(graph.objects(dataset, DCAT.hasVersion)) == releases
    assert set(graph.objects(dataset, DCAT.hasCurrentVersion)) == {rdflib.URIRef(f"{BASE}/releases/3")}
    service = rdflib.URIRef(f"{BASE}/sparql")
    assert set(graph.objects(service, DCAT.servesDataset)) == {dataset}
    dump = client.get("/dumps/1/pinoamo.nq.gz").content
    [distribution] = graph.subjects(DCAT.downloadURL, rdflib.URIRef(f"{BASE}/dumps/1/pinoamo.nq.gz"))
    assert int(str(graph.value(distribution, DCAT.byteSize))) == len(dump)
    [checksum] = graph.objects(distribution, SPDX.checksum)
    assert str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(dump).hexdigest()


def test_pruned_release_is_gone_from_every_edge_but_its_tombstones_stay(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", workers=1, keep_releases=2)
    with_three = (FIRST, SECOND, THIRD)
    for records in with_three[:2]:
        publish(settings, graphs(records))
    with TestClient(create_app(settings), base_url=BASE) as client:
        assert client.get("/api/v1/credentials?release=1").status_code == 200
        for records in (THIRD, THIRD, THIRD):
            publish(settings, graphs(records))
        for path in ("/api/v1/credentials?release=1", "/releases/1", "/releases/5/changes?since=1"):
            refused = client.get(path)
            assert refused.status_code == 410
            assert "the nearest that is kept is 4" in refused.json()["detail"]
        assert client.get("/id/credential/gone").status_code == 410
        # The log outlives the release: what became of each record since is what was worked out by hand above.
        assert changes(client.get("/changes?since=1").json()) == {
            ("credential/new", "credential", "added"), ("credential/part", "credential", "changed"),
            ("credential/linked", "credential", "changed"), ("credential/gone", "credential", "removed"),
            ("programme/bsc", "programme", "changed"),
        }  # fmt: skip
        (settings.data / "history" / "changes.sqlite").unlink()
        publish(settings, graphs(THIRD))
        refused = client.get("/changes?since=1")
        assert refused.status_code == 410
        assert f"take {BASE}/dumps/6/ and" in refused.json()["detail"]
        assert client.get("/changes?since=5").json()["items"] == []


def test_record_that_is_back_has_no_tombstone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", workers=1)
    for records in (SECOND, THIRD, SECOND):
        publish(settings, graphs(records))
    with TestClient(create_app(settings), base_url=BASE) as client:
        assert client.get("/api/v1/credentials/gone").status_code == 200
        assert client.get("/api/v1/credentials/gone?release=2").status_code == 410


def test_every_reading_operation_documents_the_release(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/api/v1/credentials", "/api/v1/queries/{name}", "/id/{kind}/{key}", "/resource", "/void", "/sparql"):
        names = [parameter["name"] for parameter in paths[path]["get"]["parameters"]]
        assert names.count("release") == 1, path


@pytest.mark.parametrize("path", ["/api/v1/paths", "/api/v1/audits"])
def test_plan_is_made_from_the_release_that_is_named(client: TestClient, path: str) -> None:
    question = {"to": f"{ID}/programme/bsc"}
    assert client.post(f"{path}?release=9", json=question).status_code == 404
    assert client.post(f"{path}?release=x", json=question).status_code == 422
    for number in ("1", "3"):
        answer = client.post(f"{path}?release={number}", json=question)
        assert answer.headers["x-pinoamo-release"] == number


def test_every_operation_that_answers_from_a_release_takes_its_number_and_no_other_says_so(client: TestClient) -> None:
    wrong = set()
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        parameters = operations.get("get", {}).get("parameters", [])
        needed = [each for each in parameters if each.get("required")]
        example = {each["name"]: each["schema"].get("examples", [None])[0] for each in needed}
        # One of two parameters is needed here, which OpenAPI cannot say.
        example |= {"graph": f"{BASE}/graph/x"} if path == "/graphs" else {}
        address = re.sub(r"{(\w+)}", lambda found, example=example: str(example.pop(found[1])), path)
        answer = client.get(address, params={**example, "release": "9"})
        takes = answer.status_code == 404 and "release 9" in answer.text
        if takes != any(each["name"] == "release" for each in parameters):
            wrong.add(path)
    assert not wrong

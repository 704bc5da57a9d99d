"""Listed records at the doors: they show as what they are, never as micro-credentials, until a load completes them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from httpx import Response

from service.app import create_app
from service.loading.conditions import Conditions
from service.loading.loading import LoadOutcome, load
from service.loading.own_vocabulary import ensure_vocabulary
from service.releases.publishing import publish
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.validation.profiles import load_profile
from service.work_store.work_store import open_work
from tests.conftest import ROOT

pytestmark = pytest.mark.system

ID = "http://localhost:8000/id/credential/"
HEADER = "id,title@en,provider,provider_name@en,country,ects,mode,assessment,quality_assurance,accreditor"
WHOLE = "uni,A University,FI,5,online,portfolio,institutional-quality-assurance,An Agency"
ELM = "http://data.europa.eu/snb/model/elm/"
# Where micro-credentials are listed, found or handed on.
DOORS = (
    "/api/v1/credentials", "/api/v1/search?q=course", "/api/v1/suggest?q=course", "/en/search?q=course",
    "/api/v1/queries/credentials",
)  # fmt: skip
TYPE, MICRO = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "https://w3id.org/pinoamo/ns#MicroCredential"
ENDINGS = {
    "ttl": "text/turtle", "jsonld": "application/ld+json", "nt": "application/n-triples", "rdf": "application/rdf+xml",
    "trig": "application/trig", "nq": "application/n-quads",
}  # fmt: skip
RDF = {
    "text/turtle": ox.RdfFormat.TURTLE, "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML, "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}  # fmt: skip
TYPED = "SELECT ?x WHERE {{ ?x a <https://w3id.org/pinoamo/ns#{}> }}"


def loaded(settings: Settings, folder: Path, outcomes: dict[str, str]) -> LoadOutcome:
    """Load and publish courses of these ids with these learning outcomes, and conditions that ask for none."""
    rows = [f"{key},Course {key},{WHOLE},{text}" for key, text in outcomes.items()]
    return loaded_rows(settings, folder, "\n".join((HEADER + ",learning_outcomes@en", *rows)))


def loaded_rows(settings: Settings, folder: Path, table: str) -> LoadOutcome:
    path = folder / "courses.csv"
    path.write_text(table, "utf-8")
    definition, conditions = load_profile(ROOT / "shapes", "eu"), Conditions(frozenset({"M2", "M4"}))
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ROOT / "ontology", settings.base_url)
        outcome = load(work, settings, definition, "table", [str(path)], conditions=conditions)
        publish(work, settings, load_queries())
    return outcome


def typed(client: TestClient, name: str) -> set[str]:
    answer = client.get("/sparql", params={"query": TYPED.format(name)}, headers={"Accept": "text/csv"})
    return {iri.removeprefix(ID) for iri in answer.raise_for_status().text.split()[1:]}


def collection(client: TestClient) -> set[str]:
    return {
        item["id"].removeprefix(ID) for item in client.get("/api/v1/credentials").raise_for_status().json()["items"]
    }


# Every way to leave out some of the five elements that the conditions do not ask for: one is whole, 31 are listed.
STATED = {
    "M6": ("learning_outcomes@en", "Does maths"), "M7": ("ects", "5"), "M9": ("assessment", "portfolio"),
    "M10": ("mode", "online"), "M11": ("quality_assurance", "institutional-quality-assurance"),
}  # fmt: skip
LACKS = [gaps for number in range(6) for gaps in combinations(STATED, number)]
SKILL = "http://data.europa.eu/esco/skill/21d2f96d-35f7-4e3f-9745-c533d2dd6e97"


def key_of(gaps: tuple[str, ...]) -> str:
    return "-".join(("course", *gaps)).lower()


def table_of(lacking: Mapping[str, tuple[str, ...]]) -> str:
    """Write a course for each key that states all but what it lacks."""
    columns = [column for column, _ in STATED.values()]
    lines = [",".join(("id", "title@en", "provider", "provider_name@en", "country", "skills", *columns))]
    for key, gaps in lacking.items():
        skill = "" if "M6" in gaps else SKILL
        cells = ["" if element in gaps else text for element, (_, text) in STATED.items()]
        lines.append(",".join((key, f"Course {key}", "uni", "A University", "FI", skill, *cells)))
    return "\n".join(lines)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, set[str]]]:
    """Give a server of all 32 courses, which have been loaded once with their gaps; and those that are listed."""
    folder = tmp_path_factory.mktemp("doors")
    settings = Settings(data=folder / "var")
    lacking = {key_of(gaps): gaps for gaps in LACKS}
    outcome = loaded_rows(settings, folder, table_of(lacking))
    assert dict(outcome.records) == {"warned": 1, "listed": 31}
    with TestClient(create_app(settings)) as client:
        yield client, {ID + key for key, gaps in lacking.items() if gaps}


def called_micro_credentials(answer: Response) -> set[str]:
    """Return what an answer says is a micro-credential: in RDF by its type, in JSON and pages in our words for it."""
    kind = answer.headers["content-type"].partition(";")[0]
    if kind in RDF:
        statements = ox.parse(answer.content, RDF[kind])
        return {one.subject.value for one in statements if one.predicate.value == TYPE and one.object.value == MICRO}
    if kind == "text/html":
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL)
        marked = [json.loads(each) for each in found]
        return {one["educationalCredentialAwarded"]["@id"] for one in marked if "educationalCredentialAwarded" in one}
    return set(_called(answer.json())) if kind in ("application/json", "application/ld+json") else set()


def _called(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _called(each)
    elif isinstance(value, dict):
        types = value.get("type", value.get("@type", ()))
        named = "MicroCredential" in types or "mc:MicroCredential" in types or MICRO in types
        if named or value.get("definition") == "met" or value.get("kind") == "credential":
            yield value.get("id", value.get("@id", ""))
        if value.get("listed") is False and "credential" in value:
            yield value["credential"]
        for each in value.values():
            yield from _called(each)


def test_no_door_calls_a_listed_record_a_micro_credential(both: tuple[TestClient, set[str]]) -> None:
    client, listed = both
    keys = sorted(iri.removeprefix(ID) for iri in listed)
    everything = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    asked = {
        "/api/v1/credentials?definition=any&limit=100&facets=true": "application/json",
        "/api/v1/credentials?definition=gaps&limit=100": "application/json",
        "/api/v1/credentials?limit=100": "application/json",
        "/api/v1/search?q=course&limit=100": "application/json",
        "/api/v1/search?q=course&kind=listed&limit=100": "application/json",
        "/api/v1/suggest?q=course&kind=listed": "application/json",
        "/api/v1/queries/listed?limit=100": "application/json",
        f"/sparql?query={quote(everything)}": "text/turtle",
        "/void": "text/turtle", "/catalog": "text/turtle", "/releases/1": "text/turtle",
        "/en/search?kind=credential&definition=any": "text/html", "/en/providers/uni": "text/html",
        "/en/records?provider=uni": "text/html",
    }  # fmt: skip
    for key in keys[::5]:
        asked |= {f"/api/v1/credentials/{key}": "application/json", f"/en/credentials/{key}": "text/html"}
        asked |= {f"/doc/credential/{key}.{ending}": kind for ending, kind in ENDINGS.items()}
    shown = set()
    for door, kind in asked.items():
        answer = client.get(door, headers={"Accept": kind})
        assert answer.status_code == 200, door
        assert not called_micro_credentials(answer) & listed, door
        shown |= {iri for iri in listed if iri in answer.text}
    assert shown == listed
    packed = gzip.decompress(client.get("/dumps/1/pinoamo.nq.gz").raise_for_status().content)
    typed_so = {one.subject.value for one in ox.parse(packed, ox.RdfFormat.N_QUADS)
                if one.predicate.value == TYPE and one.object.value == MICRO}  # fmt: skip
    assert typed_so == {ID + "course"}


def test_lists_say_what_each_record_lacks_and_how_many_elements_it_describes(
    both: tuple[TestClient, set[str]],
) -> None:
    client, listed = both
    items = client.get("/api/v1/credentials?definition=gaps&limit=100").json()["items"]
    assert {item["id"] for item in items} == listed
    for item in items:
        gaps = [code.upper() for code in item["id"].removeprefix(ID).split("-")[1:]]
        assert sorted(item["missing"]) == sorted(gaps)
        # A level is stated by none of them, and keeps none of them out.
        assert set(item["described"]) == {"M2", "M3", "M4", *STATED} - {*gaps}
    assert client.get("/api/v1/credentials?definition=gaps&missing=M11").json()["total"] == 16
    counted = client.get("/api/v1/credentials?facets=true&definition=any").json()
    assert (counted["total"], counted["by_definition"]) == (32, {"met": 1, "gaps": 31})


def test_page_of_a_listed_record_says_so_and_what_is_not_stated(both: tuple[TestClient, set[str]]) -> None:
    client, _ = both
    page = client.get("/en/credentials/course-m6-m11").raise_for_status().text
    assert "describes 6 of 9 elements" in page
    assert "not stated: Learning outcomes, Level, Type of quality assurance" in page
    assert "no micro-credential by the European definition" in page
    assert "educationalCredentialAwarded" not in page


def test_provider_sees_the_mends_that_bring_in_most(both: tuple[TestClient, set[str]]) -> None:
    """Of 31 sets of gaps among five elements each element is in 16, and one mend after the other completes 2^n."""
    client, _ = both
    found = client.get("/api/v1/providers/uni/gaps").raise_for_status().json()
    assert (found["met"], found["gaps"], found["lacking"]) == (1, 31, dict.fromkeys(sorted(STATED), 16))
    assert [mend["completes"] for mend in found["mends"]] == [1, 2, 4, 8, 16]
    page = client.get("/en/records?provider=uni").raise_for_status().text
    assert page.count("More micro-credentials by this:") == 5


def test_path_uses_what_is_listed_only_when_asked_and_marks_it(both: tuple[TestClient, set[str]]) -> None:
    client, listed = both
    avoid = {"limits": {"avoid": [ID + "course"]}}
    without = client.post("/api/v1/paths", json={"target": SKILL, **avoid}).raise_for_status().json()
    assert (without["status"], without["plan"]) == ("infeasible", [])
    asked = client.post("/api/v1/paths", json={"target": SKILL, "listed": True, **avoid}).raise_for_status().json()
    (step,) = asked["plan"]
    assert (step["listed"], step["credential"] in listed) == (True, True)
    own = client.post("/api/v1/paths", json={"target": ID + "course", "listed": True}).raise_for_status().json()
    assert [(one["credential"], one["listed"]) for one in own["plan"]] == [(ID + "course", False)]


def test_next_load_that_completes_them_makes_micro_credentials_of_all(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var")
    loaded_rows(settings, tmp_path, table_of({key_of(gaps): gaps for gaps in LACKS}))
    whole = loaded_rows(settings, tmp_path, table_of({key_of(gaps): () for gaps in LACKS}))
    assert dict(whole.records) == {"warned": 32}
    with TestClient(create_app(settings)) as client:
        assert (len(typed(client, "MicroCredential")), typed(client, "ListedAchievement")) == (32, set())
        found = client.get("/api/v1/credentials?definition=any&facets=true&limit=100").json()
        assert (found["total"], found["by_definition"]) == (32, {"met": 32, "gaps": 0})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "var")


def test_listed_record_is_no_micro_credential_at_any_door_until_it_is_complete(
    settings: Settings, tmp_path: Path
) -> None:
    first = loaded(settings, tmp_path, {"full": "Does maths", "gap": ""})
    assert (dict(first.records), first.clean) == ({"warned": 1, "listed": 1}, True)
    with TestClient(create_app(settings)) as client:
        assert (typed(client, "MicroCredential"), typed(client, "ListedAchievement")) == ({"full"}, {"gap"})
        assert collection(client) == {"full"}
        described = client.get("/api/v1/credentials/gap").raise_for_status().json()
        assert "mc:ListedAchievement" in described["type"]
        missing = client.get(
            "/sparql",
            params={"query": f"SELECT ?e WHERE {{ <{ID}gap> <https://w3id.org/pinoamo/ns#missingElement> ?e }}"},
            headers={"Accept": "text/csv"},
        )
        assert missing.text.split() == ["e", "M6"]
        for kind in ("text/turtle", "application/ld+json"):
            about = client.get("/id/credential/gap", headers={"Accept": kind}).raise_for_status().text
            assert "ListedAchievement" in about
            assert "MicroCredential" not in about.replace("MicroCredential-", "")
        packed = client.get("/dumps/1/pinoamo.nq.gz").raise_for_status().content
        dump = gzip.decompress(packed).decode().splitlines()
        types = [line.split()[2] for line in dump if line.startswith(f"<{ID}gap> <http://www.w3.org/1999/02/22-rdf")]
        assert sorted(types) == [f"<{ELM}Qualification>", "<https://w3id.org/pinoamo/ns#ListedAchievement>"]
        for door in DOORS:
            answer = client.get(door).raise_for_status().text
            assert "Course full" in answer or ID + "full" in answer, door
            assert "Course gap" not in answer, door
            assert ID + "gap" not in answer, door

    second = loaded(settings, tmp_path, {"full": "Does maths", "gap": "Does more maths"})
    assert dict(second.records) == {"warned": 2}
    with TestClient(create_app(settings)) as client:
        assert (typed(client, "MicroCredential"), typed(client, "ListedAchievement")) == ({"full", "gap"}, set())
        assert collection(client) == {"full", "gap"}

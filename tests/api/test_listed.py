"""Listed records at the doors: they show as what they are, never as micro-credentials, until a load completes them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

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
TYPED = "SELECT ?x WHERE {{ ?x a <https://w3id.org/pinoamo/ns#{}> }}"


def loaded(settings: Settings, folder: Path, outcomes: dict[str, str]) -> LoadOutcome:
    """Load and publish courses of these ids with these learning outcomes, and conditions that ask for none."""
    path = folder / "courses.csv"
    rows = [f"{key},Course {key},{WHOLE},{text}" for key, text in outcomes.items()]
    path.write_text("\n".join((HEADER + ",learning_outcomes@en", *rows)), "utf-8")
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
        assert client.get("/api/v1/credentials/gap").status_code == 404
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

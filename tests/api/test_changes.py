"""The log of changes: pages, filters, bodies, dates, roll-backs, and what a single write costs it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.app import create_app
from service.cli.main import app
from service.errors import InvalidArgument
from service.releases import steps
from service.releases.history import History
from service.releases.publishing import make_release
from service.releases.releases import Releases
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.store.statement_store import StatementStore
from service.work_store.touched import Touched
from service.work_store.work_store import Change, open_work
from service.writing.orders import changed_source
from tests.api.test_releases import BASE, ID, SECOND, credential, graphs, outcome, programme
from tests.support.serving import publish

OTHER = f"{BASE}/graph/other"
TITLE = "http://purl.org/dc/terms/title"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Release 1: six records. 2: one more in another graph. 3: a title by a single write; 4: it is back; 5: it goes."""
    settings = Settings(data=tmp_path_factory.mktemp("changes") / "var", workers=1, keep_releases=2)
    publish(settings, graphs(SECOND))
    publish(settings, {OTHER: credential("other", "Other", outcome("other", "Reads"))})
    write(settings, OTHER, "other", "Another")
    write(settings, OTHER, "other", "Other")
    with open_work(settings.data) as work:
        work.remove(OTHER)
        make_release(work, settings, load_queries())
    return settings


def write(settings: Settings, graph: str, key: str, title: str) -> None:
    """Change a title as the interfaces do, statement by statement, and publish."""
    with open_work(settings.data) as work:
        old = [t for t in work.store.statements(graph, f"{ID}/credential/{key}") if t.predicate == TITLE]
        new = [old[0]._replace(object=old[0].object._replace(value=title))]
        work.change([Change(graph, tuple(old), tuple(new))], [changed_source(work, graph, "", quads=0, records=0)])
        work.settle()
        make_release(work, settings, load_queries())


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url=BASE, follow_redirects=False) as client:
        yield client


def told(client: TestClient, path: str) -> list[tuple[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return [(item["id"].rpartition("/")[2], item["change"]) for item in answer.json()["items"]]


ADDED = [(key, "added") for key in ("gone", "linked", "new", "part", "same", "bsc")]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 1, ADDED),
        (1, 2, [("other", "added")]),
        (2, 3, [("other", "changed")]),
        (2, 4, []),  # it is as it was
        (1, 5, []),  # it came and went
        (4, 5, [("other", "removed")]),
        (5, 4, [("other", "added")]),  # after a roll-back the harvester has what is no longer there, and the other way
        (3, 2, [("other", "changed")]),
        (3, 1, [("other", "removed")]),
    ],
)
def test_log_tells_what_became_of_each_record(
    client: TestClient, since: int, until: int, expected: list[tuple[str, str]]
) -> None:
    assert sorted(told(client, f"/changes?since={since}&until={until}")) == sorted(expected)


def test_change_says_which_properties_changed_in_which_source_and_when(client: TestClient, settings: Settings) -> None:
    [item] = client.get("/changes?since=2&until=3").json()["items"]
    assert item["properties"] == [TITLE]
    assert (item["release"], item["sources"]) == (3, [OTHER])
    assert datetime.fromisoformat(item["time"]) <= datetime.now(UTC)


def test_pages_hold_every_record_once_and_lead_on_to_what_is_new(client: TestClient) -> None:
    found, path, seen = list[str](), "/changes?since=0&until=1&limit=4", 0
    while True:
        body = client.get(path).json()
        found += [item["id"] for item in body["items"]]
        assert body["counts"]["added"] == 6
        seen, path = seen + 1, body["next"]
        if body["complete"]:
            break
    assert seen == 2
    assert found == sorted(set(found))
    assert len(found) == 6
    assert path == f"{BASE}/changes?since=1&limit=4"


def test_filters_are_for_source_kind_and_provider(client: TestClient) -> None:
    assert told(client, "/changes?since=0&until=2&source=other") == [("other", "added")]
    assert told(client, f"/changes?since=0&until=2&source={OTHER}") == [("other", "added")]
    assert told(client, "/changes?since=0&until=2&kind=programme") == [("bsc", "added")]
    assert told(client, "/changes?since=0&provider=koivula") == [("same", "added")]
    assert told(client, "/changes?since=0&provider=nobody") == []
    assert client.get("/changes?since=0&kind=x").status_code == 422


def test_bodies_are_the_documents_of_the_records(client: TestClient) -> None:
    items = client.get("/changes?since=0&until=1&bodies=true&kind=programme").json()["items"]
    [body] = [item["body"] for item in items]
    document: dict[str, Any] = client.get(f"{BASE}/doc/programme/bsc.jsonld").json()
    assert body == document
    body = client.get("/changes?since=0&bodies=true&limit=5000").json()
    assert all("body" in item for item in body["items"])


def test_since_takes_a_date_and_a_time(client: TestClient, settings: Settings) -> None:
    assert sorted(told(client, "/changes?since=2000-01-01")) == sorted(ADDED)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    body = client.get(f"/changes?since={tomorrow}").json()
    assert (body["since"], body["items"]) == (5, [])
    assert client.get("/changes?since=2000-01-01T00:00:00%2B02:00").status_code == 200
    assert client.get("/changes?since=yesterday").status_code == 422


def test_step_of_single_writes_is_the_step_of_reading_everything(client: TestClient, settings: Settings) -> None:
    published = Releases(settings.data)
    store = StatementStore.read_only(published.release(4).path / "store")
    try:
        everything = steps.states_of(store, [OTHER])
    finally:
        store.close()
    with sqlite3.connect(settings.data / "history" / "changes.sqlite") as base:
        values = base.execute("SELECT after FROM change WHERE release IN (2, 4) ORDER BY release").fetchall()
    assert [value for (value,) in values] == [everything[OTHER, f"{ID}/credential/other"].value] * 2


def test_log_that_a_kill_left_behind_is_caught_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data=tmp_path / "var", workers=1)
    publish(settings, graphs([credential("a", "A"), programme("Computing")]))
    with monkeypatch.context() as patch:
        patch.setattr("service.releases.publishing.catch_up", lambda data, days: History(data))
        publish(settings, graphs([credential("a", "New"), programme("Computing")]))
    assert History(settings.data).release == 1
    publish(settings, graphs([credential("a", "New"), programme("Computer science")]))
    history = History(settings.data)
    assert (history.start, history.release) == (0, 3)
    assert [(net.kind, net.release) for net in history.changes(1, 3)] == [("credential", 2), ("programme", 3)]


def test_release_without_a_step_is_bridged(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", workers=1)
    publish(settings, graphs([credential("a", "A")]))
    publish(settings, graphs([credential("a", "New")]))
    history = History(settings.data)
    history.begin(1, {}, "2026-01-01T00:00:00+00:00")
    (settings.data / "releases" / "2" / steps.FILE).unlink()
    steps.catch_up(settings.data, 730)
    assert [(net.change, net.release) for net in history.changes(1, 2)] == [("added", 2)]


def test_log_is_kept_by_time(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    history = History(tmp_path)
    history.begin(0, {})
    rows = [steps._row(["a", "g", "credential", "changed", "1", "2", "", ["p"]])]
    for release, day in ((1, "2024-01-01"), (2, "2025-06-01"), (3, "2026-01-02")):
        history.append(release, f"{day}T00:00:00+00:00", rows, days=365)
    assert (history.start, history.release) == (1, 3)
    assert [net.release for net in history.changes(1, 3)] == [3]


def test_nothing_was_touched_where_nothing_was_written() -> None:
    assert Touched().graphs(["a", "b"]) == {}
    assert Touched(everything=True).graphs(["a", "b"]) == {"a": None, "b": None}


def test_lists_hold_what_was_modified_since_a_time(client: TestClient, settings: Settings) -> None:
    def listed(collection: str, since: str, more: str = "") -> set[str]:
        body = client.get(f"/api/v1/{collection}?modified_since={since}{more}").json()
        assert body["total"] == len(body["items"])
        return {item["id"].rpartition("/")[2] for item in body["items"]}

    credentials = {key for key, _ in ADDED} - {"bsc"}
    tomorrow = str((datetime.now(UTC) + timedelta(days=1)).date())
    assert listed("credentials", "2000-01-01") == credentials
    assert listed("credentials", "2000-01-01", "&q=Linked") == {"linked"}
    assert listed("credentials", tomorrow) == set()
    assert listed("programmes", "2000-01-01") == {"bsc"}
    assert listed("programmes", tomorrow) == set()
    assert client.get("/api/v1/credentials?modified_since=x").status_code == 422
    rows = client.get("/api/v1/programmes?modified_since=2000-01-01&format=csv").text.splitlines()
    assert len(rows) == 2


def test_release_that_is_kept_under_a_name_is_never_pruned(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", workers=1, keep_releases=1)

    def command(*words: str) -> Result:
        environment = {"PINOAMO_DATA": str(settings.data), "PINOAMO_KEEP_RELEASES": "1"}
        return CliRunner().invoke(app, list(words), env=environment)

    publish(settings, graphs([programme("Computing")]))
    assert command("publish", "--keep", "2026 autumn").exit_code == 0
    assert isinstance(command("publish", "--keep", "2026 autumn").exception, InvalidArgument)
    assert isinstance(command("publish", "--keep", "\n").exception, InvalidArgument)
    for title in ("One", "Two"):
        publish(settings, graphs([programme(title)]))
    assert Releases(settings.data).numbers() == (2, 4)
    assert [each["name"] for each in json.loads(command("releases", "--json").stdout)] == ["2026 autumn", None]
    with TestClient(create_app(settings), base_url=BASE) as client:
        names = {item["release"]: item["name"] for item in client.get("/releases").json()["items"]}
        assert names == {2: "2026 autumn", 4: None}

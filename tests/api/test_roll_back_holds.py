"""A roll-back holds: no write brings back what an operator took out of service, until the operator publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from service.cli.main import app
from service.releases.releases import Releases
from service.settings import Settings
from service.writing.keys import KeyRing
from tests.support.serving import publish, running
from tests.support.writing import TURTLE, bearer, turtle

BASE = "http://localhost:8000"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One empty release, and keys."""
    found = Settings(data=tmp_path / "var", base_url=BASE, workers=1)
    publish(found, {f"{BASE}/graph/loaded": "<http://x/a> <http://x/p> <http://x/b> ."})
    return found


@pytest.fixture
def client(settings: Settings) -> Iterator[httpx.Client]:
    token = KeyRing(settings).create("a", ["credentials:write"], "platform")
    update = KeyRing(settings).create("u", ["update"])
    with running(settings) as address, httpx.Client(base_url=address, timeout=120) as found:
        found.headers.update(bearer(token))
        found.headers["X-Other"] = update
        found.headers["Prefer"] = "wait=100"
        yield found


def put(client: httpx.Client, key: str, title: str) -> httpx.Response:
    return client.put(f"/api/v1/credentials/{key}", content=turtle(title), headers=TURTLE)


def title_of(client: httpx.Client, key: str) -> str:
    return str(client.get(f"/api/v1/credentials/{key}").json()["title"]["en"])


def command(settings: Settings, *words: str) -> str:
    done = CliRunner().invoke(app, list(words), env={"PINOAMO_DATA": str(settings.data)})
    assert done.exit_code == 0, done.output
    return done.output + done.stderr


def test_writes_after_a_roll_back_are_kept_and_held_until_the_operator_publishes(
    settings: Settings, client: httpx.Client
) -> None:
    assert put(client, "a", "Good").json()["release"] == {"number": 2, "published": True}
    assert put(client, "a", "Bad").json()["release"] == {"number": 3, "published": True}
    assert "held" in command(settings, "rollback", "2")
    assert title_of(client, "a") == "Good"

    held = {
        "number": 4, "published": False, "held": True,
        "missing": "it is held: release 2 serves again until an operator publishes",
    }  # fmt: skip
    answer = put(client, "b", "Another")
    assert (answer.status_code, answer.json()["release"]) == (202, held)
    # The work store holds these bytes already; what serves does not.
    answer = put(client, "a", "Bad")
    assert (answer.status_code, answer.json()["status"], answer.json()["release"]) == (202, "replaced", held)
    update = client.post(
        "/sparql/update", content=f"DELETE DATA {{ GRAPH <{BASE}/graph/loaded> {{ <http://x/a> <http://x/p> 1 }} }}",
        headers={"Content-Type": "application/sparql-update", **bearer(client.headers["X-Other"])},
    )  # fmt: skip
    assert (update.status_code, update.json()["release"]) == (202, held)
    answer = put(client, "a", "Good")
    assert (answer.status_code, answer.json()["release"]) == (202, held)
    # Now the work store says of it what serves.
    answer = put(client, "a", "Good")
    assert (answer.status_code, answer.json()["status"]) == (200, "unchanged")
    assert answer.json()["release"] == {"number": 2, "published": True}
    assert Releases(settings.data).current_number() == 2
    assert title_of(client, "a") == "Good"
    assert client.get("/api/v1/credentials/b").status_code == 404

    command(settings, "publish")
    assert [title_of(client, "a"), title_of(client, "b")] == ["Good", "Another"]
    assert put(client, "b", "One more").json()["release"] == {"number": 5, "published": True}
    assert title_of(client, "b") == "One more"


def test_server_that_starts_after_a_roll_back_publishes_nothing(settings: Settings) -> None:
    token = KeyRing(settings).create("a", ["credentials:write"], "platform")
    with running(settings) as address, httpx.Client(base_url=address, timeout=120, headers=bearer(token)) as client:
        put(client, "a", "Bad")
        command(settings, "rollback", "1")
        put(client, "b", "Another")
    with running(settings) as address, httpx.Client(base_url=address, timeout=120, headers=bearer(token)) as client:
        assert put(client, "c", "Third").status_code == 202
        assert client.get("/api/v1/credentials/a").status_code == 404
        assert Releases(settings.data).numbers() == (1, 2)


def test_roll_back_to_the_newest_release_ends_the_hold(settings: Settings, client: httpx.Client) -> None:
    put(client, "a", "One")
    command(settings, "rollback", "1")
    assert put(client, "b", "Two").status_code == 202
    assert "held" not in command(settings, "rollback", "2")
    assert put(client, "c", "Three").json()["release"] == {"number": 3, "published": True}
    assert [title_of(client, key) for key in "abc"] == ["One", "Two", "Three"]


def test_restored_directory_is_held_as_it_was(settings: Settings, tmp_path: Path) -> None:
    publish(settings, {f"{BASE}/graph/loaded": "<http://x/a> <http://x/p> <http://x/c> ."})
    command(settings, "rollback", "1")
    command(settings, "backup", str(tmp_path / "copy"))
    restored = settings.model_copy(update={"data": tmp_path / "new"})
    command(restored, "restore", str(tmp_path / "copy"))
    assert Releases(restored.data).is_held
    assert Releases(restored.data).current_number() == 1


def test_falling_back_from_a_damaged_release_holds_nothing(settings: Settings) -> None:
    publish(settings, {f"{BASE}/graph/loaded": "<http://x/a> <http://x/p> <http://x/c> ."})
    (settings.data / "releases" / "2" / "index.sqlite").write_bytes(b"damaged")
    done = CliRunner().invoke(app, ["verify", "--fall-back"], env={"PINOAMO_DATA": str(settings.data)})
    assert done.exit_code == 1
    assert Releases(settings.data).current_number() == 1
    assert not Releases(settings.data).is_held


def test_work_store_put_back_too_brings_nothing_back_and_holds_nothing(
    settings: Settings, client: httpx.Client
) -> None:
    put(client, "a", "Good")
    put(client, "a", "Bad")
    put(client, "b", "Another")
    assert "held" not in command(settings, "rollback", "2", "--work")
    assert title_of(client, "a") == "Good"
    answer = put(client, "a", "Good")
    assert (answer.status_code, answer.json()["status"]) == (200, "unchanged")
    assert answer.json()["release"] == {"number": 2, "published": True}
    assert put(client, "c", "Third").json()["release"] == {"number": 5, "published": True}
    assert [title_of(client, key) for key in "ac"] == ["Good", "Third"]
    assert client.get("/api/v1/credentials/b").status_code == 410  # release 4 had it

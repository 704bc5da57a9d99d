"""Writing over HTTP where a remote engine answers: published there, gone there, and owed to it while it is down."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from service.app import create_app
from service.releases.engine import EngineReleases
from service.releases.engine_state import awaits_engine
from service.releases.releases import Releases
from service.settings import Settings
from tests.api.test_releases import BASE, FIRST, THIRD, graphs
from tests.support.engines import empty_engine, oxigraph_server
from tests.support.serving import publish
from tests.support.writing import TURTLE, bearer, turtle

KEY = "a-key-that-is-long-enough-for-this"
X, Y = "/api/v1/credentials/x", "/api/v1/credentials/y"
HEADERS = {**TURTLE, **bearer(KEY)}


def settings_of(data: Path, engine: dict[str, object], **more: object) -> Settings:
    return Settings(data=data, workers=1, write_key=SecretStr(KEY), **engine, **more)  # type: ignore[arg-type]


def titles(client: TestClient) -> set[str]:
    query = "SELECT ?t { ?c a ?type ; <http://purl.org/dc/terms/title> ?t FILTER(STRSTARTS(STR(?c), STR(?base))) }"
    query = query.replace("STR(?base)", f'"{BASE}/id/credential/"')
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    return {row["t"]["value"] for row in rows}


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 600
    while not met():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module", params=["oxigraph-server", "virtuoso"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that may be written to over an engine that answers."""
    with empty_engine(request.param, tmp_path_factory.mktemp(request.param)) as engine:
        settings = settings_of(tmp_path_factory.mktemp("written") / "var", engine)
        EngineReleases(settings).push(publish(settings, graphs(FIRST)))
        with TestClient(create_app(settings), base_url=BASE) as client:
            yield client


def test_record_is_served_by_the_engine_when_its_write_is_answered_and_410_when_it_was_removed(
    client: TestClient,
) -> None:
    put = client.put(X, content=turtle("Data security"), headers=HEADERS)
    assert put.status_code == 201, put.text
    assert put.json()["release"] == {"number": int(put.headers["x-pinoamo-release"]), "published": True}
    found = client.get(X)
    assert (found.status_code, found.headers["x-pinoamo-release"]) == (200, put.headers["x-pinoamo-release"])
    assert "Data security" in titles(client)
    # The tag that reading gives is the state that writing asks for.
    stale = client.put(X, content=turtle("Other"), headers={**HEADERS, "If-Match": '"0123"'})
    assert stale.status_code == 412
    tag = client.get(X, headers={"Accept": "text/turtle"}).headers["etag"]
    assert client.put(X, content=turtle("Other"), headers={**HEADERS, "If-Match": tag}).status_code == 200
    assert titles(client) >= {"Other"}
    assert "Data security" not in titles(client)
    gone = client.delete(X, headers=bearer(KEY))
    assert gone.status_code == 204, gone.text
    assert client.get(X).status_code == 410
    assert client.get("/id/credential/x").status_code == 410
    assert client.delete(X, headers=bearer(KEY)).status_code == 410
    assert client.get("/api/v1/credentials/never").status_code == 404


def test_update_and_graphs_and_imports_are_served_by_the_engine(client: TestClient) -> None:
    graph = f"{BASE}/graph/platform"
    body = turtle("By graph").replace("<>", f"<{BASE}/id/credential/g>").replace("<#", f"<{BASE}/id/credential/g#")
    put = client.put("/graph/platform", content=body, headers=HEADERS)
    assert put.status_code == 201, put.text
    assert "By graph" in titles(client)
    assert "By graph" in client.get("/graph/platform", headers={"Accept": "text/turtle"}).text
    title = f"<{BASE}/id/credential/g> <http://purl.org/dc/terms/title>"
    change = (
        f'DELETE DATA {{ GRAPH <{graph}> {{ {title} "By graph"@en }} }} ;'
        f'INSERT DATA {{ GRAPH <{graph}> {{ {title} "By update"@en }} }}'
    )
    update = {**bearer(KEY), "Content-Type": "application/sparql-update"}
    done = client.post("/sparql/update", content=change, headers=update)
    assert done.status_code == 200, done.text
    assert "By update" in titles(client)
    body = body.replace("credential/g", "credential/i").replace("By graph", "By import")
    sent = client.post("/api/v1/imports?format=elm&source=sent", content=body, headers=HEADERS)
    assert sent.status_code == 202, sent.text
    job = sent.headers["location"]
    until(lambda: bool((client.get(job, headers=bearer(KEY)).json()["release"] or {}).get("published")))
    assert {"By import", "By update"} <= titles(client)
    assert client.delete("/graph/platform", headers=bearer(KEY)).status_code == 200
    assert "By update" not in titles(client)
    assert client.get(f"{BASE}/api/v1/credentials/g").status_code == 410


def test_description_of_the_data_set_is_that_of_the_release_the_engine_serves(client: TestClient) -> None:
    found = client.get("/void", headers={"Accept": "text/turtle"})
    assert (found.status_code, found.headers["x-pinoamo-release"]) == (200, client.get(Y).headers["x-pinoamo-release"])
    assert f"/dumps/{found.headers['x-pinoamo-release']}/" in found.text


def test_write_while_the_engine_is_down_is_kept_told_and_sent_when_it_is_up_again(tmp_path: Path) -> None:
    with empty_engine("oxigraph-server", tmp_path) as engine:
        settings = settings_of(tmp_path / "var", engine)
        EngineReleases(settings).push(publish(settings, graphs(FIRST)))
        assert not awaits_engine(settings)
    port = urlsplit(settings.store).port or 0
    with TestClient(create_app(settings), base_url=BASE) as client:
        answer = client.put(X, content=turtle("First"), headers=HEADERS)
        assert answer.status_code == 202, answer.text
        assert answer.json()["release"] == {
            "number": 2, "published": False,
            "missing": "the engine that answers here has not taken the release yet; it is sent again",
        }  # fmt: skip
        assert client.get(X).status_code == 503
        assert awaits_engine(settings)
        with oxigraph_server(tmp_path, tmp_path / "empty.nq", writable=True, port=port):
            assert client.get(X).status_code == 404, "the engine's own pointer decides"
            again = client.put(Y, content=turtle("Second"), headers=HEADERS)
            assert again.status_code == 201, again.text
            assert {"First", "Second"} <= titles(client)
            assert not awaits_engine(settings)
        assert client.put(Y, content=turtle("Third"), headers=HEADERS).status_code == 202
    with (
        oxigraph_server(tmp_path, tmp_path / "empty.nq", writable=True, port=port),
        TestClient(create_app(settings), base_url=BASE) as client,
    ):
        until(lambda: "Third" in titles(client))  # a server that starts sends what is owed
        assert Releases(settings.data).current_number() == 4


def test_release_that_is_not_here_as_files_is_said_to_be_missing(tmp_path: Path) -> None:
    with empty_engine("oxigraph-server", tmp_path) as engine:
        settings = settings_of(tmp_path / "var", engine)
        for records in (FIRST, THIRD):
            EngineReleases(settings).push(publish(settings, graphs(records)))
        elsewhere = settings_of(tmp_path / "other", engine)
        with TestClient(create_app(settings), base_url=BASE) as client:
            assert client.get("/id/credential/gone").status_code == 410
        with TestClient(create_app(elsewhere), base_url=BASE) as client:
            assert client.get("/id/credential/gone").status_code == 404
            refused = client.get("/void")
            assert (refused.status_code, "not here as files" in refused.json()["detail"]) == (404, True)


def test_engine_that_others_fill_is_not_written_to_and_no_secret_is_on_a_command_line(tmp_path: Path) -> None:
    others = settings_of(tmp_path / "others", {"store": "http://127.0.0.1:9/sparql"})
    with TestClient(create_app(others), base_url=BASE) as client:
        refused = client.put(X, content=turtle(), headers=HEADERS)
        assert (refused.status_code, "others fill" in refused.json()["detail"]) == (403, True)
    secret = {
        "store": "http://127.0.0.1:9/q", "store_graphs": "http://127.0.0.1:9/s", "store_token": SecretStr("tell-nobody")
    }  # fmt: skip
    settings = settings_of(tmp_path / "secret", secret)
    publish(settings, graphs(FIRST))
    with TestClient(create_app(settings), base_url=BASE) as client:
        assert client.put(X, content=turtle(), headers=HEADERS).status_code == 202
        lines = [line for line in command_lines() if b"service.writing.writer_program" in line]
        assert any(json.dumps(str(settings.data)).encode() in line for line in lines)
        assert all(b"tell-nobody" not in line for line in lines)


def command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # the process has ended meanwhile
            yield path.read_bytes()

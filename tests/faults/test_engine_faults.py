"""A remote engine that hangs, drips, breaks off or talks nonsense: every answer is in time, whole or an error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from service.errors import StoreUnavailable
from service.releases.engine import EngineReleases
from service.releases.releases import Releases
from service.settings import Settings
from service.store import graph_store_client
from tests.support.engines import empty_engine, oxigraph_server
from tests.support.faulty_door import Door, Fault, door
from tests.support.serving import publish, running

BASE = "http://data.example"
LIMIT_SECONDS = 1.0
FAULTS: tuple[Fault, ...] = ("hangs", "drips", "half", "resets", "no-http", "other-json", "html")
X, GRAPH = f"<{BASE}/id/credential/x>", f"<{BASE}/graph/x>"
TITLED = (
    f"{X} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential> {GRAPH} .\n"
    f'{X} <http://purl.org/dc/terms/title> "Title"@en {GRAPH} .\n'
)
QUESTIONS = (
    "/api/v1/credentials/x",
    "/sparql?query=SELECT * { ?s ?p ?o }",
    "/sparql?query=ASK { ?s ?p ?o }",
    "/sparql?query=CONSTRUCT WHERE { ?s ?p ?o }",
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("engine")
    (folder / "data.nq").write_text(TITLED)
    with oxigraph_server(folder, folder / "data.nq") as endpoint, door(endpoint) as found:
        yield found


@pytest.fixture(scope="module")
def client(engine: Door, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, base_url=BASE, store=engine.address, query_seconds=LIMIT_SECONDS, workers=2)
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as found:
        yield found


@pytest.fixture(autouse=True)
def sound(engine: Door) -> Iterator[None]:
    yield
    engine.fault = ""


def until_answered(client: httpx.Client, path: str) -> httpx.Response:
    """Ask until the server has looked at the engine again, which it does once a second."""
    deadline = time.monotonic() + 600
    while (answer := client.get(path)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_engine_that_fails_is_an_error_in_time_and_forgotten_once_it_is_well(
    client: httpx.Client, engine: Door, fault: Fault, path: str
) -> None:
    before = until_answered(client, path)
    engine.fault = fault
    deadline = time.monotonic() + 600
    while (answer := client.get(path)).status_code == 200:  # the last look may be younger than a second
        assert time.monotonic() < deadline, "the fault never showed"
    assert answer.status_code in (503, 504), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.elapsed.total_seconds() < 30 * LIMIT_SECONDS
    engine.fault = ""
    assert until_answered(client, path).content == before.content


@pytest.mark.parametrize("fault", ["hangs", "drips"])
def test_crowd_before_an_engine_that_hangs_is_told_so_together_and_holds_up_nobody_afterwards(
    client: httpx.Client, engine: Door, fault: Fault
) -> None:
    until_answered(client, QUESTIONS[0])
    engine.fault = fault
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(client.get, QUESTIONS * 15))
        assert client.get("/health/live").status_code == 200
    assert {answer.status_code for answer in answers} <= {503, 504}
    # One after another they would take a limit each: sixty.
    assert max(answer.elapsed.total_seconds() for answer in answers) < 30 * LIMIT_SECONDS
    engine.fault = ""
    for path in QUESTIONS:
        until_answered(client, path)


@pytest.mark.parametrize("fault", ["hangs", "half", "resets", "no-http"])
def test_release_that_an_engine_does_not_take_is_not_served_and_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    with empty_engine("oxigraph", tmp_path) as found, door(str(found["store"])) as gate:
        graphs = gate.address.replace("/query", "/store")
        settings = Settings(data=tmp_path / "var", base_url=BASE, store=gate.address, store_graphs=graphs)
        publish(settings, {f"{BASE}/graph/x": "<http://e/a> <http://e/p> <http://e/b> ."})
        release = Releases(settings.data).release(1)
        gate.fault = fault
        with monkeypatch.context() as patch:
            patch.setattr(graph_store_client, "_SECONDS", LIMIT_SECONDS)
            with pytest.raises(StoreUnavailable):
                EngineReleases(settings).push(release)
        gate.fault = ""
        assert EngineReleases(settings).serving() is None
        EngineReleases(settings).push(release)
        serving = EngineReleases(settings).serving()
        assert serving is not None
        assert (serving.number, serving.tag) == (1, release.tag)

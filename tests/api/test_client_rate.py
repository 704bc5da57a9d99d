"""The rate limit over HTTP: which requests count, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.settings import Settings
from tests.support.serving import publish, running

BASE = "http://data.example"
RATE = 0.001  # one in a quarter of an hour: nothing comes back while a test runs
ASK = {"query": "ASK {}"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1)
    publish(found, {f"{BASE}/graph/one": '<http://e/a> <http://e/name> "A" .'})
    return found


@pytest.fixture
def limited(settings: Settings, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    changes: dict[str, Any] = {"client_rate": RATE, "client_burst": 2, **getattr(request, "param", {})}
    with running(settings.model_copy(update=changes)) as address, httpx.Client(base_url=address, timeout=600) as client:
        yield client


def test_client_that_asks_too_often_gets_429_and_is_told_when_to_come_back(limited: httpx.Client) -> None:
    assert [limited.get("/sparql", params=ASK).status_code for _ in range(2)] == [200, 200]
    for refused in (
        limited.get("/sparql", params=ASK),
        limited.head("/sparql", params=ASK),
        limited.post("/sparql", data=ASK),
        limited.post("/api/v1/validations", content=b"", headers={"Content-Type": "text/turtle"}),
        limited.post("/api/v1/recognitions", content=b"", headers={"Content-Type": "text/turtle"}),
        limited.post("/api/v1/paths", json={}),
        limited.post("/api/v1/audits", json={}),
    ):
        assert refused.status_code == 429
        assert 900 < int(refused.headers["retry-after"]) <= 1000
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["access-control-allow-origin"] == "*"
    body = limited.post("/sparql", data=ASK).json()
    assert body["type"] == f"{BASE}/problems/too-many-requests"
    assert "pinoamo_http_rate_refused_total 8.0" in limited.get("/metrics").text


def test_looking_things_up_is_not_limited(limited: httpx.Client) -> None:
    for _ in range(5):
        assert limited.get("/sparql").status_code == 200
        assert limited.get("/api/v1/credentials").status_code == 200
    assert limited.get("/sparql", params=ASK).status_code == 200


def test_nobody_names_another_client_unless_he_is_a_trusted_proxy(limited: httpx.Client) -> None:
    codes = [
        limited.get("/sparql", params=ASK, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(3)
    ]
    assert codes == [200, 200, 429]


@pytest.mark.parametrize("limited", [{"trusted_proxies": "10.0.0.0/8 127.0.0.1"}], indirect=True)
def test_trusted_proxy_names_the_client_and_only_what_it_added_counts(limited: httpx.Client) -> None:
    def ask(forwarded: str) -> int:
        return limited.get("/sparql", params=ASK, headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask("192.0.2.1"), ask("192.0.2.1, 10.1.2.3"), ask("192.0.2.1")] == [200, 200, 429]
    # What stands before the client's address was sent by the client itself.
    assert ask("198.51.100.7, 192.0.2.1, 10.1.2.3") == 429
    assert ask("192.0.2.2") == 200


def test_limit_is_off_by_default(settings: Settings) -> None:
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as client:
        assert {client.get("/sparql", params=ASK).status_code for _ in range(50)} == {200}


def test_networks_of_proxies_must_be_readable() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Settings(trusted_proxies="proxy.example")

"""Kept answers: the same bytes for the same request to the same release, and nothing else is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.web.edge.kept_answers import KeptAnswers

PLAIN = {"etag": '"1"', "cache-control": "public, max-age=60", "vary": "Accept, Accept-Language"}


class Service:
    """An application that numbers its answers; the tests set what they look like."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.headers = dict(PLAIN)
        self.pieces = 1
        self.tag = "1-a"
        self.kept = KeptAnswers(self, lambda: self.tag, 1, ("/api/",))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        scope["state"]["release"] = 7
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for number in range(self.pieces):
            body = f"answer {self.asked}".encode()
            await send({"type": "http.response.body", "body": body, "more_body": number < self.pieces - 1})

    def get(self, path: str = "/api/a", query: str = "", method: str = "GET", head: bool = False, **more: str) -> str:
        """Return the body of an answer."""
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()],
            "state": {"head": head},
        }  # fmt: skip
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.kept(scope, None, send))  # type: ignore[arg-type]  # nobody reads the request
        assert scope["state"]["release"] == 7  # type: ignore[index]
        return b"".join(message.get("body", b"") for message in sent).decode()


@pytest.fixture
def service() -> Service:
    return Service()


def test_same_request_is_answered_once(service: Service) -> None:
    assert [service.get(accept="a"), service.get(accept="a")] == ["answer 1", "answer 1"]


@pytest.mark.parametrize(
    "other",
    [{"path": "/api/b"}, {"query": "x=1"}, {"accept": "text/turtle"}, {"accept_language": "fi"}],
    ids=str,
)
def test_other_request_has_an_answer_of_its_own(service: Service, other: dict[str, str]) -> None:
    assert [service.get(), service.get(**other), service.get()] == ["answer 1", "answer 2", "answer 1"]


@pytest.mark.parametrize(
    "request_",
    [{"path": "/sparql"}, {"method": "POST"}, {"head": True}, {"if_none_match": '"1"'}, {"authorization": "Bearer x"}],
    ids=str,
)
def test_request_for_more_than_the_plain_answer_reaches_the_service(service: Service, request_: dict[str, Any]) -> None:
    assert [service.get(**request_), service.get(**request_)] == ["answer 1", "answer 2"]


def test_another_release_answers_anew_and_nothing_serving_keeps_nothing(service: Service) -> None:
    first = service.get()
    service.tag = "2-b"
    second = service.get()
    service.tag = "1-a"
    assert [first, second, service.get()] == ["answer 1", "answer 2", "answer 3"]
    service.tag = ""
    assert [service.get(), service.get()] == ["answer 4", "answer 5"]


@pytest.mark.parametrize(
    "headers",
    [{"cache-control": "no-store"}, {"etag": None}, {"vary": "Cookie"}],
    ids=str,
)
def test_answer_that_no_cache_may_keep_is_not_kept(service: Service, headers: dict[str, str | None]) -> None:
    service.headers = {name: value for name, value in {**PLAIN, **headers}.items() if value is not None}
    assert [service.get(), service.get()] == ["answer 1", "answer 2"]


def test_refusals_and_streams_are_not_kept(service: Service) -> None:
    service.status = 404
    assert [service.get(), service.get()] == ["answer 1", "answer 2"]
    service.status, service.pieces = 200, 2
    assert [service.get(), service.get()] == ["answer 3answer 3", "answer 4answer 4"]


def test_room_is_bounded_and_the_answer_unasked_for_longest_goes_first() -> None:
    service = Service()
    query = "x" * 10_000  # a key counts, too: 105 of these fill a MiB
    service.get(path="/api/first", query=query)
    service.get(path="/api/second", query=query)
    for number in range(103):
        service.get(path=f"/api/{number}", query=query)
    service.get(path="/api/first", query=query)
    service.get(path="/api/last", query=query)
    asked = service.asked
    service.get(path="/api/first", query=query)
    assert service.asked == asked
    service.get(path="/api/second", query=query)
    assert service.asked == asked + 1


@pytest.mark.parametrize("path", ["/api/v1/credentials?limit=2&lang=fi", "/fi/search?text=data", "/api/v1/skills"])
def test_kept_answer_of_the_service_is_the_one_it_gave(demo: TestClient, path: str) -> None:
    once, again = demo.get(path), demo.get(path)
    own = ("x-request-id", "date")
    assert once.content == again.content
    assert [(k, v) for k, v in once.headers.items() if k not in own] == [
        (k, v) for k, v in again.headers.items() if k not in own
    ]
    assert once.headers["x-request-id"] != again.headers["x-request-id"]

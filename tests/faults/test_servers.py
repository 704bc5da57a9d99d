"""Two servers on one data directory, and a clock that jumps: every answer is of one release, in the right order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.releases import publishing
from service.releases.releases import Releases
from tests.support.killed_commands import GRAPHS, SIZE, run, settings_of
from tests.support.serving import running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One release."""
    for command in (("load", GRAPHS[0], "1"), ("publish",)):
        run(tmp_path / "var", command)
    return tmp_path / "var"


@contextlib.contextmanager
def two(data: Path) -> Iterator[list[httpx.Client]]:
    """Two servers over one data directory."""
    with contextlib.ExitStack() as stack:
        addresses = [stack.enter_context(running(settings_of(data))) for _ in range(2)]
        yield [stack.enter_context(httpx.Client(base_url=address, timeout=600)) for address in addresses]


def totals(servers: list[httpx.Client]) -> list[tuple[str, int]]:
    """Return release and number of credentials of each server."""
    answers = [server.get("/api/v1/credentials") for server in servers]
    return [(answer.headers["x-pinoamo-release"], answer.json()["total"]) for answer in answers]


def test_two_servers_follow_every_publication_and_roll_back(data: Path) -> None:
    with two(data) as servers:
        assert totals(servers) == [("1", SIZE)] * 2
        for command in (("load", GRAPHS[1], "2"), ("publish",)):
            run(data, command)
        assert totals(servers) == [("2", 2 * SIZE)] * 2
        tags = {server.get("/api/v1/credentials").headers["etag"] for server in servers}
        assert len(tags) == 1, "a cache may ask either"
        run(data, ("rollback", "1"))
        assert totals(servers) == [("1", SIZE)] * 2
        dumps = [server.get("/dumps/2/pinoamo.nq.gz").content for server in servers]
        assert dumps[0] == dumps[1]


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)], ids=["back", "forwards"])
def test_clock_that_jumps_changes_no_order(data: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    class Jumped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + jump

    with TestClient(create_app(settings_of(data))) as client:
        before = client.get("/api/v1/credentials")
        with monkeypatch.context() as patch:
            patch.setattr(publishing, "datetime", Jumped)
            for command in (("load", GRAPHS[1], "2"), ("publish",)):
                run(data, command)
        after = client.get("/api/v1/credentials", headers={"If-None-Match": before.headers["etag"]})
        assert (after.status_code, after.headers["x-pinoamo-release"], after.json()["total"]) == (200, "2", 2 * SIZE)
        # RFC 9110, 8.8.2.1: an answer cannot have been modified after it was sent.
        assert parsedate_to_datetime(after.headers["last-modified"]) <= datetime.now(UTC)
        changes = client.get("/changes?since=1").json()
        assert (changes["release"], changes["counts"]["added"]) == (2, SIZE)
        run(data, ("publish",))
        assert client.get("/api/v1/credentials").headers["x-pinoamo-release"] == "3"
        assert [item["release"] for item in client.get("/releases").json()["items"]] == [3, 2]
    assert Releases(data).current_number() == 3


def test_lock_file_that_a_dead_process_left_stops_nobody(data: Path) -> None:
    (data / "lock").write_text("process 1, since 1999-01-01T00:00:00Z, and a long line that was never cut short")
    assert run(data, ("publish",)) == 2


def test_folders_that_were_left_are_removed_and_told(data: Path) -> None:
    from service.work_store.work_store import open_work

    for name in (".7.partial", ".1.pruned"):
        (data / "releases" / name / "store").mkdir(parents=True)
    with open_work(data) as work:
        assert work.recovered == (
            "removed release 7, whose publication was interrupted; publish again",
            "finished pruning release 1",
        )
    assert sorted(path.name for path in (data / "releases").iterdir()) == ["1"]

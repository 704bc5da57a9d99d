"""The room that answers share while clients read them."""

from __future__ import annotations

from io import BytesIO

import pytest

from service.errors import Overloaded
from service.workers.query_task import QueryOutcome
from service.workers.spooled import QueryAnswer, SpoolRoom

OUTCOME = QueryOutcome("application/json", "application/json", 1, truncated=False, repeatable=True)
MEGABYTE = 1024 * 1024


def hold(room: SpoolRoom, megabytes: int, client: str) -> QueryAnswer:
    return room.hold(OUTCOME, BytesIO(), megabytes * MEGABYTE, client)


def test_one_client_has_half_of_the_room() -> None:
    room = SpoolRoom(8)
    first = hold(room, 3, "a")
    file = BytesIO()
    with pytest.raises(Overloaded, match="yours"):
        room.hold(OUTCOME, file, 2 * MEGABYTE, "a")
    assert file.closed
    hold(room, 4, "b")
    first.close()
    hold(room, 2, "a")


def test_all_together_have_the_room() -> None:
    room = SpoolRoom(8)
    for client in "abc":
        hold(room, 2, client)
    with pytest.raises(Overloaded, match="others"):
        hold(room, 3, "d")


def test_room_is_given_back_once() -> None:
    room = SpoolRoom(8)
    answer = hold(room, 3, "a")
    assert room.taken == 3 * MEGABYTE
    answer.close()
    answer.close()
    assert room.taken == 0


def test_no_answer_is_longer_than_one_client_may_have() -> None:
    assert SpoolRoom(8).most_bytes == 4 * MEGABYTE
    assert SpoolRoom(4096).most_bytes == 256 * MEGABYTE

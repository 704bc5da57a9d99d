"""Kill -9 at any moment: nothing acknowledged is lost, and every answer comes from exactly one release."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import pytest

from service.releases.releases import Releases
from tests.faults.conftest import Start
from tests.support.killed_commands import GRAPHS, Command, settings_of
from tests.support.ledger import Ledger, hear
from tests.support.serving import running

MOST_KILLS = 400
LONGEST_LIFE_SECONDS = 0.35
WANTED = {"load", "write", "publish"}
"""Commands that must have been interrupted, each at least once."""


def some_commands(rng: random.Random, numbers: Iterator[int], ledger: Ledger) -> list[Command]:
    """Return what a busy operator might do next."""
    commands: list[Command] = []
    for _ in range(6):
        kind = rng.choices(("load", "write", "unload", "publish", "rollback"), (4, 4, 1, 5, 2))[0]
        kept = Releases(ledger.data).numbers()
        if kind in ("load", "write"):
            commands.append((kind, rng.choice(GRAPHS), str(next(numbers))))
        elif kind == "unload":
            commands.append(("unload", rng.choice(GRAPHS)))
        elif kind == "rollback" and kept and not any(other == ("publish",) for other in commands):
            commands.append(("rollback", str(rng.choice(kept))))  # a later one might have been pruned by then
        else:
            commands.append(("publish",))
    return commands


def ask(client: httpx.Client, ledger: Ledger, told: Connection) -> int:
    """Ask the running server for everything and hold the answer to the one release it names."""
    answer = client.get("/api/v1/credentials?limit=200")
    assert answer.status_code == 200, answer.text
    number = int(answer.headers["x-pinoamo-release"])
    if number not in ledger.releases:
        hear(ledger, told)
    titles = Counter(text for item in answer.json()["items"] for text in item["title"].values())
    assert set(titles) == ledger.may_answer(number)
    assert len(set(titles.values())) <= 1
    return number


@pytest.mark.slow
@pytest.mark.parametrize("kills", [40, pytest.param(200, marks=pytest.mark.long)])
def test_nothing_acknowledged_is_lost_and_no_answer_is_mixed_when_killed_at_random(
    tmp_path: Path, start: Start, kills: int
) -> None:
    rng = random.Random(20261125)
    numbers = iter(range(10**6))
    ledger = Ledger(tmp_path / "var")
    process, told = start(ledger.data, [*(("load", graph, "first") for graph in GRAPHS), ("publish",)])
    process.join(600)
    hear(ledger, told)
    assert ledger.serving == 1
    interrupted: Counter[str] = Counter()
    said, answers = 0, 0
    with running(settings_of(ledger.data)) as address, httpx.Client(base_url=address, timeout=600) as client:
        # On a busy machine few processes get far before they are killed: then it takes more of them.
        while sum(interrupted.values()) < (kills if said and set(interrupted) >= WANTED else MOST_KILLS):
            process, told = start(ledger.data, some_commands(rng, numbers, ledger))
            assert told.poll(600)
            end = time.monotonic() + rng.uniform(0, LONGEST_LIFE_SECONDS)
            while (left := end - time.monotonic()) > 0:
                ask(client, ledger, told)
                answers += 1
                hear(ledger, told, min(left, 0.02))
            process.kill()
            process.join(600)
            assert process.exitcode in (-signal.SIGKILL, 0)
            hear(ledger, told)
            told.close()
            interrupted[ledger.pending[0] if ledger.pending else "nothing"] += 1
            said += bool(ledger.check())
            assert ask(client, ledger, told) == ledger.serving
    print(f"killed during {dict(interrupted)}, {said} recoveries were told, {answers} answers meanwhile")
    assert set(interrupted) >= WANTED
    assert said > 0


@pytest.mark.slow
def test_kill_before_each_change_of_the_disk_loses_nothing(tmp_path: Path, start: Start) -> None:
    ledger = Ledger(tmp_path / "var")

    def script(version: int) -> list[Command]:
        commands: list[Command] = [("load", GRAPHS[0], str(version)), ("write", GRAPHS[2], str(version))]
        commands += [("unload", GRAPHS[1]), ("publish",)]
        kept = Releases(ledger.data).numbers()
        return [*commands, ("rollback", str(kept[-1]))] if kept else commands

    changes = 0
    for version in range(4):  # the last of them prunes, as every later one does
        process, told = start(ledger.data, [("load", GRAPHS[1], "base"), *script(version)])
        process.join(600)
        changes = hear(ledger, told) or 0
        ledger.check()
    assert changes > 30
    for step in range(changes):
        process, told = start(ledger.data, [("load", GRAPHS[1], "base"), *script(100 + step)], die_at=step)
        process.join(600)
        assert process.exitcode in (-signal.SIGKILL, 0), step
        hear(ledger, told)
        told.close()
        ledger.check()
    process, told = start(ledger.data, script(999))
    process.join(600)
    hear(ledger, told)
    ledger.check()
    assert not list((ledger.data / "releases").glob(".*"))

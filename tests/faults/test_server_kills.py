"""Kill -9 of a server that is written to over HTTP: what it acknowledged is there, and no answer mixes two releases."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support.server_processes import prepared, process, wait_until
from tests.support.writing import TURTLE, bearer, turtle

KILLS = 12
LONGEST_SECONDS = 0.6
UPDATE = {"Content-Type": "application/sparql-update"}
RECORDS = tuple(f"/api/v1/credentials/{name}" for name in ("one", "two"))
PAIR = "pair"
# Two graphs that one update changes together: an answer in which they differ would be of two releases.
_GRAPHS = ("<http://localhost:8000/graph/left>", "<http://localhost:8000/graph/right>")
CHANGE = "".join(
    f"DELETE WHERE {{ GRAPH {graph} {{ ?s <http://purl.org/dc/terms/extent> ?n }} }} ;\n"
    f"INSERT DATA {{ GRAPH {graph} {{ {graph} <http://purl.org/dc/terms/extent> NUMBER }} }} ;\n"
    for graph in _GRAPHS
)
ASK = "SELECT ?s ?n { ?s <http://purl.org/dc/terms/extent> ?n }"


@dataclass
class Written:
    """Versions of one thing: the last that was tried, and the last that was acknowledged."""

    tried: int = 0
    acknowledged: int = 0


@dataclass
class Ledger:
    """What clients have written, and what they have seen go wrong."""

    things: dict[str, Written] = field(default_factory=lambda: {name: Written() for name in (*RECORDS, PAIR)})
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def write(client: httpx.Client, name: str, ledger: Ledger) -> None:
    """Write one version after another until the server is gone."""
    thing = ledger.things[name]
    while True:
        thing.tried += 1
        try:
            if name == PAIR:
                body = CHANGE.replace("NUMBER", str(thing.tried))
                answer = client.post("/sparql/update", content=body, headers=UPDATE)
            else:
                answer = client.put(name, content=turtle(f"Version {thing.tried}"), headers=TURTLE)
        except httpx.TransportError:
            return
        ledger.statuses[answer.status_code] += 1
        if answer.status_code in (200, 201, 202):
            thing.acknowledged = thing.tried
        elif answer.status_code != 503:
            ledger.wrong.append(f"{name}: {answer.status_code} {answer.text}")
            return


def read(client: httpx.Client, ledger: Ledger) -> None:
    """Ask for both halves of the pair until the server is gone."""
    while True:
        try:
            answer = client.get("/sparql", params={"query": ASK})
        except httpx.TransportError:
            return
        if answer.status_code == 200:
            numbers = [row["n"]["value"] for row in answer.json()["results"]["bindings"]]
            if len(numbers) not in (0, 2) or len(set(numbers)) > 1:
                ledger.wrong.append(f"a mixed answer: {numbers}")


def are_acknowledged(ledger: Ledger, before: Mapping[str, int], least: int) -> bool:
    """Tell whether newer versions of so many things were acknowledged."""
    return sum(thing.acknowledged > before[name] for name, thing in ledger.things.items()) >= least


def served(client: httpx.Client, name: str) -> int:
    """Return the version that is served, 0 when there is none."""
    if name == PAIR:
        rows = client.get("/sparql", params={"query": ASK}).json()["results"]["bindings"]
        return int(rows[0]["n"]["value"]) if rows else 0
    answer = client.get(name)
    return int(answer.json()["title"]["en"].split()[1]) if answer.status_code == 200 else 0


def is_served(client: httpx.Client, name: str, least: int) -> bool:
    """Tell whether that version or a later one is served."""
    return served(client, name) >= least


@pytest.mark.slow
def test_server_killed_while_it_is_written_to_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    rng = random.Random(20261126)
    token, ledger = prepared(tmp_path, "update"), Ledger()
    for kill in range(KILLS + 1):
        # Some servers make a release of every write, some gather writes: then a kill comes before it is made.
        pause = rng.choice(("0", "0.3"))
        with (
            process(tmp_path, PINOAMO_PUBLISH_SECONDS=pause) as (server, address),
            httpx.Client(base_url=address, headers=bearer(token), timeout=600) as client,
        ):
            for name, thing in ledger.things.items():
                wait_until(partial(is_served, client, name, thing.acknowledged))
                assert served(client, name) <= thing.tried
            if kill == KILLS:
                break
            before = {name: thing.acknowledged for name, thing in ledger.things.items()}
            clients = [threading.Thread(target=write, args=(client, name, ledger)) for name in ledger.things]
            clients.append(threading.Thread(target=read, args=(client, ledger)))
            for each in clients:
                each.start()
            # By turns it is killed before it has answered anybody, once it has answered one, once it has answered all.
            least = kill % 3 if kill % 3 < 2 else len(ledger.things)
            wait_until(partial(are_acknowledged, ledger, before, least))
            time.sleep(rng.uniform(0, LONGEST_SECONDS))
            server.send_signal(signal.SIGKILL)
            for each in clients:
                each.join(600)
                assert not each.is_alive()
            assert ledger.wrong == []
    print(f"answers to writes by status: {dict(ledger.statuses)}")
    assert all(thing.acknowledged for thing in ledger.things.values())
    assert any(thing.tried > thing.acknowledged for thing in ledger.things.values())

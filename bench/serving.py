"""A mixed load over HTTP beside rdflib-endpoint and Virtuoso in one run, and what a hostile client does to it.

    python -m bench.serving --credentials 10000 --seconds 60

Each server meets the same queries from 8 and from 64 clients; then the same with a client beside it that sends
expensive queries without end. Needs `wrk`, the Debian package virtuoso-opensource-7 and `pip install rdflib-endpoint`;
what is missing is left out and said so. Takes about 13 times `--seconds`, and minutes to load. Prints Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.settings import Settings
from service.store.oxigraph import OxigraphStore
from tests.support.engines import VIRTUOSO, virtuoso

from .measure import machine, table
from .mixed_load import TIMEOUT_SECONDS, load, rest_requests, sparql_requests
from .spine import rdflib_endpoint
from .spine_load import load_all
from .spine_server import service

NA = "–"
CLIENTS = (8, 64)
HOSTILE_CLIENTS = 3
HOSTILE_ADDRESS = "127.0.0.2"  # somebody else than the clients of the load, who come from 127.0.0.1
# Free joins and paths that no engine finishes.
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER(?b < ?d && ?d < ?f) }",
    "SELECT DISTINCT ?a { ?a ?p ?b . ?c ?q ?d FILTER(CONTAINS(STR(?b), STR(?d))) } ORDER BY ?b LIMIT 1",
    "ASK { ?a (<http://www.w3.org/2004/02/skos/core#broader>|!<urn:x>)* ?b . ?b (<urn:y>|!<urn:x>)* <urn:nowhere> }",
)


@dataclass(slots=True)
class Assault:
    """What became of the queries of the hostile client: answers by status, and the longest time of one."""

    statuses: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0


@contextlib.contextmanager
def assault(endpoint: str) -> Iterator[Assault]:
    """Send expensive queries, several at a time, until the block is left."""
    found, over, lock = Assault(), threading.Event(), threading.Lock()
    to = urllib.parse.urlsplit(endpoint)

    def attack(number: int) -> None:
        while not over.is_set():
            query = urllib.parse.urlencode({"query": HOSTILE[number % len(HOSTILE)]}).encode()
            number += 1
            begin = time.monotonic()
            connection = http.client.HTTPConnection(
                to.hostname or "", to.port, timeout=TIMEOUT_SECONDS, source_address=(HOSTILE_ADDRESS, 0)
            )
            try:
                with contextlib.closing(connection):
                    connection.request("POST", to.path, query, {"Content-Type": "application/x-www-form-urlencoded"})
                    answer = connection.getresponse()
                    answer.read()
                    status = str(answer.status)
            except OSError as error:
                status = "no answer" if isinstance(error, TimeoutError) else type(error).__name__
            with lock:
                found.statuses[status] += 1
                found.longest = max(found.longest, time.monotonic() - begin)

    threads = [threading.Thread(target=attack, args=(number,), daemon=True) for number in range(HOSTILE_CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join(TIMEOUT_SECONDS)


def measure(
    servers: Mapping[str, tuple[str, Path, str]], seconds: float
) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Return the rows of both tables: each server with 8 and 64 clients, then 8 beside a hostile client."""
    calm: list[Sequence[str]] = []
    attacked: list[Sequence[str]] = []
    p95: dict[str, float] = {}
    for name, (address, requests, _) in servers.items():
        load(address, requests, 8, min(5, seconds))  # warm
        for clients in CLIENTS:
            row = load(address, requests, clients, seconds)
            calm.append((name, str(clients), *row))
            if clients == CLIENTS[0]:
                p95[name] = float(row[3])
    for name, (address, requests, endpoint) in servers.items():
        with assault(endpoint) as found:
            time.sleep(1)
            row = load(address, requests, CLIENTS[0], seconds)
        ratio = float(row[3]) / p95[name] if p95[name] else 0.0
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items())) or NA
        attacked.append((name, *row, f"{ratio:.1f} ×", statuses, f"{found.longest:.1f} s"))
    return calm, attacked


def main() -> None:
    """Load once, run every server, print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--esco", type=Path, help="an official ESCO pack; without it the demo's slice")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each run")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as running:
        folder = Path(name)
        load_all(folder, given.esco, given.credentials)
        store = OxigraphStore.read_only((folder / "var" / "current" / "store").resolve())
        dump = folder / "dump.nq"
        with dump.open("wb") as output:
            store.dump(output, "application/n-quads")
        files = {}
        for kind, lines in {
            "ours": sparql_requests(store, "/sparql"),
            "bare": sparql_requests(store, "/"),
            "rest": rest_requests(store),
        }.items():
            files[kind] = folder / f"{kind}.requests"
            files[kind].write_text("\n".join(lines) + "\n", "utf-8")
        store.close()
        ours = running.enter_context(service(folder / "var"))[0]
        servers = {
            "Pinoamo, `/sparql`": (ours, files["ours"], f"{ours}/sparql"),
            "Pinoamo, REST": (ours, files["rest"], f"{ours}/sparql"),
        }
        if VIRTUOSO:
            (folder / "virtuoso").mkdir()
            found = running.enter_context(virtuoso(folder / "virtuoso", dump, 100_000))
            servers["Virtuoso"] = (found.removesuffix("/sparql"), files["ours"], found)
        peer = running.enter_context(rdflib_endpoint(dump))
        if peer:  # last: it goes on with queries nobody waits for
            servers["rdflib-endpoint"] = (peer.rstrip("/"), files["bare"], peer)
        calm, attacked = measure(servers, given.seconds)
    limit = Settings().query_seconds
    print(f"{given.credentials:,} credentials, {machine()}, {given.seconds:g} s a run\n")
    missing = [name for name in ("Virtuoso", "rdflib-endpoint") if name not in servers]
    if missing:
        print(f"Not installed, left out: {', '.join(missing)}\n")
    figures = ("requests/s", "failed", "p50 ms", "p95 ms", "p99 ms")
    print(table(("server", "clients", *figures), calm), "\n")
    print(f"{CLIENTS[0]} clients beside {HOSTILE_CLIENTS} hostile ones (our limit: {limit:g} s; goal: p95 ≤ 2 ×):\n")
    print(table(("server", *figures, "p95 against calm", "hostile answers", "longest"), attacked))


if __name__ == "__main__":
    main()

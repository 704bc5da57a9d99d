"""The running service under load: look-ups, autocomplete, export, hostile queries, a switch of releases, cold start."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from service.releases.releases import Releases
from service.store.oxigraph import OxigraphStore
from tests.support.engines import free_port

from .measure import throughput
from .mixed_load import CREDENTIAL, load, skills_requests, some

ROOT = Path(__file__).parent.parent
HOSTILE = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
PREFIXES = ("dat", "man", "joh", "pro", "utv", "ana", "soft", "ohj", "nurs", "eko", "teach", "bygg")
Rows = list[list[str]]


@contextlib.contextmanager
def service(data: Path, **settings: str) -> Iterator[tuple[str, float]]:
    """Run `pinoamo serve`; give its address, and the seconds from its start to its first answer."""
    command = [sys.executable, "-m", "service.cli.main", "serve", "--port", str(port := free_port())]
    given = {**os.environ, "PINOAMO_DATA": str(data), **settings}
    begin = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            with contextlib.suppress(OSError):
                fetch(f"{address}/api/v1/credentials?limit=1")
                break
            time.sleep(0.01)
        yield address, time.perf_counter() - begin
    finally:
        server.terminate()
        server.wait()


def fetch(address: str, accept: str = "application/json", seconds: float = 60) -> tuple[int, bytes]:
    """Return the status and the whole body of a GET."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def look_ups(data: Path, parameters: Mapping[str, str], text: str, peers: Mapping[str, str]) -> Rows:
    """Return requests a second and the 95th percentile with 8 clients, answers kept and not kept, beside peers.

    One address again and again, and the skills of a thousand credentials asked at random.
    """
    store = OxigraphStore.read_only(data / "current" / "store")
    iris = some(store, CREDENTIAL, 1000)
    store.close()
    key = parameters["credential"].rsplit("/", 1)[1]
    words = urllib.parse.urlencode({"query": text})
    accept = "application/sparql-results+json, application/json;q=0.9"
    rows = []
    for name, room in (("kept", "64"), ("not kept", "0")):
        with service(data, PINOAMO_ANSWERS_MB=room) as (ours, _):
            asked = {
                f"REST, credential-skills, answers {name}": f"{ours}/api/v1/credentials/{key}/skills",
                f"REST, one credential whole, answers {name}": f"{ours}/api/v1/credentials/{key}",
            }
            rows += [[label, *throughput(address, accept=accept)] for label, address in asked.items()]
            rows.append([f"REST, skills of 1,000 credentials, answers {name}", *_any_of(data, iris, ours, None)])
            if room == "0":
                rows.append(["`/sparql`, credential-skills", *throughput(f"{ours}/sparql?{words}", accept=accept)])
                rows.append(["`/sparql`, skills of 1,000 credentials", *_any_of(data, iris, ours, "/sparql")])
    rows += [[f"{name}, credential-skills", *throughput(f"{at}?{words}", accept=accept)] for name, at in peers.items()]
    for name, at in peers.items():
        rows.append([f"{name}, skills of 1,000 credentials", *_any_of(data, iris, at, urllib.parse.urlsplit(at).path)])
    return rows


def _any_of(data: Path, iris: Sequence[str], address: str, path: str | None) -> list[str]:
    requests = data / "skills.requests"
    requests.write_text("\n".join(skills_requests(iris, path)) + "\n", "utf-8")
    try:
        speed, _, _, p95, _ = load(urllib.parse.urljoin(address, "/"), requests, 8, 5)
    finally:
        requests.unlink()
    return [speed, p95]


def others(data: Path, parameters: Mapping[str, str]) -> Rows:
    """Return cold start, autocomplete, export, hostile queries and a switch of releases."""
    rows: Rows = [["cold start: process to first answer, median of five", f"{_cold_start(data):.2f} s"]]
    with service(data, PINOAMO_ANSWERS_MB="0", PINOAMO_QUERY_SECONDS="2") as (ours, _):
        for prefix in PREFIXES:  # the first question opens the index
            fetch(f"{ours}/api/v1/suggest?q={prefix}")
        times = [timed(lambda prefix=prefix: fetch(f"{ours}/api/v1/suggest?q={prefix}")) for prefix in PREFIXES * 5]
        rows.append(["autocomplete over HTTP, answers not kept: median", f"{statistics.median(times) * 1000:.1f} ms"])
        rows += _export(data, ours)
        rows += _hostile(ours, f"{ours}/api/v1/credentials/{parameters['credential'].rsplit('/', 1)[1]}/skills")
        rows += _switch(data, ours)
    return rows


def _cold_start(data: Path) -> float:
    taken = []
    for _ in range(5):
        with service(data) as (_, seconds):
            taken.append(seconds)
    return statistics.median(taken)


def timed(call: Callable[[], object]) -> float:
    """Return how many seconds a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _export(data: Path, ours: str) -> Rows:
    store = OxigraphStore.read_only(data / "current" / "store")
    graph = next(name for name in store.graphs() if "/esco" in name or name.endswith("/synthetic"))
    with (data / "exported.nt").open("wb") as output:
        inside = timed(lambda: store.dump(output, "application/n-triples", graph=graph))
    (data / "exported.nt").unlink()
    store.close()
    begin = time.perf_counter()
    query = urllib.parse.urlencode({"graph": graph})
    request = urllib.request.Request(f"{ours}/graphs?{query}", headers={"Accept": "application/n-triples"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        answer.read(1)
        first = time.perf_counter() - begin
        while answer.read(1 << 16):
            pass
    whole = time.perf_counter() - begin
    return [
        ["export of one graph: first byte", f"{first * 1000:.0f} ms"],
        ["export of one graph: speed over serialising in process", f"{inside / whole:.2f} ×"],
    ]


def _hostile(ours: str, look_up: str) -> Rows:
    alone = throughput(look_up, seconds=3)
    answers: list[tuple[int, float]] = []

    def attack() -> None:
        begin = time.perf_counter()
        status, _ = fetch(f"{ours}/sparql?{urllib.parse.urlencode({'query': HOSTILE})}")
        answers.append((status, time.perf_counter() - begin))

    threads = [threading.Thread(target=attack) for _ in range(4)]
    for thread in threads:
        thread.start()
    beside = throughput(look_up, seconds=3)
    for thread in threads:
        thread.join()
    statuses = ", ".join(str(status) for status in sorted({status for status, _ in answers}))
    return [
        [
            f"hostile SPARQL, 4 at once, limit 2 s: {statuses}, slowest",
            f"{max(t for _, t in answers):.1f} s",
        ],
        ["look-ups' p95 without · with hostile queries", f"{alone[1]} · {beside[1]} ms"],
    ]


def _switch(data: Path, ours: str) -> Rows:
    """Roll back to the release before and forward again while somebody asks without a pause."""
    seen: list[tuple[int, int, float]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            begin = time.perf_counter()
            status, body = fetch(f"{ours}/health/ready")
            number = json.loads(body).get("release", 0) if status == 200 else 0
            fetched, _ = fetch(f"{ours}/api/v1/credentials?limit=1")
            seen.append((number, max(status, fetched), time.perf_counter() - begin))

    asking = threading.Thread(target=ask)
    asking.start()
    published = Releases(data)
    serving = published.current_number()
    for number in [*(n for n in published.numbers() if n != serving), serving or 0]:
        published.roll_back(number)
        time.sleep(1)
    stop.set()
    asking.join()
    slowest = max(seconds for *_, seconds in seen)
    lost = sum(status != 200 for _, status, _ in seen)
    return [
        [
            f"switches of releases: {len(seen) * 2} requests, {lost} lost, slowest two",
            f"{slowest * 1000:.0f} ms",
        ]
    ]

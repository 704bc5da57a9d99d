"""Hostile queries against a running server: each meets its limit, none disturbs the others, nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn

from service.errors import Overloaded, TimedOut
from service.metrics import Metrics
from service.settings import Settings
from service.workers.query_pool import QueryPool
from service.workers.query_task import QueryTask
from tests.conftest import PATIENCE
from tests.support.serving import address_of, publish, running_server, store_path

BASE = "http://data.example"
GRAPH = f"{BASE}/graph/numbers"
# 200 subjects: five joined freely are 3.2 · 10¹¹ rows, which no machine counts within a time limit of seconds.
NUMBERS = "\n".join(f'<http://e/{number}> <http://e/p> "{number}" .' for number in range(200))
PATTERNS = " . ".join(f"?s{number} <http://e/p> ?o{number}" for number in range(5))
SLOW = f"SELECT (COUNT(*) AS ?count) WHERE {{ {PATTERNS} FILTER(?o0 > ?o1) }}"
ASK = "ASK { <http://e/1> <http://e/p> ?o }"
# Doubles a text of ten characters 31 times: 21 GB, far beyond the address space of a worker.
HOG = (
    'SELECT (STRLEN(?t31) AS ?length) WHERE { BIND("0123456789" AS ?t0) '
    + " ".join(f"BIND(CONCAT(?t{n}, ?t{n}) AS ?t{n + 1})" for n in range(31))
    + " }"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    publish(Settings(data=folder, base_url=BASE), {GRAPH: NUMBERS})
    return folder


def settings(data: Path, **changes: Any) -> Settings:
    return Settings(**{"data": data, "base_url": BASE, "workers": 2, "query_memory_mb": 512, **changes})


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[uvicorn.Server]:
    with running_server(settings(data, **PATIENCE)) as found:
        yield found


@pytest.fixture
def client(server: uvicorn.Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address_of(server), timeout=600) as found:
        yield found


def figure(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(name + " ")), 0.0)


def wait_for(client: httpx.Client, name: str, least: float) -> None:
    """Return as soon as a figure is that high. The pause leaves the processors to what is waited for."""
    for _ in range(20_000):
        if figure(client, name) >= least:
            return
        time.sleep(0.01)
    pytest.fail(f"{name} never came to {least}")


def test_query_past_its_limit_is_ended_with_504(client: httpx.Client) -> None:
    client.get("/sparql", params={"query": ASK})  # a worker is there: what follows meets its limit while it runs
    answer = client.get("/sparql", params={"query": SLOW, "timeout": "0.3"})
    assert answer.status_code == 504
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"{BASE}/problems/timeout"
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_timeout_cannot_raise_the_limit(data: Path) -> None:
    with (
        running_server(settings(data, query_seconds=0.3)) as server,
        httpx.Client(base_url=address_of(server), timeout=600) as client,
    ):
        wait_for(client, "pinoamo_sparql_workers_started_total", 1)
        answer = client.get("/sparql", params={"query": SLOW, "timeout": "1000"})
        assert answer.status_code == 504
        assert "0.3 seconds" in answer.json()["detail"]


def test_a_query_that_takes_long_yields_the_processor_and_its_worker_is_not_used_again(
    client: httpx.Client, server: uvicorn.Server
) -> None:
    slow_ones = 'pinoamo_sparql_workers_killed_total{reason="slow"}'
    before = figure(client, slow_ones)
    with ThreadPoolExecutor(1) as pool:
        long = "SELECT (COUNT(*) AS ?n) { VALUES ?a { %s } VALUES ?b { %s } VALUES ?c { %s } }"
        some = " ".join(map(str, range(250)))
        slow = pool.submit(client.get, "/sparql", params={"query": long % (some, some, some)})
        wait_for(client, "pinoamo_sparql_running", 1)
        [busy] = workers_at_work(server)
        while not slow.done() and niceness(busy) != 19:
            client.get("/metrics")
        assert not slow.done()
        assert slow.result().json()["results"]["bindings"][0]["n"]["value"] == str(250**3)
    assert figure(client, slow_ones) == before + 1
    while busy in workers():  # until it is gone
        client.get("/metrics")


def test_slow_query_does_not_delay_another(client: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.get, "/sparql", params={"query": SLOW, "timeout": "300"})
        wait_for(client, "pinoamo_sparql_running", 1)
        answers = [client.get("/sparql", params={"query": ASK}).json()["boolean"] for _ in range(20)]
        running_still = not slow.done()
        assert answers == [True] * 20
        assert running_still
        assert figure(client, "pinoamo_sparql_running") == 1
        end_workers(client)
        assert slow.result().status_code == 503


def another(client: httpx.Client, address: str) -> httpx.Client:
    """Return a client that comes from another address, and so is another one for the server."""
    return httpx.Client(base_url=client.base_url, timeout=600, transport=httpx.HTTPTransport(local_address=address))


def test_client_with_slow_queries_leaves_a_worker_to_others(client: httpx.Client) -> None:
    with another(client, "127.0.0.2") as hostile, another(client, "127.0.0.3") as quick, ThreadPoolExecutor(3) as pool:
        quick.get("/sparql", params={"query": ASK})
        assert hostile.get("/sparql", params={"query": SLOW, "timeout": "1.3"}).status_code == 504
        slow = [pool.submit(hostile.get, "/sparql", params={"query": SLOW, "timeout": "300"}) for _ in range(3)]
        wait_for(client, "pinoamo_sparql_waiting", 2)
        answers = [quick.get("/sparql", params={"query": ASK}).json()["boolean"] for _ in range(5)]
        running_still = [not each.done() for each in slow]
        assert answers == [True] * 5
        assert running_still == [True] * 3
        while not all(each.done() for each in slow):
            if figure(client, "pinoamo_sparql_running"):
                end_workers(client)
            time.sleep(0.05)
        assert {each.result().status_code for each in slow} == {503}


def test_client_that_holds_every_worker_gives_one_back_when_others_wait(
    client: httpx.Client, server: uvicorn.Server
) -> None:
    while sum(child.alive for child in server.config.app.state.services.query_pool._queue._free) < 3:  # type: ignore[union-attr]
        client.get("/metrics")  # those that tests before this one have ended are started again
        time.sleep(0.01)
    reclaimed = 'pinoamo_sparql_workers_killed_total{reason="reclaimed"}'
    before = figure(client, reclaimed)
    with another(client, "127.0.0.4") as hostile, another(client, "127.0.0.5") as quick, ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(hostile.get, "/sparql", params={"query": SLOW, "timeout": "300"}) for _ in range(2)]
        wait_for(client, "pinoamo_sparql_running", 2)
        assert quick.get("/sparql", params={"query": ASK}).json()["boolean"] is True
        assert figure(client, reclaimed) == before + 1
        end_workers(client)
        details = sorted(each.result().json()["detail"] for each in slow)
    assert details[0].startswith("others wait, and another query of yours still runs")
    assert details[1].startswith("the query took more than the 512 MiB")


def end_workers(client: httpx.Client) -> None:
    """Kill every worker from outside, as the system does when memory runs out."""
    for process in workers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def workers() -> list[int]:
    """Return the query workers that this process has started."""
    found = []
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread has ended meanwhile
            children = (thread / "children").read_text().split()
            found += [int(child) for child in children if is_worker(child)]
    return found


def is_worker(process: str) -> bool:
    try:
        return b"service.workers.query_program" in Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def niceness(process: int) -> int | None:
    try:
        return os.getpriority(os.PRIO_PROCESS, process)
    except ProcessLookupError:
        return None


def workers_at_work(server: uvicorn.Server) -> list[int]:
    """Return the processes of this server that have a query now; `workers` knows other servers' and ending ones too."""
    return [turn.worker._process.pid for turn in server.config.app.state.services.query_pool._queue._lent]  # type: ignore[union-attr]


def test_worker_killed_from_outside_is_replaced(client: httpx.Client) -> None:
    started = figure(client, "pinoamo_sparql_workers_started_total")
    end_workers(client)
    wait_for(client, "pinoamo_sparql_workers_started_total", started + 3)
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_memory_hog_is_ended_with_503_and_the_service_goes_on(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": HOG})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "512 MiB" in answer.json()["detail"]
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_worker_that_has_grown_answers_and_is_replaced(client: httpx.Client) -> None:
    before = figure(client, 'pinoamo_sparql_workers_killed_total{reason="recycle"}')
    # 10 · 2²³ characters: with the shorter ones and room to grow more than half of 512 MiB, but it fits.
    query = HOG.partition(" BIND(CONCAT(?t23")[0].replace("?t31", "?t23") + " }"
    assert (
        client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["length"]["value"] == "83886080"
    )
    assert figure(client, 'pinoamo_sparql_workers_killed_total{reason="recycle"}') == before + 1
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_query_nested_too_deeply_ends_its_worker_only(client: httpx.Client) -> None:
    query = "ASK { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }"
    assert client.post("/sparql", data={"query": query}).status_code in (400, 503)
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_failure_midway_sends_nothing_of_the_answer(client: httpx.Client) -> None:
    """Rows come first, then the one that cannot be computed in time: never 200 with half of it."""
    query = f"SELECT * WHERE {{ {{ ?s <http://e/p> ?o }} UNION {{ {SLOW.replace('SELECT', '{ SELECT')} }} }} }}"
    client.get("/sparql", params={"query": ASK})
    answer = client.get("/sparql", params={"query": query, "timeout": "0.5"})
    assert answer.status_code == 504
    assert answer.json()["status"] == 504


def test_client_that_leaves_ends_its_query(server: uvicorn.Server, client: httpx.Client) -> None:
    before = figure(client, 'pinoamo_sparql_workers_killed_total{reason="cancelled"}')
    with socket.create_connection(server.servers[0].sockets[0].getsockname()) as connection:
        connection.sendall(f"GET /sparql?query={quote(SLOW)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(client, "pinoamo_sparql_running", 1)
    wait_for(client, 'pinoamo_sparql_workers_killed_total{reason="cancelled"}', before + 1)
    assert figure(client, "pinoamo_sparql_running") == 0


def test_full_queue_is_refused_at_once(data: Path) -> None:
    changes = settings(data, workers=1, query_queue=1, query_seconds=300)
    with running_server(changes) as server, httpx.Client(base_url=address_of(server), timeout=600) as client:
        with ThreadPoolExecutor(2) as pool:
            running = pool.submit(client.get, "/sparql", params={"query": SLOW, "timeout": "300"})
            wait_for(client, "pinoamo_sparql_running", 1)
            waiting = pool.submit(client.get, "/sparql", params={"query": ASK})
            wait_for(client, "pinoamo_sparql_waiting", 1)
            refused = client.get("/sparql", params={"query": ASK})
            [busy] = workers_at_work(server)  # not the spare one, which the waiting query is given then
            os.kill(busy, signal.SIGKILL)
            assert running.result().status_code == 503
            assert waiting.result().json()["boolean"] is True
        assert refused.status_code == 503
        assert refused.json()["type"] == f"{BASE}/problems/overloaded"
        assert int(refused.headers["retry-after"]) > 0
        assert figure(client, "pinoamo_sparql_refused_total") == 1


def test_large_answer_is_streamed_whole(client: httpx.Client) -> None:
    query = 'SELECT ?s ?t ?x WHERE { ?s <http://e/p> ?o . ?t <http://e/p> ?p BIND("' + "x" * 100 + '" AS ?x) }'
    headers = {"Accept": "text/csv", "Accept-Encoding": "identity"}  # the length of what is packed is not known before
    with client.stream("GET", "/sparql", params={"query": query}, headers=headers) as answer:
        size = int(answer.headers["content-length"])
        body = answer.read()
    assert len(body) == size > 1024 * 1024
    assert len(body.splitlines()) == 200 * 200 + 1


def run_pool(data: Path, scenario: Any, **changes: Any) -> Any:
    async def whole() -> Any:
        pool = QueryPool(settings(data, **changes), Metrics())
        await pool.start()
        try:
            return await scenario(pool)
        finally:
            await pool.close()

    return asyncio.run(whole())


def test_closing_ends_every_process_and_removes_every_answer(data: Path) -> None:

    async def scenario(pool: QueryPool) -> tuple[set[int], Path, bytes]:
        answer = await pool.run(QueryTask(str(store_path(data)), ASK, seconds=300))
        assert pool._spool is not None
        with answer.file as file:
            return {child._process.pid for child in pool._queue._free}, pool._spool, file.read()

    own, spool, body = run_pool(data, scenario)
    assert body == b'{"head":{},"boolean":true}\n'
    assert own
    assert not own & set(workers())
    assert not spool.exists()


def test_a_busy_machine_ends_no_query(data: Path) -> None:
    """A worker that gets none of the processor for longer than the limit has used none of its time."""

    async def scenario(pool: QueryPool) -> bytes:
        (await pool.run(QueryTask(str(store_path(data)), ASK, seconds=60))).file.close()
        while len(pool._queue._free) < len(pool._slots):  # the spare one starts meanwhile
            await asyncio.sleep(0.01)
        children = [child._process.pid for child in pool._queue._free]
        for child in children:
            os.kill(child, signal.SIGSTOP)
        asking = asyncio.create_task(pool.run(QueryTask(str(store_path(data)), ASK, seconds=1)))
        await asyncio.wait([asking], timeout=1.5)
        assert not asking.done()
        for child in children:
            os.kill(child, signal.SIGCONT)
        with (await asking).file as file:
            return file.read()

    assert b"true" in run_pool(data, scenario, workers=1)


def test_waiting_counts_towards_the_limit(data: Path) -> None:
    async def scenario(pool: QueryPool) -> list[Any]:
        slow = asyncio.create_task(pool.run(QueryTask(str(store_path(data)), SLOW, seconds=300)))
        late = await asyncio.gather(
            pool.run(QueryTask(str(store_path(data)), ASK, seconds=0.3)), return_exceptions=True
        )
        slow.cancel()
        return [*late, *await asyncio.gather(slow, return_exceptions=True)]

    late, cancelled = run_pool(data, scenario, workers=1)
    assert isinstance(late, Overloaded)
    assert isinstance(cancelled, asyncio.CancelledError)


def test_answer_is_cut_at_the_limit_of_bytes(data: Path) -> None:
    async def scenario(pool: QueryPool) -> tuple[Any, bytes]:
        task = QueryTask(
            str(store_path(data)), "SELECT * { ?s ?p ?o . ?t ?q ?r }", accept="text/csv", bytes=10_000, seconds=300
        )
        answer = await pool.run(task)
        with answer.file as file:
            return answer.outcome, file.read()

    outcome, body = run_pool(data, scenario)
    assert outcome.truncated
    assert 10_000 < len(body) < 20_000
    assert body.endswith(b"\r\n")
    assert len(body.splitlines()) == outcome.rows + 1


def test_query_that_is_ended_leaves_no_file(data: Path) -> None:
    async def scenario(pool: QueryPool) -> list[Path]:
        (await pool.run(QueryTask(str(store_path(data)), ASK, seconds=300))).file.close()
        with pytest.raises(TimedOut):
            await pool.run(QueryTask(str(store_path(data)), SLOW, seconds=0.5))
        assert pool._spool is not None
        return list(pool._spool.iterdir())

    assert run_pool(data, scenario) == []

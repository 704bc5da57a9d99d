"""A mixed load for wrk: files of requests, and what a server makes of them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

from service.sparql.binding import bind
from service.sparql.named_queries import NamedQuery, load_queries
from service.store.oxigraph import OxigraphStore

ROOT = Path(__file__).parent.parent
TIMEOUT_SECONDS = 30
CREDENTIAL = "https://w3id.org/pinoamo/ns#MicroCredential"


def sparql_requests(store: OxigraphStore, path: str) -> list[str]:
    """Return look-ups as a file of requests: skills of a credential, what it requires, skills of an occupation."""
    queries = load_queries()
    things = {
        "credential-skills": ("credential", CREDENTIAL, 7),
        "prerequisites": ("credential", CREDENTIAL, 2),
        "occupation-skills": ("occupation", "http://data.europa.eu/esco/model#Occupation", 1),
    }
    lines = []
    for name, (parameter, kind, share) in things.items():
        lines += _queries(queries[name], parameter, some(store, kind, 100 * share), path)
    return lines


def rest_requests(store: OxigraphStore) -> list[str]:
    """Return what a catalogue asks of the REST API: single records, their skills, pages, search and suggestions."""
    keys = [iri.rsplit("/", 1)[1] for iri in some(store, CREDENTIAL, 300)]
    paths = [f"/api/v1/credentials/{key}/skills" for key in keys]
    paths += [f"/api/v1/credentials/{key}" for key in keys[:100]]
    paths += [f"/api/v1/credentials?min_ects={ects}&offset={20 * page}" for ects in (1, 3, 5) for page in range(30)]
    paths += [f"/api/v1/suggest?q={word}" for word in ("da", "data", "pro", "man", "eng", "lan") for _ in range(15)]
    paths += [f"/api/v1/search?q={word}" for word in ("data", "analysis", "safety", "teaching") for _ in range(10)]
    return [f"GET\t{path}\t" for path in paths]


def skills_requests(iris: Sequence[str], path: str | None = None) -> list[str]:
    """Return the skills of some credentials as a file of requests: asked of REST, or of SPARQL at a path."""
    if path is None:
        return [f"GET\t/api/v1/credentials/{iri.rsplit('/', 1)[1]}/skills\t" for iri in iris]
    return _queries(load_queries()["credential-skills"], "credential", iris, path)


def some(store: OxigraphStore, kind: str, most: int) -> list[str]:
    """Return IRIs of a kind, the same ones in each run."""
    query = bind(load_queries(ROOT / "bench" / "queries")["of-kind"], {"kind": (kind,)})
    found = sorted(row["thing"].value for row in store.select(query).rows)
    return random.Random(7).sample(found, min(most, len(found)))


def load(address: str, requests: Path, clients: int, seconds: float) -> list[str]:
    """Return requests a second, failures, p50, p95 and p99 in ms, by wrk; dashes where wrk is not installed."""
    program = shutil.which("wrk")
    if program is None:
        return ["–"] * 5
    command = [
        program, "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--timeout", f"{TIMEOUT_SECONDS}s",
        "-s", str(Path(__file__).parent / "mixed.lua"), address,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "REQUESTS": str(requests)}
    )
    return done.stdout.strip().splitlines()[-1].split()


def _queries(query: NamedQuery, parameter: str, iris: Sequence[str], path: str) -> list[str]:
    texts = (bind(query, {parameter: (iri,)}) for iri in iris)
    return [f"GET\t{path}?{urllib.parse.urlencode({'query': text})}\t" for text in texts]

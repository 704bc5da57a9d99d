"""Load, publish and every named query, beside bare pyoxigraph, Virtuoso and rdflib-endpoint in one run.

    python -m bench.spine --credentials 10000 --esco ../shared/data/esco/v1.1.1

Needs the Debian package virtuoso-opensource-7 and, for rdflib-endpoint, `pip install rdflib-endpoint`; what is missing
is left out and said so. Prints Markdown for bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from service.binding import bind
from service.catalogue import Catalogue
from service.cli import ONTOLOGY, SHAPES
from service.gate import gate
from service.oxigraph import OxigraphStore
from service.queries import QUERIES, load_queries
from service.read_model import ReadModel
from service.records import Filters
from service.releases import Release, Shelf
from service.settings import Settings
from service.validation.profiles import load_profile
from service.vocabulary import KnownThings, ensure_vocabulary
from service.work import Source, open_work
from tests.engines import VIRTUOSO, free_port, virtuoso

from .measure import machine, median_ms, peak_memory_mb, table, throughput

ROOT = Path(__file__).parent.parent
NA = "–"
LIMIT_SECONDS = 20


def load_all(folder: Path, esco: Path | None, credentials: int) -> tuple[Release, Mapping[str, str], list[list[str]]]:
    """Load ESCO and the synthetic catalogue through the gate and publish; return the release and the times."""
    settings = Settings(data=folder / "var", keep_releases=1)  # type: ignore[call-arg]
    steps: list[list[str]] = []
    esco_nq, catalogue_nq, manifest = folder / "esco.nq", folder / "catalogue.nq", folder / "manifest.json"
    if esco:
        folders = [str(esco / name) for name in ("en", "relations", "derived")]
        loader = [
            sys.executable,
            "-m",
            "loaders",
            "esco",
            *folders,
            "--version",
            "1.1.1",
            "--report",
            str(folder / "report"),
        ]
        with esco_nq.open("wb") as output:
            seconds, memory, code = peak_memory_mb(loader, stdout=output, cwd=ROOT)
        steps.append([f"loader `esco`, v1.1.1 whole (exit {code})", f"{seconds:.1f} s", f"{memory:.0f} MB"])
    source = esco_nq if esco else ROOT / "data" / "demo" / "esco.ttl"
    generator = [sys.executable, str(ROOT / "bench" / "synthetic.py"), "--credentials", str(credentials)]
    generator += ["--esco", str(source), "--out", str(catalogue_nq), "--manifest", str(manifest), "--defects", "0"]
    subprocess.run(generator, check=True)
    begin = time.perf_counter()
    bare = ox.Store(str(folder / "bare"))
    for path in filter(Path.exists, (esco_nq, catalogue_nq)):
        bare.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    bare.flush()
    bare_seconds = time.perf_counter() - begin
    steps.append(["bare `bulk_load` of the same N-Quads", f"{bare_seconds:.1f} s", NA])
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ONTOLOGY, settings.base_url)
        begin = time.perf_counter()
        if esco:
            _replace(work, "esco-1.1.1", esco_nq)
        known = KnownThings(work.store, load_queries(QUERIES / "gate"))
        accepted = work.staged / "accepted.nq"
        with accepted.open("wb") as output:
            for record in gate(catalogue_nq, profile=load_profile(SHAPES, "eu"), context=known, strict=False):
                if record.decision != "refused":
                    output.write(record.nquads)
        gated = time.perf_counter() - begin
        _replace(work, "synthetic", accepted)
        loaded = time.perf_counter() - begin
        steps.append([f"load, gate included ({loaded / bare_seconds:.1f} × bare)", f"{loaded:.1f} s", NA])
        steps.append(["of that, up to the end of the gate", f"{gated:.1f} s", NA])
        begin = time.perf_counter()
        release = Shelf(settings.data).publish(work, settings, load_queries())
        steps.append(["publish", f"{time.perf_counter() - begin:.1f} s", NA])
    return release, json.loads(manifest.read_text())["parameters"], steps


def _replace(work: object, name: str, path: Path) -> None:
    staged = work.staged / f"{name}.load.nq"  # type: ignore[attr-defined]
    if path.parent == staged.parent:
        path.rename(staged)
    else:
        staged.write_bytes(path.read_bytes())
    now = datetime.now(UTC).isoformat(timespec="seconds")
    work.replace(Source(f"http://localhost:8000/graph/{name}", "n", (), now, "eu", 0), staged)  # type: ignore[attr-defined]


def calls(parameters: Mapping[str, str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the arguments each named query is measured with."""
    p = {name: (value,) for name, value in parameters.items()}
    level, size = ("http://data.europa.eu/snb/eqf/6",), ("5",)
    return {
        "credential": {"credential": p["credential"]},
        "resource": {"resource": p["skill"]},
        "credential-skills": {"credential": p["credential"]},
        "credential-programmes": {"credential": p["credential"]},
        "prerequisites": {"credential": p["deep_credential"]},
        "skill-credentials": {"skill": p["skill"]},
        "skill-occupations": {"skill": p["skill"]},
        "occupation-skills": {"occupation": p["occupation"]},
        "occupation-credentials": {"occupation": p["occupation"]},
        "programme-credentials": {"programme": p["programme"]},
        "credentials": {"level": level, "min_ects": size},
        "credential-facets": {},
        "search": {"text": ("data analysis",)},
        "suggest": {"text": ("data",)},
        "providers": {},
        "programmes": {},
        "skills": {},
        "occupations": {},
        "statistics": {},
    }


def through_index(catalogue: Catalogue, p: Mapping[str, str]) -> dict[str, Callable[[], object]]:
    """Return the calls that the read model answers."""
    six = Filters(level=("http://data.europa.eu/snb/eqf/6",), min_ects=5)  # type: ignore[arg-type]
    return {
        "credentials": lambda: catalogue.credentials(six, limit=20, offset=1000),
        "credential-facets": lambda: catalogue.facets(Filters()),
        "search": lambda: catalogue.search("data analysis"),
        "suggest": lambda: catalogue.suggest("data"),
        "skill-credentials": lambda: catalogue.skill_credentials(p["skill"], limit=20, offset=0),
        "occupation-credentials": lambda: catalogue.occupation_credentials(p["occupation"], limit=20, offset=0),
    }


def ask(endpoint: str, query: str) -> Callable[[], object]:
    """Return a call that sends a query to an endpoint and reads the whole answer."""
    body = urllib.parse.urlencode({"query": query}).encode()
    accept = {"Accept": "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.5"}
    return lambda: urllib.request.urlopen(urllib.request.Request(endpoint, body, accept), timeout=LIMIT_SECONDS).read()


@contextlib.contextmanager
def rdflib_endpoint(nquads: Path) -> Iterator[str | None]:
    """Run rdflib-endpoint over an N-Quads file when it is installed."""
    program = Path(sys.executable).parent / "rdflib-endpoint"
    if not program.exists():
        yield None
        return
    port = free_port()
    command = [str(program), "serve", str(nquads), "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(900):
            with contextlib.suppress(OSError):
                ask(endpoint, "ASK {}")()
                break
            time.sleep(1)
        yield endpoint
    finally:
        server.kill()
        server.wait()


def attempt(call: Callable[[], object]) -> str:
    """Return the median of a call as text, or why there is none."""
    try:
        return f"{median_ms(call):.2f}"
    except TimeoutError:
        return f"over {LIMIT_SECONDS} s"
    except (OSError, SyntaxError) as error:
        return f"{type(error).__name__}"


def over_http(
    release: Release, parameters: Mapping[str, str], text: str, virt: str | None, rdf: str | None
) -> list[list[str]]:
    """Return requests a second of one look-up, as REST and as SPARQL, beside the peers."""
    rows = []
    data = release.path.parent.parent
    program = [sys.executable, "-m", "service.cli", "serve", "--port", str(port := free_port())]
    server = subprocess.Popen(
        program, cwd=ROOT, env={**os.environ, "PINOAMO_DATA": str(data)}, stderr=subprocess.DEVNULL
    )
    ours = f"http://127.0.0.1:{port}"
    key = parameters["credential"].rsplit("/", 1)[1]
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(ours + "/health/ready", timeout=5).read()
                break
            time.sleep(0.1)
        words = urllib.parse.urlencode({"query": text})
        asked = {
            "REST, credential-skills": f"{ours}/api/v1/credentials/{key}/skills",
            "`/sparql`, credential-skills": f"{ours}/sparql?{words}",
            "Virtuoso, credential-skills": f"{virt}?{words}" if virt else "",
            "rdflib-endpoint, credential-skills": f"{rdf}?{words}" if rdf else "",
        }
        for name, address in asked.items():
            if address:
                rows.append(
                    [name, *throughput(address, accept="application/sparql-results+json, application/json;q=0.9")]
                )
    finally:
        server.terminate()
        server.wait()
    return rows


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--esco", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        release, parameters, steps = load_all(folder, given.esco, given.credentials)
        print(f"{given.credentials:,} credentials, {machine()}\n")
        print(table(("step", "time", "peak memory"), steps), "\n")
        queries = load_queries()
        store = OxigraphStore.read_only(release.path / "store")
        index = ReadModel(release.path / "index.sqlite")
        catalogue = Catalogue(store, queries, index)
        bare = ox.Store.read_only(str(release.path / "store"))
        dump = folder / "dump.nq"
        with dump.open("wb") as output:
            store.dump(output, "application/n-quads")
        (folder / "virtuoso").mkdir()
        engines = contextlib.ExitStack()
        with engines:
            virt = engines.enter_context(virtuoso(folder / "virtuoso", dump, 100_000)) if VIRTUOSO else None
            rdf = engines.enter_context(rdflib_endpoint(dump))
            indexed = through_index(catalogue, parameters)
            look_up = bind(queries["credential-skills"], calls(parameters)["credential-skills"])
            http = over_http(release, parameters, look_up, virt, rdf)
            rows = []
            for query_name, arguments in calls(parameters).items():
                query = queries[query_name]
                text = bind(query, arguments, limit=20 if query.paging else None)
                run = store.construct if query.form == "CONSTRUCT" else store.select
                rows.append([
                    f"`{query_name}`",
                    attempt(indexed[query_name]) if query_name in indexed else NA,
                    attempt(lambda run=run, text=text: run(text)),
                    attempt(lambda text=text: list(bare.query(text, use_default_graph_as_union=True))),  # type: ignore[arg-type]
                    attempt(ask(virt, text)) if virt else NA,
                    attempt(ask(rdf, text)) if rdf else NA,
                ])  # fmt: skip
                if rows[-1][-1].startswith("over"):
                    rdf = None  # it goes on with a query nobody waits for, and every later one would wait
                print(rows[-1], file=sys.stderr, flush=True)
        header = (
            "median ms",
            "read model",
            "named query",
            "bare pyoxigraph",
            "Virtuoso (HTTP)",
            "rdflib-endpoint (HTTP)",
        )
        print(table(header, rows), "\n")
        print(table(("8 clients over HTTP", "requests/s", "p95 ms"), http))


if __name__ == "__main__":
    main()

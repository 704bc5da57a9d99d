"""Loading, publishing, every named query and the running service, beside bare pyoxigraph, Virtuoso and rdflib-endpoint.

    python -m bench.spine --credentials 10000 --esco ../shared/data/esco/v1.1.1
    python -m bench.spine --credentials 100000 --esco … --peers --folder /var/tmp/bench --stages load
    python -m bench.spine --folder /var/tmp/bench --peers --stages service

Stages: `load` (loader, bare bulk load, gate, publish twice), `http` (look-ups with 8 clients, by wrk), `queries` (each
named query), `service` (cold start, autocomplete, export, hostile queries, a switch of releases). `--folder` keeps what
was made, so that stages can be run one by one; `--peers` without a name leaves the peers out.

About 6 minutes at 10,000 on two quiet cores, of which rdflib-endpoint takes three; about 10 at 100,000 without peers.
Needs the Debian packages virtuoso-opensource-7 and wrk and, for rdflib-endpoint, `pip install rdflib-endpoint`; what is
missing is left out. Prints Markdown for bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from service.catalogue.catalogue import Catalogue
from service.catalogue.read_model.read_model import ReadModel
from service.catalogue.records import Filters
from service.releases.releases import Release, Releases
from service.sparql.binding import bind
from service.sparql.named_queries import load_queries
from service.store.oxigraph import OxigraphStore
from tests.support.engines import VIRTUOSO, free_port, virtuoso

from .measure import machine, median_ms, medians_ms, table
from .spine_load import load_all
from .spine_server import look_ups, others

STAGES = ("load", "http", "queries", "service")
NA = "–"
LIMIT_SECONDS = 20


def calls(parameters: Mapping[str, str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the arguments each named query is measured with."""
    p = {name: (value,) for name, value in parameters.items()}
    level, size = ("http://data.europa.eu/snb/eqf/6",), ("5",)
    return {
        "credential": {"credential": p["credential"]},
        "credential-skills": {"credential": p["credential"]},
        "credential-programmes": {"credential": p["credential"]},
        "prerequisites": {"credential": p["deep_credential"]},
        "skill-credentials": {"skill": p["skill"]},
        "skill-occupations": {"skill": p["skill"]},
        "resource": {"resource": p["skill"]},  # from here on rdflib takes longer than anybody waits
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
        "credential-programmes": lambda: catalogue.credential_programmes(p["credential"]),
        "programme-credentials": lambda: catalogue.programme_credentials(p["programme"], limit=20, offset=0),
        "prerequisites": lambda: catalogue.prerequisites(p["deep_credential"]),
        "providers": lambda: catalogue.providers(limit=20),
        "programmes": lambda: catalogue.programmes(limit=20),
        "skills": lambda: catalogue.skills(limit=20),
        "occupations": lambda: catalogue.occupations(limit=20),
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


def named_queries(
    store: OxigraphStore, release: Release, p: Mapping[str, str], virt: str | None, rdf: str | None
) -> None:
    """Print the median of every named query, as the service answers, and by each engine."""
    queries = load_queries()
    indexed = through_index(Catalogue(store, queries, ReadModel(release.path / "index.sqlite")), p)
    bare = ox.Store.read_only(str(release.path / "store"))
    rows = []
    for name, arguments in calls(p).items():
        query = queries[name]
        text = bind(query, arguments, limit=20 if query.paging else None)
        run = store.construct if query.form == "CONSTRUCT" else store.select
        ours, engine = medians_ms([
            lambda run=run, text=text: run(text),  # type: ignore[misc]
            lambda text=text: list(bare.query(text)),  # type: ignore[misc, arg-type]
        ])  # fmt: skip
        rows.append([
            f"`{name}`",
            attempt(indexed[name]) if name in indexed else NA,
            f"{ours:.2f}",
            f"{engine:.2f}",
            attempt(ask(virt, text)) if virt else NA,
            attempt(ask(rdf, text)) if rdf else NA,
        ])  # fmt: skip
        if rows[-1][-1].startswith("over"):
            rdf = None  # it goes on with a query nobody waits for, and every later one would wait
        print(rows[-1], file=sys.stderr, flush=True)
    header = ("median ms", "read model", "named query", "bare pyoxigraph", "Virtuoso (HTTP)", "rdflib-endpoint (HTTP)")
    print(table(header, rows), "\n", flush=True)


def run(folder: Path, given: argparse.Namespace) -> None:
    """Run the stages asked for and print a table after each."""
    data = folder / "var"
    if "load" in given.stages and not data.exists():
        rows = load_all(folder, given.esco, given.credentials)
        print(table(("step", "time", "processor time of this process", "peak memory"), rows), "\n", flush=True)
    published = Releases(data)
    release = published.release(published.current_number() or 0)
    parameters = json.loads((folder / "manifest.json").read_text())["parameters"]
    peers = given.peers if {"queries", "http"} & set(given.stages) else ()
    store = OxigraphStore.read_only(release.path / "store")
    with contextlib.ExitStack() as engines:
        virt = rdf = None
        if peers:
            with (folder / "dump.nq").open("wb") as output:
                store.dump(output, "application/n-quads")
            (folder / "virtuoso").mkdir(exist_ok=True)
        if "virtuoso" in peers and VIRTUOSO:
            virt = engines.enter_context(virtuoso(folder / "virtuoso", folder / "dump.nq", 100_000))
        if "rdflib" in peers:
            rdf = engines.enter_context(rdflib_endpoint(folder / "dump.nq"))
        if "http" in given.stages:
            text = bind(load_queries()["credential-skills"], calls(parameters)["credential-skills"])
            known = {name: address for name, address in (("Virtuoso", virt), ("rdflib-endpoint", rdf)) if address}
            rows = look_ups(data, parameters, text, known)
            print(table(("8 clients over HTTP", "requests/s", "p95 ms"), rows), "\n", flush=True)
        if "queries" in given.stages:
            named_queries(store, release, parameters, virt, rdf)
    if "service" in given.stages:
        print(table(("service", "figure"), others(data, parameters)), flush=True)


def main() -> None:
    """Run everything asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--esco", type=Path, help="official CSV packs; without them the slice of the demo")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--peers", nargs="*", choices=("virtuoso", "rdflib"), help="default: both, rdflib up to 20,000")
    parser.add_argument("--folder", type=Path, help="keep everything here, and use what is here already")
    given = parser.parse_args()
    if given.peers is None:
        given.peers = ("virtuoso", "rdflib") if given.credentials <= 20_000 else ("virtuoso",)
    print(f"{given.credentials:,} credentials, {machine()}\n")
    with contextlib.ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        run(folder, given)


if __name__ == "__main__":
    main()

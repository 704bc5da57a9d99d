"""Bulk imports over HTTP, against a running server: jobs, their reports, limits, cancelling."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from loaders.registry import FORMATS
from service.settings import Settings
from service.web.api.imports import KINDS
from service.writing.import_jobs import ImportJobs, new_job
from service.writing.keys import KeyRing
from tests.conftest import ROOT
from tests.support.serving import publish, running
from tests.support.writing import bearer, needing, turtle

CSV = {"Content-Type": "text/csv"}
DEMO = (ROOT / "data" / "demo" / "credentials.csv").read_text("utf-8-sig")
GRAPHS = {"http://localhost:8000/graph/x": "<http://x/a> <http://x/p> <http://x/b> ."}


def rows(count: int) -> str:
    """Return the head and the first rows of the demo's table, without what they refer to elsewhere."""
    table = list(csv.DictReader(io.StringIO(DEMO)))[:count]
    text = io.StringIO()
    writer = csv.DictWriter(text, table[0].keys())
    writer.writeheader()
    for row in table:
        writer.writerow({**row, "prerequisites": "", "part_of": "", "skills": ""})
    return text.getvalue()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(data=tmp_path_factory.mktemp("data"), workers=1, import_mb=1, keep_releases=100)
    publish(found, GRAPHS)
    return found


@pytest.fixture(scope="module")
def tokens(settings: Settings) -> dict[str, str]:
    ring = KeyRing(settings)
    return {
        "all": ring.create("all", ["imports:write", "credentials:write"]),
        "a": ring.create("a", ["imports:write", "credentials:write"], "a"),
        "none": ring.create("none", ["update"]),
    }


@pytest.fixture(scope="module")
def client(settings: Settings, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as found:
        found.headers.update(bearer(tokens["all"]))
        yield found


def send(client: httpx.Client, body: str | bytes, status: int = 202, **more: Any) -> dict[str, Any]:
    parameters = {"format": "table", "source": "courses", **more.pop("params", {})}
    answer = client.post("/api/v1/imports", params=parameters, content=body, headers={**CSV, **more.pop("headers", {})})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    if status == 202:
        assert answer.headers["location"] == found["links"]["self"]
    else:
        assert answer.headers["content-type"] == "application/problem+json"
    return found


def address_in(job: dict[str, Any], name: str) -> str:
    """Return a link of a job without the public base, which is not where the test serves."""
    link: str = job["links"][name]
    assert link.startswith("http://localhost:8000/api/v1/imports/")
    return link.removeprefix("http://localhost:8000")


def ended(
    client: httpx.Client, job: dict[str, Any], until: Callable[[dict[str, Any]], Any] | None = None
) -> dict[str, Any]:
    """Ask until the job has ended and what it stored is served."""
    deadline = time.monotonic() + 600
    while True:
        found: dict[str, Any] = client.get(address_in(job, "self")).json()
        done = found["ended"] and (not found["release"] or found["release"]["published"])
        if until(found) if until else done:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_a_file_is_imported_judged_and_served(client: httpx.Client) -> None:
    found = ended(client, send(client, rows(5) + "only-an-id\n"))
    assert found["state"] == "finished", found
    assert found["records"] == {"warned": 5}  # they name no skills
    assert found["done"] == 5
    assert found["graph"] == "http://localhost:8000/graph/courses"
    assert client.get("/api/v1/credentials/programming-basics").status_code == 200
    report = client.get(address_in(found, "report"))
    assert report.headers["content-type"].startswith("application/x-ndjson")
    errors = [entry for entry in map(json.loads, report.text.splitlines()) if entry.get("severity") == "error"]
    assert errors
    assert errors[0]["stage"] == "loader"


def test_an_import_replaces_its_source_and_the_report_has_pages(client: httpx.Client) -> None:
    parameters = {"params": {"source": "replaced"}}
    # Other tests of this module load the same rows into other sources: these have names of their own.
    older = rows(3).replace("python-for-data", "stays").replace("object-oriented-java", "goes")
    ended(client, send(client, older.replace("programming-basics", "older"), **parameters))
    newer = rows(2).replace("python-for-data", "stays").replace("programming-basics", "newer")
    found = ended(client, send(client, newer, **parameters))
    assert (found["state"], found["stored"], found["changes"]) == ("failed", False, None)
    assert "would lose " in found["message"]
    assert "/credential/older" in found["message"]
    assert client.get("/api/v1/credentials/older").status_code == 200
    found = ended(client, send(client, newer, params={"source": "replaced", "force": "true"}))
    assert found["state"] == "finished"
    assert found["changes"]["kinds"]["credential"] == {"added": 1, "changed": 0, "unchanged": 1, "removed": 2}
    assert client.get("/api/v1/credentials/newer").status_code == 200
    assert client.get("/api/v1/credentials/older").status_code == 410
    everything = client.get(address_in(found, "report")).text.splitlines()
    first = client.get(address_in(found, "report"), params={"limit": 1})
    assert first.text.splitlines() == everything[:1]
    assert len(everything) == 2  # a warning for each record
    assert 'rel="next"' in first.headers["link"]
    assert client.get(address_in(found, "report"), params={"offset": 1}).text.splitlines() == everything[1:]


def test_strict_refuses_what_is_warned_about_and_the_source_keeps_what_it_held(client: httpx.Client) -> None:
    found = ended(client, send(client, rows(2), params={"source": "strict", "strict": "true"}))
    assert (found["state"], found["stored"], found["records"]) == ("finished", False, {"refused": 2})
    assert found["done"] == 2


def test_a_packed_body_is_unpacked(client: httpx.Client) -> None:
    packed = gzip.compress(rows(1).replace("programming-basics", "packed").encode())
    job = send(client, packed, headers={"Content-Encoding": "gzip"}, params={"source": "packed"})
    assert ended(client, job)["state"] == "finished"
    assert client.get("/api/v1/credentials/packed").status_code == 200


def test_a_catalogue_in_turtle_is_imported_and_rules_that_close_a_circle_in_it_are_refused(
    client: httpx.Client,
) -> None:
    first, second = "http://t.example/1", "http://t.example/2"
    bodies = [turtle().replace("<>", f"<{iri}>").replace("<#", f"<{iri}#") for iri in (first, second)]
    job = send(
        client, "".join(bodies) + needing(second, first), params={"format": "elm", "source": "ring"},
        headers={"Content-Type": "text/turtle"},
    )  # fmt: skip
    assert ended(client, job)["records"] == {"accepted": 2}
    rules = f"prerequisites:\n  {first}: {second}\n"
    job = send(
        client, rules, params={"format": "requirements", "source": "around"},
        headers={"Content-Type": "application/yaml"},
    )  # fmt: skip
    found = ended(client, job)
    assert found["records"] == {"refused": 1}
    (told,) = map(json.loads, client.get(address_in(found, "report")).text.splitlines())
    assert [finding["value"] for finding in told["findings"]] == [f"{first} → {second} → {first}"]


@pytest.mark.parametrize(
    ("body", "headers", "params", "status"),
    [
        (b"", {}, {}, 400),
        (b"x" * (1 << 21), {}, {}, 413),
        (gzip.compress(b"x" * (1 << 26)), {"Content-Encoding": "gzip"}, {}, 413),
        (b"not gzip", {"Content-Encoding": "gzip"}, {}, 400),
        (gzip.compress(b"id\n" * 1000)[:-9], {"Content-Encoding": "gzip"}, {}, 400),
        (b"x", {"Content-Encoding": "br"}, {}, 415),
        (b"x", {"Content-Type": "text/turtle"}, {}, 415),
        (b"x", {}, {"format": "document"}, 422),
        (b"x", {}, {"source": ""}, 400),
        (b"x", {}, {"source": "derived"}, 422),
        (b"x", {}, {"nonsense": "1"}, 422),
    ],
    ids=["empty", "huge", "bomb", "not-gzip", "cut", "br", "type", "format", "source", "reserved", "parameter"],
)
def test_what_cannot_be_imported_is_refused_at_once(
    client: httpx.Client, settings: Settings, body: bytes, headers: dict[str, str], params: dict[str, str], status: int
) -> None:
    before = len(client.get("/api/v1/imports").json()["items"])
    send(client, body, status, headers=headers, params=params)
    assert len(client.get("/api/v1/imports").json()["items"]) == before
    assert len(list((settings.data / "imports").glob("*"))) == before


def test_a_file_that_cannot_be_read_fails_and_says_why(client: httpx.Client) -> None:
    found = ended(client, send(client, b"id,title@en\n\xff\xfe,x\n", params={"source": "broken"}))
    assert (found["state"], found["stored"]) == ("failed", False)
    assert "UTF-8" in found["message"]


def test_keys_see_and_write_what_is_theirs(client: httpx.Client, tokens: dict[str, str]) -> None:
    other = ended(client, send(client, rows(1), params={"source": "seen"}))
    own = bearer(tokens["a"])
    assert client.get(address_in(other, "self"), headers=own).status_code == 403
    assert client.delete(address_in(other, "self"), headers=own).status_code == 403
    assert client.get("/api/v1/imports", headers=own).json()["items"] == []
    send(client, rows(1), 403, headers=own, params={"source": "courses"})
    send(client, rows(1), 403, headers=bearer(tokens["none"]))
    send(client, rows(1), 401, headers={"Authorization": ""})
    assert client.get("/api/v1/imports/0000000000000000").status_code == 404
    assert client.get("/api/v1/imports/..%2f..%2fx").status_code == 404


def test_a_source_of_files_is_not_taken_over(client: httpx.Client) -> None:
    found = ended(client, send(client, rows(1), params={"source": "x"}))
    assert found["state"] == "failed"
    assert "loaded from files" in found["message"]


def test_a_cancelled_import_stores_nothing_and_the_next_one_runs(client: httpx.Client, settings: Settings) -> None:
    many = rows(40)
    first = send(client, many, params={"source": "cancelled"})
    second = send(client, rows(1).replace("programming-basics", "after"), params={"source": "after"})
    ended(client, first, until=lambda job: job["state"] in ("reading", "checking"))
    answer = client.delete(address_in(first, "self"))
    if answer.status_code == 204:  # else it was quicker than we were
        assert client.get(address_in(first, "self")).json()["state"] == "cancelled"
        assert "graph/cancelled" not in (settings.data / "work" / "sources.json").read_text()
    assert ended(client, second)["state"] == "finished"
    assert client.delete(address_in(second, "self")).status_code == 204
    assert client.get(address_in(second, "self")).status_code == 404


def test_jobs_of_a_server_that_is_no_more_say_how_they_ended(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    for name, state in (("aa", "reading"), ("bb", "storing"), ("cc", "storing")):
        folder = tmp_path / "imports" / name
        folder.mkdir(parents=True)
        job = new_job(folder, "k", "table", name, "body.csv", "", strict=False)
        kept = {**{slot: getattr(job, slot) for slot in job.__slots__}, "state": state, "graph": f"http://x/{name}"}
        (folder / "job.json").write_text(json.dumps(kept))
        if name == "bb":
            (tmp_path / "work").mkdir()
            row = {"graph": "http://x/bb", "loaded": job.created}
            (tmp_path / "work" / "journal.json").write_text(json.dumps({"source": row}))
    imports = ImportJobs(settings, None, None)  # type: ignore[arg-type]
    states = {job.id: (job.state, job.stored) for job in imports.every()}
    assert states == {"aa": ("interrupted", False), "bb": ("finished", True), "cc": ("interrupted", False)}


def test_every_format_of_the_command_can_be_imported() -> None:
    # Any RDF is for checking alone, and a set of mappings for operators alone.
    assert set(KINDS) == set(FORMATS) - {"document", "sssom"}

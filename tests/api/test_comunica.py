"""Comunica, the query engine of the web platform, over running servers: it probes, reads and joins them by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.settings import Settings
from tests.conftest import ROOT
from tests.support.engines import free_port
from tests.support.serving import publish, running

CLIENTS = ROOT / "tests" / "clients"
COURSES = """\
<http://e/course> <http://purl.org/dc/terms/title> "Tietoturva & å%20 \\"1\\""@fi .
<http://e/course> <http://e/ects> "2.5"^^<http://www.w3.org/2001/XMLSchema#decimal> .
<http://e/course> <http://e/skill> <http://e/security> .
<http://e/other> <http://e/skill> <http://e/baking> ."""
SKILLS = '<http://e/security> <http://e/label> "information security"@en .'


class Job(NamedTuple):
    """A question, and of which of the two servers: named as a SPARQL endpoint, or left for Comunica to find out."""

    query: str
    sources: tuple[int, ...] = (0,)
    named: bool = False


JOBS = {
    "select": Job("SELECT ?title ?ects { ?c <http://purl.org/dc/terms/title> ?title ; <http://e/ects> ?ects }"),
    "named": Job("SELECT ?title { ?c <http://purl.org/dc/terms/title> ?title }", named=True),
    "ask": Job("ASK { ?c <http://e/skill> <http://e/baking> }"),
    "construct": Job("CONSTRUCT { ?s <http://e/taught> ?c } WHERE { ?c <http://e/skill> ?s }"),
    "join": Job("SELECT ?c ?label { ?c <http://e/skill> ?s . ?s <http://e/label> ?label }", sources=(0, 1)),
    "count": Job("SELECT (COUNT(*) AS ?n) { ?c <http://e/skill> ?s }"),
}

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js"),
    pytest.mark.skipif(not (CLIENTS / "node_modules").is_dir(), reason="needs `npm ci --prefix tests/clients`"),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    with ExitStack() as stack:
        found = []
        for name, triples in (("courses", COURSES), ("skills", SKILLS)):
            port = free_port()
            base = f"http://127.0.0.1:{port}"  # the service description names it, and Comunica asks there
            settings = Settings(data=tmp_path_factory.mktemp(name), base_url=base, workers=1)
            publish(settings, {f"{base}/graph/{name}": triples})
            found.append(stack.enter_context(running(settings, port)))
        yield found


@pytest.fixture(scope="module")
def answers(servers: list[str]) -> dict[str, Any]:
    jobs = [
        {
            "query": job.query,
            "sources": [
                {"type": "sparql", "value": f"{servers[n]}/sparql"} if job.named else f"{servers[n]}/sparql"
                for n in job.sources
            ],
        }
        for job in JOBS.values()
    ]
    done = subprocess.run(
        ["node", str(Path("ask.mjs"))],
        cwd=CLIENTS, input=json.dumps(jobs), capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    return dict(zip(JOBS, json.loads(done.stdout), strict=True))


def test_endpoint_is_found_out_and_terms_arrive_whole(answers: dict[str, Any]) -> None:
    [row] = answers["select"]["bindings"]
    assert row["title"]["value"] == 'Tietoturva & å%20 "1"'
    assert row["title"]["language"] == "fi"
    assert (row["ects"]["value"], row["ects"]["datatype"]) == ("2.5", "http://www.w3.org/2001/XMLSchema#decimal")


def test_endpoint_named_as_such_answers_the_same(answers: dict[str, Any]) -> None:
    [row] = answers["named"]["bindings"]
    assert row["title"] == answers["select"]["bindings"][0]["title"]


def test_ask_and_construct_are_understood(answers: dict[str, Any]) -> None:
    assert answers["ask"] == {"boolean": True}
    assert sorted(answers["construct"]["quads"]) == [
        ["http://e/baking", "http://e/taught", "http://e/other"],
        ["http://e/security", "http://e/taught", "http://e/course"],
    ]


def test_count_is_a_number(answers: dict[str, Any]) -> None:
    assert [row["n"]["value"] for row in answers["count"]["bindings"]] == ["2"]


def test_two_of_our_servers_are_joined(answers: dict[str, Any]) -> None:
    [row] = answers["join"]["bindings"]
    assert (row["c"]["value"], row["label"]["value"]) == ("http://e/course", "information security")

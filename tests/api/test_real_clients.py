"""Clients that nobody here wrote read a running service: PyLD, extruct, a DCAT harvester, requests, generated ones."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rdflib import RDF

from service.settings import Settings
from tests.conftest import ROOT
from tests.support.engines import free_port
from tests.support.one_of_each import ESCO, catalogue
from tests.support.serving import publish, running

CLIENTS = ROOT / "tests" / "clients"
PYTHON = CLIENTS / ".venv" / "bin" / "python"
TYPESCRIPT = CLIENTS / "typescript"
MORE_SKILLS = "".join(
    f"<{ESCO}/skill/s{n}> <{RDF.type}> <http://data.europa.eu/esco/model#Skill> .\n"
    f'<{ESCO}/skill/s{n}> <http://www.w3.org/2004/02/skos/core#prefLabel> "skill {n}"@en .\n'
    for n in (2, 3)
)
COURSE = "/id/credential/course"

in_python = pytest.mark.skipif(not PYTHON.exists(), reason="needs `make clients`")
in_typescript = pytest.mark.skipif(
    shutil.which("node") is None or not (TYPESCRIPT / "node_modules").is_dir(),
    reason="needs Node.js and `make clients`",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = Settings(data=tmp_path_factory.mktemp("data"), base_url=address, workers=1)
    publish(settings, {f"{address}/graph/own": catalogue(address) + "\n" + MORE_SKILLS})
    with running(settings, port):
        yield address


def asked(client: str, base: str, folder: Path = CLIENTS) -> Any:
    done = subprocess.run(
        [PYTHON.absolute(), CLIENTS / "read.py", client, base],
        cwd=folder, capture_output=True, text=True, timeout=600, env={"PYTHONPATH": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_things(values: Any) -> Any:
    return [{"id": one} if isinstance(one, str) else one for one in values] if isinstance(values, list) else values


@in_python
def test_pyld_loads_our_addresses_and_its_shapes_are_ours(base: str) -> None:
    found = asked("pyld", base)
    for name, id_ in {"name": COURSE, "document": COURSE, "api": COURSE, "plain": COURSE, "void": "/void"}.items():
        assert base + id_ in found["found"][name]["ids"], name
        assert name == "void" or len(found["found"][name]["properties"]) > 3
    assert f"{ESCO}/skill/s1" in found["found"]["skill"]["ids"]
    assert f'<{base}{COURSE}> <https://w3id.org/pinoamo/ns#ects> "5"' in found["quads"]
    # Compaction by the context makes what we answer, but for things of which only the name is known.
    ours, theirs = found["document"], found["compacted"]
    assert ours.keys() == theirs.keys()
    for key in ("title", "ects", "language", "eqfLevel", "workload", "countsTowards"):
        assert as_things(theirs.get(key)) == ours.get(key), key


@in_python
def test_extruct_finds_the_course_in_its_pages(base: str) -> None:
    found = asked("extruct", base)
    for path in ("/en/credentials/course", "/fi/credentials/course"):
        courses = [item for item in found[path]["json-ld"] if "Course" in item["@type"]]
        assert [course["@id"].partition("#")[0] for course in courses] == [base + COURSE]
        assert courses[0]["name"] == "Data security"
        assert dict(found[path]["opengraph"][0]["properties"])["og:url"] == base + path
    assert found["/en/"]["opengraph"]


@in_python
def test_harvester_takes_the_data_set_with_its_distributions(base: str) -> None:
    found = asked("harvest", base)
    assert found["again"] == 304
    assert all(dataset["title"] for dataset in found["datasets"])
    distributions = [each for dataset in found["datasets"] for each in dataset["distributions"]]
    assert distributions
    assert {(each["status"], each["size"]) for each in distributions} == {
        (200, each["length"]) for each in distributions
    }


@in_python
def test_requests_follows_links_through_a_list_once(base: str) -> None:
    found = asked("follow", base)
    ids = [id_ for page in found["pages"] for id_ in page["ids"]]
    assert sorted(ids) == [f"{ESCO}/skill/s{n}" for n in (1, 2, 3)]
    assert len(found["pages"]) == 3
    assert all("release=1" in page["url"] for page in found["pages"][1:])
    assert found["again"] == 304


@in_python
def test_client_that_is_generated_in_python_compiles_and_reads(base: str, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(httpx.get(f"{base}/openapi.json").text, "utf-8")
    made = subprocess.run(
        [PYTHON.parent / "openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none",
         "--output-path", "client", "--config", CLIENTS / "generator.yaml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, env={"PATH": f"{PYTHON.parent}:/usr/bin:/bin"},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout + made.stderr, made.stdout
    found = asked("generated", base, tmp_path)
    assert found == {
        "total": 1,
        "title": {"en": "Data security"},
        "record": base + COURSE,
        "language": ["http://publications.europa.eu/resource/authority/language/ENG"],
        "ects": 5,
        "hits": found["hits"],
        "skills": 3,
    }
    assert f"{ESCO}/skill/s1" in found["hits"]


@in_typescript
def test_client_that_is_typed_in_typescript_compiles_strictly_and_reads(base: str, tmp_path: Path) -> None:
    for name in ("read.ts", "tsconfig.json", "package.json"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    (tmp_path / "openapi.json").write_text(httpx.get(f"{base}/openapi.json").text, "utf-8")
    for command in (
        ["openapi-typescript", "openapi.json", "-o", "schema.d.ts"],
        ["tsc", "--project", "."],
    ):
        done = subprocess.run(
            [tmp_path / "node_modules" / ".bin" / command[0], *command[1:]],
            cwd=tmp_path, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    read = subprocess.run(["node", "made/read.js", base], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout) == {
        "id": base + COURSE,
        "title": "Data security",
        "language": ["http://publications.europa.eu/resource/authority/language/ENG"],
        "ects": 5,
        "total": 1,
        "provider": f"{base}/id/organisation/uni",
        "refused": 422,
    }

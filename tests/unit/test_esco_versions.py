"""ESCO moves on: a newer version replaces the older, and the catalogue is told which of its links that touches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.app import create_app
from service.cli.main import app
from service.errors import InvalidArgument
from service.loading.demo import load_demo
from service.loading.esco_versions import changes_noted, drift, has_official
from service.loading.loading import LoadOutcome, load
from service.releases.publishing import make_release
from service.resources import SHAPES
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.validation.profiles import load_profile
from service.work_store.folder import WorkFolder
from service.work_store.work_store import Source, WorkStore, open_work
from tests.conftest import PATIENCE

pytestmark = pytest.mark.system

ID = "http://data.europa.eu/esco/"
BASE = "http://localhost:8000"
STAYS, RENAMED, MERGED, GONE, WITHDRAWN, NEW = (f"{ID}skill/{n * 8}-0000-0000-0000-000000000000" for n in "123456")
CODER = f"{ID}occupation/{'7' * 8}-0000-0000-0000-000000000000"
COURSES = f"{BASE}/graph/courses"
SKILLS = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,status,isReplacedBy,inScheme\n"
OCCUPATIONS = f"conceptType,conceptUri,preferredLabel,status\nOccupation,{CODER},coder,released\n"


def skill(iri: str, label: str, also: str = "", status: str = "released", successor: str = "", scheme: str = "") -> str:
    row = f"KnowledgeSkillCompetence,{iri},knowledge,sector-specific,{label},{also},{status},{successor}"
    return f"{row},{scheme and f'{ID}concept-scheme/{scheme}'}\n"


FIRST = {STAYS: "stays", RENAMED: "old name", MERGED: "merged", GONE: "gone", WITHDRAWN: "leaves"}
OLD = "".join(skill(iri, label) for iri, label in FIRST.items())
YOUNG = "".join((
    skill(STAYS, "stays"), skill(RENAMED, "new name"), skill(NEW, "new", "merged", scheme="green"),
    skill(WITHDRAWN, "leaves", status="obsolete", successor=NEW),
))  # fmt: skip


def pack(folder: Path, version: str, rows: str) -> Path:
    path = folder / f"v{version}" / "en"
    path.mkdir(parents=True, exist_ok=True)
    (path / "skills_en.csv").write_text(SKILLS + rows, "utf-8")
    (path / "occupations_en.csv").write_text(OCCUPATIONS, "utf-8")
    return path


def loaded(work: WorkStore, path: Path, **more: object) -> LoadOutcome:
    settings = Settings(data=work.folder.parent)
    return load(work, settings, load_profile(SHAPES, "eu"), "esco", [str(path)], **more)  # type: ignore[arg-type]


def link(work: WorkStore) -> None:
    """Store a course whose outcome names each skill, as a loader would."""
    course = f"{BASE}/id/credential/course"
    lines = [
        f"<{course}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential>"
    ]
    lines += [
        f"<{course}#outcome> <http://data.europa.eu/snb/model/elm/relatedESCOSkill> <{iri}>"
        for iri in (STAYS, RENAMED, MERGED, GONE, WITHDRAWN)
    ]
    file = work.staged / "courses.nq"
    file.write_text("".join(f"{line} <{COURSES}> .\n" for line in lines), "utf-8")
    work.replace(Source(COURSES, "table", (), "2026-01-01T00:00:00+00:00", "eu", len(lines)), file)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ESCO 1.1.1 with a course, published; then 1.2.0, published."""
    folder = tmp_path_factory.mktemp("esco")
    with open_work(folder / "var") as work:
        loaded(work, pack(folder, "1.1.1", OLD))
        link(work)
        make_release(work, Settings(data=folder / "var"), load_queries())
        outcome = loaded(work, pack(folder, "1.2.0", YOUNG), force=True)
        assert outcome.replaced == (f"{BASE}/graph/esco-1.1.1",)
        # `leaves` stays stated, as a concept; the labels of two have changed, or what they are.
        assert outcome.changes.counts["skill"] == {"added": 1, "changed": 1, "unchanged": 1, "removed": 2}
        assert {each.iri for each in outcome.changes.dangling} == {MERGED, GONE}
        make_release(work, Settings(data=folder / "var"), load_queries())
    return folder / "var"


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[TestClient]:
    settings = Settings(data=data, workers=1, **PATIENCE)
    with TestClient(create_app(settings), base_url=BASE, follow_redirects=False) as client:
        yield client


def test_newer_version_is_the_only_one(data: Path) -> None:
    with open_work(data) as work:
        graphs = {source.graph.rpartition("/")[2] for source in work.sources()}
        assert graphs == {"esco-1.2.0", "courses"}
        rows = work.store.select(
            f"SELECT ?label WHERE {{ <{RENAMED}> <http://www.w3.org/2004/02/skos/core#prefLabel> ?label }}"
        ).rows
        assert [row["label"].value for row in rows] == ["new name"]


def test_older_version_is_refused(data: Path, tmp_path: Path) -> None:
    with open_work(data) as work, pytest.raises(InvalidArgument, match=r"esco-1\.2\.0 is loaded, and newer"):
        loaded(work, pack(tmp_path, "1.1.1", OLD))


def test_drift_lists_every_link_with_what_replaces_it(data: Path) -> None:
    with open_work(data) as work:
        found = {(each.concept, each.label, each.state, each.replaced_by, each.how) for each in drift(work)}
        assert found == {
            (MERGED, "merged", "gone", (NEW,), "label"),
            (GONE, "gone", "gone", (), ""),
            (WITHDRAWN, "leaves", "withdrawn", (NEW,), "stated"),
        }
        more = drift(work, renamed=True)
        assert [each.label for each in more if each.state == "renamed"] == ["old name → new name (en)"]
        assert {each.thing for each in more} == {f"{BASE}/id/credential/course"}


def test_command_lists_them_in_text_json_and_csv(data: Path) -> None:
    def command(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["esco", "drift", *words], env={"PINOAMO_DATA": str(data)})
        return done.exit_code, done.stdout

    code, text = command()
    assert code == 1
    assert f"{MERGED} “merged” gone; replaced by {NEW} (label)" in text
    assert f"{GONE} “gone” gone; no successor known" in text
    assert {row["concept"] for row in json.loads(command("--format", "json")[1])} == {MERGED, GONE, WITHDRAWN}
    assert len(command("--format", "csv", "--renamed")[1].splitlines()) == 5


@pytest.mark.parametrize("path", ["/api/v1/skills/{key}", "/resource?uri={iri}", "/en/skills/{key}"])
def test_concept_that_is_gone_is_410_and_names_its_successor(client: TestClient, path: str) -> None:
    for iri, successor in ((MERGED, NEW), (GONE, "")):
        answer = client.get(path.format(key=iri.rpartition("/")[2], iri=iri), headers={"Accept": "application/json"})
        assert answer.status_code == 410
        assert "was removed in release 2" in answer.text
        assert (f"{successor} replaces it" in answer.text) == bool(successor)
    assert client.get(f"/api/v1/skills/{GONE.rpartition('/')[2]}?release=1").status_code == 200


def test_withdrawn_concept_is_answered_marked_and_found_nowhere(client: TestClient) -> None:
    key = WITHDRAWN.rpartition("/")[2]
    for path in (f"/api/v1/skills/{key}", f"/resource?uri={WITHDRAWN}"):
        answer = client.get(path, headers={"Accept": "text/turtle"})
        assert answer.status_code == 200
        assert "isReplacedBy" in answer.text
        assert "obsolete" in answer.text
    listed = {item["id"] for item in client.get("/api/v1/skills?limit=100").json()["items"]}
    assert listed == {STAYS, RENAMED, NEW}
    assert client.get("/api/v1/search?q=leaves&kind=skill").json()["total"] == 0
    assert client.get("/api/v1/suggest?q=lea&kind=skill").json()["items"] == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("scheme=green", {NEW}),
        ("scheme=green&scheme=digital&skill_type=knowledge&reuse_level=sector-specific", {NEW}),
        (f"scheme={ID}concept-scheme/green", {NEW}),
        ("scheme=digital", set()),
        ("skill_type=knowledge", {STAYS, RENAMED, NEW}),
        ("skill_type=skill", set()),
        ("reuse_level=sector-specific&q=name", {RENAMED}),
        ("scheme=green&q=name", set()),
    ],
)
def test_skills_are_listed_by_scheme_type_and_reuse_level(client: TestClient, asked: str, expected: set[str]) -> None:
    body = client.get(f"/api/v1/skills?{asked}").json()
    assert {item["id"] for item in body["items"]} == expected
    assert body["total"] == len(expected)
    assert client.get("/api/v1/skills?scheme=blue").status_code == 422


def test_slice_of_the_demo_goes_with_the_first_official_version(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var")
    with open_work(settings.data) as work:
        load_demo(work, settings)
        outcome = loaded(work, pack(tmp_path, "1.2.0", YOUNG))
        assert outcome.replaced == (f"{BASE}/graph/esco",)
        assert has_official(work)
        assert len(changes_noted(WorkFolder(settings.data)).gone) == 1285 + 91
        load_demo(work, settings)
        assert f"{BASE}/graph/esco" not in {source.graph for source in work.sources()}


@pytest.mark.slow
def test_official_versions_differ_as_their_description_says(shared: Path, tmp_path: Path) -> None:
    with open_work(tmp_path / "var") as work:
        loaded(work, shared / "esco" / "v1.1.1")
        outcome = loaded(work, shared / "esco" / "v1.2.0")
        assert outcome.changes.counts["skill"]["removed"] == 194
        assert outcome.changes.counts["skill"]["added"] == 237
        assert outcome.changes.counts["occupation"]["removed"] == 3
        assert outcome.changes.counts["occupation"]["added"] == 35
        noted = changes_noted(WorkFolder(tmp_path / "var"))
        english = [each for each in noted.renamed if each.language == "en" and each.kind == "skill"]
        assert len(english) == 104  # of the 105 one differs in blanks at its end only, which no label keeps

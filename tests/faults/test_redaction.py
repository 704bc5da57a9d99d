"""What is redacted is nowhere in the data directory, and every release keeps its number and stays whole."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.app import create_app
from service.cli.main import app
from service.errors import NotFound
from service.releases import redaction
from service.releases.history import History
from service.releases.releases import Releases
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.work_store.work_store import open_work
from tests.api.test_releases import BASE, ID, credential, graphs, outcome, programme
from tests.support.serving import publish

pytestmark = pytest.mark.system

SECRET = "Zyxwvutsecretword"
PART = "Qponmlkjihgfsecret"
IRI = f"{ID}/credential/taken"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'secret') || CONTAINS(STR(?o), 'Secret')) }"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two releases with the record, one after it was removed, and a quarantine file that names it."""
    settings = Settings(data=tmp_path / "var", workers=1)
    taken = credential("taken", SECRET, outcome("taken", PART))
    publish(settings, graphs([taken, credential("stays", "Stays"), programme("Computing")]))
    publish(settings, graphs([taken, credential("stays", "Stays"), programme("Computer science")]))
    publish(settings, graphs([credential("stays", "Stays"), programme("Computer science")]))
    lines = [{"record": iri, "nquads": SECRET} for iri in (IRI, f"{ID}/credential/other")]
    quarantine = settings.data / "quarantine" / "x.jsonl"
    quarantine.write_text("".join(json.dumps({**line, "nquads": line["record"]}) + "\n" for line in lines))
    gc.collect()
    return settings


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url=BASE, follow_redirects=False) as client:
        yield client


def holding(data: Path, text: str) -> set[str]:
    """Return the files that hold a text as it is written."""
    files = (path for path in data.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(data)) for path in files if text.encode() in path.read_bytes()}


def redact(settings: Settings, iri: str = IRI) -> redaction.Redacted:
    with open_work(settings.data) as work:
        return redaction.redact(work, settings, load_queries(), iri)


def test_nothing_of_it_is_left_in_any_file_and_the_rest_stays(settings: Settings, client: TestClient) -> None:
    assert holding(settings.data, SECRET)  # else the end of this test would prove nothing
    for path in ("/dumps/1/SHA256SUMS", "/sparql?release=1&query=ASK{}", "/api/v1/credentials/taken?release=1"):
        assert client.get(path).status_code == 200
    before = {release.number: release.about["checksum"] for release in Releases(settings.data).releases()}
    done = redact(settings)
    gc.collect()
    assert done.releases == (1, 2, 3)
    assert done.files == ("quarantine/x.jsonl",)
    assert (settings.data / "quarantine" / "x.jsonl").read_text().count("\n") == 1

    # A running server notices, whatever it had open and kept.
    for number in (1, 2, 3):
        for path in ("/api/v1/credentials/taken", "/id/credential/taken", "/doc/credential/taken.ttl"):
            answer = client.get(f"{path}?release={number}")
            assert answer.status_code == 410
        assert client.get(f"/api/v1/credentials/stays?release={number}").status_code == 200
        rows = client.get(f"/sparql?release={number}", params={"query": COUNT, "release": number})
        assert rows.json()["results"]["bindings"][0]["n"]["value"] == "0"
        told = client.get(f"/releases/{number}").json()
        assert told["checksum"] != before[number]
        assert len(told["redacted"]) == 1
        assert Releases(settings.data).damage(number) == ""
    assert "taken out for good" in client.get("/api/v1/credentials/taken?release=1").json()["detail"]
    assert client.get("/changes?since=0").json()["counts"] == {"added": 2, "changed": 0, "removed": 1}
    client.get("/dumps/1/SHA256SUMS")
    assert holding(settings.data, SECRET) == set()
    assert holding(settings.data, PART) == set()


def test_backups_that_may_hold_it_are_named(settings: Settings, tmp_path: Path) -> None:
    def command(*words: str) -> str:
        done = CliRunner().invoke(app, list(words), env={"PINOAMO_DATA": str(settings.data)})
        assert done.exit_code == 0, done.output
        return done.stderr

    command("backup", str(tmp_path / "copy"))
    assert f"The backup {tmp_path / 'copy'} of" in command("redact", IRI)


def test_what_nobody_knows_is_refused(settings: Settings) -> None:
    with pytest.raises(NotFound):
        redact(settings, f"{ID}/credential/never")


def test_next_release_tells_those_who_follow_the_log(settings: Settings) -> None:
    publish(settings, graphs([credential("taken", SECRET), credential("stays", "Stays")]))
    redact(settings)
    publish(settings, {f"{BASE}/graph/more": credential("more", "More")})
    found = {net.iri.rpartition("/")[2]: net.change for net in History(settings.data).changes(4, 5)}
    assert found == {"taken": "removed", "more": "added"}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_kill_leaves_each_release_whole_and_the_command_can_be_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    class Killed(BaseException):
        pass

    renamed = 0
    rename = Path.rename

    def die(self: Path, target: Path) -> Path:
        nonlocal renamed
        if "releases" in self.parts:
            if renamed == place:
                raise Killed
            renamed += 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(Killed):
            redact(settings)
    gc.collect()
    redact(settings)
    published = Releases(settings.data)
    assert published.numbers() == (1, 2, 3)
    assert [published.damage(number) for number in (1, 2, 3)] == [""] * 3
    assert list(published.folder.glob(".*")) == []
    assert holding(settings.data, SECRET) == set()

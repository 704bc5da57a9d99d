"""Publishing under kills, a full disk and damaged files: the last release keeps serving, whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.errors import NotFound, StoreUnavailable
from service.releases import release_files, releases
from service.releases.publishing import make_release
from service.releases.readers import Readers
from service.releases.releases import Release, Releases, damaged_files
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.store.oxigraph import OxigraphStore
from service.work_store import compaction
from service.work_store.work_store import Source, open_work
from tests.faults.test_work_store import run_and_die

GRAPH = "http://localhost:8000/graph/test"
TITLE = "http://purl.org/dc/terms/title"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/pinoamo/ns#MicroCredential>"


def settings_of(data: Path, keep: int = 5) -> Settings:
    return Settings(data=data, keep_releases=keep)


def publish(data: Path, title: str, *, size: int = 1, keep: int = 5) -> int:
    """Load micro-credentials with one title and publish them."""
    settings = settings_of(data, keep)
    with open_work(data) as work:
        file = work.staged / "test.nq"
        iris = [f"<http://localhost:8000/id/credential/{number}>" for number in range(size)]
        file.write_text("".join(f'{i} {TYPE} <{GRAPH}> .\n{i} <{TITLE}> "{title}"@en <{GRAPH}> .\n' for i in iris))
        work.replace(Source(GRAPH, "test", (), "2026-01-01T00:00:00+00:00", "eu", 2 * size), file)
        return make_release(work, settings, load_queries()).number


def test_release_whose_own_files_are_merged_is_whole_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = publish(tmp_path, "one", size=50)
    monkeypatch.setattr(compaction, "_MANY_DERIVED", -1)
    merged: list[int] = []
    compact = OxigraphStore.compact
    monkeypatch.setattr(OxigraphStore, "compact", lambda store: (merged.append(1), compact(store)))
    second = publish(tmp_path, "one", size=50)
    published = Releases(tmp_path)
    assert merged
    assert damaged_files(published.release(second)) == ()
    quads = []
    for number in (plain, second):
        store = OxigraphStore.read_only(published.release(number).path / "store")
        rows = store.select("SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(?g != <http://localhost:8000/graph/about>) }").rows
        quads.append(sorted(str(row) for row in rows))
        store.close()
    assert quads[0] == quads[1] != []


def served_title(data: Path) -> str:
    readers = Readers(settings_of(data), load_queries())
    try:
        rows = readers.current().store.select(f"SELECT DISTINCT ?t WHERE {{ ?c <{TITLE}> ?t }}").rows
        return rows[0]["t"].value
    finally:
        readers.close()


def die_while_publishing(data: Path, step: str) -> None:
    """Publish another title and be killed at a step."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(releases if step == "point_to" else release_files, step, die)
    publish(data, "never seen")


@pytest.fixture(scope="module")
def full_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of its own, small enough to fill."""
    folder = tmp_path_factory.mktemp("disk")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(reason="needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until no space is left."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 65536)


@pytest.mark.parametrize("step", ["derive", "build_index", "describe_release", "checksums_of", "point_to"])
def test_kill_while_publishing_leaves_the_last_release_serving(tmp_path: Path, step: str) -> None:
    publish(tmp_path, "first")
    run_and_die(die_while_publishing, tmp_path, step)
    assert served_title(tmp_path) == "first"
    if step != "point_to":
        with open_work(tmp_path) as work:
            assert work.recovered == ("removed release 2, whose publication was interrupted; publish again",)
    publish(tmp_path, "second")
    assert served_title(tmp_path) == "second"
    assert not list((tmp_path / "releases").glob(".*"))


def test_full_disk_while_publishing_leaves_the_last_release_serving(full_disk: Path) -> None:
    data = full_disk / "var"
    publish(data, "first")
    filler = full_disk / "filler"
    fill(filler)
    with pytest.raises((OSError, StoreUnavailable)):
        publish(data, "second")
    assert served_title(data) == "first"
    filler.unlink()
    publish(data, "third")
    assert served_title(data) == "third"


def test_reader_switches_to_a_new_release_by_itself_and_old_readers_stay_whole(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    readers = Readers(settings_of(tmp_path), load_queries())
    old = readers.current()
    publish(tmp_path, "second")
    new = readers.current()
    query = f"SELECT DISTINCT ?t WHERE {{ ?c <{TITLE}> ?t }}"
    assert [reader.store.select(query).rows[0]["t"].value for reader in (old, new)] == ["first", "second"]
    assert old.tag != new.tag
    readers.close()


def test_roll_back_serves_the_older_release_again(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    publish(tmp_path, "second")
    Releases(tmp_path).roll_back(1)
    assert served_title(tmp_path) == "first"
    with pytest.raises(NotFound):
        Releases(tmp_path).roll_back(9)


def test_damaged_release_is_named_and_not_rolled_back_to(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    publish(tmp_path, "second")
    victim = tmp_path / "releases" / "1" / "index.sqlite"
    victim.write_bytes(victim.read_bytes() + b"x")
    assert damaged_files(Releases(tmp_path).release(1)) == ("index.sqlite",)
    with pytest.raises(StoreUnavailable, match=r"release 1 is damaged: index\.sqlite"):
        Releases(tmp_path).roll_back(1)
    assert served_title(tmp_path) == "second"


def test_old_releases_are_pruned_but_never_the_one_that_serves(tmp_path: Path) -> None:
    for number in range(1, 4):
        publish(tmp_path, f"title {number}", keep=2)
    assert [release.number for release in Releases(tmp_path).releases()] == [2, 3]
    Releases(tmp_path).roll_back(2)
    publish(tmp_path, "fourth", keep=2)
    publish(tmp_path, "fifth", keep=2)
    assert [release.number for release in Releases(tmp_path).releases()] == [4, 5]
    assert served_title(tmp_path) == "fifth"


def test_publishing_changes_neither_the_work_store_nor_older_releases(tmp_path: Path) -> None:
    publish(tmp_path, "first")
    with open_work(tmp_path) as work:
        before = work.store.graphs()
    publish(tmp_path, "second")
    with open_work(tmp_path) as work:
        assert work.store.graphs() == before
    assert damaged_files(Releases(tmp_path).release(1)) == ()


def test_release_opened_for_reading_is_not_changed(tmp_path: Path) -> None:
    publish(tmp_path, "first", size=50)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "releases" / "1", copy)
    store = OxigraphStore.read_only(copy / "store")
    store.select("SELECT * WHERE { ?s ?p ?o }")
    store.close()
    about = Releases(tmp_path).release(1).about
    assert damaged_files(Release(1, copy, about)) == ()

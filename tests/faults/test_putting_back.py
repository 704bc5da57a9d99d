"""The work store is put back to a release whole or not at all, whatever step a kill comes before."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from service.releases.releases import Releases
from service.work_store import putting_back
from service.work_store.work_store import open_work
from tests.support.killed_commands import GRAPHS, run

LOADED = f"load {GRAPHS[0]} old", f"load {GRAPHS[1]} old", "publish", f"load {GRAPHS[1]} new", f"load {GRAPHS[2]} new"


class Killed(BaseException):
    """Stands for a kill."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Release 1 holds two graphs; since then one was loaded anew, another came, and a write was acknowledged."""
    for command in (*LOADED, f"write {GRAPHS[0]} written"):
        run(tmp_path, tuple(command.split()))
    gc.collect()
    return tmp_path


def loaded(data: Path) -> tuple[dict[str, str], tuple[str, ...], int, bool]:
    """Return which version each graph is of, what opening said, and how many statements there are."""
    with open_work(data) as work:
        versions = {source.graph: source.files[0][0] for source in work.sources()}
        count = work.store.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }").rows[0]["n"].value
        return versions, work.recovered, int(count), work.awaits_publication


OLD = {GRAPHS[0]: "old", GRAPHS[1]: "old"}


def test_work_store_holds_what_the_release_holds(data: Path) -> None:
    Releases(data).roll_back_work(1)
    versions, said, count, awaits = loaded(data)
    assert (versions, said, awaits) == (OLD, (), False)
    assert count == 2 * 8 + 1  # two statements of each of the four records, and the one that both graphs state
    assert not Releases(data).is_held
    assert Releases(data).damage(1) == ""


@pytest.mark.parametrize("step", ["write_json", "finish_putting_back"])
def test_kill_leaves_all_of_it_or_nothing(data: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(putting_back, step, die)
        with pytest.raises(Killed):
            Releases(data).roll_back_work(1)
    gc.collect()
    versions, said, _, _ = loaded(data)
    assert len(said) == 1
    if step == "finish_putting_back":
        assert versions == OLD
    else:
        assert versions == {GRAPHS[0]: "written", GRAPHS[1]: "new", GRAPHS[2]: "new"}
        Releases(data).roll_back_work(1)
        assert loaded(data)[0] == OLD
    assert Releases(data).current_number() == 1


def test_kill_while_it_is_exchanged_is_finished_by_the_next(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(Killed):
            Releases(data).roll_back_work(1)
    gc.collect()
    assert loaded(data)[:2] == (OLD, ("put the work store back to what a release holds",))


def test_release_of_before_sources_were_kept_is_put_back_from_what_it_says_itself(data: Path) -> None:
    (data / "work" / "published" / "1.json").unlink()
    Releases(data).roll_back_work(1)
    assert loaded(data)[0] == OLD

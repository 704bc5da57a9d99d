"""The default graph is whole after kills and restored whole; data of before it was kept get one, or serve without."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from service.releases.backup import back_up, restore
from service.releases.checksums import checksums_of, files_of
from service.releases.readers import Readers
from service.releases.releases import Releases
from service.sparql.named_queries import load_queries
from service.store import default_graph
from service.store.statement_store import StatementStore
from service.work_store.work_store import open_work
from tests.faults.test_work_store import run_and_die
from tests.support.killed_commands import BASE, GRAPHS, SHARED, SIZE, run, settings_of

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { %s ?p ?o }"
MADE = "made the default graph of the work store, which holds each statement once"


def counts(data: Path) -> tuple[int, int]:
    """Return how often the work store has what every graph states, and how many statements it has in all."""
    with open_work(data) as work:
        shared, every = (work.store.select(COUNT % what).rows[0]["n"].value for what in (f"<{SHARED}>", "?s"))
        return int(shared), int(every)


def served(data: Path) -> int:
    readers = Readers(settings_of(data), load_queries())
    try:
        return int(readers.current().store.select(COUNT % f"<{SHARED}>").rows[0]["n"].value)
    finally:
        readers.close()


def make_old(store: Path) -> None:
    """Leave a store as it was before a default graph was kept."""
    old = ox.Store(str(store))
    old.clear_graph(ox.DefaultGraph())
    old.flush()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three graphs that share a statement, and a release of them."""
    data = tmp_path / "var"
    for command in (*(("load", graph, "1") for graph in GRAPHS), ("publish",)):
        run(data, command)
    return data


def test_work_store_of_before_gets_its_default_graph_when_it_is_opened(data: Path) -> None:
    make_old(data / "work" / "store")
    (data / "work" / "default-graph").unlink()
    with open_work(data) as work:
        assert work.recovered == (MADE,)
    with open_work(data) as work:
        assert work.recovered == ()
    assert counts(data) == (1, 3 * 2 * SIZE + 1)


def test_release_of_before_is_served_as_it_was(data: Path) -> None:
    release = data / "releases" / "1"
    make_old(release / "store")
    (release / "graphs.json").unlink()
    about = json.loads((release / "release.json").read_text())
    sums = checksums_of(release, set(files_of(release)) - {"release.json"}, release.with_name("none"))
    sizes = {name: (release / name).stat().st_size for name in sums}
    (release / "release.json").write_text(json.dumps({**about, "files": sums, "sizes": sizes}))
    assert Releases(data).damage(1) == ""
    assert served(data) == 3  # the engine's union: once for each graph
    run(data, ("publish",))
    assert served(data) == 1


def die_in(step: str) -> None:
    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(default_graph, step, die)


def die_making(data: Path) -> None:
    die_in("add_named")
    with open_work(data):
        pass


def die_replacing(data: Path) -> None:
    die_in("make")
    run(data, ("load", GRAPHS[0], "2"))


def die_with_an_empty_one(data: Path) -> None:
    die_in("add_named")
    run(data, ("load", GRAPHS[0], "2"))


def die_taking_out(data: Path) -> None:
    die_in("is_only_in")
    run(data, ("write", GRAPHS[0], "2"))


@pytest.mark.parametrize("die", [die_replacing, die_with_an_empty_one, die_taking_out])
def test_kill_between_a_graph_and_the_default_graph_is_made_good(data: Path, die: Callable[[Path], None]) -> None:
    run_and_die(die, data)
    assert counts(data) == (1, 3 * 2 * SIZE + 1)
    for graph in GRAPHS[1:]:
        run(data, ("unload", graph))
    assert counts(data) == (1, 2 * SIZE + 1)
    run(data, ("unload", GRAPHS[0]))
    assert counts(data) == (0, 0)


def test_kill_while_the_default_graph_is_made_begins_it_again(data: Path) -> None:
    (data / "work" / "default-graph").unlink()
    run_and_die(die_making, data)
    assert counts(data) == (1, 3 * 2 * SIZE + 1)


def die_half_loaded(data: Path) -> None:
    load = StatementStore.load

    def half(store: StatementStore, nquads: Path) -> None:
        load(store, nquads)
        os.kill(os.getpid(), signal.SIGKILL)

    StatementStore.load = half  # type: ignore[method-assign]
    run(data, ("load", GRAPHS[0], "2"))


def test_what_a_lost_load_left_in_the_default_graph_goes(data: Path) -> None:
    run_and_die(die_half_loaded, data)
    (data / "work" / "journal.nq").unlink()
    with open_work(data) as work:
        assert "was lost half loaded" in work.recovered[0]
    assert counts(data) == (1, 2 * 2 * SIZE + 1)


def test_restored_store_needs_no_new_default_graph(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "copy", link=False)
    restore(tmp_path / "copy", tmp_path / "new")
    with open_work(tmp_path / "new") as work:
        assert work.recovered == ()
    assert counts(tmp_path / "new") == (1, 3 * 2 * SIZE + 1)
    assert served(tmp_path / "new") == 1


def test_update_that_writes_to_the_default_graph_is_still_told(data: Path) -> None:
    with open_work(data) as work:
        work.store.checkpoint(data / "copy")
    copy = StatementStore.writable(data / "copy")
    copy.give_up_default_graph()
    assert copy.default_graph_is_empty()
    copy.update(f"INSERT DATA {{ <{SHARED}> <{BASE}/name> 'Shared' }}")
    assert not copy.default_graph_is_empty()

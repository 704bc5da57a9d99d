"""The work store under kills, rivals and broken input: what was acknowledged stays, the rest is told."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from service.errors import InvalidArgument, WorkLocked
from service.loading.loading import load
from service.settings import Settings
from service.store.oxigraph import OxigraphStore
from service.validation.profiles import load_profile
from service.work_store.work_store import Source, WorkStore, open_work
from tests.conftest import ROOT

GRAPH = "http://localhost:8000/graph/test"
COUNT = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"


def nquads(work: WorkStore, name: str, count: int) -> Path:
    path = work.staged / name
    path.write_text("".join(f'<http://x/{i}> <http://x/p> "{name} {i}" <{GRAPH}> .\n' for i in range(count)))
    return path


def source(quads: int) -> Source:
    return Source(GRAPH, "table", (("a.csv", "00"),), "2026-01-01T00:00:00+00:00", "eu", quads, {"accepted": 1})


def size(store: OxigraphStore) -> int:
    return int(store.select(COUNT).rows[0]["n"].value)


def run_and_die(target: object, *arguments: object) -> None:
    """Run a function in a process that is expected to be killed by itself."""
    child = multiprocessing.get_context("spawn").Process(target=target, args=arguments)  # type: ignore[arg-type]
    child.start()
    child.join(600)
    assert child.exitcode == -signal.SIGKILL


def die_while_storing(data: Path) -> None:
    """Start to replace the graph and be killed after the old content is gone and before the new is there."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with open_work(data) as work:
        OxigraphStore.load = die  # type: ignore[method-assign, assignment]
        work.replace(source(500), nquads(work, "new.nq", 500))


def die_before_the_journal(data: Path) -> None:
    """Write a staged file and be killed before the load was accepted."""
    with open_work(data) as work:
        nquads(work, "half.nq", 10)
        os.kill(os.getpid(), signal.SIGKILL)


def hold(data: Path, ready: object, end: object) -> None:
    """Hold the lock until told to end."""
    with open_work(data):
        ready.set()  # type: ignore[attr-defined]
        end.wait(600)  # type: ignore[attr-defined]


def test_load_replaces_what_the_graph_held(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.replace(source(30), nquads(work, "a.nq", 30))
        work.replace(source(7), nquads(work, "b.nq", 7))
        assert size(work.store) == 7
        assert [s.quads for s in work.sources()] == [7]
        assert not list(work.staged.iterdir())


def test_kill_while_storing_is_finished_by_the_next_command(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.replace(source(30), nquads(work, "old.nq", 30))
    run_and_die(die_while_storing, tmp_path)
    with open_work(tmp_path) as work:
        assert size(work.store) == 500
        assert [s.quads for s in work.sources()] == [500]
        assert work.recovered == (f"finished an interrupted load of {GRAPH}",)
    with open_work(tmp_path) as work:
        assert work.recovered == ()


def test_kill_before_acceptance_leaves_the_old_content_and_says_so(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.replace(source(30), nquads(work, "old.nq", 30))
    run_and_die(die_before_the_journal, tmp_path)
    with open_work(tmp_path) as work:
        assert size(work.store) == 30
        assert len(work.recovered) == 1
        assert "load it again" in work.recovered[0]
        assert not list(work.staged.iterdir())


def test_second_writer_is_refused_with_the_holder_named(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(tmp_path, ready, end))
    holder.start()
    try:
        assert ready.wait(600)
        with pytest.raises(WorkLocked, match=f"process {holder.pid}"), open_work(tmp_path):
            pytest.fail("two writers at once")
    finally:
        end.set()
        holder.join(600)
    with open_work(tmp_path) as work:
        assert work.recovered == ()


def test_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    run_and_die(die_before_the_journal, tmp_path)
    with open_work(tmp_path) as work:
        assert work.sources() == ()


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["int", "disk"])
def test_load_that_is_interrupted_while_storing_is_finished_by_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def stop(*_: object) -> None:
        raise fault

    settings = Settings(data=tmp_path)
    table = tmp_path / "courses.csv"
    table.write_text(
        "id,title@en,provider,provider_name@en,country,language,ects,eqf_level,mode,assessment,quality_assurance,"
        "accreditor,learning_outcomes@en,stackability\n"
        "a,First,uni,A University,FI,en,5,6,online,portfolio,institutional-quality-assurance,An Agency,does something,"
        "stand-alone\n"
    )
    with open_work(tmp_path) as work, monkeypatch.context() as patch:
        patch.setattr(OxigraphStore, "load", stop)
        with pytest.raises(type(fault)):
            load(work, settings, load_profile(ROOT / "shapes", "eu"), "table", [str(table)])
    with open_work(tmp_path) as work:
        assert work.recovered == ("finished an interrupted load of http://localhost:8000/graph/courses",)
        assert [source.format for source in work.sources()] == ["table"]
        assert work.store.ask("ASK { GRAPH <http://localhost:8000/graph/courses> { ?c a ?type } }")


def test_announced_load_whose_file_is_gone_does_not_stop_the_next_command(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.replace(source(30), nquads(work, "old.nq", 30))
    run_and_die(die_while_storing, tmp_path)
    (tmp_path / "work" / "journal.nq").unlink()
    with open_work(tmp_path) as work:
        assert work.recovered == (f"{GRAPH} was lost half loaded; load it again",)
        assert work.sources() == ()


def test_removed_source_leaves_nothing(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.replace(source(30), nquads(work, "a.nq", 30))
        assert work.remove(GRAPH)
        assert size(work.store) == 0
        assert work.sources() == ()
        assert not work.remove(GRAPH)


def test_file_that_is_not_nquads_is_refused_with_a_reason(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        broken = work.staged / "broken.nq"
        broken.write_text("this is not N-Quads\n")
        with pytest.raises(InvalidArgument, match=r"broken\.nq is not N-Quads"):
            work.store.load(broken)

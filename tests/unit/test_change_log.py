"""The redo log of the work store: whole entries come back, whatever a crash left of the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import StoreUnavailable
from service.rdf.statements import Triple
from service.rdf.terms import Term
from service.store.statement_store import StatementStore
from service.work_store.change_log import ChangeLog
from service.work_store.work_store import Change, Source, WorkStore, open_work

GRAPH = "http://localhost:8000/graph/api"


def triple(number: int) -> Triple:
    return Triple(Term("iri", f"http://x/{number}"), "http://x/p", Term("literal", f'line\n{number} "é"'))


def row(quads: int) -> Source:
    return Source(GRAPH, "api", (), "2026-01-01T00:00:00+00:00", "eu", quads, {"accepted": quads}, ("api",))


def held(work: WorkStore) -> set[Triple]:
    return set(work.store.statements(GRAPH))


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_entry_cut_short_is_dropped_and_those_before_it_stay(tmp_path: Path, cut: int) -> None:
    log = ChangeLog(tmp_path / "log")
    for number in range(3):
        log.append({"number": number, "text": "å\n" * 10})
    data = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(data[:-cut])
    assert [entry["number"] for entry in log.entries()] == [0, 1]


def test_an_entry_with_a_wrong_bit_ends_what_is_believed(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path / "log")
    for number in range(3):
        log.append({"number": number})
    lines = (tmp_path / "log").read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"1}", b"7}")
    (tmp_path / "log").write_bytes(b"".join(lines))
    assert [entry["number"] for entry in log.entries()] == [0]


def test_changes_are_in_the_store_when_they_are_acknowledged(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.change([Change(GRAPH, (), (triple(1), triple(2)))], [row(2)])
        work.change([Change(GRAPH, (triple(1),), (triple(3),))], [row(2)])
        assert held(work) == {triple(2), triple(3)}
    with open_work(tmp_path) as work:
        assert held(work) == {triple(2), triple(3)}
        assert work.recovered == ()
        assert [source.quads for source in work.sources()] == [2]
        assert work.awaits_publication


def test_changes_that_never_reached_the_store_are_made_by_the_next_opening(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.change([Change(GRAPH, (), (triple(0),))], [row(1)])
    # What a kill leaves after the log is on disk and before anything is in the store.
    with open_work(tmp_path):
        log = ChangeLog(tmp_path / "work" / "changes.log")
        source = {"graph": GRAPH, "format": "api", "files": [], "loaded": "", "profile": "eu", "quads": 1,
                  "records": {}, "origins": ["api"]}  # fmt: skip
        statement = '<http://x/9> <http://x/p> "nine" <http://localhost:8000/graph/api> .\n'
        old = '<http://x/0> <http://x/p> "line\\n0 \\"é\\"" <http://localhost:8000/graph/api> .\n'
        kept = (tmp_path / "work" / "changes.log").with_name("kept")
        log.append({"changes": [{"graph": GRAPH, "removed": old, "added": statement}], "sources": [source]})
        (tmp_path / "work" / "changes.log").replace(kept)
    kept.replace(tmp_path / "work" / "changes.log")
    with open_work(tmp_path) as work:
        assert [triple.object.value for triple in held(work)] == ["nine"]
        assert work.recovered == ("finished 1 changes that were acknowledged",)


def test_a_change_that_the_store_cannot_take_is_made_by_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("the work store cannot be written: No space left on device")

    with open_work(tmp_path) as work, monkeypatch.context() as patch:
        patch.setattr(StatementStore, "apply", full)
        with pytest.raises(StoreUnavailable):
            work.change([Change(GRAPH, (), (triple(1),))], [row(1)])
        with pytest.raises(StoreUnavailable, match="will be made later"):
            work.settle()
    with open_work(tmp_path) as work:
        assert held(work) == {triple(1)}


def test_the_row_of_a_source_that_is_empty_goes(tmp_path: Path) -> None:
    with open_work(tmp_path) as work:
        work.change([Change(GRAPH, (), (triple(1),))], [row(1)])
        work.change([Change(GRAPH, (triple(1),), ())], [row(0)])
        assert work.sources() == ()

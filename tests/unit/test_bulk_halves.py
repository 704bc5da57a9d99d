"""A file that two threads load is the same graph as one read whole: nothing lost, faults at their line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidArgument
from service.store import bulk
from service.store.bulk import halves_of
from service.store.oxigraph import OxigraphStore

SIZES = bulk._HALVED
ALL = "SELECT ?s ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
LINES = st.lists(st.tuples(st.integers(0, 9), st.text(st.sampled_from("aä€😀 "), max_size=30)), max_size=30)


@pytest.fixture(scope="module", autouse=True)
def _any_size_is_halved() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "_HALVED", range(1 << 20))
        yield


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    path = tmp_path_factory.mktemp("halves") / "file.nq"

    def written(text: str) -> Path:
        path.write_bytes(text.encode())
        return path

    return written


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_halves_are_the_file_cut_between_lines(
    write: Callable[[str], Path], lines: list[tuple[int, str]], end: str, ended: bool
) -> None:
    text = end.join(f'<http://x/{number}> <http://x/p> "{value}" <http://x/g> .' for number, value in lines)
    path = write(text + end * ended)
    assert b"".join(halves_of(path)) == path.read_bytes()
    loaded = OxigraphStore.in_memory()
    loaded.load(path)
    rows = loaded.select(ALL).rows
    assert {(row["s"].value, row["o"].value) for row in rows} == {(f"http://x/{n}", value) for n, value in lines}
    assert len(rows) == len(set(lines))


def test_both_halves_hold_about_as_much(write: Callable[[str], Path]) -> None:
    first, second = halves_of(write('<http://x/s> <http://x/p> "value" .\n' * 1000))
    assert abs(len(first) - len(second)) < 100


def test_blank_node_stays_one_however_far_apart_it_is_named(write: Callable[[str], Path]) -> None:
    apart = "<http://x/s> <http://x/p> <http://x/o> .\n" * 100
    path = write(f"_:b <http://x/p> <http://x/1> .\n{apart}_:b <http://x/p> <http://x/2> .\n")
    assert halves_of(path) == ()
    loaded = OxigraphStore.in_memory()
    loaded.load(path)
    assert loaded.ask("ASK { ?b <http://x/p> <http://x/1>, <http://x/2> }")


@pytest.mark.parametrize("line", [3, 998])
def test_fault_in_either_half_is_named_by_its_line_in_the_file(write: Callable[[str], Path], line: int) -> None:
    lines = ["<http://x/s> <http://x/p> <http://x/o> .\n"] * 1000
    lines[line - 1] = "<http://x/s> <http://x/p> nothing .\n"
    with pytest.raises(InvalidArgument, match=rf"file\.nq is not N-Quads: .* line {line} between"):
        OxigraphStore.in_memory().load(write("".join(lines)))


def test_small_and_huge_files_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_HALVED", SIZES)
    path = tmp_path / "file.nq"
    path.write_text("<http://x/s> <http://x/p> <http://x/o> .\n")
    assert halves_of(path) == ()
    with path.open("r+b") as file:
        file.truncate(1 << 32)  # holes: it takes no room, and must not be read
    assert halves_of(path) == ()

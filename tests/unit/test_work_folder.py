"""The file names of the work store are spelled in `service/work_store/` only, and what is told without opening it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.work_store.folder import WorkFolder

SERVICE = Path(__file__).parent.parent.parent / "service"
# Words that nothing else here is called by, and words that are its own only as a part of a path.
NAMES = {"journal.json", "journal.nq", "sources.json", "changes.log", "taken.json", "unpublished", "merged", "trial"}
PARTS = {"work", "staged", "lock"}


def spelled(path: Path) -> Iterator[str]:
    """Yield the names of files of the work store that a module spells."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant):
            yield from PARTS & {node.right.value}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from NAMES & {node.value.removeprefix("work/")}
            if node.value.startswith("work/"):
                yield node.value


def test_names_of_the_work_store_are_written_in_its_own_package_only() -> None:
    found = {
        str(path.relative_to(SERVICE)): names
        for path in SERVICE.rglob("*.py")
        if path.parent.name != "work_store" and (names := set(spelled(path)))
    }
    assert found == {}


@pytest.mark.parametrize(
    "line", ['data / "work" / name', 'Path(data, "sources.json")', 'f"work/{name}"', 'x = {"unpublished"}']
)
def test_a_name_that_is_spelled_elsewhere_is_found(line: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(line)
    assert list(spelled(path))


def test_what_is_loaded_or_announced_counts_as_held_and_a_removal_does_not(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    assert not work.holds("urn:g", "2026")
    work.path.mkdir()
    work.journal.write_text(json.dumps({"removed": "urn:g"}))
    assert not work.holds("urn:g", "2026")
    work.journal.write_text(json.dumps({"source": {"graph": "urn:g", "loaded": "2026"}}))
    assert work.holds("urn:g", "2026")
    assert not work.holds("urn:g", "2025")
    work.journal.unlink()
    work.sources.write_text(json.dumps([{"graph": "urn:h", "loaded": "2027"}]))
    assert work.holds("urn:h", "2027")

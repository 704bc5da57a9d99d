"""Nothing goes in silence: a load counts what it adds, changes and removes, and no source loses much unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.main import app
from service.errors import WouldLose
from service.loading.own_vocabulary import ensure_vocabulary
from service.settings import Settings
from service.work_store.work_store import WorkStore, open_work
from tests.conftest import ROOT
from tests.unit.test_loading import HEADER, loaded, row, titles

pytestmark = pytest.mark.system

KEYS = "abcde"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkStore]:
    """A work store with a source of five micro-credentials."""
    with open_work(tmp_path / "var") as work:
        ensure_vocabulary(work, ROOT / "ontology", "http://localhost:8000")
        outcome = loaded(work, tmp_path / "courses.csv", "".join(row(key, title=key) for key in KEYS))
        assert outcome.changes.counts["credential"] == {"added": 5, "changed": 0, "unchanged": 0, "removed": 0}
        yield work


NEW = row("a", title="new") + "".join(row(key, title=key) for key in "bcd") + row("f", title="f")


def test_load_counts_what_is_added_changed_unchanged_and_removed(work: WorkStore, tmp_path: Path) -> None:
    expected = {"added": 1, "changed": 1, "unchanged": 3, "removed": 1}
    tried = loaded(work, tmp_path / "courses.csv", NEW, dry_run=True)
    assert tried.changes.counts["credential"] == expected
    assert titles(work) == set(KEYS)
    outcome = loaded(work, tmp_path / "courses.csv", NEW)
    assert outcome.changes == tried.changes
    assert outcome.changes.counts["organisation"]["unchanged"] == outcome.changes.total("unchanged") - 3
    again = loaded(work, tmp_path / "courses.csv", NEW)
    assert again.changes.counts["credential"] == {"added": 0, "changed": 0, "unchanged": 5, "removed": 0}


def test_source_that_would_lose_much_is_refused_unless_forced(work: WorkStore, tmp_path: Path) -> None:
    few = row("a", title="a")
    assert "would lose 4 of the" in loaded(work, tmp_path / "courses.csv", few, dry_run=True).would_lose
    with pytest.raises(WouldLose, match=r"would lose 4 of the .* more than 20%"):
        loaded(work, tmp_path / "courses.csv", few)
    assert titles(work) == set(KEYS)
    assert loaded(work, tmp_path / "courses.csv", few, force=True).changes.counts["credential"]["removed"] == 4
    assert titles(work) == {"a"}


def test_records_that_the_gate_refuses_are_lost_too(work: WorkStore, tmp_path: Path) -> None:
    bad = "".join(row(key, title=key, ects="no number" if key in "abc" else "5") for key in KEYS)
    with pytest.raises(WouldLose, match="would lose 3 of the"):
        loaded(work, tmp_path / "courses.csv", bad)


def test_what_points_at_something_removed_is_told(work: WorkStore, tmp_path: Path) -> None:
    loaded(work, tmp_path / "more.csv", row("needs", title="needs", prerequisites="e"))
    outcome = loaded(work, tmp_path / "courses.csv", NEW)
    [left] = outcome.changes.dangling
    assert left.iri == "http://localhost:8000/id/credential/e"
    assert left.kind == "credential"
    assert {pointer.graph for pointer in left.pointers} == {"http://localhost:8000/graph/more"}
    assert all(pointer.thing.startswith("http://localhost:8000/id/credential/needs#") for pointer in left.pointers)


def test_commands_tell_it_and_refuse_with_code_1(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var")
    file = tmp_path / "courses.csv"

    def command(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words), env={"PINOAMO_DATA": str(settings.data)})
        return done.exit_code if not isinstance(done.exception, WouldLose) else 1, done.stderr

    file.write_text(HEADER + "".join(row(key, title=key) for key in KEYS), "utf-8")
    assert command("load", "table", str(file))[0] == 0
    file.write_text(HEADER + row("a", title="a"), "utf-8")
    code, said = command("load", "table", str(file), "--dry-run")
    assert code == 1
    assert "Would be refused without --force" in said
    assert command("load", "table", str(file))[0] == 1
    code, said = command("load", "table", str(file), "--force")
    assert code == 0
    assert "0 added, 0 changed, 3 unchanged, 4 removed" in said  # a, its provider and its accreditor stay
    code, said = command("unload", "courses")
    assert "3 removed" in said

"""Loading as an operator meets it: what replaces what, what is kept, and what is refused across sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import InvalidArgument
from service.loading.loading import LoadOutcome, load
from service.loading.own_vocabulary import ensure_vocabulary
from service.settings import Settings
from service.validation.profiles import load_profile
from service.work_store.work_store import ORIGIN, WorkStore, open_work
from tests.conftest import ROOT

pytestmark = pytest.mark.system

GRAPH = "http://localhost:8000/graph/courses"
HEADER = (
    "id,title@en,provider,provider_name@en,country,language,ects,eqf_level,mode,assessment,quality_assurance,accreditor,"
    "learning_outcomes@en,prerequisites,stackability\n"
)


def row(key: str, *, title: str = "A title", ects: str = "5", prerequisites: str = "") -> str:
    return (
        f"{key},{title},uni,A University,FI,en,{ects},6,online,portfolio,institutional-quality-assurance,An Agency,"
        f"does something,{prerequisites},stand-alone\n"
    )


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkStore]:
    with open_work(tmp_path / "var") as work:
        ensure_vocabulary(work, ROOT / "ontology", "http://localhost:8000")
        yield work


def loaded(work: WorkStore, path: Path, text: str, **options: object) -> LoadOutcome:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + text, "utf-8")
    settings = Settings(data=work.folder.parent)
    return load(work, settings, load_profile(ROOT / "shapes", "eu"), "table", [str(path)], **options)  # type: ignore[arg-type]


def titles(work: WorkStore, graph: str = GRAPH) -> set[str]:
    pattern = "?c a <https://w3id.org/pinoamo/ns#MicroCredential> ; <http://purl.org/dc/terms/title> ?t"
    rows = work.store.select(f"SELECT ?t {{ GRAPH <{graph}> {{ {pattern} }} }}").rows
    return {row["t"].value for row in rows}


def test_same_source_again_replaces_what_it_held(work: WorkStore, tmp_path: Path) -> None:
    loaded(work, tmp_path / "courses.csv", row("a", title="Old") + row("b", title="Gone"))
    outcome = loaded(work, tmp_path / "courses.csv", row("a", title="New"), force=True)
    assert (outcome.clean, titles(work)) == (True, {"New"})


def test_another_source_with_the_same_name_is_refused_unless_the_name_is_given(work: WorkStore, tmp_path: Path) -> None:
    loaded(work, tmp_path / "one" / "courses.csv", row("a", title="One"))
    with pytest.raises(InvalidArgument, match="--graph"):
        loaded(work, tmp_path / "two" / "courses.csv", row("b", title="Two"))
    assert titles(work) == {"One"}
    loaded(work, tmp_path / "two" / "courses.csv", row("b", title="Two"), named=True, force=True)
    assert titles(work) == {"Two"}


def test_record_that_another_source_describes_is_refused(work: WorkStore, tmp_path: Path) -> None:
    loaded(work, tmp_path / "courses.csv", row("a", title="First"))
    outcome = loaded(work, tmp_path / "others.csv", row("a", title="Second") + row("b"))
    assert [entry["record"] for entry in outcome.refused] == ["http://localhost:8000/id/credential/a"]
    assert [finding["value"] for finding in outcome.refused[0]["findings"]] == [GRAPH]
    assert dict(outcome.records) == {"refused": 1, "accepted": 1}


def test_what_a_key_wrote_first_gives_way_to_what_the_operator_loads(work: WorkStore, tmp_path: Path) -> None:
    key, record = "http://localhost:8000/graph/key", "http://localhost:8000/id/credential/a"
    loaded(work, tmp_path / "key.csv", row("a", title="By the key") + row("b", title="Only by the key"))
    source = work.source(key)
    assert source is not None
    work.change([], [replace(source, origins=(ORIGIN,))])
    outcome = loaded(work, tmp_path / "courses.csv", row("a", title="By the operator"), yielding=[key])
    assert (outcome.clean, titles(work), titles(work, key)) == (True, {"By the operator"}, {"Only by the key"})
    assert record in {entry["record"] for entry in outcome.gave_way}
    (kept,) = work.quarantine.glob("*.gave-way.jsonl")
    assert "By the key" in kept.read_text("utf-8")
    assert "Only by the key" not in kept.read_text("utf-8")


def test_prerequisite_that_leaves_with_the_old_content_is_not_known(work: WorkStore, tmp_path: Path) -> None:
    assert loaded(work, tmp_path / "courses.csv", row("a") + row("b", prerequisites="a")).clean
    outcome = loaded(work, tmp_path / "courses.csv", row("b", prerequisites="a") + row("c"), force=True)
    assert [entry["record"] for entry in outcome.warned] == ["http://localhost:8000/id/credential/b"]


def test_everything_refused_keeps_what_was_there(work: WorkStore, tmp_path: Path) -> None:
    loaded(work, tmp_path / "courses.csv", row("a", title="Kept"))
    outcome = loaded(work, tmp_path / "courses.csv", row("a", ects=""))
    assert (outcome.stored, outcome.clean, titles(work)) == (False, False, {"Kept"})
    assert outcome.quarantine is not None
    assert len(outcome.quarantine.read_text("utf-8").splitlines()) == 1


def test_dry_run_stores_nothing_and_keeps_no_quarantine(work: WorkStore, tmp_path: Path) -> None:
    outcome = loaded(work, tmp_path / "courses.csv", row("a") + row("b", ects=""), dry_run=True)
    assert (outcome.stored, outcome.quarantine, titles(work)) == (False, None, set())
    assert dict(outcome.records) == {"accepted": 1, "refused": 1}
    assert not list(work.quarantine.iterdir())


def test_dry_run_tells_what_the_real_run_does(work: WorkStore, tmp_path: Path) -> None:
    text = row("a") + row("b", ects="") + row("c", title="") + row("d", prerequisites="nobody-describes-it")
    dry = loaded(work, tmp_path / "courses.csv", text, dry_run=True)
    real = loaded(work, tmp_path / "courses.csv", text)
    assert real.stored
    assert replace(dry, stored=True, quarantine=real.quarantine, found=real.found) == real
    assert dry.found is not None
    assert real.found is not None
    assert vars(dry.found) == vars(real.found)

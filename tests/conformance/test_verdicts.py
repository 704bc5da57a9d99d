"""The published table of verdicts on real documents is what the profiles say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.verdicts import page
from tests.conftest import ROOT


@pytest.mark.system
def test_the_table_of_verdicts_is_what_the_profiles_say(shared: Path) -> None:
    official = shared / "elm" / "3.2.0"
    no_cv, full = official / "edc" / "EDC-generic-no-cv.ttl", official / "edc" / "EDC-generic-full.ttl"
    shapes = [str(no_cv), f"{no_cv},{full}", str(official / "loq" / "LOQ-constraints.ttl")]
    written = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")
    assert page([shared / "samples", shared / "elm" / "examples"], shapes) == written


def test_no_real_document_is_without_a_verdict_or_a_reason(shared: Path) -> None:
    rows = [line for line in (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8").splitlines() if "/" in line]
    named = {line.split(" | ")[0].removeprefix("| ") for line in rows}
    folders = (shared / "samples", shared / "elm" / "examples")
    files = {f"{folder.name}/{path.relative_to(folder)}" for folder in folders for path in folder.rglob("*.*")}
    assert {file for file in files if not file.endswith(".md")} <= named

"""What is written in several places says so in each of them, so that nobody changes one alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = ("service", "loaders", "queries", "shapes", "ontology")
KINDS = (".py", ".rq", ".ttl")
MARK = re.compile(r"(?:is|are)\s+also\s+written\s+in\s+(.*?)(?:\.\s|\.\Z|;)", re.DOTALL)
PATH = re.compile(r"(?:" + "|".join(FOLDERS) + r")/[\w/.-]+\.\w+")


def twins() -> dict[str, set[str]]:
    """Return what each file names as another place of something it holds."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in KINDS:
                text = re.sub(r"\n *#", "\n", path.read_text("utf-8"))
                named = {other for places in MARK.findall(text) for other in PATH.findall(places)}
                if named:
                    found[path.relative_to(ROOT).as_posix()] = named
    return found


TWINS = twins()


@pytest.mark.parametrize("path", TWINS)
def test_every_other_place_exists_and_names_this_one(path: str) -> None:
    silent = {other for other in TWINS[path] if path not in TWINS.get(other, ())}
    assert not silent


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("service/validation/loops.py", "shapes/eu/specification.ttl"),
        ("service/validation/loops.py", "service/stacking/solver/cuts.py"),
        ("queries/derived/ects.rq", "service/stacking/question/facts.py"),
        ("queries/credentials.rq", "service/catalogue/records.py"),
        ("service/validation/blocks.py", "loaders/statements.py"),
        ("service/stacking/matrix/selection.py", "service/stacking/problem/candidates.py"),
        ("service/stacking/requirements/from_rdf.py", "shapes/stacking/shapes.ttl"),
    ],
)
def test_rules_that_stand_twice_name_each_other(one: str, other: str) -> None:
    assert other in TWINS[one]


def test_the_places_are_files() -> None:
    assert all((ROOT / Path(other)).is_file() for others in TWINS.values() for other in others)

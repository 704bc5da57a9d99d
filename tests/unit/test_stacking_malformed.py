"""Malformed trees that came past the gate, by an update say: named with the reason, never taken for no requirement."""

from __future__ import annotations

import pytest

from service.stacking.matrix.build import gather
from service.stacking.matrix.matrix import Matrix
from service.stacking.requirements.tree import Manual
from service.store.oxigraph import OxigraphStore
from tests.support.records import statement
from tests.support.small_catalogue import add_derived, small_nquads

PROGRAMME = "http://localhost:8000/id/programme/broken"
COURSE = "http://localhost:8000/id/credential/broken"
TREES = {
    "a part that contains itself": ["{r} a mc:AllOf", "{r} mc:part {r}"],
    "nothing": [],
    "more than there are": ["{r} a mc:SomeOf", '{r} mc:minimum "2"^^xsd:integer', "{r} mc:part {r}-1",
                            "{r}-1 a mc:ManualRequirement", '{r}-1 dct:description "x"'],
    "a number without end": ["{r} a mc:CreditRequirement", '{r} mc:minimum "1e999999999"^^xsd:decimal'],
    "text": ['{r} a mc:SkillRequirement', '{r} mc:minimum "many"', "{r} mc:skill {r}-skill"],
}  # fmt: skip


def matrix(lines: list[str], *more: str) -> Matrix:
    texts = [
        f"{PROGRAMME} a mc:DegreeProgramme", f"{PROGRAMME} mc:requirement {PROGRAMME}#r",
        f"{COURSE} a mc:MicroCredential", f'{COURSE} dct:title "Broken"', f"{COURSE} mc:prerequisite {COURSE}#r",
        *(line.replace("{r}", f"{owner}#r") for line in lines for owner in (PROGRAMME, COURSE)), *more,
    ]  # fmt: skip
    store = OxigraphStore.in_memory(small_nquads() + "".join(map(statement, texts)).encode())
    add_derived(store)
    return Matrix(*gather(store))


@pytest.mark.parametrize("name", TREES)
def test_malformed_tree_is_named_and_does_not_open_a_credential(name: str) -> None:
    found = matrix(TREES[name])
    assert f"{PROGRAMME}#r" in (found.fault(PROGRAMME) or "")
    assert found.requirement(PROGRAMME) is None
    needed = found.credential(found.numbers[COURSE]).prerequisite
    assert isinstance(needed, Manual)
    assert f"{COURSE}#r" in needed.text


def test_two_trees_of_one_owner_are_named_and_neither_is_taken_for_all() -> None:
    lines = ["{r} a mc:ManualRequirement", '{r} dct:description "x"']
    second = [
        f"{COURSE} mc:prerequisite {COURSE}#s",
        f"{COURSE}#s a mc:ManualRequirement",
        f'{COURSE}#s dct:description "y"',
    ]
    found = matrix(lines, *second)
    needed = found.credential(found.numbers[COURSE]).prerequisite
    assert isinstance(needed, Manual)
    assert "one tree" in needed.text

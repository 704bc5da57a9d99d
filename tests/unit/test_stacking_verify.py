"""The verifier notices every single change of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.stacking.answers.audit import find_path
from service.stacking.problem.answer import Answer, Gap, Refusal
from service.stacking.problem.problem import Limits, Problem
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Manual, Rules, Skill, SomeOf
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import credential, held, named, needs, problem

_OTHER = {
    "status": ("met", "unmet", "unknown", "optimal", "feasible", "partial", "infeasible"),
    "source": ("held", "plan"),
    "kind": ("count", "skill"),
}
# What a verifier cannot contradict: words of explanation, and what it takes the solver's word for.
_UNCHECKED = {
    (Gap, "reason"), (Gap, "rule"), (Gap, "limits"), (Refusal, "rule"), (Answer, "relax"), (Answer, "nobody_offers"),
    (Answer, "rejected"), (Refusal, "credential"),
}  # fmt: skip


def question() -> Problem:
    """Return a question whose answer uses every kind of node, both sources, a prerequisite and two alternatives."""
    target = AllOf(
        "root",
        (
            Skill("skill", "s"),
            Credits("credits", Decimal(8), Decimal(10), Filter(skills=frozenset(["t"]))),
            SomeOf("either", (Count("x", 1, filter=named("X")), Count("y", 1, filter=named("Y"))), 1),
            Credits("graded", Decimal(2), None, named("G"), Rules(minimum_grade=Decimal(3))),
            Manual("person", "Thesis"),
        ),
    )
    own = [held("H", "3", "t"), held("G", "2"), held("N", "1")]
    offers = [
        credential("A", "2", "s", cost=Decimal(5)),
        credential("B", "5", "t", prerequisite=needs("B", "A")),
        credential("C", "5", "t", cost=Decimal(7)),
        credential("X", "4"),
        credential("Y", "4"),
    ]
    return problem(target, own, offers, alternatives=1, limits=Limits(max_ects=Decimal(30)))


ASKED = question()
ANSWER = find_path(ASKED)


def test_honest_answer_is_confirmed() -> None:
    assert faults(ASKED, ANSWER) == ()
    assert len(ANSWER.alternatives) == 1
    assert ANSWER.plan.steps


def _changes(thing: Any, path: str = "answer") -> Iterator[tuple[str, Any]]:
    """Yield the thing with one value of it, or of anything within, changed."""
    for one in fields(thing):
        if (type(thing), one.name) in _UNCHECKED:
            continue
        for words, value in _changed(getattr(thing, one.name), one.name, f"{path}.{one.name}"):
            yield words, replace(thing, **{one.name: value})


def _changed(value: Any, name: str, path: str) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):
        yield from _changes(value, path)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield f"{path} without {place}", value[:place] + value[place + 1 :]
            for words, other in _changed(item, name, f"{path}[{place}]"):
                yield words, (*value[:place], other, *value[place + 1 :])
        if value and name not in ("reasons", "uses", "limits"):
            yield f"{path} doubled", (*value, value[-1])
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, str):
        others = _OTHER.get(name, ("other",))
        yield from ((f"{path}={other}", other) for other in others if other != value)
        if name == "rule":
            yield f"{path}=S3", "S3"
    elif isinstance(value, int | Decimal | Fraction):
        yield path, value + 1
    elif value is None:
        yield path, Decimal(1)


# Fewer alternatives than there are, and "feasible" where "optimal" is true, say less and nothing false.
_MODEST = ("answer.alternatives without 0", "answer.status=feasible")
_ALL = {words: other for words, other in _changes(ANSWER) if words not in _MODEST}


@pytest.mark.parametrize("words", _ALL)
def test_every_single_change_is_noticed(words: str) -> None:
    """P1."""
    assert faults(ASKED, _ALL[words])


def test_changes_reach_every_field_of_a_witness() -> None:
    for name in ("credential", "amount", "source", "rule", "doubtful"):
        assert any(f"witnesses[0].{name}" in words for words in _ALL)

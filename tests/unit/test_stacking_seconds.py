"""The time of a question is kept, whatever the solver does with it: told by a clock that only the solver moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from service.errors import TimedOut
from service.stacking.answers.audit import find_path
from service.stacking.problem.problem import Limits
from service.stacking.requirements.tree import AllOf, Count, Filter, Skill
from service.stacking.solver import highs
from tests.support.stacking_cases import credential, named, problem

LEAST = 1.0
"""Seconds that there are to say what a few credentials count for, however little a question may take."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A solver that finds nothing and takes all the time that is left."""
    found = Clock()

    def run(
        self: highs.Programme, objective: Mapping[int, float], deadline: highs.Deadline, start: Sequence[float] | None
    ) -> highs.Found:
        found.now += deadline.left()
        return highs.Found("none", (), float("-inf"))

    monkeypatch.setattr(highs, "time", found)
    monkeypatch.setattr(highs.Programme, "_run", run)
    return found


@pytest.mark.parametrize("seconds", [0.0, 1.0, 4.0, 10.0])
@pytest.mark.parametrize(
    "limits", [Limits(), Limits(max_ects=Decimal(3)), Limits(pin=frozenset(["a"]))], ids=["none", "ects", "pin"]
)
def test_question_takes_no_longer_than_it_says(clock: Clock, seconds: float, limits: Limits) -> None:
    target = AllOf("r", (Skill("one", "s1"), Skill("two", "s2"), Count("three", 1, filter=named("a"))))
    offered = [credential("a", "4", "s1"), credential("b", "5", "s2"), credential("c", "6", "s1 s2")]
    with pytest.raises(TimedOut):
        find_path(problem(target, (), offered, limits=limits, seconds=seconds))
    assert clock.now <= max(seconds, 0.7 * seconds + LEAST) + 1e-9


def test_settling_has_its_time_though_the_search_took_all_of_its_own(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search of 10 seconds ends after 7; whatever is settled then is settled in the 3 that are left."""
    left: list[float] = []

    def run(
        self: highs.Programme, objective: Mapping[int, float], deadline: highs.Deadline, start: Sequence[float] | None
    ) -> highs.Found:
        left.append(deadline.left())
        clock.now += left[-1]
        return highs.Found("none", (), float("-inf"))

    monkeypatch.setattr(highs.Programme, "_run", run)
    with pytest.raises(TimedOut):
        find_path(problem(Count("r", 1, filter=Filter()), (), [credential("a"), credential("b")], seconds=10.0))
    assert [round(one, 6) for one in left if one] == [7.0, 3.0]

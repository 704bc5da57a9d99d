"""What is left out because others can stand in for it: against trying every choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.stacking.answers.audit import find_path
from service.stacking.matrix.interchange import needed
from service.stacking.matrix.reduce import Offers
from service.stacking.problem.candidates import Credential
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Requirement, Rules
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import SKILLS, problem
from tests.support.stacking_matrices import matrix_from

pytestmark = pytest.mark.slow


def cheapest(elements: Sequence[tuple[int, int]], places: Sequence[int]) -> tuple[int, ...] | None:
    """Return the least sorted costs of a choice that fills every place, by trying every choice and order."""
    fitting = [
        tuple(sorted(cost for _, cost in some))
        for some in combinations(elements, len(places))
        if any(
            all(mask >> place & 1 for (mask, _), place in zip(some, way, strict=True)) for way in permutations(places)
        )
    ]
    return min(fitting, key=sum, default=None)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(1, 7), min_size=1, max_size=7),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
    st.data(),
)
def test_what_is_needed_holds_a_cheapest_choice_for_any_places(
    masks: list[int], room: list[int], data: st.DataObject
) -> None:
    """Elements in the order of their cost; any places within the room may be the ones to fill."""
    elements = [(mask, 1 << cost) for cost, mask in enumerate(masks)]
    kept = [one for one, keep in zip(elements, needed(((m, True) for m in masks), room, 1), strict=True) if keep]
    asked = [data.draw(st.integers(0, most)) for most in room]
    places = [leaf for leaf, number in enumerate(asked) for _ in range(number)]
    assert cheapest(kept, places) == cheapest(elements, places)


@st.composite
def modules(draw: st.DrawFn) -> Requirement:
    """Return modules that compete for credentials, perhaps with a share that must come from one provider."""
    parts: list[Requirement] = []
    for number in range(draw(st.integers(1, 3))):
        asked = Filter(skills=draw(st.frozensets(st.sampled_from(SKILLS), min_size=1, max_size=2)))
        if draw(st.booleans()):
            parts.append(Credits(f"m{number}", Decimal(draw(st.integers(0, 6))), filter=asked))
        else:
            parts.append(Count(f"m{number}", draw(st.integers(0, 2)), filter=asked))
    if draw(st.booleans()):
        home = Filter(providers=frozenset(["home"]))
        rules = Rules(share_group="residency", counted_elsewhere=True)
        parts.append(Credits("residency", Decimal(draw(st.integers(1, 6))), filter=home, rules=rules))
    return AllOf("r", tuple(parts))


@st.composite
def alike(draw: st.DrawFn) -> list[Credential]:
    """Return many credentials of few sizes, so that some can stand in for others."""
    found = []
    for number in range(draw(st.integers(1, 11))):
        skills = draw(st.frozensets(st.sampled_from(SKILLS), min_size=1, max_size=2))
        name, home = f"c{number:02}", draw(st.booleans())
        asked = None
        if number and draw(st.integers(0, 3)) == 0:
            first = f"c{draw(st.integers(0, number - 1)):02}"
            asked = Count(f"{name}#prerequisite", 1, filter=Filter(credentials=frozenset([first])))
        found.append(
            Credential(
                name, Decimal(draw(st.sampled_from([2, 3]))), 6, skills, skills,
                providers=frozenset(["home" if home else "away"]),
                cost=Decimal(draw(st.sampled_from([10, 20]))), prerequisite=asked,
            )
        )  # fmt: skip
    return found


@settings(max_examples=100, deadline=None)
@given(modules(), alike(), st.integers(0, 2))
def test_plans_are_as_good_without_what_others_stand_in_for(
    tree: Requirement, found: list[Credential], more: int
) -> None:
    question = problem(tree, (), found, alternatives=more)
    catalogue = Offers(matrix_from(found))
    reduced = replace(question, candidates=catalogue, select=catalogue.select)
    whole, answer = find_path(question), find_path(reduced)
    assert faults(reduced, answer) == ()
    plans = [[whole.plan, *whole.alternatives], [answer.plan, *answer.alternatives]]
    values = [[(p.unmet, p.total_ects, p.total_cost, p.terms, len(p.steps)) for p in some] for some in plans]
    assert values[0] == values[1]


def test_leaf_that_asks_for_nothing_still_tells_what_a_share_may_count() -> None:
    """Both are from home, and only the second is of the module, so only it counts for the share, dear as it is."""
    module = Count("m", 0, filter=Filter(skills=frozenset(["s2"])))
    share = Credits(
        "residency", Decimal(1), filter=Filter(providers=frozenset(["home"])),
        rules=Rules(share_group="residency", counted_elsewhere=True),
    )  # fmt: skip
    first = Count("of-module#prerequisite", 1, filter=Filter(credentials=frozenset(["elsewhere"])))
    found = [
        Credential(
            name, Decimal(2), 6, frozenset([skill]), frozenset([skill]),
            providers=frozenset([provider]), cost=Decimal(20), prerequisite=needs,
        )
        for name, skill, provider, needs in (
            ("elsewhere", "s1", "away", None),
            ("not-of-module", "s1", "home", None),
            ("of-module", "s2", "home", first),
        )
    ]  # fmt: skip
    question = problem(AllOf("r", (module, share)), (), found)
    catalogue = Offers(matrix_from(found))
    plan = find_path(replace(question, candidates=catalogue, select=catalogue.select)).plan
    assert plan.unmet == 0
    assert {step.credential for step in plan.steps} == {"elsewhere", "of-module"}

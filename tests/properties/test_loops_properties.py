"""Circles of needs against their definition, by the transitive closure of all links (Warshall)."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from service.validation.loops import Needs, loops

NAMES = "abcde"
NEEDS = st.dictionaries(
    st.sampled_from(NAMES), st.builds(Needs, *2 * (st.lists(st.sampled_from(NAMES), unique=True, max_size=2),))
)


def are_linked(needs: dict[str, Needs], one: str, other: str) -> bool:
    return other in needs.get(one, Needs()).before or other in needs.get(one, Needs()).beside


@given(NEEDS)
def test_who_can_go_round_by_a_prerequisite_is_told_such_a_way_and_nobody_else(needs: dict[str, Needs]) -> None:
    reach = {(one, other): one == other or are_linked(needs, one, other) for one, other in product(NAMES, NAMES)}
    for by, one, other in product(NAMES, repeat=3):
        reach[one, other] = reach[one, other] or (reach[one, by] and reach[by, other])
    waits = [(one, other) for one, each in needs.items() for other in each.before]
    found = loops(needs)
    assert set(found) == {
        name for name in NAMES if any(reach[name, one] and reach[other, name] for one, other in waits)
    }
    for name, way in found.items():
        assert way[0] == way[-1] == name
        assert all(are_linked(needs, one, other) for one, other in pairwise(way))
        assert any(other in needs[one].before for one, other in pairwise(way))

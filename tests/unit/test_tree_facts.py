"""What is derived from requirement trees says no more than they do: by hand, and by trying every way to meet one."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stacking.requirements.facts import Asked, Trees

Row = tuple[str, str, str]


def asked(kind: str, *rows: Row) -> Asked:
    return Trees(rows).asked(["root"], kind)  # type: ignore[arg-type]


def spread(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Each by hand: statements of a tree as node, property, value.
CASES = {
    "any of a, b, c": (
        ["root minimum 1", "root filter f", "f credential a", "f credential b", "f credential c"], "", "a b c",
    ),
    "both of a, b": (["root minimum 2", "root filter f", "f credential a", "f credential b"], "a b", "a b"),
    "at most 0 of x": (["root maximum 0", "root filter f", "f credential x"], "", ""),
    "a, and one of b, c": (
        ["root part p", "root part q", "p minimum 1", "p filter f", "f credential a", "q minimum 1", "q filter g",
         "g credential b", "g credential c"], "a", "a b c",
    ),
    "two of (a), (a), (b)": (
        ["root minimum 2", *(f"root part p{n}" for n in "123"), *(f"p{n} minimum 1" for n in "123"),
         *(f"p{n} filter f{n}" for n in "123"), "f1 credential a", "f2 credential a", "f3 credential b"], "a", "a b",
    ),
    "5 ECTS of a": (["root kind credits", "root minimum 5", "root filter f", "f credential a"], "a", "a"),
    "10 ECTS of a, b": (
        ["root kind credits", "root minimum 10", "root filter f", "f credential a", "f credential b"], "", "a b",
    ),
    "inner or": (
        ["root minimum 1", "root filter f", "f or g", "f or h", "g credential a", "h credential b"], "", "a b",
    ),
    "inner and": (
        ["root minimum 1", "root filter f", "f credential a", "f credential b", "f and g", "g credential b",
         "g credential c"], "b", "b",
    ),
    "not": (["root minimum 1", "root filter f", "f not g", "g credential a"], "", ""),
    "a circle": (["root part root"], "", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_required_and_what_is_named_by_hand(name: str) -> None:
    lines, required, named = CASES[name]
    rows = [(line.split()[0], line.split()[1], line.split()[2]) for line in lines]
    assert asked("credential", *rows) == (spread(required), spread(named))


def test_a_pool_of_skills_requires_none_and_a_skill_alone_is_required() -> None:
    pool = asked("skill", ("root", "minimum", "10"), ("root", "filter", "f"), ("f", "skill", "s"), ("f", "skill", "t"))
    assert pool == (frozenset(), {"s", "t"})
    alone = asked("skill", ("root", "minimum", "10"), ("root", "filter", "f"), ("f", "skill", "s"))
    assert alone == ({"s"}, {"s"})
    assert asked("skill", ("root", "skill", "s")) == ({"s"}, {"s"})


# A tree: a leaf is (how many, of which), a node (how many of its parts or None for all, parts).
LEAVES = st.tuples(st.integers(0, 3), st.sets(st.sampled_from("abcd"), min_size=1))
TREES = st.recursive(
    LEAVES.map(lambda leaf: ("leaf", *leaf)),
    lambda parts: st.tuples(st.just("node"), st.none() | st.integers(0, 3), st.lists(parts, min_size=1, max_size=3)),
    max_leaves=6,
)


def rows_of(tree: tuple, name: str) -> list[Row]:  # type: ignore[type-arg]
    kind, least, inside = tree
    if kind == "leaf":
        return [
            (name, "minimum", str(least)),
            (name, "filter", name + "f"),
            *((name + "f", "credential", c) for c in inside),
        ]
    own = [(name, "minimum", str(least))] if least is not None else []
    parts = [(f"{name}{number}", part) for number, part in enumerate(inside)]
    return [*own, *((name, "part", n) for n, _ in parts), *chain.from_iterable(rows_of(part, n) for n, part in parts)]


def is_met(tree: tuple, held: set[str]) -> bool:  # type: ignore[type-arg]
    kind, least, inside = tree
    if kind == "leaf":
        return len(held & inside) >= least
    met = sum(is_met(part, held) for part in inside)
    return met >= (len(inside) if least is None else least)


@given(TREES)
def test_what_is_required_is_in_every_way_to_meet_the_tree(tree: tuple) -> None:  # type: ignore[type-arg]
    ways = [set(held) for size in range(5) for held in combinations("abcd", size) if is_met(tree, set(held))]
    found = asked("credential", *rows_of(tree, "root"))
    for way in ways:
        assert found.required <= way
    assert found.required <= found.named

"""Requirement trees: well-formedness, and the way to RDF and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import InvalidArgument
from service.stacking.requirements import (
    AllOf,
    Count,
    Credits,
    Filter,
    Manual,
    Requirement,
    Rules,
    Skill,
    SomeOf,
    check,
)
from service.stacking.requirements_rdf import MC, tree_from_triples, triples_from_tree
from service.store import Triple
from service.terms import RDF_TYPE, Term

_ROOT = "http://example.org/p#r"
_IRIS = st.sampled_from([f"http://example.org/{name}" for name in "abc"])
_SETS = st.frozensets(_IRIS, max_size=2)
_LABELS = st.dictionaries(st.sampled_from(["en", "fi", "sv"]), st.text(min_size=1, max_size=5), max_size=2)
_NUMBERS = st.decimals(0, 50, places=2)
_LEVELS = st.none() | st.integers(1, 8)


def _filters(depth: int = 1) -> st.SearchStrategy[Filter]:
    below = st.lists(_filters(depth - 1), max_size=2).map(tuple) if depth else st.just(())
    return st.builds(Filter, _SETS, _SETS, _SETS, _SETS, _SETS, _LEVELS, _LEVELS, below, below, below)


_RULES = st.builds(
    Rules, st.none() | st.text(max_size=4), st.none() | _NUMBERS, st.booleans(), st.none() | _NUMBERS, _LEVELS,
    st.none() | st.integers(0, 20), st.none() | _NUMBERS, _NUMBERS,
)  # fmt: skip


@st.composite
def _trees(draw: st.DrawFn, path: str = _ROOT, depth: int = 2) -> Requirement:
    label = draw(_LABELS)
    if depth and draw(st.booleans()):
        count = draw(st.integers(1, 11))
        parts = tuple(draw(_trees(f"{path}-{number}", depth - 1 if number < 3 else 0)) for number in range(count))
        if draw(st.booleans()):
            return AllOf(path, parts, label)
        return SomeOf(path, parts, draw(st.integers(0, count)), draw(st.none() | st.just(count)), label)
    match draw(st.integers(0, 3)):
        case 0:
            least = draw(_NUMBERS)
            return Credits(path, least, draw(st.none() | st.just(least + 1)), draw(_filters()), draw(_RULES), label)
        case 1:
            least = draw(st.integers(0, 5))
            return Count(path, least, draw(st.none() | st.just(least)), draw(_filters()), draw(_RULES), label)
        case 2:
            return Skill(path, draw(_IRIS), draw(st.integers(0, 3)), draw(_RULES), label)
    return Manual(path, draw(st.text(min_size=1, max_size=9)), label)


@settings(max_examples=40, deadline=None)
@given(_trees())
def test_tree_to_rdf_and_back_is_the_identity(tree: Requirement) -> None:
    """P11."""
    assert tree_from_triples(triples_from_tree(tree), _ROOT) == tree


@settings(max_examples=25, deadline=None)
@given(_trees(), st.randoms())
def test_order_of_statements_does_not_matter(tree: Requirement, random: object) -> None:
    triples = list(triples_from_tree(tree))
    random.shuffle(triples)  # type: ignore[attr-defined]
    assert tree_from_triples(triples, _ROOT) == tree


_LEAF = Skill("a", "s")


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (SomeOf("r", (_LEAF,), 2), "needs 2 of 1 parts"),
        (SomeOf("r", (_LEAF,), 1, 0), "maximum 0 is below the minimum 1"),
        (AllOf("r", ()), "at least one part"),
        (AllOf("r", (_LEAF, _LEAF)), "stands twice"),
        (Credits("r", Decimal(5), Decimal(4)), "maximum 4 is below the minimum 5"),
        (Credits("r", Decimal(-1)), "must not be negative"),
        (Count("r", -1), "must not be negative"),
        (Credits("r", Decimal(1), rules=Rules(maximum_rpl=Decimal(-1))), "maximum rpl must not be negative"),
    ],
)
def test_tree_that_cannot_be_meant_is_refused(tree: Requirement, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        check(tree)
    named = [
        Triple(
            Term("iri", f"http://e.org/{s.value}"), p, Term("iri", f"http://e.org/{o.value}") if p == MC + "part" else o
        )
        for s, p, o in triples_from_tree(tree)
    ]
    with pytest.raises(InvalidArgument):
        tree_from_triples(named, "http://e.org/r")


def test_tree_200_deep_is_refused() -> None:
    tree: Requirement = _LEAF
    for number in range(200):
        tree = AllOf(f"n{number}", (tree,))
    with pytest.raises(InvalidArgument, match="64 levels deep"):
        check(tree)
    with pytest.raises(InvalidArgument, match="64 levels deep"):
        tree_from_triples(triples_from_tree(tree), "n199")


def _part(above: str, below: str) -> Triple:
    return Triple(Term("iri", above), MC + "part", Term("iri", below))


def _typed(iri: str, name: str) -> Triple:
    return Triple(Term("iri", iri), RDF_TYPE, Term("iri", MC + name))


@pytest.mark.parametrize(
    ("triples", "words"),
    [
        ([_typed("r", "AllOf"), _part("r", "r")], "contains itself"),
        ([_typed("r", "AllOf"), _typed("x", "AllOf"), _part("r", "x"), _part("x", "r")], "contains itself"),
        ([], "got none"),
        ([_typed("r", "AllOf"), _typed("r", "SomeOf")], "AllOf, SomeOf"),
        ([_typed("r", "SkillRequirement")], "one mc:skill"),
        ([_typed("r", "ManualRequirement")], "dcterms:description"),
        (
            [_typed("r", "CreditRequirement"), Triple(Term("iri", "r"), MC + "minimum", Term("literal", "x"))],
            "a number",
        ),
        ([_typed("r", "CountRequirement"), Triple(Term("iri", "r"), MC + "minimum", Term("literal", "1.5"))], "whole"),
        (
            [_typed("r", "CountRequirement"), Triple(Term("iri", "r"), MC + "maximumAge", Term("literal", "P5M"))],
            "years",
        ),
        (
            [_typed("r", "CountRequirement"), Triple(Term("iri", "r"), MC + "minimumLevel", Term("iri", "http://x/9"))],
            "EQF",
        ),
    ],
)
def test_malformed_statements_are_refused(triples: list[Triple], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        tree_from_triples(triples, "r")

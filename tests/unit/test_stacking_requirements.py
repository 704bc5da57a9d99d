"""Requirement trees: well-formedness, and the way to RDF and back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import InvalidArgument
from service.rdf.namespaces import MC
from service.rdf.statements import Triple
from service.rdf.terms import RDF_TYPE, Term
from service.stacking.requirements.from_rdf import tree_from_triples
from service.stacking.requirements.tree import (
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
from service.validation.engines.engine import validate
from service.validation.profiles import Profile, load_profile
from tests.conftest import ROOT
from tests.support.requirements_to_rdf import triples_from_tree

_ROOT = "http://example.org/p#r"
_DESCRIPTION = "http://purl.org/dc/terms/description"
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


_DRAWN = st.one_of(
    st.sampled_from([_ROOT, f"{_ROOT}-0", f"{_ROOT}-1", f"{_ROOT}-0-filter", MC + "AllOf"]).map(
        lambda i: Term("iri", i)
    ),
    st.sampled_from(
        ["", "x", "-1", "1.5", "1e999999999", "9" * 5000, "NaN", "P1Y2M", "P9" + "9" * 5000 + "Y", "²"]
    ).map(lambda text: Term("literal", text)),
    st.just(Term("bnode", "b")),
)


@settings(max_examples=60, deadline=None)
@given(_trees(), st.data())
def test_whatever_the_statements_are_a_tree_or_a_reason_comes_back(tree: Requirement, data: st.DataObject) -> None:
    triples = list(triples_from_tree(tree))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(triples) - 1))
        subject, predicate, value = triples[place]
        spoiled = Triple(subject, predicate, data.draw(_DRAWN))
        triples[place : place + 1] = data.draw(
            st.sampled_from([[], [spoiled], [spoiled, Triple(subject, predicate, value)]])
        )
        if not triples:
            break
    with suppress(InvalidArgument):  # nothing else may be raised
        check(tree_from_triples(triples, _ROOT))


@pytest.mark.parametrize(("kind", "below"), [("AllOf", "part"), ("Filter", "and")])
def test_shared_branches_are_refused_and_not_read_again_and_again(kind: str, below: str) -> None:
    """60 levels of two nodes, each with both nodes of the next: 2^60 ways down."""
    triples = [_typed("r", "CountRequirement"), Triple(Term("iri", "r"), MC + "filter", Term("iri", "a0"))]
    triples = [_typed("r", "AllOf"), _part("r", "a0")] if kind == "AllOf" else triples
    for level in range(60):
        for one in "ab":
            triples.append(_typed(f"{one}{level}", kind))
            triples += [Triple(Term("iri", f"{one}{level}"), MC + below, Term("iri", f"{o}{level + 1}")) for o in "ab"]
    triples += [_typed("a60", "ManualRequirement"), _typed("b60", "ManualRequirement")]
    triples += [Triple(Term("iri", f"{o}60"), _DESCRIPTION, Term("literal", "x")) for o in "ab"]
    with pytest.raises(InvalidArgument, match="stands in two"):
        tree_from_triples(triples, "r")


@settings(max_examples=30, deadline=None)
@given(_trees())
def test_every_tree_that_can_be_meant_passes_the_shapes(tree: Requirement) -> None:
    owner = Term("iri", "http://example.org/p")
    programme = [
        Triple(owner, RDF_TYPE, Term("iri", MC + "DegreeProgramme")),
        Triple(owner, MC + "requirement", Term("iri", _ROOT)),
    ]
    found = validate([*programme, *triples_from_tree(_usable(tree))], _shapes(), "fast")
    assert [result for result in found if result.severity == "violation"] == []


def _usable(node: Requirement) -> Requirement:
    """Return the tree with values in its filters that can be compared: the drawn ones are no codes."""
    if isinstance(node, AllOf | SomeOf):
        return replace(node, parts=tuple(map(_usable, node.parts)))
    return replace(node, filter=_usable_filter(node.filter)) if isinstance(node, Credits | Count) else node


def _usable_filter(given: Filter) -> Filter:
    levels = sorted(level for level in (given.minimum_level, given.maximum_level) if level)
    return replace(
        given,
        fields=frozenset({"http://data.europa.eu/snb/isced-f/0613"}),
        languages=frozenset({"http://publications.europa.eu/resource/authority/language/FIN"}),
        minimum_level=levels[0] if levels else None,
        maximum_level=levels[-1] if levels else None,
        every=tuple(map(_usable_filter, given.every)),
        some=tuple(map(_usable_filter, given.some)),
        none=tuple(map(_usable_filter, given.none)),
    )


@cache
def _shapes() -> Profile:
    return load_profile(ROOT / "shapes", "stacking")

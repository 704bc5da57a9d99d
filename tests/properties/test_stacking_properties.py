"""The properties P2 to P14 of docs/stacking.md over questions drawn by chance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.stacking.answers.audit import find_path
from service.stacking.matrix.reduce import Offers
from service.stacking.matrix.selection import Selection
from service.stacking.problem.candidates import Admission, Credential, Held
from service.stacking.problem.problem import Limits, Problem
from service.stacking.requirements.from_json import json_from_tree, tree_from_json
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Requirement, Skill, SomeOf
from service.stacking.solver.screen import refusing_limit
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import SKILLS, TODAY, filters, limits, offers, owned, problem, questions, trees
from tests.support.stacking_matrices import matrix_from

pytestmark = pytest.mark.slow

few = settings(max_examples=25, deadline=None)


def score(question: Problem) -> tuple[Any, ...]:
    answer = find_path(question)
    assert faults(question, answer) == ()
    plan = answer.plan
    return plan.unmet, plan.total_ects, plan.total_cost, plan.terms, len(plan.steps)


@few
@given(questions(), owned(most=1))
def test_more_held_never_makes_it_worse(question: Problem, more: list[Held]) -> None:
    """P2."""
    known = {held.credential.iri for held in question.held}
    added = tuple(held for held in more if held.credential.iri not in known)
    before, after = find_path(question), find_path(replace(question, held=(*question.held, *added)))
    if before.status != "infeasible":
        assert (after.plan.unmet, after.plan.total_ects) <= (before.plan.unmet, before.plan.total_ects)


@few
@given(
    questions(), st.sampled_from(["max_ects", "max_cost", "max_credentials", "max_terms", "ects_per_term", "levels"])
)
def test_looser_limits_and_more_on_offer_never_make_it_worse(question: Problem, name: str) -> None:
    """P3."""
    looser = replace(question, limits=question.limits.without(frozenset([name])))
    assert score(looser)[:2] <= score(question)[:2]
    fewer = replace(question, candidates=dict(list(question.candidates.items())[1:]))
    assert score(question)[:2] <= score(fewer)[:2]


@few
@given(questions(), st.randoms())
def test_order_of_listing_does_not_matter(question: Problem, random: Any) -> None:
    """P8: the same plan, credential by credential."""
    held, candidates = list(question.held), list(question.candidates.items())
    random.shuffle(held)
    random.shuffle(candidates)
    assert find_path(replace(question, held=tuple(held), candidates=dict(candidates))) == find_path(question)


@few
@given(questions())
def test_lifting_the_limits_named_reaches_all_and_fewer_do_not(question: Problem) -> None:
    """P9."""
    answer = find_path(question)
    free = find_path(replace(question, limits=Limits())).plan.unmet
    if not answer.relax:
        assert answer.plan.unmet == free
        return
    assert find_path(replace(question, limits=question.limits.without(frozenset(answer.relax)))).plan.unmet == free
    for name in answer.relax:
        others = frozenset(answer.relax) - {name}
        assert find_path(replace(question, limits=question.limits.without(others))).plan.unmet > free


@few
@given(questions())
def test_done_plan_leaves_nothing_to_plan(question: Problem) -> None:
    """P10."""
    answer = find_path(question)
    earned = tuple(Held(question.candidates[step.credential], awarded=TODAY) for step in answer.plan.steps)
    kept = tuple(held for held in question.held if held.credential.iri not in {e.credential.iri for e in earned})
    again = find_path(replace(question, held=(*kept, *earned), candidates={}, limits=Limits()))
    assert again.plan.unmet <= answer.plan.unmet


@few
@given(offers(most=3), offers(most=3))
def test_separate_parts_add_up(one: list[Credential], other: list[Credential]) -> None:
    """P13: parts without common candidates or groups are planned as if alone."""
    renamed = [
        replace(c, iri=f"d{c.iri}", skills=frozenset(f"t{s}" for s in c.skills), prerequisite=None, corequisite=None)
        for c in other
    ]
    first: Requirement = AllOf("a", (Skill("a1", "s1"), Count("a2", 1, filter=Filter(skills=frozenset(["s2"])))))
    second: Requirement = AllOf("b", (Skill("b1", "ts1"), Count("b2", 1, filter=Filter(skills=frozenset(["ts2"])))))
    whole = score(problem(AllOf("r", (first, second)), (), [*one, *renamed]))
    apart = [score(problem(first, (), one)), score(problem(second, (), renamed))]
    assert whole[:2] == tuple(a + b for a, b in zip(*(found[:2] for found in apart), strict=True))


@few
@given(filters(), offers())
def test_filter_equals_the_list_of_what_passes(asked: Filter, found: list[Credential]) -> None:
    """P14."""
    names = frozenset(
        c.iri
        for c in found
        if (not asked.skills or asked.skills & c.skills)
        and (asked.minimum_level is None or (c.level or 0) >= asked.minimum_level)
        and not any(part.skills & c.skills for part in asked.none)
    )
    listed = Filter(credentials=names or frozenset(["nothing"]))
    assert score(problem(Count("r", 2, filter=asked), (), found)) == score(
        problem(Count("r", 2, filter=listed), (), found)
    )


@settings(max_examples=60, deadline=None)
@given(trees(), owned(), offers(most=8), limits(), st.integers(0, 1))
def test_reduced_catalogue_gives_as_good_a_plan(
    tree: Requirement, own: list[Held], found: list[Credential], asked: Limits, more: int
) -> None:
    """What is left out of a large catalogue is never missed, by the plan or its alternatives."""
    question = problem(tree, own, found, limits=asked, replacement=None, alternatives=more)
    whole = find_path(question)
    catalogue = Offers(matrix_from(found))
    reduced = replace(question, candidates=catalogue, select=catalogue.select)
    answer = find_path(reduced)
    assert faults(reduced, answer) == ()

    def values(plan: Any) -> tuple[Any, ...]:
        return plan.unmet, plan.total_ects, plan.total_cost, plan.terms, len(plan.steps)

    assert values(answer.plan) == values(whole.plan)
    assert (answer.status, answer.relax) == (whole.status, whole.relax)
    assert [values(plan) for plan in answer.alternatives] == [values(plan) for plan in whole.alternatives]


@settings(max_examples=60, deadline=None)
@given(filters(), offers(), limits(), st.booleans())
def test_columns_decide_as_the_rules_for_one_do(
    asked: Filter, found: list[Credential], conditions: Limits, number: bool
) -> None:
    columns = Selection(matrix_from(found))
    leaf = Count("r", 1, filter=asked) if number else Credits("r", Decimal(1), filter=asked)
    by_name = sorted(found, key=lambda one: one.iri)
    admission = Admission(TODAY)
    assert list(columns.counts(leaf)) == [admission.offers(leaf, one).answer is True for one in by_name]
    assert list(columns.allowed(conditions)) == [refusing_limit(one, conditions) is None for one in by_name]
    skill = Skill("s", SKILLS[0])
    assert list(columns.counts(skill)) == [SKILLS[0] in one.skills for one in by_name]


@few
@given(trees(manual=True))
def test_tree_to_json_and_back_is_the_identity(tree: Requirement) -> None:
    assert tree_from_json(json.loads(json.dumps(json_from_tree(tree)))) == tree


@few
@given(questions(manual=True))
def test_no_award_counts_twice_in_a_group(question: Problem) -> None:
    """P4, counted here from the proof alone."""
    answer = find_path(question)
    groups: Mapping[str, str] = {
        node.id: (node.rules.share_group or "") for node in _walk(question.target) if isinstance(node, Count | Credits)
    }
    pairs = [
        (groups[node.id], witness.credential)
        for node in answer.plan.proof.nodes()
        if node.id in groups
        for witness in node.witnesses
    ]
    assert len(pairs) == len(set(pairs))


def _walk(node: Requirement) -> list[Requirement]:
    if isinstance(node, AllOf | SomeOf):
        return [node, *(below for part in node.parts for below in _walk(part))]
    return [node]

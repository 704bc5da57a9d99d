"""Cases that a careless planner gets wrong, each worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from service.errors import InvalidArgument
from service.stacking.answers.audit import audit, audit_problem, find_path
from service.stacking.problem.answer import Answer
from service.stacking.problem.problem import Limits, Problem
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Manual, Rules, Skill, SomeOf
from service.stacking.verifier.verify import faults
from tests.support.stacking_cases import TODAY, credential, held, named, needs, problem


def path(question: Problem) -> Answer:
    answer = find_path(question)
    assert faults(question, answer) == ()
    return answer


def count(question: Problem) -> Answer:
    answer = audit(question)
    assert faults(audit_problem(question), answer) == ()
    return answer


def taken(answer: Answer) -> list[str]:
    return [step.credential for step in answer.plan.steps]


def witnesses(answer: Answer, node: str) -> list[str]:
    (found,) = [n for n in answer.plan.proof.nodes() if n.id == node]
    return [witness.credential for witness in found.witnesses]


def ects(name: str, least: str, most: str | None = None, asked: Filter | None = None, **rules: object) -> Credits:
    bound = None if most is None else Decimal(most)
    return Credits(name, Decimal(least), bound, asked or Filter(), Rules(**rules))  # type: ignore[arg-type]


def test_assignment_is_not_by_order_of_listing() -> None:
    """Two leaves {A, B} and {A}: whoever gives A to the first loses the second."""
    target = AllOf("r", (Count("one", 1, filter=named("A", "B")), Count("two", 1, filter=named("A"))))
    answer = count(problem(target, [held("A"), held("B")]))
    assert answer.plan.proof.status == "met"
    assert (witnesses(answer, "one"), witnesses(answer, "two")) == (["B"], ["A"])


def test_least_credits_above_a_minimum() -> None:
    """4 + 3 + 3 against 6: the two of 3."""
    offers = [credential("a", "4"), credential("b", "3"), credential("c", "3")]
    assert taken(path(problem(ects("r", "6"), (), offers))) == ["b", "c"]
    assert taken(path(problem(ects("r", "6", "6"), (), offers))) == ["b", "c"]


def test_prerequisites_do_not_hold_each_other_up() -> None:
    """A needs B or C, B needs A or C: {A, B} alone would be cheaper and is impossible."""
    offers = [
        credential("A", "1", "s", prerequisite=needs("A", "B", "C", least=1)),
        credential("B", "1", "t", prerequisite=needs("B", "A", "C", least=1)),
        credential("C", "9"),
    ]
    target = AllOf("r", (Skill("s", "s"), Skill("t", "t")))
    answer = path(problem(target, (), offers))
    assert taken(answer) == ["C", "A", "B"]
    assert answer.plan.total_ects == answer.lower_bound == 11
    assert path(problem(target, (), offers[:2])).status == "partial"


def test_circle_of_prerequisites_is_left_out_and_named() -> None:
    offers = [
        credential("A", "1", "s", prerequisite=needs("A", "B")),
        credential("B", "1", "t", prerequisite=needs("B", "A")),
    ]
    answer = path(problem(Skill("s", "s"), (), offers))
    assert answer.plan.steps == ()
    assert {(one.credential, one.rule) for one in answer.rejected} == {("A", "S12"), ("B", "S12")}
    assert [(gap.reason, gap.rule) for gap in answer.gaps] == [("prerequisite", "S12")]


def test_one_of_one_with_both_held_counts_one() -> None:
    """Holding more never breaks it; what is more is left uncounted."""
    target = SomeOf("r", (Count("x", 1, filter=named("A")), Count("y", 1, filter=named("B"))), 1, 1)
    answer = count(problem(target, [held("A"), held("B")]))
    assert answer.plan.proof.status == "met"
    assert len(witnesses(answer, "x") + witnesses(answer, "y")) == 1
    assert [one.rule for one in answer.unused] == ["S5"]


@pytest.mark.parametrize(("most", "status"), [("5", "optimal"), ("4.99", "infeasible")])
def test_limit_exactly_met_is_accepted(most: str, status: str) -> None:
    answer = path(problem(ects("r", "5"), (), [credential("a", "5")], limits=Limits(max_ects=Decimal(most))))
    assert answer.status == status
    assert answer.relax == (("max_ects",) if status == "infeasible" else ())


def test_badge_without_credits_counts_by_number_only() -> None:
    badge = [held("badge", "0", "s")]
    assert count(problem(Count("r", 1), badge)).status == "optimal"
    assert count(problem(ects("r", "1"), badge)).status == "partial"
    assert count(problem(Skill("r", "s"), badge)).status == "optimal"


def test_same_award_from_two_issuers_counts_once() -> None:
    """S6."""
    twice = [held("a", "5", same_award="award"), held("b", "5", same_award="award")]
    answer = count(problem(ects("r", "10"), twice))
    assert answer.plan.unmet == Fraction(1, 2)
    assert [one.rule for one in answer.unused] == ["S6"]
    assert count(problem(AllOf("r", (Count("x", 1), Count("y", 1))), twice)).status == "partial"


def test_expired_prerequisite_must_be_earned_again() -> None:
    """S1: what has expired opens nothing."""
    asked = credential("B", "5", "s", prerequisite=needs("B", "A"))
    old = replace(held("A", "5"), expires=TODAY)
    answer = path(problem(Skill("r", "s"), [old], [credential("A", "5"), asked]))
    assert taken(answer) == ["A", "B"]
    assert [(one.credential, one.rule) for one in answer.unused] == [("A", "S1")]
    fresh = replace(old, expires=date(2026, 3, 2))
    assert taken(path(problem(Skill("r", "s"), [fresh], [credential("A", "5"), asked]))) == ["B"]


def test_prior_learning_counts_for_a_skill_and_not_beyond_its_cap_for_credits() -> None:
    """S8."""
    target = AllOf("r", (Skill("skill", "s"), ects("credits", "5", maximum_rpl=Decimal(4))))
    answer = count(problem(target, [replace(held("A", "5", "s"), rpl=True)]))
    assert witnesses(answer, "skill") == ["A"]
    assert witnesses(answer, "credits") == []
    assert answer.plan.proof.status == "unmet"


def test_cap_on_prior_learning_over_the_whole_target() -> None:
    own = [replace(held(name, "3"), rpl=True) for name in "ab"]
    target = AllOf("r", (ects("x", "3"), ects("y", "3")))
    assert count(problem(target, own, limits=Limits(max_rpl=Decimal(6)))).status == "optimal"
    capped = count(problem(target, own, limits=Limits(max_rpl=Decimal("5.99"))))
    assert capped.plan.unmet == 1
    assert [one.rule for one in capped.unused] == ["S8"]


@pytest.mark.parametrize(
    ("today", "status"), [(date(2028, 7, 31), "optimal"), (date(2028, 8, 1), "partial")], ids=["last day", "day after"]
)
def test_studies_age_at_the_end_of_the_half_year(today: date, status: str) -> None:
    """S2: January 2018 with ten years counts to the end of spring 2028."""
    own = [replace(held("a"), awarded=date(2018, 1, 15))]
    for question in (
        problem(ects("r", "5", maximum_age=10), own),
        problem(ects("r", "5"), own, limits=Limits(max_age=10)),
    ):
        assert count(replace(question, today=today)).status == status


def test_unknown_is_not_no() -> None:
    """S15 and S18: a pass does not compare with a grade, a missing level with a level."""
    graded = count(problem(ects("r", "5", minimum_grade=Decimal(3)), [held("a")]))
    assert graded.plan.proof.status == "unknown"
    assert [gap.reason for gap in graded.gaps] == ["unknown-facts"]
    assert [w.rule for w in graded.plan.proof.witnesses] == ["S15"]
    leveled = count(problem(ects("r", "5", None, Filter(minimum_level=6)), [held("a")]))
    assert leveled.plan.proof.status == "unknown"
    assert count(problem(ects("r", "5", minimum_grade=Decimal(3)), [replace(held("a"), grade=Decimal(2))])).status == (
        "partial"
    )


def test_manual_leaf_is_contagious() -> None:
    """P12: all-of becomes unknown, some-of is met without it."""
    person = Manual("m", "Thesis")
    done = Count("c", 1)
    own = [held("a")]
    assert count(problem(AllOf("r", (person, done)), own)).plan.proof.status == "unknown"
    assert count(problem(SomeOf("r", (person, done), 1), own)).plan.proof.status == "met"
    assert count(problem(AllOf("r", (person, done)), ())).plan.proof.status == "unmet"


def test_prerequisite_that_a_person_decides_is_a_condition_of_the_step() -> None:
    offers = [credential("a", "5", "s", prerequisite=Manual("a#p", "An interview"))]
    answer = path(problem(Skill("r", "s"), (), offers))
    assert answer.plan.steps[0].conditions == ("An interview",)


def test_replacement_needs_its_share_of_the_outcomes() -> None:
    """S3: 7 of 10 outcomes stand in at 0.7 and not at 0.71; the level must not be lower."""
    ten = " ".join(f"o{number}" for number in range(10))
    seven = " ".join(f"o{number}" for number in range(7))
    asked = credential("X", "5", ten, level=6)
    own = held("mine", "5", seven, level=6)
    question = problem(Count("r", 1, filter=named("X")), [own], [asked], replacement=Decimal("0.7"))
    answer = count(question)
    assert [w.rule for w in answer.plan.proof.witnesses] == ["S3"]
    assert count(replace(question, replacement=Decimal("0.71"))).status == "partial"
    assert count(replace(question, replacement=None)).status == "partial"
    lower = replace(question, held=(held("mine", "5", seven, level=5),))
    assert count(lower).status == "partial"


def test_inclusion_asks_for_level_and_not_for_content() -> None:
    """S4: a free elective takes anything of its level."""
    free = ects("r", "5", None, Filter(minimum_level=6))
    assert count(problem(free, [held("a", "5", level=6)])).status == "optimal"
    assert count(problem(free, [held("a", "5", level=5)])).status == "partial"


def test_residency_counts_only_what_counts_elsewhere() -> None:
    """S9: credits of the awarding body that no part counts are no help."""
    home = ects("home", "5", None, Filter(providers=frozenset(["uni"])), share_group="home", counted_elsewhere=True)
    target = AllOf("r", (Count("part", 1, filter=named("a", "b")), home))
    own = [held("a", "5", providers=frozenset(["else"])), held("x", "5", providers=frozenset(["uni"]))]
    assert count(problem(target, own)).plan.proof.status == "unmet"
    own.append(held("b", "5", providers=frozenset(["uni"])))
    answer = count(problem(target, own))
    assert witnesses(answer, "part") == witnesses(answer, "home") == ["b"]


def test_shared_credits_stay_within_their_cap() -> None:
    minor = ects("minor", "5", None, share_group="minor", maximum_shared=Decimal(4))
    target = AllOf("r", (ects("major", "5"), minor))
    assert count(problem(target, [held("a", "5")])).plan.unmet == 1
    free = AllOf("r", (ects("major", "5"), replace(minor, rules=Rules(share_group="minor"))))
    assert count(problem(free, [held("a", "5")])).status == "optimal"


def test_terms_and_their_load() -> None:
    offers = [credential(name, "5", skill) for name, skill in (("a", "s"), ("b", "t"), ("c", "u"))]
    offers[2] = replace(offers[2], prerequisite=needs("c", "a"))
    target = AllOf("r", tuple(Skill(skill, skill) for skill in "stu"))
    assert {s.credential: s.term for s in path(problem(target, (), offers)).plan.steps} == {"a": 1, "b": 1, "c": 2}
    loaded = path(problem(target, (), offers, limits=Limits(ects_per_term=Decimal(5))))
    assert loaded.plan.terms == 3
    assert path(problem(target, (), offers, limits=Limits(max_terms=1))).plan.unmet == 1


def test_fewer_terms_win_among_equals() -> None:
    """Two ways of 6 ECTS: one needs two terms, the other one."""
    offers = [
        credential("a", "3", "s"),
        credential("b", "3", "t", prerequisite=needs("b", "a")),
        credential("c", "3", "t"),
    ]
    target = AllOf("r", (Skill("x", "s"), Skill("y", "t")))
    assert taken(path(problem(target, (), offers))) == ["a", "c"]


def test_deadline_counts_the_half_years_that_end_by_it() -> None:
    limits = Limits(deadline=date(2026, 12, 31))
    assert limits.terms(date(2026, 3, 1)) == 2
    assert Limits(deadline=date(2026, 12, 30)).terms(date(2026, 3, 1)) == 1
    assert Limits(deadline=date(2026, 7, 30)).terms(date(2026, 3, 1)) == 0
    late = path(problem(Skill("r", "s"), (), [credential("a", "5", "s")], limits=Limits(deadline=date(2026, 7, 30))))
    assert (late.status, late.relax) == ("infeasible", ("deadline",))


def test_pinned_credential_is_planned_whatever_it_serves() -> None:
    offers = [credential("a", "5", "s"), credential("b", "9", "s")]
    answer = path(problem(Skill("r", "s"), (), offers, limits=Limits(pin=frozenset(["b"]))))
    assert taken(answer) == ["b"]
    useless = path(problem(Skill("r", "s"), (), [*offers, credential("z")], limits=Limits(pin=frozenset(["z"]))))
    assert {s.credential: s.reasons for s in useless.plan.steps}["z"] == ("limit:pin",)


def test_smallest_set_of_limits_to_lift() -> None:
    """Only both together help; the language is beside the point."""
    offers = [credential("a", "9", "s", cost=Decimal(90), languages=frozenset(["fi"]))]
    limits = Limits(max_ects=Decimal(5), max_cost=Decimal(50), languages=frozenset(["fi"]))
    answer = path(problem(Skill("r", "s"), (), offers, limits=limits))
    assert answer.status == "infeasible"
    assert answer.relax == ("max_ects", "max_cost")


def test_skill_that_nobody_teaches_is_named() -> None:
    answer = path(problem(AllOf("r", (Skill("x", "s"), Skill("y", "none"))), (), [credential("a", "5", "s")]))
    assert (answer.status, answer.nobody_offers) == ("partial", ("y",))
    assert [(gap.requirement, gap.reason) for gap in answer.gaps] == [("y", "nobody-offers")]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (problem(Count("r", 1), [held("a", "-1")]), "must not be negative"),
        (problem(Count("r", 1), limits=Limits(max_ects=Decimal(-1))), "must not be negative"),
        (problem(Count("r", 1), limits=Limits(pin=frozenset(["a"]), avoid=frozenset(["a"]))), "contradict"),
        (problem(Count("r", 1), limits=Limits(pin=frozenset(["a"]))), "not on offer"),
        (problem(Count("r", 1), [held("a"), held("a")]), "name of its own"),
        (problem(Count("r", 1), [held(f"h{n}") for n in range(2001)]), "at most 2000"),
        (problem(Count("r", 1), replacement=Decimal(2)), "share"),
        (problem(AllOf("r", ())), "at least one part"),
    ],
)
def test_question_that_cannot_be_meant_is_refused(question: Problem, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        find_path(question)


def test_solver_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    path(problem(ects("r", "5"), (), [credential("a", "5")]))
    assert capfd.readouterr().out == ""


def test_start_is_not_taken_for_the_optimum() -> None:
    """A credential of no credits that serves nothing costs nothing in ECTS, and is still not planned."""
    target = SomeOf("r", (ects("a", "0"), Count("b", 2, 2)), 1)
    question = problem(target, [held("h1", "0"), held("h2", "0")], [credential("c1", "0")], replacement=None)
    assert path(question).plan.steps == ()


def test_held_award_is_earned_again_only_where_the_held_one_is_refused() -> None:
    """Prior learning over its cap is no reason to sit the same course; a failed grade is."""
    offers = [credential("a", "5")]
    capped = ects("r", "5", maximum_rpl=Decimal(4))
    assert path(problem(capped, [replace(held("a", "5"), rpl=True)], offers)).plan.steps == ()
    graded = ects("r", "5", minimum_grade=Decimal(3))
    assert taken(path(problem(graded, [replace(held("a", "5"), grade=Decimal(2))], offers))) == ["a"]

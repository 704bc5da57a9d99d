"""Corequisites: earned earlier or in the same term. Each case worked by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from service.stacking.answers.audit import find_path
from service.stacking.matrix.build import gather
from service.stacking.matrix.matrix import Matrix
from service.stacking.problem.answer import Answer
from service.stacking.problem.candidates import Credential
from service.stacking.problem.problem import Limits, Problem
from service.stacking.requirements.tree import Manual, Skill
from service.stacking.verifier.verify import faults
from service.store.oxigraph import OxigraphStore
from tests.support.records import statement
from tests.support.small_catalogue import add_derived, small_nquads
from tests.support.stacking_cases import credential, held, needs, problem

GOAL = Skill("r", "s1")


def beside(one: Credential, *names: str) -> Credential:
    """Return a credential that asks for these beside it."""
    return replace(one, corequisite=replace(needs(one.iri, *names), id=f"{one.iri}#corequisite"))


def path(question: Problem) -> Answer:
    answer = find_path(question)
    assert faults(question, answer) == ()
    return answer


def terms(answer: Answer) -> dict[str, int]:
    return {step.credential: step.term for step in answer.plan.steps}


def test_corequisite_may_be_earned_in_the_same_term() -> None:
    offers = [beside(credential("lab", "2", "s1"), "lecture"), credential("lecture", "5")]
    answer = path(problem(GOAL, (), offers))
    assert terms(answer) == {"lab": 1, "lecture": 1}
    (lab,) = [step for step in answer.plan.steps if step.credential == "lab"]
    assert lab.uses == ("lecture",)


def test_corequisite_that_is_held_is_there() -> None:
    offers = [beside(credential("lab", "2", "s1"), "lecture"), credential("lecture", "5")]
    assert terms(path(problem(GOAL, [held("lecture")], offers))) == {"lab": 1}


def test_two_that_ask_for_each_other_go_together() -> None:
    """Unlike prerequisites, these hold each other up: they are taught side by side."""
    pair = [beside(credential("lab", "2", "s1"), "lecture"), beside(credential("lecture", "5"), "lab")]
    assert terms(path(problem(GOAL, (), pair))) == {"lab": 1, "lecture": 1}


def test_what_comes_later_is_not_beside() -> None:
    """The lab asks for the lecture beside it, the lecture for the lab before it: neither can begin."""
    lab = beside(credential("lab", "2", "s1"), "lecture")
    lecture = credential("lecture", "5", prerequisite=needs("lecture", "lab"))
    answer = path(problem(GOAL, (), [lab, lecture], alternatives=1))
    assert terms(answer) == {}
    assert {refusal.rule for refusal in answer.rejected} == {"S12"}


def test_circle_through_a_choice_is_cut_off() -> None:
    """As before, but the lecture may follow the lab or a course: the lab comes with the lecture, after the course."""
    lab = beside(credential("lab", "2", "s1"), "lecture")
    lecture = credential("lecture", "5", prerequisite=needs("lecture", "lab", "course", least=1))
    answer = path(problem(GOAL, (), [lab, lecture, credential("course", "3")]))
    assert terms(answer) == {"course": 1, "lab": 2, "lecture": 2}


def test_pair_that_no_term_holds_is_not_planned() -> None:
    """2 + 5 ECTS belong in one term and a term holds 6; at 7 it is just enough."""
    pair = [beside(credential("lab", "2", "s1"), "lecture"), beside(credential("lecture", "5"), "lab")]
    tight = path(problem(GOAL, (), pair, limits=Limits(ects_per_term=Decimal(6))))
    assert (tight.status, terms(tight)) == ("infeasible", {})
    assert tight.relax == ("ects_per_term",)
    assert terms(path(problem(GOAL, (), pair, limits=Limits(ects_per_term=Decimal(7))))) == {"lab": 1, "lecture": 1}


def test_load_puts_a_corequisite_into_an_earlier_term() -> None:
    offers = [beside(credential("lab", "2", "s1"), "lecture"), credential("lecture", "5")]
    answer = path(problem(GOAL, (), offers, limits=Limits(ects_per_term=Decimal(5))))
    assert terms(answer) == {"lecture": 1, "lab": 2}


def test_corequisite_that_a_person_decides_is_a_condition_of_the_step() -> None:
    asked = replace(credential("lab", "2", "s1"), corequisite=Manual("m", "A place at a workshop"))
    (step,) = path(problem(GOAL, (), [asked])).plan.steps
    assert step.conditions == ("A place at a workshop",)


def test_plan_that_splits_a_pair_is_refused() -> None:
    """The verifier reads the rule itself: the lab a term before its lecture is no plan."""
    offers = [beside(credential("lab", "2", "s1"), "lecture"), credential("lecture", "5")]
    question = problem(GOAL, (), offers)
    answer = path(question)
    lecture, lab = sorted(answer.plan.steps, key=lambda step: step.ects, reverse=True)
    wrong = replace(answer, plan=replace(answer.plan, steps=(lab, replace(lecture, term=2)), terms=2))
    assert "lab is begun before what it needs is there" in faults(question, wrong)


def test_statements_of_the_catalogue_reach_the_planner() -> None:
    """(course, mc:corequisite, tree) and (programme, mc:waivesAdmission, true) come with the stacking matrix."""
    course, programme = "http://localhost:8000/id/credential/lab", "http://localhost:8000/id/programme/open"
    lines = [
        f"{course} a mc:MicroCredential", f'{course} dct:title "Lab"', f"{course} mc:corequisite {course}#c",
        f"{course}#c a mc:ManualRequirement", f'{course}#c dct:description "A place at a workshop"',
        f"{programme} a mc:DegreeProgramme", f"{programme} mc:requirement {programme}#r",
        f'{programme} mc:waivesAdmission "true"^^xsd:boolean',
        f"{programme}#r a mc:ManualRequirement", f'{programme}#r dct:description "An interview"',
    ]  # fmt: skip
    store = OxigraphStore.in_memory(small_nquads() + "".join(map(statement, lines)).encode())
    add_derived(store)
    matrix = Matrix(*gather(store))
    number = matrix.numbers[course]
    assert matrix.credential(number).corequisite == Manual(f"{course}#c", "A place at a workshop")
    assert not matrix.free[number]
    assert (matrix.admits(programme), matrix.admits(course)) == (True, None)

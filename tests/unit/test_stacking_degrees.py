"""Degrees of strangers: 65 programmes and two degrees of Princeton, and 240 ECTS of Karelia."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.stacking.answers.audit import audit, audit_problem, find_path
from service.stacking.problem.candidates import Credential
from service.stacking.requirements.tree import AllOf, Count, Manual, SomeOf, check, leaves
from service.stacking.verifier.verify import faults
from tests.support.princeton import Converter, courses_of, read_programmes
from tests.support.stacking_cases import credential, held, named, problem


@pytest.fixture(scope="module")
def programmes(shared: Path) -> Mapping[str, Mapping[str, Any]]:
    return read_programmes(shared / "degrees" / "princeton")


@pytest.fixture(scope="module")
def courses(programmes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted({code for document in programmes.values() for code in courses_of(document)})


def test_every_programme_is_converted(programmes: Mapping[str, Any], courses: list[str]) -> None:
    converter = Converter(courses)
    trees = [converter.convert(document, name) for name, document in programmes.items()]
    assert len(trees) == 67
    for tree in trees:
        check(tree)
    # docs/stacking.md lists these with the reason.
    assert set(converter.unexpressed) <= {
        "pdfs_allowed", "completed_by_semester", "max_common_with_major", "iw_required", "iw_relationship",
        "declaration_limit", "deadline", "double_counting_allowed_local", "excluded_majors", "excluded_major",
        "excluded_minors", "dist_req", "max_counted above the number of parts",
    }  # fmt: skip


def test_audits_of_generated_students_are_proved(programmes: Mapping[str, Any], courses: list[str]) -> None:
    """A student who took more is never further from the end, and every proof is confirmed."""
    rng = random.Random(65)
    converter = Converter(courses)
    for name, document in programmes.items():
        tree = converter.convert(document, name)
        own = sorted(courses_of(document)) or courses[:10]
        taken = rng.sample(own, min(len(own), 30))
        open_weights = []
        for share in (0.3, 1.0):
            some = taken[: max(1, int(len(taken) * share))]
            student = problem(tree, [held(code) for code in some], replacement=None)
            answer = audit(student)
            assert faults(audit_problem(student), answer) == (), name
            open_weights.append(answer.plan.unmet)
        assert open_weights[1] <= open_weights[0], name


def test_student_without_courses_has_nothing_met_that_asks_for_any(
    programmes: Mapping[str, Any], courses: list[str]
) -> None:
    converter = Converter(courses)
    for name, document in programmes.items():
        tree = converter.convert(document, name)
        answer = audit(problem(tree, replacement=None))
        met = {node.id for node in answer.plan.proof.nodes() if node.status == "met"}
        asking = {leaf.id for leaf in leaves(tree) if not isinstance(leaf, Manual) and leaf.minimum > 0}
        assert not met & asking, name


def _karelia(shared: Path) -> tuple[AllOf, list[Credential]]:
    text = (shared / "degrees" / "finland" / "karelia_ict_curriculum.js").read_text("utf-8")
    text = re.sub(r",(\s*[\]}])", r"\1", text[text.index("{") :])  # JSON has no final commas
    units = json.JSONDecoder().raw_decode(text)[0]["courses"]
    groups: dict[str, list[str]] = {}
    for unit in units:
        groups.setdefault(unit["specialization"], []).append(unit["code"])
    branches = tuple(
        Count(name, len(groups[name]), filter=named(*groups[name])) for name in sorted(groups) if name != "common"
    )
    common = Count("common", len(groups["common"]), filter=named(*groups["common"]))
    offers = [credential(unit["code"], str(unit["credits"])) for unit in units]
    return AllOf("degree", (common, SomeOf("branch", branches, 1))), offers


def test_finnish_degree_is_planned_by_its_cheaper_branch(shared: Path) -> None:
    target, offers = _karelia(shared)
    common, branch = target.parts
    assert isinstance(common, Count)
    assert isinstance(branch, SomeOf)
    ects = {one.iri: one.ects or Decimal(0) for one in offers}
    sums = [
        sum(ects[code] for code in part.filter.credentials)
        for part in (common, *branch.parts)
        if isinstance(part, Count)
    ]
    question = problem(target, (), offers)
    answer = find_path(question)
    assert faults(question, answer) == ()
    assert answer.status == "optimal"
    assert answer.plan.total_ects == sums[0] + min(sums[1:])
    half = [held(code, str(ects[code])) for code in sorted(common.filter.credentials)]
    assert find_path(problem(target, half, offers)).plan.total_ects == min(sums[1:])

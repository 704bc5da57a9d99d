"""Writes an answer as JSON: stable names, numbers as JSON numbers, everything with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..problem.answer import RULES, Answer, Gap, Plan, Proof, Refusal, Step, Witness
from ..question.from_json import Question
from ..requirements.tree import Manual, Requirement, Skill, walk

NOTICE = "A proposal with reasons. Recognition is decided by the receiving body; nobody is entitled by it."

_APPLY = "Completing this does not waive admission: how to be admitted is for the body that decides."


def answer_to_json(question: Question, answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON values; see docs/stacking.md for each key."""
    nodes = {node.id: node for node in walk(question.problem.target)}
    plan = answer.plan
    body: dict[str, Any] = {
        "status": answer.status,
        **_plan(plan, question.listed),
        "proved": answer.proved,
        "lower_bound": number(answer.lower_bound),
        "gap": _distance(plan.total_ects, answer.lower_bound),
        "proof": _proof(plan.proof, nodes),
        "gaps": [_gap(gap, nodes) for gap in answer.gaps],
        "unused": [_refusal(refusal) for refusal in answer.unused],
        "alternatives": [
            {**_plan(other, question.listed), "proof": _proof(other.proof, nodes), **_difference(plan, other)}
            for other in answer.alternatives
        ],
        "relax": list(answer.relax),
        "nobody_offers": [_skill_or_id(nodes[name]) for name in answer.nobody_offers],
        "near": {},
        "decided_by": list(question.decided_by),
        "decision": "proposed",
        "notice": NOTICE,
        "admission": None if question.admits is None else _admission(question.admits),
    }
    if question.optional:
        body["optional"] = _optional(question, plan)
    if question.rejected:
        body["rejected"] = [_refusal(refusal) for refusal in answer.rejected]
    return body


def _admission(waived: bool) -> dict[str, Any]:
    words = "Whoever completes this is admitted, by its own rules." if waived else _APPLY
    return {"waived": waived, "rule": "S13", "reason": words}


def number(value: Decimal) -> int | float:
    """Return a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def _plan(plan: Plan, listed: frozenset[str]) -> dict[str, Any]:
    return {
        "total_ects": number(plan.total_ects),
        "total_cost": _known_cost(plan),
        "cost_unknown": [step.credential for step in plan.steps if step.cost is None],
        "terms": plan.terms,
        "plan": [_step(step, listed) for step in plan.steps],
    }


def _known_cost(plan: Plan) -> int | float | None:
    """Return what is known of the price; None when there is something to pay for and nothing is known of it."""
    unknown = plan.steps and all(step.cost is None for step in plan.steps)
    return None if unknown else number(plan.total_cost)


def _step(step: Step, listed: frozenset[str]) -> dict[str, Any]:
    return {
        "credential": step.credential,
        "listed": step.credential in listed,
        "ects": number(step.ects),
        "cost": None if step.cost is None else number(step.cost),
        "term": step.term,
        "reasons": list(step.reasons),
        "uses": list(step.uses),
        "conditions": list(step.conditions),
    }


def _proof(proof: Proof, nodes: dict[str, Requirement]) -> dict[str, Any]:
    node = nodes[proof.id]
    found: dict[str, Any] = {
        "requirement": proof.id,
        "kind": proof.kind,
        "status": proof.status,
        "chosen": proof.chosen,
        "minimum": number(proof.minimum),
        "amount": number(proof.amount),
    }
    if proof.label:
        found["label"] = dict(proof.label)
    if isinstance(node, Skill):
        found["skill"] = node.skill
    if isinstance(node, Manual):
        found["text"] = node.text
    if proof.parts:
        found["parts"] = [_proof(part, nodes) for part in proof.parts]
    else:
        found["witnesses"] = [_witness(witness) for witness in proof.witnesses]
    return found


def _witness(witness: Witness) -> dict[str, Any]:
    return {
        "credential": witness.credential,
        "amount": number(witness.amount),
        "source": witness.source,
        "rule": witness.rule,
        "doubtful": witness.doubtful,
    }


def _gap(gap: Gap, nodes: dict[str, Requirement]) -> dict[str, Any]:
    node = nodes[gap.requirement]
    found: dict[str, Any] = {
        "requirement": gap.requirement,
        "missing": number(gap.missing),
        "reason": gap.reason,
        "rule": gap.rule,
        "limits": list(gap.limits),
    }
    if isinstance(node, Skill):
        found["skill"] = node.skill
    if isinstance(node, Manual):
        found["text"] = node.text
    return found


def _refusal(refusal: Refusal) -> dict[str, Any]:
    words = RULES.get(refusal.rule) or f"the condition {refusal.rule.removeprefix('limit:')} rules it out"
    return {"credential": refusal.credential, "rule": refusal.rule, "reason": words}


def _difference(plan: Plan, other: Plan) -> dict[str, Any]:
    here, there = {step.credential for step in plan.steps}, {step.credential for step in other.steps}
    known = all(_known_cost(one) is not None for one in (plan, other))
    return {
        "instead_of": sorted(here - there),
        "takes": sorted(there - here),
        "more_ects": number(other.total_ects - plan.total_ects),
        "more_cost": number(other.total_cost - plan.total_cost) if known else None,
    }


def _optional(question: Question, plan: Plan) -> dict[str, Any]:
    problem = question.problem
    there: Iterable[frozenset[str]] = [
        *(held.credential.skills for held in problem.held),
        *(problem.candidates[step.credential].skills for step in plan.steps),
    ]
    covered = frozenset[str]().union(*there)
    return {
        "covered": [skill for skill in question.optional if skill in covered],
        "open": [skill for skill in question.optional if skill not in covered],
    }


def _distance(total: Decimal, bound: Decimal) -> float:
    return 0.0 if total <= bound or not total else round(float((total - bound) / total), 4)


def _skill_or_id(node: Requirement) -> str:
    return node.skill if isinstance(node, Skill) else node.id

"""Explains each gap and each unused credential by the rule that makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..problem.answer import Gap, Plan, Proof, Refusal
from ..problem.overlap import is_credited, overlapping
from ..problem.prerequisites import Leaf
from ..solver.plan import Planned
from ..solver.prepared import Prepared


def gaps(question: Prepared, planned: Planned, relax: Sequence[str]) -> tuple[Gap, ...]:
    """Return each leaf that stays open, what it lacks and why."""
    nobody = set(nobody_offers(question))
    by_id = {leaf.id: leaf for leaf in question.leaves()}
    found = []
    for node in planned.plan.proof.nodes():
        if node.parts or not node.chosen or node.status == "met":
            continue
        if node.kind == "manual":
            found.append(Gap(node.id, Decimal(1), "person-decides", "S17"))
            continue
        missing = node.minimum - node.amount if node.status == "unmet" else node.minimum - _sure(node)
        if node.status == "unknown":
            found.append(Gap(node.id, missing, "unknown-facts", "S18"))
        elif node.id in nobody:
            found.append(Gap(node.id, missing, "nobody-offers", "S3"))
        elif not planned.least_open:
            found.append(Gap(node.id, missing, "time-ended", "limit", ("seconds",)))
        else:
            found.append(_explained(question, by_id[node.id], missing, relax))
    return tuple(found)


def _sure(node: Proof) -> Decimal:
    return sum((witness.amount for witness in node.witnesses if not witness.doubtful), Decimal(0))


def _explained(question: Prepared, leaf: Leaf, missing: Decimal, relax: Sequence[str]) -> Gap:
    rules = {refusal.credential: refusal.rule for refusal in question.screened.rejected}
    able = list(question.prerequisites.counted(leaf))
    limits = {rules[iri].removeprefix("limit:") for iri in able if rules.get(iri, "").startswith("limit:")}
    if relax:
        return Gap(leaf.id, missing, "limits", "limit", tuple(relax))
    if able and all(iri in rules for iri in able):
        if limits:
            return Gap(leaf.id, missing, "limits", "limit", tuple(sorted(limits)))
        return Gap(leaf.id, missing, "prerequisite", "S12")
    return Gap(leaf.id, missing, "used-elsewhere", "S6")


def nobody_offers(question: Prepared) -> tuple[str, ...]:
    """Return the leaves that no candidate and nothing held could count, whatever the limits."""
    problem = question.problem
    return tuple(
        leaf.id
        for leaf in question.leaves()
        if leaf.minimum > 0
        and not question.prerequisites.counted(leaf)
        and not any(question.admission.holds(leaf, held).answer is not False for held in problem.held)
    )


def unused(question: Prepared, plan: Plan) -> tuple[Refusal, ...]:
    """Return what is held and not counted, each with the rule that says so."""
    used = {w.credential for node in plan.proof.nodes() for w in node.witnesses if w.source == "held"}
    awards = {held.credential.iri: held.credential.award for held in question.problem.held}
    counted = {awards[iri] for iri in used}
    chosen = {node.id: node for node in plan.proof.nodes() if node.chosen}
    covered = question.leaves()
    overlapped = _overlapped(question, plan)
    found = []
    for held in sorted(question.problem.held, key=lambda held: held.credential.iri):
        if held.credential.iri in used:
            continue
        usable = question.admission.usable(held)
        verdicts = [question.admission.holds(leaf, held) for leaf in covered]
        if usable.answer is False:
            rule = usable.rule
        elif held.credential.award in counted:
            rule = "S6"
        elif held.credential.iri in overlapped and any(verdict.answer for verdict in verdicts):
            rule = "S7"
        elif any(verdict.answer for verdict in verdicts):
            able = [leaf for leaf, verdict in zip(covered, verdicts, strict=True) if verdict.answer]
            short = [leaf for leaf in able if leaf.id in chosen and chosen[leaf.id].status != "met"]
            rule = "S8" if held.rpl and short and _caps(question, short) else "S5"
        else:
            unknown = [verdict.rule for verdict in verdicts if verdict.answer is None]
            refused = [verdict.rule for verdict in verdicts if verdict.rule not in ("S3", "S4")]
            rule = next(iter([*unknown, *refused]), "S3")
        found.append(Refusal(held.credential.iri, rule))
    return tuple(found)


def _overlapped(question: Prepared, plan: Plan) -> set[str]:
    """Return what is held and overlaps with what is credited (S7)."""
    credited = {leaf.id for leaf in question.leaves() if is_credited(leaf)}
    counted = {w.credential for node in plan.proof.nodes() if node.id in credited for w in node.witnesses}
    known = [held.credential for held in question.problem.held]
    known += [question.problem.candidates[step.credential] for step in plan.steps]
    found: set[str] = set()
    for pair in overlapping(known, question.problem.overlap):
        one, other = (known[place].iri for place in pair)
        found.update(mine for mine, its in ((one, other), (other, one)) if its in counted and mine not in counted)
    return found


def _caps(question: Prepared, found: Sequence[Leaf]) -> bool:
    if question.problem.limits.max_rpl is not None:
        return True
    return any(leaf.rules.maximum_rpl is not None for leaf in found)

"""Turns a solution into what people read: the proof tree, the steps and the reason for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ..problem.answer import Kind, Plan, Proof, Status, Step, Witness
from ..problem.candidates import Credential, Held
from ..problem.overlap import is_credited, overlapping
from ..problem.prerequisites import Leaf, Prerequisites
from ..problem.problem import Problem
from ..requirements.tree import AllOf, Count, Credits, Manual, Requirement, Skill, SomeOf, is_plain, leaves, share_group
from .model import Model

_KINDS: Mapping[type, Kind] = {
    AllOf: "all-of",
    SomeOf: "some-of",
    Credits: "credits",
    Count: "count",
    Skill: "skill",
    Manual: "manual",
}


def plan_from(
    model: Model,
    values: Sequence[float],
    taken: Sequence[Credential],
    terms: Mapping[str, int],
    problem: Problem,
    held: Sequence[Held],
) -> Plan:
    """Return the plan of a solution, its steps in the order of their terms."""
    proof = _Prover(model, values, taken, held, problem.overlap).prove(problem.target)
    step = _Steps(taken, proof, model.prerequisites, problem)
    steps = tuple(
        step.of(credential, terms[credential.iri])
        for credential in sorted(taken, key=lambda credential: (terms[credential.iri], credential.iri))
    )
    return Plan(
        steps,
        proof,
        sum((step.ects for step in steps), Decimal(0)),
        sum((step.cost for step in steps if step.cost is not None), Decimal(0)),
        max(terms.values(), default=0),
        model.unmet_exactly(values),
    )


def status_of_parts(statuses: Sequence[Status], needed: int) -> Status:
    """Return the status of a node that needs so many of its parts."""
    met = statuses.count("met")
    if met >= needed:
        return "met"
    return "unknown" if met + statuses.count("unknown") >= needed else "unmet"


class _Prover:
    def __init__(
        self,
        model: Model,
        values: Sequence[float],
        taken: Sequence[Credential],
        held: Sequence[Held],
        overlap: Decimal | None,
    ) -> None:
        self._model = model
        self._overlap = overlap
        self._values = values
        self._taken = taken
        self._held = held
        self._used = self._counted()
        credited = {
            item
            for leaf in leaves(model.target)
            if is_credited(leaf)
            for item, column in model.a[leaf.id].items()
            if values[column] > 0.5
        }
        self._credited = [one.credential for one in held if ("held", one.credential.iri) in credited]
        self._credited += [one for one in taken if ("plan", one.iri) in credited]

    def prove(self, node: Requirement) -> Proof:
        chosen = self._model.is_chosen(node.id, self._values)
        kind = _KINDS[type(node)]
        if isinstance(node, Manual):
            return Proof(node.id, kind, "unknown", chosen, Decimal(0), Decimal(0), label=node.label)
        if isinstance(node, AllOf | SomeOf):
            parts = tuple(self.prove(part) for part in node.parts)
            needed = node.minimum if isinstance(node, SomeOf) else len(parts)
            statuses = [part.status for part in parts]
            met = Decimal(statuses.count("met"))
            whole = status_of_parts(statuses, needed)
            return Proof(node.id, kind, whole, chosen, Decimal(needed), met, parts=parts, label=node.label)
        witnesses = self._witnesses(node, chosen)
        amount = sum((witness.amount for witness in witnesses), Decimal(0))
        minimum = Decimal(node.minimum)
        if amount >= minimum:
            return Proof(node.id, kind, "met", chosen, minimum, amount, witnesses, label=node.label)
        doubtful = self._doubtful(node, minimum - amount) if chosen else ()
        status: Status = "unknown" if doubtful else "unmet"
        return Proof(node.id, kind, status, chosen, minimum, amount, (*witnesses, *doubtful), label=node.label)

    def _witnesses(self, leaf: Leaf, chosen: bool) -> tuple[Witness, ...]:
        model = self._model
        if not is_plain(leaf):
            items = [item for item, column in model.a[leaf.id].items() if self._values[column] > 0.5]
            return tuple(self._witness(leaf, source, iri) for source, iri in sorted(items))
        if not chosen:
            return ()
        own = (("held", held.credential.iri) for held in self._held if model.admission.holds(leaf, held).answer)
        counted = model.prerequisites.counted(leaf)
        new = (("plan", c.iri) for c in self._taken if c.iri in counted)
        first = next(own, None) or next(new, None)
        return (self._witness(leaf, *first),) if first else ()

    def _witness(self, leaf: Leaf, source: str, iri: str) -> Witness:
        model = self._model
        if source == "plan":
            credential = next(c for c in self._taken if c.iri == iri)
            return Witness(iri, model.prerequisites.worth(leaf, credential), "plan")
        held = next(held for held in self._held if held.credential.iri == iri)
        rule = model.admission.holds(leaf, held).rule
        return Witness(iri, model.prerequisites.worth(leaf, held.credential), "held", rule)

    def _counted(self) -> set[tuple[str, str]]:
        """Return pairs of share group and award that are used up."""
        awards = {("held", held.credential.iri): held.credential.award for held in self._held}
        awards.update({("plan", credential.iri): credential.award for credential in self._taken})
        return {
            (share_group(leaf), awards[item])
            for leaf in leaves(self._model.target)
            if not isinstance(leaf, Manual) and leaf.id in self._model.a
            for item, column in self._model.a[leaf.id].items()
            if self._values[column] > 0.5
        }

    def _doubtful(self, leaf: Leaf, missing: Decimal) -> tuple[Witness, ...]:
        """Return what may close a leaf if somebody finds it to count; nothing when it could not."""
        found: list[Witness] = []
        for held in self._held:
            verdict = self._model.admission.holds(leaf, held)
            key = (share_group(leaf), held.credential.award)
            if verdict.answer is not None or key in self._used or missing <= 0:
                continue
            if is_credited(leaf) and self._overlaps(held.credential):
                continue
            self._credited += [held.credential] if is_credited(leaf) else []
            worth = self._model.prerequisites.worth(leaf, held.credential)
            found.append(Witness(held.credential.iri, worth, "held", verdict.rule, doubtful=True))
            missing = Decimal(0) if verdict.rule == "M7" else missing - worth
        if missing > 0:
            return ()
        self._used.update((share_group(leaf), self._award(witness.credential)) for witness in found)
        return tuple(found)

    def _overlaps(self, credential: Credential) -> bool:
        return any(
            True
            for _, place in overlapping([*self._credited, credential], self._overlap)
            if place == len(self._credited)
        )

    def _award(self, iri: str) -> str:
        return next(held.credential.award for held in self._held if held.credential.iri == iri)


class _Steps:
    """Why each credential of a plan is there: what it counts for and what it opens, found once for the whole plan."""

    def __init__(
        self, taken: Sequence[Credential], proof: Proof, prerequisites: Prerequisites, problem: Problem
    ) -> None:
        self._taken = taken
        self._prerequisites = prerequisites
        self._pinned = problem.limits.pin
        chosen: set[str] = set()
        self._counting: dict[str, set[str]] = {}
        for node in proof.nodes():
            if node.chosen:
                chosen.add(node.id)
            for witness in node.witnesses:
                if witness.source == "plan":
                    self._counting.setdefault(witness.credential, set()).add(node.id)
        self._leaves = [leaf for leaf in leaves(problem.target) if not isinstance(leaf, Manual) and leaf.id in chosen]
        self._uses = {one.iri: prerequisites.uses(one, taken) for one in taken}

    def of(self, credential: Credential, term: int) -> Step:
        """Return the step of one credential."""
        counting = self._counting.get(credential.iri, ())
        reasons = [
            leaf.id
            for leaf in self._leaves
            if leaf.id in counting or (is_plain(leaf) and self._prerequisites.offers(leaf, credential))
        ]
        reasons.extend(other.iri for other in self._taken if credential.iri in self._uses[other.iri])
        if not reasons and credential.iri in self._pinned:
            reasons.append("limit:pin")
        names = {other.iri for other in self._taken}
        states = [self._prerequisites.state(tree, names, credential.iri) for tree in credential.needs]
        conditions = tuple(text for state in states for text in state.conditions)
        assert credential.ects is not None
        uses = self._uses[credential.iri]
        return Step(credential.iri, credential.ects, credential.cost, term, tuple(reasons), uses, conditions)

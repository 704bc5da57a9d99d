"""Checks an answer independently: it shares the records with the planner and none of its reasoning.

Time is linear in the tree, the witnesses and, for each step, its prerequisite over the steps before it. It proves that
the plan can be followed, keeps the limits and reaches what the proof says; that no cheaper plan exists is the solver's
word, of which only the bound's side is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ..problem.answer import RULES, Answer, Plan, Proof, Status, Step, Witness
from ..problem.problem import Problem
from ..requirements.tree import AllOf, Count, Credits, Manual, Requirement, Skill, SomeOf
from .counting import Counting, Leaf, allowed, open_weight, share_group, worth

_NAMES = {AllOf: "all-of", SomeOf: "some-of", Credits: "credits", Count: "count", Skill: "skill", Manual: "manual"}


def faults(problem: Problem, answer: Answer) -> tuple[str, ...]:
    """Return what is wrong with an answer; nothing when it can be relied on."""
    return tuple(_Check(problem, answer).run())


class _Check:
    def __init__(self, problem: Problem, answer: Answer) -> None:
        self.problem = problem
        self.answer = answer
        self.counting = Counting(problem)
        self.held = self.counting.held

    def run(self) -> Iterator[str]:
        answer = self.answer
        yield from self.plan(answer.plan)
        yield from self.summary()
        before = [answer.plan]
        for other in answer.alternatives:
            yield from self.plan(other)
            if other.unmet > answer.plan.unmet:
                yield "an alternative leaves more open than the plan"
            taken = {step.credential for step in other.steps}
            if any({step.credential for step in plan.steps} <= taken for plan in before):
                yield "an alternative holds all of a plan before it"
            before.append(other)

    def summary(self) -> Iterator[str]:
        answer, plan = self.answer, self.answer.plan
        lacking = [node for node in plan.proof.nodes() if not node.parts and node.chosen and node.status != "met"]
        unmet = any(node.status == "unmet" for node in lacking)
        if unmet == (answer.status in ("optimal", "feasible")):
            yield f"the status is {answer.status} and leaves are {'' if unmet else 'not '}unmet"
        if answer.status != "infeasible" and not 0 <= answer.lower_bound <= plan.total_ects:
            yield f"the bound {answer.lower_bound} is not between 0 and {plan.total_ects}"
        if answer.status == "optimal" and not answer.proved:
            yield "an optimal plan is a proved one"
        if answer.proved and any(gap.reason == "time-ended" for gap in answer.gaps):
            yield "a gap is left for want of time in an answer that is proved"
        if answer.status == "optimal" and answer.lower_bound != plan.total_ects:
            yield "an optimal plan meets its bound"
        if [gap.requirement for gap in answer.gaps] != [node.id for node in lacking]:
            yield "the gaps are not the open leaves"
        for gap, node in zip(answer.gaps, lacking, strict=False):
            sure = sum((w.amount for w in node.witnesses if not w.doubtful), Decimal(0))
            if gap.missing != (1 if node.kind == "manual" else node.minimum - sure):
                yield f"{gap.requirement} lacks another amount than {gap.missing}"
        used = {w.credential for node in plan.proof.nodes() for w in node.witnesses if w.source == "held"}
        if sorted(refusal.credential for refusal in answer.unused) != sorted(self.held.keys() - used):
            yield "the unused credentials are not those that no leaf counts"
        if any(refusal.rule not in RULES for refusal in answer.unused):
            yield "a credential is unused by a rule that does not exist"

    def plan(self, plan: Plan) -> Iterator[str]:
        yield from self.steps(plan)
        if not plan.proof.chosen:
            yield "the target itself is not counted on"
        yield from self.node(self.problem.target, plan.proof, plan)
        yield from self.counted_once(plan)
        yield from self.recognition(plan)
        if self.problem.overlap is not None:
            yield from self.counting.overlaps(self.credited(plan), self.problem.overlap)
        still_open = sum(open_weight(node) for node in self.pairs(self.problem.target, plan.proof))
        if still_open != plan.unmet:
            yield f"the weight left open is {still_open}, not {plan.unmet}"

    # Steps

    def steps(self, plan: Plan) -> Iterator[str]:
        limits, steps = self.problem.limits, plan.steps
        names = [step.credential for step in steps]
        if len(set(names)) != len(names):
            yield "a credential is earned twice"
        for step in steps:
            yield from self.step(step, steps, plan)
        if list(steps) != sorted(steps, key=lambda step: (step.term, step.credential)):
            yield "the steps are out of order"
        if plan.total_ects != sum((step.ects for step in steps), Decimal(0)):
            yield "the ECTS do not add up"
        if plan.total_cost != sum((step.cost for step in steps if step.cost is not None), Decimal(0)):
            yield "the cost does not add up"
        if plan.terms != max((step.term for step in steps), default=0):
            yield "the number of terms is not that of the last step"
        terms = limits.terms(self.problem.today)
        for name, value, most in (
            ("ECTS", plan.total_ects, limits.max_ects),
            ("cost", plan.total_cost, limits.max_cost),
            ("credentials", len(steps), limits.max_credentials),
            ("terms", plan.terms, terms),
        ):
            if most is not None and value > most:
                yield f"{value} {name} are more than {most}"
        if limits.ects_per_term is not None:
            for term in {step.term for step in steps}:
                if sum(step.ects for step in steps if step.term == term) > limits.ects_per_term:
                    yield f"term {term} is too full"
        if self.answer.status != "infeasible" and not limits.pin <= set(names):
            yield "a pinned credential is missing"

    def step(self, step: Step, steps: Sequence[Step], plan: Plan) -> Iterator[str]:
        credential = self.problem.candidates.get(step.credential)
        if credential is None:
            yield f"{step.credential} is not on offer"
            return
        if credential.ects != step.ects or credential.cost != step.cost:
            yield f"{step.credential} has other ECTS or another cost"
        if step.term < 1:
            yield f"{step.credential} is earned before the first term"
        if not allowed(credential, self.problem.limits):
            yield f"{step.credential} breaks a limit"
        earlier = [
            self.problem.candidates[s.credential]
            for s in steps
            if s.term < step.term and s.credential in self.problem.candidates
        ]
        beside = [
            self.problem.candidates[s.credential]
            for s in steps
            if s.term <= step.term and s.credential in self.problem.candidates and s is not step
        ]
        asked = ((credential.prerequisite, earlier), (credential.corequisite, beside))
        states = [self.counting.opened(tree, there) for tree, there in asked if tree is not None]
        if False in states:
            yield f"{step.credential} is begun before what it needs is there"
        if (None in states) != bool(step.conditions):
            yield f"{step.credential} does not say truly whether a person must decide"
        if not step.reasons:
            yield f"{step.credential} is earned for no reason"
        here = ("plan", step.credential)
        serving = {n.id for n in plan.proof.nodes() if here in {(w.source, w.credential) for w in n.witnesses}}
        serving.update(other.credential for other in steps if step.credential in other.uses)
        if not serving <= set(step.reasons):
            yield f"{step.credential} hides a reason"
        open_leaves = {node.id: leaf for leaf, node in self.pairs(self.problem.target, plan.proof) if node.chosen}
        for reason in step.reasons:
            leaf = open_leaves.get(reason)
            opens = any(step.credential in other.uses for other in steps if other.credential == reason)
            pinned = reason == "limit:pin" and step.credential in self.problem.limits.pin
            if (
                not pinned
                and not opens
                and (
                    leaf is None
                    or isinstance(leaf, Manual | AllOf | SomeOf)
                    or self.counting.offered(leaf, credential) is not True
                )
            ):
                yield f"{step.credential} is no reason for {reason}"
        if not set(step.uses) <= {other.credential for other in steps} - {step.credential}:
            yield f"{step.credential} uses what is not planned"

    # The proof

    def pairs(self, node: Requirement, proof: Proof) -> Iterator[tuple[Requirement, Proof]]:
        if isinstance(node, AllOf | SomeOf):
            for part, below in zip(node.parts, proof.parts, strict=False):
                yield from self.pairs(part, below)
        else:
            yield node, proof

    def node(self, node: Requirement, proof: Proof, plan: Plan) -> Iterator[str]:
        if proof.id != node.id or proof.kind != _NAMES[type(node)] or dict(proof.label) != dict(node.label):
            yield f"the proof of {node.id} is of something else"
            return
        if isinstance(node, AllOf | SomeOf):
            yield from self.inner(node, proof, plan)
        elif isinstance(node, Manual):
            if (
                (proof.status, proof.minimum, proof.amount) != ("unknown", Decimal(0), Decimal(0))
                or proof.witnesses
                or proof.parts
            ):
                yield f"{node.id} is for a person to decide"
        else:
            yield from self.leaf(node, proof, plan)

    def inner(self, node: AllOf | SomeOf, proof: Proof, plan: Plan) -> Iterator[str]:
        if len(proof.parts) != len(node.parts) or proof.witnesses:
            yield f"the proof of {node.id} has other parts"
            return
        needed = len(node.parts) if isinstance(node, AllOf) else node.minimum
        statuses = [part.status for part in proof.parts]
        met, unknown = statuses.count("met"), statuses.count("unknown")
        status: Status = "met" if met >= needed else "unknown" if met + unknown >= needed else "unmet"
        if (proof.status, proof.minimum, proof.amount) != (status, Decimal(needed), Decimal(met)):
            yield f"{node.id} is {status} with {met} of {needed}"
        if sum(part.chosen for part in proof.parts) != (needed if proof.chosen else 0):
            yield f"{node.id} counts on another number of parts than {needed}"
        for part, below in zip(node.parts, proof.parts, strict=True):
            yield from self.node(part, below, plan)

    def leaf(self, leaf: Leaf, proof: Proof, plan: Plan) -> Iterator[str]:
        if proof.parts or (proof.witnesses and not proof.chosen):
            yield f"{leaf.id} has witnesses without being counted on, or parts"
        earned = {step.credential for step in plan.steps}
        for witness in proof.witnesses:
            yield from self.witness(leaf, witness, earned)
        sure = sum((w.amount for w in proof.witnesses if not w.doubtful), Decimal(0))
        doubtful = [w for w in proof.witnesses if w.doubtful]
        maybe = sure + sum((w.amount for w in doubtful), Decimal(0))
        could = bool(doubtful) and (maybe >= leaf.minimum or any(w.rule == "M7" for w in doubtful))
        status: Status = "met" if sure >= leaf.minimum else "unknown" if could else "unmet"
        if (proof.status, proof.minimum, proof.amount) != (status, Decimal(leaf.minimum), sure):
            yield f"{leaf.id} is {status} with {sure} of {leaf.minimum}"
        if doubtful and status != "unknown":
            yield f"{leaf.id} names doubtful credentials that change nothing"
        maximum = None if isinstance(leaf, Skill) else leaf.maximum
        if maximum is not None and sure > maximum:
            yield f"{leaf.id} counts {sure}, more than {maximum}"
        prior = self.counting.prior(w for w in proof.witnesses if not w.doubtful)
        if leaf.rules.maximum_rpl is not None and prior > leaf.rules.maximum_rpl:
            yield f"{leaf.id} counts {prior} of prior learning, more than {leaf.rules.maximum_rpl}"

    def witness(self, leaf: Leaf, witness: Witness, earned: set[str]) -> Iterator[str]:
        place = f"{leaf.id}: {witness.credential}"
        if witness.source == "plan":
            credential = self.problem.candidates.get(witness.credential)
            if credential is None or witness.credential not in earned:
                yield f"{place} is not in the plan"
                return
            state, rule = self.counting.offered(leaf, credential), "S4"
            if witness.doubtful:
                yield f"{place} is planned, so it cannot be doubtful"
                return
        elif witness.source == "held" and witness.credential in self.held:
            held = self.held[witness.credential]
            credential, state = held.credential, self.counting.counts(leaf, held)
            rule = "S4" if self.counting.counts(leaf, held, stand_in=False) is not False else "S3"
        else:
            yield f"{place} is not held"
            return
        if state is not (None if witness.doubtful else True):
            yield f"{place} does not count there as claimed"
        if not witness.doubtful and witness.rule != rule:
            yield f"{place} counts by {rule}, not {witness.rule}"
        if witness.doubtful and witness.rule not in self.counting.doubts(leaf, self.held[witness.credential]):
            yield f"{place} is doubtful by a rule that does not say so"
        if witness.amount != worth(leaf, credential):
            yield f"{place} counts {worth(leaf, credential)}, not {witness.amount}"

    def counted_once(self, plan: Plan) -> Iterator[str]:
        seen: set[tuple[str, str]] = set()
        ordinary: dict[str, set[str]] = {}
        leaves = [pair for pair in self.pairs(self.problem.target, plan.proof) if not isinstance(pair[0], Manual)]
        for leaf, proof in leaves:
            assert not isinstance(leaf, Manual | AllOf | SomeOf)
            for witness in proof.witnesses:
                key = (share_group(leaf), self.counting.award(witness))
                if key in seen:
                    yield f"{witness.credential} counts twice"
                seen.add(key)
                if not isinstance(leaf, Skill) and not leaf.rules.counted_elsewhere and not witness.doubtful:
                    ordinary.setdefault(witness.source + witness.credential, set()).add(share_group(leaf))
        for leaf, proof in leaves:
            assert not isinstance(leaf, Manual | AllOf | SomeOf)
            shared = Decimal(0)
            for witness in proof.witnesses:
                also = ordinary.get(witness.source + witness.credential, set()) - {share_group(leaf)}
                if leaf.rules.counted_elsewhere and not also and not witness.doubtful:
                    yield f"{leaf.id} counts {witness.credential}, which no other leaf counts"
                shared += self.counting.ects(witness) if also and not witness.doubtful else 0
            if leaf.rules.maximum_shared is not None and shared > leaf.rules.maximum_shared:
                yield f"{leaf.id} shares {shared} ECTS, more than {leaf.rules.maximum_shared}"

    def recognition(self, plan: Plan) -> Iterator[str]:
        most = self.problem.limits.max_rpl
        counted = {
            witness.credential: witness
            for leaf, proof in self.pairs(self.problem.target, plan.proof)
            if isinstance(leaf, Credits | Count) and not leaf.rules.counted_elsewhere
            for witness in proof.witnesses
            if not witness.doubtful and witness.source == "held"
        }
        if most is not None and self.counting.prior(counted.values()) > most:
            yield f"more than {most} ECTS of prior learning count"

    def credited(self, plan: Plan) -> Iterator[Witness]:
        """Yield the witnesses of leaves that give credit."""
        for leaf, proof in self.pairs(self.problem.target, plan.proof):
            if isinstance(leaf, Credits | Count) and not leaf.rules.counted_elsewhere:
                yield from proof.witnesses

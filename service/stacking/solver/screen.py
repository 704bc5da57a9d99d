"""Screens the catalogue: drops what the learner's conditions rule out, and names the rule of each refusal.

The decision what a leaf counts and what keeps a learner's limits is also written in
service/stacking/matrix/selection.py and service/stacking/problem/candidates.py.
"""

from __future__ import annotations

from typing import NamedTuple

from ..problem.answer import Refusal
from ..problem.candidates import Admission, Credential, Held, hundredths
from ..problem.prerequisites import Prerequisites
from ..problem.problem import Limits, Problem
from ..requirements.tree import Manual, Requirement, leaves


class Screened(NamedTuple):
    """Credentials on offer in the order of their IRIs, and the refused ones with the rule that refused each."""

    offered: tuple[Credential, ...]
    rejected: tuple[Refusal, ...]


def refusing_limit(credential: Credential, limits: Limits) -> str | None:
    """Return the rule that rules a credential out, `limit:` and its name for a condition of the learner.

    What the source is silent about cannot be shown to keep a condition, so it is refused under the same name.
    """
    if credential.iri in limits.avoid:
        return "limit:avoid"
    ects = hundredths(credential.ects)
    if ects is None:
        return "M7"
    for name, most in (("max_ects", limits.max_ects), ("ects_per_term", limits.ects_per_term)):
        if most is not None and ects > most * 100:
            return f"limit:{name}"
    if limits.max_cost is not None and (credential.cost is None or credential.cost > limits.max_cost):
        return "limit:max_cost"
    for name in ("languages", "modes", "providers"):
        wanted = getattr(limits, name)
        if wanted and wanted.isdisjoint(getattr(credential, name)):
            return f"limit:{name}"
    if limits.levels and credential.level not in limits.levels:
        return "limit:levels"
    if limits.refused_providers & credential.providers:
        return "limit:refused_providers"
    return None


def screen(problem: Problem, admission: Admission, prerequisites: Prerequisites) -> Screened:
    """Return what a plan may draw on: what a leaf counts and nothing rules out, with what its prerequisites count."""
    rejected: dict[str, str] = {}
    wanted = [leaf for leaf in leaves(problem.target) if not isinstance(leaf, Manual)]
    counted = {iri for leaf in wanted for iri in prerequisites.counted(leaf)}
    useful = {
        iri: credential for iri, credential in problem.candidates.items() if iri in counted or iri in problem.limits.pin
    }
    kept: dict[str, Credential] = {}
    again = retaken(problem, admission, prerequisites)
    todo = sorted(useful)
    while todo:
        iri = todo.pop()
        if iri in kept or iri in rejected:
            continue
        credential = problem.candidates[iri]
        rule = refusing_limit(credential, problem.limits)
        if rule is None and iri not in again and iri not in problem.limits.pin:
            rule = "S6"
        if rule is not None:
            rejected[iri] = rule
            continue
        kept[iri] = credential
        for needed in credential.needs:
            todo.extend(_supports(needed, prerequisites))
    reached = prerequisites.levels(kept[iri] for iri in sorted(kept))
    rejected.update((iri, "S12") for iri in kept if iri not in reached)
    offered = tuple(kept[iri] for iri in sorted(kept) if iri in reached)
    return Screened(offered, tuple(Refusal(iri, rejected[iri]) for iri in sorted(rejected)))


def retaken(problem: Problem, admission: Admission, prerequisites: Prerequisites) -> frozenset[str]:
    """Return the candidates that are not held, or worth earning again because a leaf refuses the one that is held."""
    held: dict[str, list[Held]] = {}
    for own in problem.held:
        if admission.usable(own).answer is not False:
            held.setdefault(own.credential.award, []).append(own)
    found = set()
    wanted = [leaf for leaf in leaves(problem.target) if not isinstance(leaf, Manual)]
    for iri, credential in problem.candidates.items():
        owned = held.get(credential.award, ())
        if not owned or any(
            prerequisites.offers(leaf, credential) and all(admission.holds(leaf, own).answer is False for own in owned)
            for leaf in wanted
        ):
            found.add(iri)
    return frozenset(found)


def _supports(needed: Requirement, prerequisites: Prerequisites) -> list[str]:
    return [iri for leaf in leaves(needed) if not isinstance(leaf, Manual) for iri in prerequisites.counted(leaf)]

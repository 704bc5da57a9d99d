"""Turns results into three-valued findings: each element met, violated or unknown, the value seen and what to do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import rdflib
from rdflib.namespace import SH

from ..catalogue.records import Labels
from ..rdf.namespaces import ELM, VC
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, Term, local_name
from .paths import Graph, Path, path_from_shapes
from .places import place_of, text_of
from .profiles import MCS, Check, Profile
from .results import Result, Severity, distinct

Status = Literal["met", "violated", "unknown", "not-asked", "not-applicable"]
Outcome = Literal["conforms", "fails", "nothing-checked"]

LONGEST_VALUE = 200
"""Characters of a value that a finding repeats."""

_MOST_KINDS = 5
_SUBJECT = VC + "credentialSubject"
_CLAIM = ELM + "hasClaim"
_NONE = rdflib.Literal(0)
_NUMBER = re.compile(r"[0-9]+([.][0-9]+)?")
# Days, hours, minutes and seconds; months and years have no fixed number of hours.
_HOURS = re.compile(r"P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9.]+S)?)?")
_SAYINGS: Mapping[str, Labels] = {
    "met": {"en": "in order", "fi": "kunnossa", "sv": "i sin ordning"},
    "missing": {"en": "missing", "fi": "tieto puuttuu", "sv": "saknas"},
    "wrong": {"en": "not as it should be", "fi": "korjattava", "sv": "behöver rättas"},
    "unknown": {"en": "not stated", "fi": "ei ilmoitettu", "sv": "uppgift saknas"},
    "unresolved": {"en": "cannot be looked up here", "fi": "ei voi tarkistaa täällä", "sv": "kan inte slås upp här"},
    "not-asked": {
        "en": "cannot be asked of what is stated",
        "fi": "ei voi kysyä siitä, mitä on ilmoitettu",
        "sv": "kan inte frågas om det som anges",
    },
    "not-applicable": {"en": "does not apply", "fi": "ei koske tätä", "sv": "gäller inte här"},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one node has to say about one element.

    `severity` is that of the rule, whatever the status; `value` the value seen, None when there is none; `message` what
    is the case, `fix` what to do (empty when there is nothing to do); `source` the paragraph the rule rests on.
    Only shapes of others have `path`, as SPARQL has it, `component`, and a `severity_iri` that SHACL does not define.
    """

    element: str
    node: str
    status: Status
    severity: Severity
    value: str | None
    message: Labels
    source: str
    fix: Labels
    shape: str
    path: str = ""
    component: str = ""
    severity_iri: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding as it stands in every JSON answer."""
        return {
            "id": self.element,
            "node": self.node,
            "status": self.status,
            "severity": self.severity,
            "value": self.value,
            "message": dict(self.message),
            "source": self.source,
            "fix": dict(self.fix),
            "shape": self.shape,
            **{key: value for key, value in self._of_others() if value},
        }

    def _of_others(self) -> Iterator[tuple[str, str]]:
        yield "path", self.path
        yield "component", self.component
        yield "severity_iri", self.severity_iri


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a profile says of a graph. `nothing-checked` when no node in it is one the profile speaks of.

    `holds` names classes of what is there instead.
    """

    profile: str
    outcome: Outcome
    focus_nodes: int
    findings: tuple[Finding, ...]
    holds: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as it stands in every JSON answer."""
        return {
            "profile": self.profile,
            "outcome": self.outcome,
            "focus_nodes": self.focus_nodes,
            "elements": [finding.to_json() for finding in self.findings],
            **({"holds": list(self.holds)} if self.holds else {}),
        }


def judge(
    profile: Profile, triples: Iterable[Triple], results: Iterable[Result], unresolved: Collection[str] = ()
) -> Verdict:
    """Turn what an engine found in a graph into one answer for every node and element.

    Of the IRIs in `unresolved` nothing is known here: advice about what they are leaves an element unknown.

    An element that something is wrong with has one finding for each result; else it has one finding: met, with the
    values seen; not asked, when a rule of the profile speaks of another unit or of something that is not stated; or not
    applicable, when the profile asks nothing of this kind of node or there is nothing to check. A rule that decides
    and could not be asked has a finding of its own even where another rule of its element is met.
    A violation makes the outcome `fails`; a warning or advice about what is absent makes the element unknown.
    """
    graph = Graph(triples)
    plan = _plan(profile.graph, tuple(profile.checks))
    classes: defaultdict[Term, set[str]] = defaultdict(set)
    for each in plan.classes:
        for node in graph.instances(each):
            classes[node].add(each)
    failed: defaultdict[tuple[Term, str], list[Finding]] = defaultdict(list)
    for result in distinct(results):
        failed[result.focus, result.shape].append(_failure(profile, result, graph, unresolved))
    findings: list[Finding] = []
    elements = _by_element(profile)
    for node, kinds in classes.items():
        for element, checks in elements.items():
            asked = [check for check in checks if plan.classes_of[check.shape] & kinds]
            wrong = [finding for check in asked for finding in failed.pop((node, check.shape), ())]
            findings += wrong or [_nothing_wrong(element, node, checks, asked, graph, plan)]
            if not wrong and findings[-1].status == "met":
                findings += _not_asked(node, asked, graph, plan)
    findings += [finding for rest in failed.values() for finding in rest]
    fails = any(finding.status == "violated" and finding.severity == "violation" for finding in findings)
    outcome: Outcome = "nothing-checked" if not classes else "fails" if fails else "conforms"
    return Verdict(profile.id, outcome, len(classes), tuple(findings), () if classes else kinds_in(graph))


def kinds_in(graph: Graph) -> tuple[str, ...]:
    """Return classes of what a document holds, the most frequent first."""
    counts = Counter(triple.object.value for triple in graph.triples if triple.predicate == RDF_TYPE)
    return tuple(sorted(counts, key=lambda kind: (-counts[kind], kind))[:_MOST_KINDS])


def findings_from_results(
    profile: Profile, triples: Iterable[Triple], results: Iterable[Result]
) -> tuple[Finding, ...]:
    """Return only what is wrong or unknown, in the order of the profile."""
    order = {shape: number for number, shape in enumerate(profile.checks)}
    graph = Graph(triples)
    ranked = sorted(results, key=lambda r: (r.focus[:2], order.get(r.shape, len(order))))
    return tuple(_failure(profile, result, graph) for result in ranked)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the shapes graph says of each check: the classes it targets, its path, whether absence satisfies it."""

    classes: tuple[str, ...]
    classes_of: Mapping[str, frozenset[str]]
    paths: Mapping[str, Path]
    forbids: frozenset[str]
    asks_for: Mapping[str, Path]
    needs: Mapping[str, tuple[Path, ...]]
    """What each value of a check must have, by the shape that the check holds it to."""


# Keyed by the graph object: rdflib compares graphs by identifier, which is new for every graph that is read.
@lru_cache(maxsize=64)
def _plan(shapes: rdflib.Graph, checks: tuple[str, ...]) -> _Plan:
    classes_of: dict[str, frozenset[str]] = {}
    paths: dict[str, Path] = {}
    asks_for: dict[str, Path] = {}
    needs: dict[str, tuple[Path, ...]] = {}
    forbids = set()
    for each in checks:
        shape = rdflib.URIRef(each)
        around = list(shapes.transitive_subjects(SH.property, shape))
        classes_of[each] = frozenset(str(c) for owner in around for c in shapes.objects(owner, SH.targetClass))
        path = shapes.value(shape, SH.path)
        if path is not None:
            paths[each] = path_from_shapes(shapes, path)
        wanted = shapes.value(shape, MCS.asksFor)
        if wanted is not None:
            inner = path_from_shapes(shapes, wanted)
            if each in paths:
                asks_for[each] = inner
            paths[each] = Path("sequence", "", (paths[each], inner)) if each in paths else inner
        if part := shapes.value(shape, SH.node):
            inside = [one for one in shapes.objects(part, SH.property) if shapes.value(one, SH.minCount)]
            steps = [step for step in (shapes.value(one, SH.path) for one in inside) if step is not None]
            needs[each] = tuple(path_from_shapes(shapes, step) for step in steps)
        if _NONE in (shapes.value(shape, SH.maxCount), shapes.value(shape, SH.qualifiedMaxCount)):
            forbids.add(each)
    named = sorted({c for each in classes_of.values() for c in each})
    targeted = named or sorted({str(c) for c in shapes.objects(None, SH.targetClass)})
    return _Plan(tuple(targeted), classes_of, paths, frozenset(forbids), asks_for, needs)


def _by_element(profile: Profile) -> Mapping[str, list[Check]]:
    elements: dict[str, list[Check]] = {}
    for check in profile.checks.values():
        elements.setdefault(check.element, []).append(check)
    return elements


def _nothing_wrong(
    element: str, node: Term, checks: Sequence[Check], asked: Sequence[Check], graph: Graph, plan: _Plan
) -> Finding:
    seen = {check.shape: graph.values(node, plan.paths[check.shape]) for check in asked if check.shape in plan.paths}
    # A check whose path leads nowhere says nothing, unless it is content with nothing or looks at the node itself.
    telling = [
        c for c in asked if c.shape not in plan.paths or c.shape in plan.forbids or _answers(c, seen[c.shape], graph)
    ]
    unasked = [check for check in asked if check.is_rule]
    status: Status = "met" if telling else "not-asked" if unasked else "not-applicable"
    check = (telling or unasked or asked or checks)[0]
    values = list(dict.fromkeys(text_of(value, graph) for found in seen.values() for value in found))
    return Finding(
        element, place_of(node, graph), status, check.severity, shortened("; ".join(values)), _message(check, status),
        check.source, {}, check.shape,
    )  # fmt: skip


def _not_asked(node: Term, asked: Sequence[Check], graph: Graph, plan: _Plan) -> list[Finding]:
    """Return a finding for each rule that decides and could not be asked, though something of its element is met."""
    found = []
    for check in asked:
        if check.is_rule and check.weight in ("decides", "scope", "question"):
            values = graph.values(node, plan.paths[check.shape])
            if not _answers(check, values, graph):
                text = shortened("; ".join(dict.fromkeys(text_of(value, graph) for value in values)))
                found.append(Finding(
                    check.element, place_of(node, graph), "not-asked", check.severity, text,
                    _message(check, "not-asked"), check.source, {}, check.shape,
                ))  # fmt: skip
    return found


def _answers(check: Check, values: Sequence[Term], graph: Graph) -> bool:
    """Tell whether some value is of the kind that a check speaks of."""
    if check.unit:
        unit = Term("iri", check.unit)
        return any(
            unit in graph.objects(value, ELM + "framework")
            and any(_NUMBER.fullmatch(point.value) for point in graph.objects(value, ELM + "point"))
            for value in values
        )
    if check.of_hours:
        return any(_HOURS.fullmatch(value.value) for value in values)
    return bool(values)


def _failure(profile: Profile, result: Result, graph: Graph, unresolved: Collection[str] = ()) -> Finding:
    check = profile.checks.get(result.shape)
    if check is None:
        element = local_name(result.path or result.shape) or result.component
        words = _labels(profile.graph, result.shape) or {"en": result.component.removesuffix("ConstraintComponent")}
        value = None if result.value is None else shortened(text_of(result.value, graph))
        return Finding(
            element, place_of(result.focus, graph), "violated", result.severity, value, words, result.shape, {},
            result.shape,
        )  # fmt: skip
    plan = _plan(profile.graph, tuple(profile.checks))
    path, inner = plan.paths.get(result.shape), plan.asks_for.get(result.shape)
    # What is asked of each claim of a learner hands back the claim: what is wanted of it is what was seen.
    claim = result.value if inner is not None else None
    seen = graph.values(result.focus, path) if path and result.value in (None, result.focus) else []
    if claim is not None and inner is not None:
        seen = graph.values(claim, inner)
    absent = (result.value in (None, result.focus) or claim is not None) and not seen and path is not None
    if claim is None and result.value is not None and (needed := plan.needs.get(result.shape)):
        # What stands there lacks all that is asked of it: it is silent, not wrong.
        absent = not any(graph.values(result.value, each) for each in needed)
    beyond = result.value is not None and result.value.value in unresolved
    status: Status = "unknown" if (absent or beyond) and result.severity != "violation" else "violated"
    saying = "missing" if absent else "wrong"
    if status == "unknown":
        saying = "unknown" if absent else "unresolved"
    # A shape about the node as a whole hands back the node itself: no news.
    values = [result.value] if claim is None and result.value not in (None, result.focus) else seen
    if claim is not None and absent and len(_claims(result.focus, graph)) > 1:
        values = [claim]
    text = "; ".join(dict.fromkeys(text_of(value, graph) for value in values if value is not None))
    return Finding(
        check.element, place_of(result.focus, graph), status, result.severity, shortened(text), _message(check, saying),
        check.source, check.message, check.shape,
    )  # fmt: skip


def _claims(credential: Term, graph: Graph) -> list[Term]:
    return [each for subject in graph.objects(credential, _SUBJECT) for each in graph.objects(subject, _CLAIM)]


def _message(check: Check, saying: str) -> Labels:
    return {language: f"{name}: {_SAYINGS[saying].get(language, saying)}." for language, name in check.name.items()}


def _labels(shapes: rdflib.Graph, shape: str) -> Labels:
    texts = [text for text in shapes.objects(rdflib.URIRef(shape), SH.message) if isinstance(text, rdflib.Literal)]
    return {text.language or "en": str(text) for text in texts}


def shortened(text: str) -> str | None:
    """Return a value as findings repeat it; None for an empty one."""
    if not text:
        return None
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"

"""Turns a stacking answer into words for a page: ways with pictures, the proof as a tree, what is open or unused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from ...messages.messages import Text
from ...stacking.picture.svg import plan_picture
from ...stacking.picture.view import Json, Name, Need, need_name, number, plan_view, summary
from .render import HtmlPage
from .statements import Shown

_STATUS_TAGS = {"met": "strong", "unknown": "warning", "unmet": "violation"}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A micro-credential to earn; `serves` and `opens` are the reasons."""

    iri: str
    title: Shown
    ects: str
    cost: str
    serves: tuple[Text, ...]
    opens: tuple[Text, ...]
    after: tuple[Text, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A plan: its sums, its steps by term, its picture. `takes` and `leaves`: how it differs from the first."""

    summary: str
    cost: str
    terms: tuple[tuple[int, tuple[ShownStep, ...]], ...]
    picture: Markup
    takes: tuple[Text, ...] = ()
    leaves: tuple[Text, ...] = ()
    more_ects: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A credential counted at a requirement, and what is to be said of it."""

    title: Shown
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A requirement of the proof."""

    owner: Shown | None
    words: Text
    status: str
    tag: str
    chosen: bool
    extent: str
    counted: tuple[Counted, ...]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """A requirement that stays open, why, and the limits that stand in the way."""

    owner: Shown | None
    words: Text
    reason: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Everything the page says of an answer."""

    verdict: str
    tag: str
    bound: str
    way: Way
    alternatives: tuple[Way, ...]
    proof: Node
    gaps: tuple[Open, ...]
    relax: tuple[str, ...]
    unused: tuple[tuple[Shown, str], ...]
    nobody: tuple[Text, ...]
    deciders: tuple[Shown, ...]
    optional: tuple[int, int] | None
    asked: str


def answer_view(
    page: HtmlPage, question: Json, body: Json, name: Name, heading: Text, *, only_held: bool
) -> AnswerView:
    """Return the view of an answer; `question` is the JSON that was asked, `name` knows what is held too."""
    t = page.t
    writer = _Writer(page, name, only_held)
    proof = body["proof"]
    verdict = f"audit_{proof['status']}" if only_held else f"path_{body['status']}"
    if verdict == "path_optimal" and proof["status"] != "met":
        verdict = "path_optimal_open"
    if verdict == "path_partial" and not body["proved"]:
        verdict = "path_partial_unproved"
    tag = _STATUS_TAGS[proof["status"]] if only_held else "strong" if body["status"] == "optimal" else "warning"
    ways = [
        writer.way(one, heading, f"way-{place}", place=place)
        for place, one in enumerate((body, *body["alternatives"]), start=1)
    ]
    optional = body.get("optional")
    return AnswerView(
        t[f"path.{verdict}"],
        tag,
        t("path.bound", ects=number(body["lower_bound"], t)) if body["gap"] else "",
        ways[0],
        tuple(ways[1:]),
        writer.node(proof, proof["requirement"].partition("#")[0]),
        tuple(writer.gap(gap, proof) for gap in body["gaps"]),
        tuple(writer.limit(one) for one in body["relax"]),
        tuple((writer.shown(one["credential"]), writer.rule(one["rule"])) for one in body["unused"]),
        () if only_held else _named_once(body["nobody_offers"], name),
        tuple(writer.shown(one) for one in body["decided_by"]),
        (len(optional["covered"]), len(optional["covered"]) + len(optional["open"])) if optional else None,
        json.dumps(question, ensure_ascii=False, indent=2),
    )


class _Writer:
    """Puts parts of an answer in words of one page."""

    def __init__(self, page: HtmlPage, name: Name, only_held: bool) -> None:
        self._only_held = only_held
        self._page = page
        self._t = page.t
        self._name = name

    def shown(self, iri: str) -> Shown:
        title = self._name(iri)
        return self._page.shown(iri, title) if iri.startswith(("http:", "https:")) else Shown(title)

    def way(self, plan: Json, heading: Text, ident: str, *, place: int) -> Way:
        t = self._t
        view = plan_view(plan, heading, self._name, t, only_held=self._only_held)
        needs = {need.id: _whole(need) for need in view.needs}
        steps = [self._step(step, needs) for step in plan["plan"]]
        terms = [step["term"] for step in plan["plan"]]
        numbered = zip(terms, steps, strict=True)
        unknown = len(plan["cost_unknown"])
        cost = t("path.cost", cost=number(plan["total_cost"], t)) if plan["plan"] else ""
        if unknown:
            cost += " " + t("path.cost_unknown", count=unknown)
        described = t("path.picture_text", summary=view.summary.rstrip("."))
        return Way(
            summary(plan, t),
            cost,
            tuple((term, tuple(step for _, step in some)) for term, some in groupby(numbered, key=lambda one: one[0])),
            Markup(plan_picture(view, t, described=described, name=ident, alone=False)),
            tuple(self._name(iri) for iri in plan.get("takes", ())),
            tuple(self._name(iri) for iri in plan.get("instead_of", ())),
            t("path.more_ects", ects=number(plan["more_ects"], t)) if place > 1 else "",
        )

    def node(self, node: Json, owner: str) -> Node:
        own = node["requirement"].partition("#")[0]
        counted = node["kind"] in ("credits", "count") or (node["kind"] == "skill" and node["minimum"] > 1)
        extent = ""
        if counted:
            amounts = {key: number(node[key], self._t) for key in ("amount", "minimum")}
            extent = self._t("plan.extent", **amounts)
        return Node(
            self.shown(own) if own != owner else None,
            need_name(node, self._name, self._t),
            self._t[f"plan.status_{node['status']}"],
            _STATUS_TAGS[node["status"]],
            node["chosen"],
            extent,
            tuple(self._counted(one) for one in node.get("witnesses", ())),
            tuple(self.node(part, own) for part in node.get("parts", ())),
        )

    def gap(self, gap: Json, proof: Json) -> Open:
        owner = gap["requirement"].partition("#")[0]
        node = _find(proof, gap["requirement"]) or {**gap, "kind": "manual", "minimum": gap["missing"]}
        return Open(
            self.shown(owner) if owner != proof["requirement"].partition("#")[0] else None,
            _without_dot(need_name(node, self._name, self._t)),
            self._reason(gap, node),
            tuple(self.limit(one) for one in gap["limits"]),
        )

    def limit(self, name: str) -> str:
        return self._t.get(f"limit.{name}", name)

    def rule(self, rule: str) -> str:
        if rule.startswith("limit:"):
            return self._t("path.ruled_out", limit=self.limit(rule.removeprefix("limit:")))
        return f"{self._t.get(f'rule.{rule}', '')} ({rule})".strip()

    def _reason(self, gap: Json, node: Json) -> str:
        # An audit offers nothing, so it cannot say that nobody does.
        if self._only_held and gap["reason"] in ("nobody-offers", "used-elsewhere", "prerequisite"):
            if node["kind"] == "credits":
                return self._t("path.short", ects=number(gap["missing"], self._t))
            return self._t["path.missing"]
        return self._t.get(f"path.gap_{gap['reason']}", gap["reason"])

    def _step(self, step: Json, needs: Mapping[str, Text]) -> ShownStep:
        return ShownStep(
            step["credential"],
            self.shown(step["credential"]),
            self._t("plan.ects", ects=number(step["ects"], self._t)),
            "" if step["cost"] is None else self._t("path.euros", cost=number(step["cost"], self._t)),
            tuple(needs[one] for one in step["reasons"] if one in needs),
            self._names(one for one in step["reasons"] if one not in needs and "#" not in one),
            self._names(step["uses"]),
            tuple(step["conditions"]),
        )

    def _names(self, iris: Any) -> tuple[Text, ...]:
        return tuple(self._name(iri) for iri in iris)

    def _counted(self, witness: Json) -> Counted:
        remarks = []
        if witness["source"] == "held":
            remarks.append(self._t["path.witness_held"])
        if witness["rule"] == "S3":
            remarks.append(self._t["path.witness_instead"])
        if witness["doubtful"]:
            remarks.append(self._t["plan.doubtful"])
        return Counted(self.shown(witness["credential"]), tuple(remarks))


def _named_once(iris: Sequence[str], name: Name) -> tuple[Text, ...]:
    return tuple(dict.fromkeys(name(iri.partition("#")[0]) for iri in iris))


def _whole(need: Need) -> Text:
    """Return what a requirement asks, with the module it belongs to."""
    return Text(f"{need.group.words}: {need.name.words}", need.name.language) if need.group else need.name


def _without_dot(text: Text) -> Text:
    return Text(text.words.rstrip("."), text.language)


def _find(node: Json, name: str) -> Json | None:
    if node["requirement"] == name:
        return node
    parts: Sequence[Json] = node.get("parts", ())
    return next((found for part in parts if (found := _find(part, name))), None)

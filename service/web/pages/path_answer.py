"""Turns a stacking answer into words for a page: ways with pictures, the proof as a tree, what is open or unused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from markupsafe import Markup

from ...messages.formats import number_words
from ...messages.messages import Text, Texts
from ...stacking.picture.svg import plan_picture
from ...stacking.picture.view import Json, Name, Need, need_name, number, plan_view, summary
from .offers import Offer
from .render import HtmlPage
from .statements import Shown

FULL_TERM = 30
"""ECTS of a term of full-time study: a year has 60 (ECTS Users' Guide 2015, section 2)."""

_STATUS_TAGS = {"met": "strong", "unknown": "warning", "unmet": "violation"}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A micro-credential to earn; `serves` and `opens` are the reasons.

    `facts`: who offers it, where, how, in which languages and from when; `remarks`: what speaks against the order.
    """

    iri: str
    title: Shown
    ects: str
    cost: str
    facts: tuple[Text, ...]
    remarks: tuple[str, ...]
    serves: tuple[Text, ...]
    opens: tuple[Text, ...]
    after: tuple[Text, ...]
    conditions: tuple[str, ...]
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """The steps of a term; `remark`: that they are more than full-time study."""

    number: int
    steps: tuple[ShownStep, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class Way:
    """A plan: its sums, its steps by term, its picture. `takes` and `leaves`: how it differs from the first."""

    summary: str
    cost: str
    terms: tuple[Term, ...]
    picture: Markup
    takes: tuple[Text, ...] = ()
    leaves: tuple[Text, ...] = ()
    more_ects: str = ""
    listed: bool = False


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
    """Everything the page says of an answer; `relax` are limits, by their name in a question and in words."""

    verdict: str
    tag: str
    whole: str
    bound: str
    way: Way
    alternatives: tuple[Way, ...]
    proof: Node
    gaps: tuple[Open, ...]
    relax: tuple[tuple[str, str], ...]
    no_other: str
    unused: tuple[tuple[Shown, str], ...]
    nobody: tuple[Text, ...]
    near: tuple[tuple[Text, tuple[Shown, ...]], ...]
    deciders: tuple[Shown, ...]
    optional: tuple[int, int] | None
    asked: str
    printed: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the page knows beside the answer: names, also of what is held, offers, today, and the ECTS of a degree."""

    name: Name
    offer: Callable[[str], Offer | None]
    today: date
    whole: str | None


def answer_view(
    page: HtmlPage, question: Json, body: Json, known: Known, heading: Text, *, only_held: bool
) -> AnswerView:
    """Return the view of an answer; `question` is the JSON that was asked."""
    t, name = page.t, known.name
    writer = _Writer(page, known, only_held)
    proof = body["proof"]
    verdict = f"audit_{proof['status']}" if only_held else f"path_{body['status']}"
    if verdict == "path_optimal" and proof["status"] != "met":
        verdict = "path_optimal_open"
    if verdict == "path_partial" and not body["proved"]:
        verdict = "path_partial_unproved"
    # Green says that nothing is open, also where the plan is the best there is.
    complete = proof["status"] == "met" and (only_held or body["status"] in ("optimal", "feasible"))
    tag = "strong" if complete else _STATUS_TAGS[proof["status"]] if only_held else "warning"
    ways = [
        writer.way(one, heading, f"way-{place}", place=place)
        for place, one in enumerate((body, *body["alternatives"]), start=1)
    ]
    optional = body.get("optional")
    return AnswerView(
        t[f"path.{verdict}"],
        tag,
        _whole_degree(known.whole, body, t),
        t("path.bound", ects=number(body["lower_bound"], t)) if body["gap"] else "",
        ways[0],
        tuple(ways[1:]),
        writer.node(proof, proof["requirement"].partition("#")[0]),
        tuple(writer.gap(gap, proof) for gap in body["gaps"]),
        tuple((one, writer.limit(one)) for one in body["relax"]),
        _no_other(question, body, t) if not only_held else "",
        tuple((writer.shown(one["credential"]), writer.rule(one["rule"])) for one in body["unused"]),
        () if only_held else _named_once(body["nobody_offers"], name),
        tuple((name(skill), tuple(writer.shown(one["id"]) for one in some)) for skill, some in body["near"].items()),
        tuple(writer.shown(one) for one in body["decided_by"]),
        (len(optional["covered"]), len(optional["covered"]) + len(optional["open"])) if optional else None,
        json.dumps(question, ensure_ascii=False, indent=2),
        page.day(known.today.isoformat()),
    )


class _Writer:
    """Puts parts of an answer in words of one page."""

    def __init__(self, page: HtmlPage, known: Known, only_held: bool) -> None:
        self._only_held = only_held
        self._page = page
        self._t = page.t
        self._known = known
        self._name = known.name

    def shown(self, iri: str) -> Shown:
        title = self._name(iri)
        return self._page.shown(iri, title) if iri.startswith(("http:", "https:")) else Shown(title)

    def way(self, plan: Json, heading: Text, ident: str, *, place: int) -> Way:
        t = self._t
        view = plan_view(plan, heading, self._name, t, only_held=self._only_held)
        needs = {need.id: _whole(need) for need in view.needs}
        terms = [
            self._term(number, tuple(some), needs)
            for number, some in groupby(plan["plan"], key=lambda one: one["term"])
        ]
        described = t("path.picture_text", summary=view.summary.rstrip("."))
        return Way(
            summary(plan, t),
            self._cost(plan),
            tuple(terms),
            Markup(plan_picture(view, t, described=described, name=ident, alone=False)),
            tuple(self._name(iri) for iri in plan.get("takes", ())),
            tuple(self._name(iri) for iri in plan.get("instead_of", ())),
            t("path.more_ects", ects=number(plan["more_ects"], t)) if place > 1 else "",
            any(step["listed"] for step in plan["plan"]),
        )

    def _cost(self, plan: Json) -> str:
        """Return what is known of the price: what is not known is never a number."""
        t, steps, unknown = self._t, len(plan["plan"]), len(plan["cost_unknown"])
        if not steps:
            return ""
        if unknown == steps:
            return t["path.cost_not_known"]
        if not plan["total_cost"]:
            return t("path.cost_free_but", count=unknown) if unknown else t["path.cost_free"]
        euros = self._page.money(plan["total_cost"], "EUR")
        return t("path.cost_least", count=unknown, cost=euros) if unknown else t("path.cost", cost=euros)

    def _term(self, number: int, steps: Sequence[Json], needs: Mapping[str, Text]) -> Term:
        ects = sum(step["ects"] for step in steps)
        remark = self._t("path.heavy_term", ects=ects) if ects > FULL_TERM else ""
        return Term(number, tuple(self._step(step, needs) for step in steps), remark)

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
        offer = self._known.offer(step["credential"])
        return ShownStep(
            step["credential"],
            self.shown(step["credential"]),
            self._t("plan.ects", ects=number(step["ects"], self._t)),
            self._price(step["cost"], offer),
            self._facts(offer),
            self._remarks(step, offer),
            tuple(needs[one] for one in step["reasons"] if one in needs),
            self._names(one for one in step["reasons"] if one not in needs and "#" not in one),
            self._names(step["uses"]),
            tuple(step["conditions"]),
            step["listed"],
        )

    def _price(self, cost: float | None, offer: Offer | None) -> str:
        if cost is not None:
            return self._page.money(cost, "EUR")
        return ", ".join(offer.prices) if offer and offer.prices else self._t["path.cost_not_known"]

    def _facts(self, offer: Offer | None) -> tuple[Text, ...]:
        if offer is None:
            return ()
        start = offer.next_start(self._known.today)
        begins = [self._said("path.starts", day=self._page.day(start.isoformat()))] if start else []
        return (*offer.providers, *offer.countries, *offer.modes, *offer.languages, *begins)

    def _remarks(self, step: Json, offer: Offer | None) -> tuple[str, ...]:
        """Return what the stated starts say against this step at this place of the plan."""
        if offer is None or not offer.starts:
            return ()
        remarks = [self._t["path.start_passed"]] if offer.is_past(self._known.today) else []
        for iri in step["uses"]:
            before = self._known.offer(iri)
            if before is not None and before.starts and before.starts[0] >= offer.starts[-1]:
                remarks.append(self._t("path.starts_before", title=self._name(iri).words))
        return tuple(remarks)

    def _said(self, key: str, **values: object) -> Text:
        return Text(self._t(key, **values), self._t.language)

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


def _whole_degree(whole: str | None, body: Json, t: Texts) -> str:
    if whole is None or not body["plan"]:
        return ""
    return t("path.whole", ects=body["total_ects"], whole=number_words(whole, t.language))


def _no_other(question: Json, body: Json, t: Texts) -> str:
    """Say that there is no other way where others were looked for, all were tried and none was found."""
    none = question.get("alternatives") and body["proved"] and body["plan"] and not body["alternatives"]
    return t["path.no_other_way"] if none else ""


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

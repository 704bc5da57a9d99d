"""Describes a plan for its picture: what is held and earned, what each serves, how far every requirement is met."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...messages.formats import number_words
from ...messages.messages import Text, Texts, best_text

Json = Mapping[str, Any]
Name = Callable[[str], Text]
"""Gives the name of a thing by its IRI; an IRI without one stands for itself."""

_HELD = re.compile(r"urn:held:(\d+)(?:\.\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement that is counted on: its number in the picture, what it asks and how much of it there is."""

    number: int
    id: str
    name: Text
    group: Text | None
    status: str
    extent: str


@dataclass(frozen=True, slots=True)
class Card:
    """A credential of the picture. `term` 0: it is held; `ects` is None when that is not said.

    `serves` are numbers of needs, `uses` the IRIs of cards that come before; `conditions`: what a person decides.
    """

    iri: str
    title: Text
    ects: float | None
    term: int
    serves: tuple[int, ...]
    uses: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan ready to be drawn or written: cards in order of terms, needs in order of the requirement tree."""

    heading: Text
    summary: str
    cards: tuple[Card, ...]
    needs: tuple[Need, ...]


def plan_view(plan: Json, heading: Text, name: Name, t: Texts, *, only_held: bool = False) -> PlanView:
    """Return the view of an answer of stacking, or of one of its alternatives, as docs/stacking.md describes them.

    `only_held`: it is an audit, which earns nothing: its status is summed up instead.
    """
    leaves = [leaf for leaf in _leaves(plan["proof"]) if leaf["chosen"]]
    needs = tuple(_need(number, leaf, plan["proof"], name, t) for number, leaf in enumerate(leaves, start=1))
    serves: dict[str, list[int]] = {}
    held: dict[str, bool] = {}
    for number, leaf in enumerate(leaves, start=1):
        for witness in leaf.get("witnesses", ()):
            serves.setdefault(witness["credential"], []).append(number)
            if witness["source"] == "held":
                held[witness["credential"]] = held.get(witness["credential"], False) or witness["doubtful"]
    # A skill that one credential proves is a reason for others that teach it, too.
    numbers = {leaf["requirement"]: number for number, leaf in enumerate(leaves, start=1)}
    for step in plan["plan"]:
        found = {*serves.get(step["credential"], ()), *(numbers[one] for one in step["reasons"] if one in numbers)}
        serves[step["credential"]] = sorted(found)
    cards = [
        Card(iri, name(iri), None, 0, tuple(serves[iri]), doubtful=doubtful) for iri, doubtful in sorted(held.items())
    ]
    cards.extend(
        Card(
            step["credential"], _title(step, name, t), step["ects"], step["term"],
            tuple(serves.get(step["credential"], ())), tuple(step["uses"]), tuple(step["conditions"]),
        )
        for step in plan["plan"]
    )  # fmt: skip
    sums = t[f"path.audit_{plan['proof']['status']}"] if only_held else summary(plan, t)
    return PlanView(heading, sums, tuple(cards), needs)


def summary(plan: Json, t: Texts) -> str:
    """Return the sums of a plan in a line."""
    listed = sum(bool(step.get("listed")) for step in plan["plan"])
    words = t(
        "plan.summary",
        ects=number(plan["total_ects"], t),
        terms=plan["terms"],
        count=len(plan["plan"]) - listed,
    )
    return f"{words} · {t('plan.summary_listed', count=listed)}" if listed else words


def _title(step: Json, name: Name, t: Texts) -> Text:
    title = name(step["credential"])
    return Text(f"{title.words} ({t['path.step_listed']})", title.language) if step.get("listed") else title


def view_lines(view: PlanView, t: Texts) -> list[str]:
    """Return everything the picture shows as lines of text."""
    titles = {card.iri: card.title.words for card in view.cards}
    lines = [f"{view.summary.rstrip('.')}."]
    for card in view.cards:
        when = t("plan.term", number=card.term) if card.term else t["plan.held"]
        size = "" if card.ects is None else f" ({t('plan.ects', ects=number(card.ects, t))})"
        parts = [f"{when}: {card.title.words}{size}"]
        before = [titles[iri] for iri in card.uses if iri in titles]
        if before:
            parts.append(t("plan.after", titles=", ".join(before)))
        if card.serves:
            parts.append(t("plan.serves", numbers=", ".join(map(str, card.serves))))
        if card.conditions:
            parts.append(f"{t['plan.person']}: {'; '.join(card.conditions)}")
        if card.doubtful:
            parts.append(t["plan.doubtful"])
        lines.append(". ".join(part.rstrip(".") for part in parts) + ".")
    for need in view.needs:
        group = f"{need.group.words}: " if need.group else ""
        extent = f" ({need.extent})" if need.extent else ""
        lines.append(f"{need.number}. {group}{need.name.words.rstrip('.')}{extent}: {t[f'plan.status_{need.status}']}.")
    return lines


def number(value: float, t: Texts) -> str:
    """Return a number as the language writes it."""
    return number_words(value, t.language)


def need_name(node: Json, name: Name, t: Texts) -> Text:
    """Return what a node of a proof asks, in words."""
    if "skill" in node:
        return name(node["skill"])
    if "text" in node or "label" in node:
        return best_text(node.get("label", {}), t.language) or Text(node.get("text", ""))
    asked = number(node["minimum"], t)
    return Text(t(f"plan.need_{node['kind']}", minimum=asked), t.language)


def held_names(held: object) -> dict[str, str]:
    """Return the titles that a question gives to what is held, by the names that its answer uses."""
    found: dict[str, str] = {}
    for place, one in enumerate(held if isinstance(held, list) else (), start=1):
        if not isinstance(one, Mapping):
            continue
        document = one.get("document")
        title = one.get("title") or (_document_title(document) if isinstance(document, Mapping) else "")
        if isinstance(title, str) and title:
            found[f"urn:held:{place}"] = title
            if isinstance(one.get("iri"), str):
                found[one["iri"]] = title
    return found


def named(name: Name, held: Mapping[str, str], t: Texts) -> Name:
    """Return a naming that also knows what is held: its title, else its number in the question."""

    def found(iri: str) -> Text:
        base = iri.partition("#")[0] if iri.startswith("urn:held:") else iri
        match = _HELD.match(base)
        if match:
            return Text(held.get(f"urn:held:{match[1]}") or t("plan.held_number", number=match[1]))
        return Text(held[iri]) if iri in held else name(iri)

    return found


def _leaves(node: Json) -> Iterator[Json]:
    parts = node.get("parts")
    if not parts:
        yield node
    else:
        for part in parts:
            yield from _leaves(part)


def _need(place: int, leaf: Json, root: Json, name: Name, t: Texts) -> Need:
    owner = leaf["requirement"].partition("#")[0]
    group = None
    if owner != root["requirement"].partition("#")[0]:
        group = name(owner)
    elif leaf["kind"] == "count" and leaf is root:
        return Need(place, leaf["requirement"], name(owner), None, leaf["status"], "")
    counted = leaf["kind"] in ("credits", "count") or leaf["minimum"] > 1
    extent = t("plan.extent", amount=number(leaf["amount"], t), minimum=number(leaf["minimum"], t)) if counted else ""
    return Need(place, leaf["requirement"], need_name(leaf, name, t), group, leaf["status"], extent)


def _document_title(document: Json) -> str:
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    title = (achievement if isinstance(achievement, Mapping) else document).get("name")
    if isinstance(title, Mapping):
        title = next(iter(title.values()), "")
    return title if isinstance(title, str) else ""

"""The form of the path page: it turns fields on what is held and what limits there are into a question of stacking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import ImmutableMultiDict

from ...errors import InvalidArgument
from ...messages.messages import Texts
from ...rdf.terms import local_name, parse_iri

NUMBERS = ("max_ects", "max_cost", "ects_per_term")
WHOLES = ("max_terms", "max_age")
CHOICES = {"language": "languages", "mode": "modes", "level": "levels", "provider": "providers",
           "refused": "refused_providers", "avoid": "avoid"}  # fmt: skip
"""Fields that may stand many times, and the limits they mean."""

MOST_FIELDS = 3000
ALTERNATIVES = "2"
"""How many other ways are looked for when nobody says."""

_TEXTS = (*NUMBERS, *WHOLES, "deadline", "alternatives", "find", "skill_words")
_FACT = ("fact_title", "fact_ects", "fact_level", "fact_awarded")
_DECIMAL = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?\Z", re.ASCII)
_WHOLE = re.compile(r"\d{1,4}\Z", re.ASCII)
_LONGEST = 500
_LONGEST_ADDRESS = 6000


@dataclass(slots=True)
class PathForm:
    """The form as it was sent. `held` are IRIs and facts; `errors` are words for people, by field."""

    texts: dict[str, str] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)
    fact_skills: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in CHOICES})
    optional: bool = False
    verified: bool = False
    listed: bool = False
    task: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return what stands in a field."""
        return self.texts.get(name, "")


Fields = ImmutableMultiDict[str, Any]
"""What a form sent, or what stands in an address."""


def form_from_data(data: Fields, t: Texts) -> PathForm:
    """Return the form; a field that cannot be meant has its error."""
    form = PathForm()
    for name in (*_TEXTS, *_FACT):
        form.texts[name] = _text(data, name)
    for value in data.getlist("held"):
        one = _held(value) if isinstance(value, str) else None
        if one is None:
            form.errors["held"] = t["path.bad_held"]
        elif one not in form.held:
            form.held.append(one)
    form.fact_skills = _texts(data, "fact_skill")
    for name in CHOICES:
        form.choices[name] = _texts(data, name)
    without = _text(data, "without")
    if without and without not in form.choices["avoid"]:
        form.choices["avoid"].append(without)
    lifted = [name for names in _texts(data, "lift") for name in names.split(",")]
    for name in lifted:
        _lift(form, name)
    form.optional, form.verified, form.listed = (bool(_text(data, name)) for name in ("optional", "verified", "listed"))
    form.task = "plan" if without or lifted else _text(data, "do")
    if "require_verified" in lifted:
        form.verified = False
    _check(form, t)
    return form


def open_address(form: PathForm) -> list[tuple[str, str]] | None:
    """Return the question as pairs of an address, which can be kept and shared; None where it holds private things.

    Items of the catalogue say nothing of a person; titles, days and documents may.
    """
    if not all(isinstance(one, str) for one in form.held):
        return None
    texts = ((name, form.text(name)) for name in (*NUMBERS, *WHOLES, "deadline", "alternatives"))
    pairs = [
        *((name, text) for name, text in texts if text),
        *(("held", one) for one in form.held),
        *((name, one) for name, some in form.choices.items() for one in some),
        *((name, "1") for name, chosen in (("optional", form.optional), ("verified", form.verified)) if chosen),
        ("do", form.task),
    ]
    return pairs if sum(len(name) + len(text) for name, text in pairs) < _LONGEST_ADDRESS else None


def form_from_address(query: Fields, t: Texts) -> PathForm:
    """Return the form of an address; what is private has no place in one."""
    form = form_from_data(query, t)
    if not all(isinstance(one, str) for one in form.held):
        form.held = [one for one in form.held if isinstance(one, str)]
        form.errors["held"] = t["path.bad_held"]
    return form


def take_facts(form: PathForm, t: Texts) -> None:
    """Move what is typed in as another credential to what is held, unless a field of it has an error."""
    title = form.text("fact_title")
    if not title:
        if any(form.text(name) for name in _FACT) or form.fact_skills:
            form.errors.setdefault("fact_title", t["path.needs_title"])
        return
    if any(name in form.errors for name in _FACT):
        return
    facts: dict[str, Any] = {"title": title, "skills": form.fact_skills}
    if form.text("fact_ects"):
        facts["ects"] = form.text("fact_ects").replace(",", ".")
    if form.text("fact_level"):
        facts["level"] = int(form.text("fact_level"))
    if form.text("fact_awarded"):
        facts["awarded"] = form.text("fact_awarded")
    form.held.append(facts)
    for name in (*_FACT, "skill_words"):
        form.texts[name] = ""
    form.fact_skills = []


def question(form: PathForm, goals: list[str]) -> dict[str, Any]:
    """Return the question that the form asks, as docs/stacking.md describes it."""
    target: Any = {"skills": goals} if len(goals) > 1 else goals[0]
    if form.optional and len(goals) == 1:
        target = {"iri": goals[0], "optional": True}
    limits: dict[str, Any] = {name: form.text(name).replace(",", ".") for name in NUMBERS if form.text(name)}
    limits |= {name: int(form.text(name)) for name in WHOLES if form.text(name)}
    if form.text("deadline"):
        limits["deadline"] = form.text("deadline")
    if form.verified:
        limits["require_verified"] = True
    for name, limit in CHOICES.items():
        values = form.choices[name]
        if values:
            limits[limit] = [int(local_name(one)) for one in values] if name == "level" else values
    return {
        "target": target,
        "held": form.held,
        "limits": limits,
        "alternatives": int(form.text("alternatives") or ALTERNATIVES),
        **({"listed": True} if form.listed else {}),
    }


def _check(form: PathForm, t: Texts) -> None:
    def day(text: str) -> bool:
        try:
            date.fromisoformat(text)
        except ValueError:
            return False
        return len(text) == len("2026-05-31")

    rules: list[tuple[tuple[str, ...], Callable[[str], object], str]] = [
        ((*NUMBERS, "fact_ects"), _DECIMAL.match, "path.bad_number"),
        (WHOLES, _WHOLE.match, "path.bad_whole"),
        (("deadline", "fact_awarded"), day, "path.bad_day"),
        (("fact_level",), re.compile(r"[1-8]\Z").match, "path.bad_level"),
        (("alternatives",), re.compile(r"[0-5]\Z").match, "path.bad_alternatives"),
    ]
    for names, fits, key in rules:
        for name in names:
            if form.text(name) and not fits(form.text(name)):
                form.errors[name] = t[key]
    if not all(re.fullmatch("[1-8]", local_name(one)) for one in form.choices["level"]):
        form.errors["level"] = t["path.bad_level"]
    if set(form.choices["provider"]) & set(form.choices["refused"]):
        form.errors["refused"] = t["path.bad_providers"]


def _lift(form: PathForm, limit: str) -> None:
    """Take a limit away, by its name in a question."""
    if limit in form.texts:
        form.texts[limit] = ""
    for field_name, name in CHOICES.items():
        if name == limit:
            form.choices[field_name] = []


def _held(text: str) -> Any:
    """Return an IRI, or facts from JSON that this form wrote; None for anything else."""
    if not text.startswith("{"):
        try:
            return parse_iri(text).value
        except InvalidArgument:
            return None
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, Mapping) and "document" not in facts else None


def _text(data: Fields, name: str) -> str:
    value = data.get(name)
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""


def _texts(data: Fields, name: str) -> list[str]:
    return list(dict.fromkeys(value for value in data.getlist(name) if isinstance(value, str) and value))

"""Draws the picture of an answer from the question, the answer and the names of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...catalogue.catalogue import Catalogue
from ...messages.messages import Text, best_text, load_texts
from ...rdf.terms import local_name
from .svg import plan_picture
from .view import Json, Name, PlanView, held_names, named, plan_view, view_lines


def namer(catalogue: Catalogue, language: str) -> Name:
    """Return what names things for a reader, asking the catalogue once for each."""
    known: dict[str, Text] = {}

    def name(iri: str) -> Text:
        if iri not in known:
            item = catalogue.item(iri) if iri.startswith(("http:", "https:", "urn:")) else None
            known[iri] = (best_text(item.label, language) if item else None) or Text(local_name(iri))
        return known[iri]

    return name


def view_of(question: object, plan: Json, catalogue: Catalogue, language: str, *, only_held: bool = False) -> PlanView:
    """Return the view of an answer, or of one of its alternatives; `question` is the JSON that was asked."""
    t = load_texts(language)
    asked: Mapping[str, Any] = question if isinstance(question, Mapping) else {}
    name = named(namer(catalogue, language), held_names(asked.get("held")), t)
    goals = [name(iri) for iri in targets(asked.get("target"))]
    words = " · ".join(goal.words for goal in goals)
    heading = t("plan.heading_audit" if only_held else "plan.heading", goal=words)
    return plan_view(plan, Text(heading, t.language), name, t, only_held=only_held)


def picture_of(question: object, plan: Json, catalogue: Catalogue, language: str, *, only_held: bool = False) -> str:
    """Return the picture of an answer as a file of its own, with all it shows in words."""
    view = view_of(question, plan, catalogue, language, only_held=only_held)
    t = load_texts(language)
    return plan_picture(view, t, described="\n".join(view_lines(view, t)))


def targets(target: object) -> Iterator[str]:
    """Yield the IRIs that the target of a question names."""
    if isinstance(target, Mapping):
        target = target.get("iri") or target.get("skills")
    if isinstance(target, str):
        yield target
    elif isinstance(target, list):
        yield from target

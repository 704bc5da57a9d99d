"""The files in which a plan can be taken away from its page: calendar of starts, picture, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from fastapi import Response

from ...catalogue.records import Item
from ...rdf.media_types import JSON, SVG
from ...stacking.answers.calendar import MEDIA_TYPE, Start, calendar_of
from ...stacking.picture.picture import namer, picture_of
from ...stacking.picture.svg import style_policy
from ..edge.call import Call
from ..models.addresses import raw_path
from .offers import offer_known
from .render import HtmlPage


@dataclass(frozen=True, slots=True)
class TakenPlan:
    """A plan with its question, both as JSON, the names of its goals, and the release and day that it belongs to."""

    release: int
    today: date
    question: Mapping[str, Any]
    answer: Mapping[str, Any]
    goals: Sequence[str]
    only_held: bool


def file_addresses(call: Call, page: HtmlPage, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the files of a plan that stands in an address: `(words, address)`."""
    here = f"{page.here(raw_path(call.request.scope))}?{call.request.url.query}&as="
    names = ["ics", "svg", "json"] if body["plan"] else ["svg", "json"]
    return [(page.t[f"path.file_{name}"], here + name) for name in names]


def _as_json(call: Call, page: HtmlPage, plan: TakenPlan) -> Response:
    kept = {"release": plan.release, "day": plan.today.isoformat(), "question": plan.question, "answer": plan.answer}
    return _file(json.dumps(kept, ensure_ascii=False, indent=2).encode(), JSON, "plan.json")


def _as_picture(call: Call, page: HtmlPage, plan: TakenPlan) -> Response:
    drawn = picture_of(plan.question, plan.answer, call.catalogue, page.language, only_held=plan.only_held)
    answer = _file(drawn.encode(), SVG, "plan.svg")
    answer.headers["Content-Security-Policy"] = style_policy()
    return answer


def _as_calendar(call: Call, page: HtmlPage, plan: TakenPlan) -> Response:
    """Return the next stated start of each step; a step without one, or whose starts have passed, has no entry."""
    name = namer(call.catalogue, page.language)
    starts = []
    for step in plan.answer["plan"]:
        iri = step["credential"]
        offer = offer_known(call, page, iri)
        day = offer.next_start(plan.today) if offer else None
        if offer is None or day is None or day < plan.today:
            continue
        text = " · ".join([page.t("plan.ects", ects=step["ects"]), *(body.words for body in offer.providers)])
        starts.append(Start(iri, day, name(iri).words, text, page.public_link(Item(iri, "credential", {}))))
    title = page.t("plan.heading", goal=" · ".join(plan.goals))
    return _file(calendar_of(title, starts, datetime.now(UTC)), MEDIA_TYPE, "plan.ics")


def _file(data: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


FILES: Mapping[str, Callable[[Call, HtmlPage, TakenPlan], Response]] = {
    "json": _as_json,
    "svg": _as_picture,
    "ics": _as_calendar,
}
"""What writes each file, by the end of its name."""

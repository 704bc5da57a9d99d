"""The path page: choose a goal, say what you hold, set limits, read the plan with picture and reasons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from ...catalogue.records import FacetValue, Filters, Item, Kind
from ...errors import BadRequest, InvalidArgument, NotFound, ServiceError
from ...messages.messages import Text
from ...rdf.terms import parse_iri
from ...stacking.picture.picture import namer
from ...stacking.picture.view import held_names, named
from ...workers.plan_task import PlanTask
from ..api.stacking import answered, get_ready
from ..edge.caching import NEVER
from ..edge.call import Call, respond
from ..edge.client_rate import asking_client
from ..edge.leaving import unless_client_left
from ..edge.release_choice import reader_of
from ..edge.services import ServicesDep, basics_of, services_of
from ..edge.uploads import KINDS, MULTIPART, read_form, upload_of
from ..models.addresses import raw_path
from .assets import pages_version
from .described import described
from .offers import offer_known
from .path_answer import Known, answer_view
from .path_files import FILES, TakenPlan, file_addresses
from .path_form import (
    ALTERNATIVES,
    MOST_FIELDS,
    PathForm,
    form_from_address,
    form_from_data,
    open_address,
    question,
    take_facts,
)
from .render import HtmlPage, html
from .search_page import following, offset_of, things
from .views import ects_of

pages = APIRouter(include_in_schema=False)

GOALS: tuple[Kind, ...] = ("occupation", "programme", "skill", "credential")
TASKS = ("plan", "audit")
PRIVATE = "private, max-age=300"
_MOST_GOALS = 50
_MOST_FOUND = 20
_MOST_VALUES = 30


@pages.get("/path")
async def choose(request: Request, services: ServicesDep) -> Response:
    """Show the search for a goal; once there is one, the form, and get ready for what comes of it."""
    if request.query_params.get("do") in TASKS and request.query_params.get("to"):
        return await _kept_question(request)
    answer = await run_in_threadpool(_chosen, request)
    if answer.status_code == 200:
        await get_ready(services)
    return answer


def _chosen(request: Request) -> Response:

    def produce(call: Call) -> Response:
        page = _page(request, call.reader.number)
        goals = _goals(call)
        adding = "q" in request.query_params or "kind" in request.query_params
        if goals and not adding:
            return _form(call, page, goals, PathForm())
        return _choice(call, page, goals)

    return respond(request, produce, version=pages_version())


@pages.post("/path")
async def plan(request: Request) -> Response:
    """Answer the form: more of it, or the plan. What is held comes and goes with the page; nothing of it stays here."""
    reader = reader_of(request)
    call = Call(request, reader)
    page = _page(request, reader.number)
    goals = _goals(call)
    if not goals:
        raise InvalidArgument("the address names no goal: choose one first")
    try:
        if not request.headers.get("content-type", "").lower().startswith(MULTIPART):
            raise BadRequest("the form must be sent as multipart/form-data")
        data = await read_form(request, basics_of(request).settings.upload_mb, MOST_FIELDS)
        form = form_from_data(data, page.t)
        await _take_document(request, form, data, page)
    except ServiceError as error:
        return _unkept(await run_in_threadpool(_form, call, page, goals, PathForm(), error))
    if form.task in ("add", *TASKS):
        take_facts(form, page.t)
    if form.errors or form.task not in TASKS:
        return _unkept(await run_in_threadpool(_form, call, page, goals, form))
    if (pairs := open_address(form)) is not None and await run_in_threadpool(_all_in_catalogue, call, form):
        # What can stand in an address does: going back, sharing and another language keep the question and the plan.
        address = f"{_address(page, [goal.iri for goal in goals])}&{urlencode(pairs)}#answer"
        return Response(status_code=303, headers={"Location": address, **NEVER})
    answer = await _found_answer(request, call, page, goals, form)
    if answer.status_code == 200:
        # Going back to it must not ask whether to send the form again.
        answer.headers["Cache-Control"] = PRIVATE
        return answer
    return _unkept(answer)


async def _kept_question(request: Request) -> Response:
    """Answer a question that stands in the address whole."""
    call = Call(request, reader_of(request))
    page = _page(request, call.reader.number)
    goals = await run_in_threadpool(_goals, call)
    form = form_from_address(request.query_params, page.t)
    if form.errors:
        return _unkept(await run_in_threadpool(_form, call, page, goals, form))
    answer = await _found_answer(request, call, page, goals, form, request.query_params.get("as", ""))
    if answer.status_code == 200:
        answer.headers["Cache-Control"] = PRIVATE
    return answer


async def _found_answer(
    request: Request, call: Call, page: HtmlPage, goals: Sequence[Item], form: PathForm, file: str = ""
) -> Response:
    asked, only_held = question(form, [goal.iri for goal in goals]), form.task == "audit"
    try:
        sent = json.dumps(asked, default=str).encode()
        found = json.loads(await answered(request, call.reader, sent, "audit" if only_held else "path"))
    except ServiceError as error:
        return _unkept(await run_in_threadpool(_form, call, page, goals, form, error))
    if file in FILES:
        taken = TakenPlan(page.release, _today(), asked, found, [page.name(goal) for goal in goals], only_held)
        return await run_in_threadpool(FILES[file], call, page, taken)
    return await run_in_threadpool(_answer, call, page, goals, form, asked, found)


def _goals(call: Call) -> list[Item]:
    """Return the goals that the address names: one of any kind, or some skills.

    Raises:
        NotFound: one of them is not known, or can be no goal.
        InvalidArgument: there are too many, or several that are not all skills.
    """
    iris = list(dict.fromkeys(parse_iri(text).value for text in call.request.query_params.getlist("to")))
    if len(iris) > _MOST_GOALS:
        raise InvalidArgument(f"to may stand {_MOST_GOALS} times at most, got {len(iris)}")
    found = [(iri, call.catalogue.item(iri)) for iri in iris]
    goals = [item for _, item in found if item is not None and item.kind in GOALS]
    if len(goals) < len(iris):
        unknown = next(iri for iri, item in found if item is None or item.kind not in GOALS)
        raise NotFound(f"nothing that can be a goal is known as {unknown}")
    if len(goals) > 1 and any(goal.kind != "skill" for goal in goals):
        raise InvalidArgument("several goals at once must all be skills")
    return goals


def _choice(call: Call, page: HtmlPage, goals: Sequence[Item]) -> Response:
    query = call.request.query_params
    kind: Kind = "skill" if goals else next((kind for kind in GOALS if kind == query.get("kind")), "occupation")
    words = " ".join(query.get("q", "").split())[:200]
    listing = None
    if words or kind != "credential":
        listing = things(call.catalogue, kind, words, page.language, offset_of(call))
    values = {
        "kinds": ("skill",) if goals else GOALS,
        "kind": kind,
        "words": words,
        "goals": goals,
        "listing": listing,
        "next_address": following(page),
        "choose": lambda item: _address(page, [*(goal.iri for goal in goals if goal.iri != item.iri), item.iri]),
        "back": _address(page, [goal.iri for goal in goals]) if goals else "",
    }
    return html(page, "path_goal.html", values)


def _form(
    call: Call,
    page: HtmlPage,
    goals: Sequence[Item],
    form: PathForm,
    error: ServiceError | None = None,
    answer: Mapping[str, object] | None = None,
) -> Response:
    t = page.t
    title_of = named(namer(call.catalogue, page.language), held_names(form.held), t)
    problem = ""
    if error is not None:
        problem = (
            t["path.not_answered"]
            if isinstance(error, InvalidArgument)
            else t.get(f"error.{error.status}", t["error.other"])
        )
    elif form.errors:
        problem = t["path.look_again"]
    iris = [goal.iri for goal in goals]
    values = {
        "goals": goals,
        "goal_names": [page.name(goal) for goal in goals],
        "form": form,
        "problem": problem,
        # What fails here is for the log: it may name paths and addresses.
        "detail": str(error) if error is not None and error.status < 500 else "",
        "action": f"{_address(page, iris)}#answer",
        "another": page.here(f"/{page.language}/path?kind={goals[0].kind}"),
        "more_skills": f"{_address(page, iris)}&kind=skill" if goals[0].kind == "skill" else "",
        "without_goal": [(goal, _address(page, [iri for iri in iris if iri != goal.iri])) for goal in goals],
        "held": [(_value(one), _held_title(one, title_of, t), _held_notes(one, page)) for one in form.held],
        "found": _found(call, page, "credential", form.text("find")),
        "found_skills": _found_skills(call, page, form),
        "facets": _facets(call, page, form),
        "avoided": [(iri, title_of(iri)) for iri in form.choices["avoid"]],
        "some_listed": call.catalogue.credentials(Filters(definition="gaps"), limit=1).total > 0,
        "most_mb": basics_of(call.request).settings.upload_mb,
        "endings": ",".join(f".{ending}" for ending in KINDS),
        "answer": None,
        "default_alternatives": ALTERNATIVES,
    }
    status = error.status if error is not None else 422 if form.errors else 200
    return html(page, "path.html", {**values, **(answer or {})}, status)


def _answer(
    call: Call, page: HtmlPage, goals: Sequence[Item], form: PathForm, asked: Mapping[str, Any], body: Mapping[str, Any]
) -> Response:
    only_held = form.task == "audit"
    t = page.t
    name = named(namer(call.catalogue, page.language), held_names(form.held), t)
    goal = " · ".join(page.name(one) for one in goals)
    heading = Text(t("plan.heading_audit" if only_held else "plan.heading", goal=goal), page.language)
    files = file_addresses(call, page, body) if call.request.method == "GET" else ()
    known = Known(name, cache(partial(offer_known, call, page)), _today(), _whole(call, page, goals))
    view = answer_view(page, asked, body, known, heading, only_held=only_held)
    return _form(call, page, goals, form, answer={"answer": view, "only_held": only_held, "files": files})


def _all_in_catalogue(call: Call, form: PathForm) -> bool:
    """Tell whether everything held stands in the catalogue, so that its names say nothing of a person."""
    return all(call.catalogue.item(iri) is not None for iri in form.held)


def _today() -> date:
    return date.today()


def _whole(call: Call, page: HtmlPage, goals: Sequence[Item]) -> str | None:
    """Return the ECTS of the programme that is the goal."""
    if goals[0].kind != "programme":
        return None
    return ects_of(goals[0].iri, described(call, goals[0].iri, page))


async def _take_document(request: Request, form: PathForm, data: FormData, page: HtmlPage) -> None:
    """Add what a document says to what is held; what is wrong with it stands beside its field."""
    try:
        upload = await upload_of(data)
        if upload is None:
            return
        work = services_of(request).plan_pool.run(
            PlanTask("facts", media_type=upload.media_type), upload.data, asking_client(request)
        )
        form.held.extend(json.loads(await unless_client_left(request, work)))
    except ServiceError as error:
        form.errors["document"] = page.t["path.bad_document"]
        form.texts["document_detail"] = str(error)


def _found(call: Call, page: HtmlPage, kind: Kind, words: str) -> list[tuple[str, Text | None]] | None:
    if not words:
        return None
    hits = call.catalogue.search(words, (kind,), language=None, limit=_MOST_FOUND, offset=0).items
    return [(hit.item.iri, page.best(hit.item.label)) for hit in hits]


def _found_skills(call: Call, page: HtmlPage, form: PathForm) -> list[tuple[str, Text | None, bool]]:
    chosen = [call.catalogue.item(iri) or Item(iri, "skill", {}) for iri in form.fact_skills]
    found = _found(call, page, "skill", form.text("skill_words")) or []
    return [
        *((item.iri, page.best(item.label) or Text(item.iri), True) for item in chosen),
        *((iri, label, False) for iri, label in found if iri not in form.fact_skills),
    ]


def _facets(call: Call, page: HtmlPage, form: PathForm) -> list[tuple[str, str, list[tuple[str, Text, bool]]]]:
    """Return the boxes to tick: `(field, facet, [(value, name, ticked)])`."""
    counted = call.catalogue.facets(Filters())
    return [
        (name, facet, _boxes(counted.get(facet, ()), form.choices[name], page))
        for name, facet in (
            ("language",) * 2,
            ("mode",) * 2,
            ("level",) * 2,
            ("provider",) * 2,
            ("refused", "provider"),
        )
    ]


def _boxes(values: Sequence[FacetValue], chosen: Sequence[str], page: HtmlPage) -> list[tuple[str, Text, bool]]:
    shown = [value for place, value in enumerate(values) if place < _MOST_VALUES or value.value in chosen]
    return [(v.value, page.best(v.label) or page.code_label(v.value), v.value in chosen) for v in shown]


def _held_title(one: Any, title_of: Any, t: Any) -> Text:
    if isinstance(one, str):
        found: Text = title_of(one)
        return found
    title = one.get("title")
    return Text(title) if isinstance(title, str) and title else Text(t["path.untitled"], t.language)


def _held_notes(one: Any, page: HtmlPage) -> str:
    """Return what the facts say: credits, level, day and how many skills."""
    if isinstance(one, str):
        return page.t["path.from_catalogue"]
    notes = []
    if one.get("ects"):
        notes.append(page.t("plan.ects", ects=page.number(str(one["ects"]))))
    if one.get("level"):
        notes.append(f"EQF {one['level']}")
    if one.get("awarded"):
        notes.append(str(one["awarded"]))
    skills = one.get("skills")
    if isinstance(skills, list):
        notes.append(page.t("path.skills_count", count=len(skills)))
    return " · ".join(notes)


def _value(one: Any) -> str:
    return one if isinstance(one, str) else json.dumps(one, ensure_ascii=False, sort_keys=True, default=str)


def _address(page: HtmlPage, iris: Sequence[str]) -> str:
    query = urlencode([("to", iri) for iri in iris])
    return page.here(f"/{page.language}/path" + (f"?{query}" if query else ""))


def _page(request: Request, release: int) -> HtmlPage:
    return HtmlPage(request, raw_path(request.scope).removeprefix("/").partition("/")[0], release)


def _unkept(answer: Response) -> Response:
    answer.headers.update(NEVER)
    return answer

"""The page that checks a pasted or chosen document; it needs no script, and nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...errors import BadRequest, InvalidArgument, ServiceError
from ...messages.messages import Text, best_text, outcome_words
from ...settings import Settings
from ...validation.listing import definition_titles, offered_titles
from ..api.validations import DEFAULT_PROFILE, run_check
from ..edge.caching import NEVER
from ..edge.services import ServicesDep, basics_of
from ..edge.uploads import KINDS, MULTIPART, TABLES, read_upload
from ..models.addresses import raw_path
from .render import HtmlPage, html

pages = APIRouter(include_in_schema=False)

_MOST_NODES = 20
_MOST_ISSUES = 20
_MOST_CHANGES = 30
_MOST_CAUSES = 40
_MOST_VALUES = 5
_TAGS = {
    "met": "strong", "unknown": "warning", "not-asked": "warning",
    "yes": "strong", "no": "violation", "undecided": "warning",
    "conforms": "strong", "fails": "violation", "nothing-checked": "warning",
}  # fmt: skip


class ShownDocument(NamedTuple):
    """One finding for a reader."""

    id: str
    status: str
    tag: str
    severity: str
    value: str | None
    message: Text | None
    fix: Text | None
    source: str


class ShownCause(NamedTuple):
    """One thing that was found in a table, however often; `values` are the most frequent ones."""

    kind: str
    about: str
    message: str
    often: int
    first: str
    values: Sequence[tuple[str, int]]


class ShownVerdict(NamedTuple):
    """What one profile says, the first nodes of it; `more` counts those left out."""

    profile: str
    words: str
    tag: str
    focus_nodes: int
    nodes: Sequence[tuple[str, Sequence[ShownDocument]]]
    more: int
    holds: Sequence[str] = ()
    causes: Sequence[ShownCause] = ()
    records: Sequence[tuple[str, int]] = ()


class MatrixRow(NamedTuple):
    """What the matrix says of one profile."""

    profile: str
    answer: str
    tag: str
    changes: Sequence[tuple[str, Text | None]]
    more: int
    unknown: str
    says: Text | None
    questions: Sequence[tuple[str, Text | None]]


@pages.get("/check")
async def show_form(request: Request, services: ServicesDep) -> Response:
    """Show the form, and get ready for what comes of it."""
    services.check_pool.warm(tuple(definition_titles()))
    return _form(_page(request))


@pages.post("/check")
async def check(request: Request) -> Response:
    """Check the document in the form and show what came out; what is wrong with the form is said above it."""
    page = _page(request)
    chosen: tuple[str, ...] = (DEFAULT_PROFILE,)
    try:
        if not request.headers.get("content-type", "").lower().startswith(MULTIPART):
            raise BadRequest("the form must be sent as multipart/form-data")
        upload = await read_upload(request, _settings(page).upload_mb, tables=True)
        chosen = upload.profiles or chosen
        unknown = [name for name in chosen if name not in _titles(page)]
        if unknown:
            raise InvalidArgument(f"there is no profile {unknown[0][:100]!r}")
        # A table is told by cause; by whose definition each of its rows is one would be told at too great length.
        rows = () if upload.media_type in TABLES.values() else tuple(definition_titles())
        body = await run_check(request, upload, profiles=chosen, recognition=rows)
    except ServiceError as error:
        return _form(page, chosen, error)
    return await run_in_threadpool(_result, page, body, upload.source)


def _form(page: HtmlPage, chosen: Sequence[str] = (DEFAULT_PROFILE,), error: ServiceError | None = None) -> Response:
    problem = ""
    if error is not None:
        empty = isinstance(error, BadRequest)
        problem = page.t["check.needed"] if empty else page.t.get(f"error.{error.status}", page.t["error.other"])
    values = {
        "profiles": list(_titles(page).items()),
        "chosen": chosen,
        "most_mb": _settings(page).upload_mb,
        "endings": ",".join(f".{ending}" for ending in (*KINDS, *TABLES)),
        "problem": problem,
        "detail": "" if error is None or isinstance(error, BadRequest) else str(error),
    }
    return _unkept(html(page, "check.html", values, 200 if error is None else error.status))


def _result(page: HtmlPage, body: bytes, source: str) -> Response:
    (document,) = json.loads(body)["documents"]
    issues = [issue for issue in document["issues"] if issue["severity"] != "info"]
    values = {
        "source": source or page.t["check.sent"],
        "error": document["error"],
        "issues": issues[:_MOST_ISSUES],
        "more_issues": max(0, len(issues) - _MOST_ISSUES),
        "credential": document.get("credential"),
        "verdicts": [_verdict(verdict, page) for verdict in document["verdicts"]],
        "recognition": [] if document["error"] else [_row(row, page) for row in document.get("recognition", ())],
        "titles": _titles(page),
    }
    return _unkept(html(page, "check_result.html", values))


def _verdict(found: Mapping[str, Any], page: HtmlPage) -> ShownVerdict:
    nodes = [
        (node, [_shown(each, page) for each in findings])
        for node, findings in groupby(found["elements"], key=lambda each: str(each["node"]))
    ]
    words, tag = outcome_words(found)
    more = max(0, len(nodes) - _MOST_NODES)
    holds = found.get("holds", ())
    causes = [
        ShownCause(
            one["kind"], one["about"], one["message"], one["count"], one["first"],
            [*one["values"].items()][:_MOST_VALUES],
        )
        for one in found.get("summary", ())[:_MOST_CAUSES]
    ]  # fmt: skip
    return ShownVerdict(
        found["profile"], page.t[words], _TAGS[tag], found["focus_nodes"], nodes[:_MOST_NODES], more, holds, causes,
        [*found.get("records", {}).items()],
    )  # fmt: skip


def _shown(found: Mapping[str, Any], page: HtmlPage) -> ShownDocument:
    status, severity = found["status"], found["severity"]
    open_point = status in ("violated", "unknown")
    return ShownDocument(
        found["id"],
        status,
        severity if status == "violated" else _TAGS.get(status, ""),
        severity if open_point else "",
        found["value"],
        best_text(found["message"], page.language),
        best_text(found["fix"], page.language),
        found["source"],
    )


def _row(found: Mapping[str, Any], page: HtmlPage) -> MatrixRow:
    changes = [(each["id"], best_text(each["fix"] or each["message"], page.language)) for each in found["changes"]]
    return MatrixRow(
        found["profile"],
        found["answer"],
        _TAGS.get(found["answer"], ""),
        changes[:_MOST_CHANGES],
        max(0, len(changes) - _MOST_CHANGES),
        ", ".join(found["unknown"]),
        best_text(found["says"], page.language),
        [(each["id"], best_text(each["fix"] or each["message"], page.language)) for each in found["open"]],
    )


def _titles(page: HtmlPage) -> dict[str, Text | None]:
    return {name: best_text(labels, page.language) for name, labels in offered_titles(_settings(page).shapes).items()}


def _page(request: Request) -> HtmlPage:
    return HtmlPage(request, raw_path(request.scope).removeprefix("/").partition("/")[0])


def _settings(page: HtmlPage) -> Settings:
    return basics_of(page.request).settings


def _unkept(answer: Response) -> Response:
    answer.headers.update(NEVER)
    return answer

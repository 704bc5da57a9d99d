"""What writing a record and writing a graph share: conditions, a body read whole, the row of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..errors import PreconditionFailed, RecordRefused
from ..work_store.work_store import ORIGIN, Source, WorkStore

_REPORTED = ("severity", "line", "field", "message")


def check_conditions(name: str, state: str, if_match: Sequence[str] | None, *, if_none_match: bool) -> None:
    """Refuse an order whose conditions do not hold: RFC 9110 §13.1.1 and §13.1.2.

    Args:
        name: what the order is about.
        state: the tag of what there is, empty when there is nothing.
        if_match: the tags that the client expects, or `*`; None when it did not say.
        if_none_match: the client expects nothing to be there.

    Raises:
        PreconditionFailed: they do not.
    """
    if if_none_match and state:
        raise PreconditionFailed(f"{name} exists already")
    if if_match is not None and not (state and ("*" in if_match or state in if_match)):
        raise PreconditionFailed(f"{name} {'has changed since' if state else 'does not exist'}")


def reading_of(issues: Sequence[Mapping[str, Any]], most: int | None = None) -> dict[str, Any]:
    """Return what the answer of a check says of how a body was read: `most` issues, and the first error."""
    error = _first_error(issues)
    return {
        "issues": [{key: issue.get(key) for key in _REPORTED} for issue in issues[:most]],
        "error": {"line": error["line"] or None, "message": error["message"]} if error else None,
    }


def refuse_errors(source: str, issues: Sequence[Mapping[str, Any]], most: int | None = None) -> None:
    """Refuse a body of which a loader left something out.

    Raises:
        RecordRefused: it did; `source` is what the document calls the body.
    """
    error = _first_error(issues)
    if error:
        document = {"source": source, "verdicts": [], **reading_of(issues, most)}
        raise RecordRefused(f"the body cannot be read whole: {error['message']}", [document])


def new_source(graph: str, profile: str, quads: int = 0, records: Mapping[str, int] | None = None) -> Source:
    """Return the row of a graph that is written through the interfaces, as of now."""
    return Source(graph, ORIGIN, (), _now(), profile, quads, dict(records or {}), (ORIGIN,))


def changed_source(work: WorkStore, graph: str, profile: str, *, quads: int, records: int) -> Source:
    """Return the row of a graph after so many more, or fewer, statements and records.

    `profile` is the definition that the row names from now on; empty leaves the one it names.
    """
    old = work.source(graph) or new_source(graph, profile)
    counts = {**old.records, "accepted": max(0, old.records.get("accepted", 0) + records)}
    return replace(old, loaded=_now(), profile=profile or old.profile, quads=old.quads + quads, records=counts)


def _first_error(issues: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((issue for issue in issues if issue["severity"] == "error"), None)


def _now() -> str:
    return datetime.now(UTC).isoformat()

"""Checks a table that somebody sent, as loading it would: by cause first, then the rows where each was found first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import LoadFailed, TooLarge
from ..processes.loader import run_loader
from ..processes.scratch import scratch
from ..rdf.media_types import CSV, XLSX
from ..settings import Settings
from ..validation.context import KnownContext
from ..validation.engines.confirming import Confirmation
from ..validation.profiles import Profile
from .gate import gate
from .summary import Causes

TABLES: Mapping[str, str] = {CSV: "csv", XLSX: "xlsx"}
"""What the file of a table ends in, by its media type."""

_MOST_ISSUES = 200
_CONFIRMATION = Confirmation(refused=10, share=0)  # somebody waits
_DETAILS = 10
_MOST_ELEMENTS = 500
_ODD = re.compile(r"[^\w. -]+")


def check_table(
    data: bytes, media_type: str, source: str, profiles: Sequence[Profile], context: KnownContext, settings: Settings
) -> dict[str, Any]:
    """Return the JSON of a table: what reading it brought up and, for each profile, the causes and what rows say.

    Of each cause the first rows are told, with their line as a spreadsheet counts it. Rows that a profile has nothing
    to say against are counted and not told. A table that cannot be read gets an `error`.

    Raises:
        TooLarge: it is larger than the settings allow.
    """
    if len(data) > settings.upload_mb * 1024 * 1024:
        raise TooLarge(f"a document may have {settings.upload_mb} MiB at most")
    ending = TABLES[media_type]
    name = _ODD.sub("_", source.rpartition(".")[0])[:80].strip(" .") or "document"
    with scratch() as folder:
        path, output, report = (folder / each for each in (f"{name}.{ending}", "raw.nq", "report.jsonl"))
        path.write_bytes(data)
        try:
            entries = run_loader(settings, "table", [str(path)], output, report, lambda stage, done: None)
        except LoadFailed as failure:
            return _answer(source, [], [_nothing(profile) for profile in profiles], str(failure))
        issues = [entry for entry in entries if "severity" in entry]
        verdicts = []
        for profile in profiles:
            refused: list[Mapping[str, Any]] = []
            warned: list[Mapping[str, Any]] = []
            decisions: Counter[str] = Counter()
            for record in gate(output, profile=profile, context=context, naming=False, confirmation=_CONFIRMATION):
                decisions[record.decision] += bool(record.iri)
                if record.findings:
                    (refused if record.decision == "refused" else warned).append(record.to_json())
            verdicts.append(_verdict(profile, issues, refused, warned, decisions))
    told = [{key: issue[key] for key in ("severity", "line", "field", "message")} for issue in issues[:_MOST_ISSUES]]
    return _answer(source, told, verdicts, "")


def _verdict(
    profile: Profile,
    issues: Sequence[Mapping[str, Any]],
    refused: Sequence[Mapping[str, Any]],
    warned: Sequence[Mapping[str, Any]],
    decisions: Counter[str],
) -> dict[str, Any]:
    causes = Causes(issues, refused, warned)
    entries = causes.details((), [*refused, *warned], _DETAILS)
    elements = [
        {**finding, "line": entry["line"]} for entry in entries for finding in entry["findings"]
    ]  # fmt: skip
    outcome = "fails" if refused else "conforms" if decisions.total() else "nothing-checked"
    return {
        "profile": profile.id,
        "outcome": outcome,
        "focus_nodes": decisions.total(),
        "elements": elements[:_MOST_ELEMENTS],
        "records": dict(sorted(decisions.items())),
        "summary": [cause.to_json() for cause in causes.all],
    }


def _nothing(profile: Profile) -> dict[str, Any]:
    return {"profile": profile.id, "outcome": "nothing-checked", "focus_nodes": 0, "elements": []}


def _answer(
    source: str, issues: Sequence[Mapping[str, Any]], verdicts: Sequence[Mapping[str, Any]], error: str
) -> dict[str, Any]:
    return {
        "source": source,
        "verdicts": list(verdicts),
        "issues": list(issues),
        "error": {"line": None, "message": error} if error else None,
    }

"""The text that `pinoamo check` prints: each element with its status and what to do, or the recognition matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from rich.text import Text

from ..messages.messages import Texts, best_text, load_texts, outcome_words

_STYLES = {
    "met": "green", "violated": "red", "unknown": "yellow", "not-asked": "yellow", "not-applicable": "dim",
    "conforms": "green", "fails": "red", "nothing-checked": "yellow",
    "yes": "green", "no": "red", "undecided": "yellow",
}  # fmt: skip


def text_lines(document: Mapping[str, Any], language: str) -> Iterator[Text]:
    """Yield the lines for one document of a JSON answer."""
    t = load_texts(language)
    yield Text(_clean(document["source"]), "bold")
    if document["error"]:
        yield Text(f"  {t['check.unreadable']} {_clean(document['error']['message'])}{_line(document['error'])}", "red")
    for issue in document["issues"]:
        if issue["message"] != (document["error"] or {}).get("message"):
            yield Text(f"  {t['check.reading']}: {_clean(issue['field'])} {_clean(issue['message'])}{_line(issue)}")
    if "left_out" in document:
        yield Text(f"  {t('check.left_out', count=document['left_out'])}", "yellow")
    for verdict in document["verdicts"]:
        yield from _verdict(verdict, t)
    if "recognition" in document:
        yield from _matrix(document["recognition"], t)
    if "credential" in document and document["verdicts"]:
        yield from _credential(document, t)
    yield Text()


def _verdict(verdict: Mapping[str, Any], t: Texts) -> Iterator[Text]:
    words, outcome = outcome_words(verdict)
    head = Text.assemble(f"  {_clean(verdict['profile'])}: ", (t[words], _STYLES[outcome]))
    if verdict["focus_nodes"]:
        head.append(f" ({t('check.focus', count=verdict['focus_nodes'])})", "dim")
    yield head
    if "holds" in verdict:
        yield Text(f"    {t('check.holds', kinds=_clean(', '.join(verdict['holds'])))}", "dim")
    for node, findings in groupby(verdict["elements"], key=lambda finding: str(finding["node"])):
        yield Text(f"    {_clean(node)}")
        for finding in findings:
            yield from _finding(finding, t)


def _finding(finding: Mapping[str, Any], t: Texts) -> Iterator[Text]:
    status, severity = finding["status"], finding["severity"]
    line = Text.assemble(
        f"      {_clean(finding['id']):<4} ",
        (f"{t[f'check.{status}']:<15}", _STYLES[status]),
        f"{t[f'shapes.{severity}']:<11}" if status in ("violated", "unknown") else " " * 11,
        _clean(_words(finding["message"], t)),
    )
    if finding["value"]:
        line.append(f"  [{_clean(finding['value'])}]", "dim")
    yield line
    if status in ("violated", "unknown") and finding["fix"]:
        yield Text.assemble(" " * 11, f"→ {_words(finding['fix'], t)}")
        yield Text(" " * 13 + _clean(finding["source"]), "dim")


def _matrix(rows: list[Mapping[str, Any]], t: Texts) -> Iterator[Text]:
    yield Text(f"  {t['check.recognition']}")
    width = max(len(row["profile"]) for row in rows)
    for row in rows:
        answer = row["answer"]
        yield Text.assemble(
            f"    {row['profile']:<{width}}  ",
            (f"{t[f'check.answer_{answer}']:<16} ", _STYLES[answer]),
            _words(row["title"], t),
            f": {_words(row['says'], t)}" if row["says"] else "",
        )
        for change in row["changes"]:
            seen = f"  [{_clean(change['value'])}]" if change["value"] else ""
            advice = _words(change["fix"], t) or _words(change["message"], t)
            yield Text(f"    {'':<{width}}    {_clean(change['id'])}: {_clean(advice)}{seen}")
        for question in row["open"]:
            words = _words(question["fix"], t) or _words(question["message"], t)
            yield Text(f"    {'':<{width}}    {_clean(question['id'])}: {_clean(words)}", "yellow")
    yield Text(f"  {t['check.recognition_note']}", "dim")


def _credential(document: Mapping[str, Any], t: Texts) -> Iterator[Text]:
    yield Text(f"  {t['check.credential']}")
    syntax = document["credential"]["syntax"]
    yield Text(f"    {t['check.syntax']} {t[f'check.syntax_{syntax}']}")
    for verdict in document["verdicts"]:
        words, _ = outcome_words(verdict)
        yield Text(f"    {t['check.shape']} {_clean(verdict['profile'])}: {t[words]}")
    yield Text(f"    {t['check.proof']} {t['check.not_checked']}")
    yield Text(f"    {t['check.revocation']} {t['check.not_checked']}")
    yield Text(f"  {t['check.credential_note']}", "dim")


def _words(labels: Mapping[str, str], t: Texts) -> str:
    text = best_text(labels, t.language)
    return text.words if text else ""


def _line(place: Mapping[str, Any]) -> str:
    return f" ({place['line']})" if place["line"] else ""


def _clean(text: str) -> str:
    """Return text without what a terminal would take for a command."""
    return "".join(character if character.isprintable() else "�" for character in text)

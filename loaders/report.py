"""The report of a loader: every refusal with its place, and the counts at the end."""

from __future__ import annotations

import json
from collections import Counter
from typing import Literal, TextIO

Severity = Literal["error", "warning", "info"]


class SourceError(Exception):
    """A source that cannot be read on: broken archive, broken UTF-8, syntax error. `line` is 0 when unknown."""

    def __init__(self, message: str, source: str, line: int = 0) -> None:
        super().__init__(message)
        self.source = source
        self.line = line


class CallError(Exception):
    """A call that cannot be served: an unknown word, a file that is not there, an option that is missing."""


class Report:
    """Issues as they come, as JSON Lines or as lines for people; the counts come last.

    An error means that the row or node was not written at all, or that the named field of it was left out. A `value` is
    what the message repeats of the source, so that messages that differ in nothing else can be counted together.
    """

    def __init__(self, output: TextIO, as_json: bool) -> None:
        self._output = output
        self._as_json = as_json
        self._counts: Counter[str] = Counter()

    @property
    def errors(self) -> int:
        """How many errors there were so far."""
        return self._counts["error"]

    def error(self, source: str, line: int, field: str, message: str, value: str = "") -> None:
        """Note what was left out, and why."""
        self._add("error", source, line, field, message, value)

    def left_out(self, severity: Severity, source: str, line: int, field: str, message: str) -> None:
        """Note a statement that was left out of a document of which all else was read."""
        self._add(severity, source, line, field, message, left_out=True)

    def warning(self, source: str, line: int, field: str, message: str, value: str = "") -> None:
        """Note what was read, but should be looked at."""
        self._add("warning", source, line, field, message, value)

    def info(self, source: str, line: int, field: str, message: str, value: str = "") -> None:
        """Note what was done on the way and needs nobody's care."""
        self._add("info", source, line, field, message, value)

    def summary(self, counts: dict[str, int | str]) -> None:
        """Write the last line: the counts given, and the numbers of errors and warnings."""
        whole = {**counts, "errors": self._counts["error"], "warnings": self._counts["warning"]}
        if self._as_json:
            self._write(json.dumps({"summary": whole}, ensure_ascii=False))
        else:
            self._write(", ".join(f"{name} {value}" for name, value in whole.items()))
        self._output.flush()

    def _add(
        self,
        severity: Severity,
        source: str,
        line: int,
        field: str,
        message: str,
        value: str = "",
        *,
        left_out: bool = False,
    ) -> None:
        self._counts[severity] += 1
        if self._as_json:
            issue = {"severity": severity, "source": source, "line": line, "field": field, "message": message}
            more: dict[str, object] = {"left_out": True} if left_out else {}
            if value:
                more["value"] = value
            self._write(json.dumps({**issue, **more}, ensure_ascii=False))
        else:
            text = f"{source}:{line}: {severity}: {field + ': ' if field else ''}{message}"
            self._write("".join(character if character.isprintable() else " " for character in text))

    def _write(self, text: str) -> None:
        self._output.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")

"""The commands that documents show: indented lines that begin with a program, without what explains them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
_PROGRAMS = (
    "pinoamo|python3?|pip|make|curl|export|useradd|cp|echo|install|systemctl|docker|deploy/\\S+|/opt/\\S+|sudo|git|npm"
    "|rsync"
)
_COMMAND = re.compile(rf"    (?:\$ )?((?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(?:{_PROGRAMS})(?: .*)?)\Z")
# After two spaces or more a line says what its command does.
_EXPLANATION = re.compile(r"(?<=\S) {2,}(?=[^ \\-]).*\Z")


def commands(path: Path) -> Iterator[str]:
    """Yield the commands of a document, each with the lines that continue it."""
    lines = iter(path.read_text("utf-8").splitlines())
    for line in lines:
        if found := _COMMAND.match(line):
            command = found[1]
            while command.endswith("\\"):
                command += "\n" + next(lines)
            yield "\n".join(_EXPLANATION.sub("", part) if part.strip() else part for part in command.split("\n"))


def command_of(document: str, words: str) -> str:
    """Return the one command of a document that holds some words."""
    [found] = [command for command in commands(ROOT / document) if words in command]
    return found

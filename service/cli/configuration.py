"""The settings of a command: read from the environment, or the end of it."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from pydantic import ValidationError

from ..settings import Settings
from .console import say

_PRIVATE = 0o077
_before: list[int] = []
"""The mask of the user, once it was replaced."""


def keep_private() -> None:
    """Let what this process and its children write be readable for its user alone, as data and keys are to be."""
    if not _before:
        _before.append(os.umask(_PRIVATE))


def as_usual(path: Path) -> None:
    """Give a file that the user has named the mode that it would have without `keep_private`."""
    if _before and path.is_file():
        path.chmod(0o666 & ~_before[0])


def settings_from_environment() -> Settings:
    """Return the settings, or end with code 2 naming the setting that is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default; the plugin for mypy is not used
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            say(f"pinoamo: PINOAMO_{name}: {problem['msg'].removeprefix('Value error, ')}", "red")
        raise typer.Exit(2) from error
